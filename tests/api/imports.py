#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A library imports from libc only what bionic and musl have, too.

usage: imports.py LIST LIBRARY...
"""

import re
import subprocess
import sys
from pathlib import Path

HIGHEST_LEVEL = 26
# These belong to the compiler and the loader.
OTHERS = {"__tls_get_addr", "__cxa_finalize", "__stack_chk_fail"}
# glibc's names for what bionic has under the plain one; clang itself calls bcmp() for memcmp() where
# the C library has it.
PLAIN = {"__register_atfork": "pthread_atfork", "__getdelim": "getdelim", "bcmp": "memcmp"}


def listed(file: Path) -> set[str]:
    """Return the names of the list; a level that is too high is an error."""
    names: set[str] = set()
    for line in file.read_text().splitlines():
        heading = re.fullmatch(r"\[(\d+|tested)\]", line)
        if heading and heading[1] != "tested" and int(heading[1]) > HIGHEST_LEVEL:
            sys.exit(f"{file}: Android has [{heading[1]}] only after API level {HIGHEST_LEVEL}")
        if not heading and not line.startswith("#"):
            names.update(line.split())
    return names


def plain(name: str) -> str:
    """Return the name of a function as a program writes it."""
    name = PLAIN.get(name, name)
    name = re.sub(r"^__isoc(99|23)_", "", name)
    name = re.sub(r"^__(\w+)_chk$", r"\1", name)
    return name.removesuffix("64")


def imported(library: str) -> set[str]:
    """Return what the library imports from glibc, by plain names."""
    table = subprocess.run(["nm", "-D", "--undefined-only", library], capture_output=True,
                           text=True, check=True).stdout
    symbols = [line.split()[-1].split("@") for line in table.splitlines()]
    return {plain(parts[0]) for parts in symbols
            if parts[-1].startswith("GLIBC") and parts[0] not in OTHERS}


def main() -> int:
    source, *libraries = sys.argv[1:]
    allowed = listed(Path(source))
    failed = 0
    for library in libraries:
        names = imported(library)
        if not names:
            sys.exit(f"{library} imports nothing from glibc")
        for name in sorted(names - allowed):
            print(f"{library} imports {name}, which is not in {source}: Android or musl may lack it")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
