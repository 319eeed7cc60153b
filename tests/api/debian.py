#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Debian packages have the version, the sonames and the functions of the libraries.

usage: debian.py SOURCE_DIR VERSION MAP...

A build of the packages finds most of this, too. It takes minutes; this takes none, so those who add
a function learn it at once.
"""

import re
import sys
from pathlib import Path


def functions_of(version_map: str) -> set[str]:
    """Return the symbols of a map with their nodes, and the nodes, as a symbols file has them."""
    symbols: set[str] = set()
    for node, body in re.findall(r"^(\w[\w.]*) \{(.*?)^\}", version_map, re.M | re.S):
        symbols.add(f"{node}@{node}")
        symbols |= {f"{name}@{node}" for name in re.findall(r"^\s*(dmaload_\w+);", body, re.M)}
    return symbols


def check_symbols(name: str, soversion: str, version_map: Path, debian: Path) -> list[str]:
    file = debian / f"{name}{soversion}.symbols"
    if not file.exists():
        return [f"{file} is missing: the package of {name}.so.{soversion} is named after its soname"]
    header, *lines = file.read_text().splitlines()
    wrong: list[str] = []
    if header != f"{name}.so.{soversion} {name}{soversion} #MINVER#":
        wrong.append(f"{file}: the first line is of another soname")
    listed = {line.split()[0] for line in lines if line.startswith(" ")}
    wanted = functions_of(version_map.read_text())
    wrong += [f"{file}: {symbol} is missing" for symbol in sorted(wanted - listed)]
    wrong += [f"{file}: {symbol} is not in {version_map}" for symbol in sorted(listed - wanted)]
    return wrong


def main() -> int:
    debian, version = Path(sys.argv[1]) / "debian", sys.argv[2]
    numbers = version.split(".")
    soversion = "0." + numbers[1] if numbers[0] == "0" else numbers[0]
    wrong: list[str] = []

    changes = (debian / "changelog").read_text()
    newest = re.match(r"libdmaload \((.*)-[^-]*\)", changes)
    if not newest or newest[1] != version:
        wrong.append(f"debian/changelog does not begin with version {version}")
    packages = set(re.findall(r"^Package: (.*)$", (debian / "control").read_text(), re.M))
    for version_map in map(Path, sys.argv[3:]):
        name = version_map.stem
        wrong += [f"debian/control has no package {package}"
                  for package in (name + soversion, name + "-dev") if package not in packages]
        wrong += check_symbols(name, soversion, version_map, debian)

    for line in wrong:
        print(line)
    print(f"{len(sys.argv) - 3} libraries, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
