#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The soname and the symbol map follow the version, by the rules of RELEASING.md.

usage: soname.py VERSION MAP LIBRARY
"""

import re
import subprocess
import sys
from pathlib import Path


def check_soname(library: Path, expected: str) -> list[str]:
    dynamic = subprocess.run(["readelf", "-d", str(library)], capture_output=True, text=True,
                             check=True).stdout
    found = re.search(r"\(SONAME\).*\[(.*)\]", dynamic)
    soname = found[1] if found else "missing"
    return [] if soname == expected else [f"the soname is {soname}, not {expected}"]


def check_map(text: str, prefix: str, major: int, minor: int) -> list[str]:
    nodes = re.findall(r"^(\w+)_(\d+)\.(\d+) \{(.*?)^\}", text, flags=re.MULTILINE | re.DOTALL)
    problems = [] if nodes else ["the map has no node"]
    for name, *numbers, body in nodes:
        node = f"{name}_{'.'.join(numbers)}"
        node_major, node_minor = map(int, numbers)
        # Before 1.0, each minor version is a library of its own.
        fits = node_minor == minor if major == 0 else node_minor <= minor
        if name != prefix or node_major != major or not fits:
            problems.append(f"node {node} is not of version {major}.{minor} of {prefix}")
        symbols = re.findall(r"^\t(dmaload_\w+);$", body, flags=re.MULTILINE)
        if symbols != sorted(symbols):
            problems.append(f"node {node} is not in alphabetical order")
    return problems


def main() -> int:
    version, symbol_map, library = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    major, minor, _ = (int(number) for number in version.split("."))
    name = library.name.split(".so")[0]
    problems = check_soname(library, f"{name}.so.{f'0.{minor}' if major == 0 else major}")
    problems += check_map(symbol_map.read_text(), name.upper().replace("-", "_"), major, minor)
    for problem in problems:
        print(f"not ok - {library.name}: {problem}")
    print(f"soname: {0 if problems else 1} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
