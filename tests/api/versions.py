#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each function that takes a struct with a size is tested with sizes of other versions.

usage: versions.py TEST[,TEST...] HEADER...
TEST is a source of that test. A HEADER may be a folder of headers.
"""

import re
import sys
from pathlib import Path


def text_of(headers: list[Path]) -> str:
    files = [file for header in headers
             for file in (sorted(header.rglob("*.h")) if header.is_dir() else [header])]
    return re.sub(r"/\*.*?\*/", "", "".join(file.read_text() for file in files),
                  flags=re.DOTALL)


def versioned(text: str) -> set[str]:
    """Return the structs that begin with their size."""
    return set(re.findall(r"struct (dmaload_\w+) \{\s*size_t size;", text))


def functions(text: str, structs: set[str]) -> dict[str, set[str]]:
    """Return for each function those structs that it takes or fills in."""
    found = {}
    for name, parameters in re.findall(r"DMALOAD_API[^;{]*?\b(dmaload_\w+)\s*\(([^;]*)\);", text):
        taken = set(re.findall(r"struct (dmaload_\w+) \*", parameters)) & structs
        if taken:
            found[name] = taken
    return found


def main() -> int:
    tests = [Path(test) for test in sys.argv[1].split(",")]
    headers = [Path(arg) for arg in sys.argv[2:]]
    code = "".join(test.read_text() for test in tests)
    names = " or ".join(test.name for test in tests)
    text = text_of(headers)
    structs = versioned(text)
    found = functions(text, structs)
    failed = 0
    for name, taken in sorted(found.items()):
        if not re.search(rf"\b{name}\(", code):
            print(f"not ok - {name} takes {', '.join(sorted(taken))} and is not in {names}")
            failed += 1
    for name in sorted(structs):
        if not re.search(rf"sizeof\(struct {name}\)|struct {name} \*", code):
            print(f"not ok - struct {name} has a size and is not in {names}")
            failed += 1
    print(f"versions: {len(structs) + len(found) - failed} passed, {failed} failed")
    return 1 if failed or not structs or not found else 0


if __name__ == "__main__":
    sys.exit(main())
