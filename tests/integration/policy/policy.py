#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the calls of a policy as a table in C.

Receives: android.txt, which has the calls that Android's filter for apps allows, by release.
Hands on: rows { call, first, last } for one array; a call that an architecture lacks is left out.
Always:   a heading or a name that is not understood is an error.
"""

import re
import sys
from pathlib import Path

MAIN = 99  # the branch without a number, later than each release
HEADING = re.compile(r"\[(both|arm64|arm) (\d+|main)-(\d+|)\]")
GUARDS = {"both": "1", "arm64": "!defined(__arm__)", "arm": "defined(__arm__)"}


def release(text: str) -> int:
    """Return the number of a release; none: it goes on."""
    return int(text) if text.isdigit() else MAIN


def rows(text: str) -> list[str]:
    """Return the lines of the table."""
    lines: list[str] = []
    guard, first, last = "", 0, 0
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        heading = HEADING.fullmatch(line)
        if heading:
            guard = GUARDS[heading[1]]
            first, last = release(heading[2]), release(heading[3])
            continue
        for name in line.split():
            if not guard or not re.fullmatch(r"[a-z_0-9A-Z]+", name):
                raise SystemExit(f"no call: {name}")
            number = name if name.startswith("__ARM_NR_") else f"SYS_{name}"
            lines += [f"#if {guard} && defined({number})",
                      f"\t{{ {number}, {first}, {last} }},", "#endif"]
    return lines


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.write_text("\n".join(rows(source.read_text())) + "\n")


if __name__ == "__main__":
    main()
