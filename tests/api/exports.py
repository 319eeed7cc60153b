#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers, the symbol map and the library name the same functions.

usage: exports.py MAP LIBRARY HEADER...
A HEADER may be a folder of them.
"""

import re
import subprocess
import sys
from pathlib import Path


def declared(headers: list[Path]) -> set[str]:
    files = [file for header in headers
             for file in (header.rglob("*.h") if header.is_dir() else [header])]
    text = "".join(file.read_text() for file in files)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return set(re.findall(r"DMALOAD_API[^;{]*?\b(dmaload_\w+)\s*\(", text))


def mapped(file: Path) -> set[str]:
    return set(re.findall(r"^\t(dmaload_\w+);$", file.read_text(), flags=re.MULTILINE))


def exported(library: str) -> set[str]:
    table = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True,
                           text=True, check=True).stdout
    names = {line.split()[2].split("@")[0] for line in table.splitlines()
             if line.split()[1] != "A"}
    # Leave out names that a sanitizer's runtime adds.
    return {name for name in names if not name.startswith(("__", "_init", "_fini"))}


def main() -> int:
    symbol_map, library, *files = sys.argv[1:]
    headers = declared([Path(file) for file in files])
    failed = 0
    for what, names in (("map", mapped(Path(symbol_map))), ("library", exported(library))):
        for name in sorted(headers ^ names):
            where = f"the headers and not in the {what}" if name in headers else \
                f"the {what} and not in the headers"
            print(f"not ok - {name} is in {where}")
            failed += 1
    print(f"exports: {len(headers)} passed, {failed} failed")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
