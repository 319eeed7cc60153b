#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each pointer argument of a public function is NULL in a test.

usage: nulls.py TEST[,TEST...] HEADERS
TEST is a source of the test that does so, HEADERS a header, or a folder of them.
"""

import re
import sys
from pathlib import Path


def split(text: str) -> list[str]:
    """Split arguments or parameters at commas outside of brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [" ".join(part.split()) for part in parts]


def functions(headers: Path) -> dict[str, list[str]]:
    files = sorted(headers.rglob("*.h")) if headers.is_dir() else [headers]
    text = "".join(file.read_text() for file in files)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return {name: split(parameters) for name, parameters in re.findall(
        r"DMALOAD_API[^;{]*?\b(dmaload_\w+)\s*\(([^;]*)\);", text)}


def calls(code: str, name: str) -> list[list[str]]:
    found = []
    for start in re.finditer(rf"\b{name}\(", code):
        depth, end = 1, start.end()
        while depth > 0:
            depth += (code[end] == "(") - (code[end] == ")")
            end += 1
        found.append(split(code[start.end():end - 1]))
    return found


def main() -> int:
    tests, headers = [Path(test) for test in sys.argv[1].split(",")], Path(sys.argv[2])
    code = "".join(test.read_text() for test in tests)
    names = " or ".join(test.name for test in tests)
    passed = failed = 0
    for name, parameters in sorted(functions(headers).items()):
        made = calls(code, name)
        for i, parameter in enumerate(parameters):
            if "*" not in parameter:
                continue
            if any(arguments[i] == "NULL" for arguments in made):
                passed += 1
            else:
                print(f"not ok - {name}: \"{parameter}\" is never NULL in {names}")
                failed += 1
    print(f"nulls: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
