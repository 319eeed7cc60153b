#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Includes in lib/ point downwards: a stage includes headers of no stage above it."""

import pathlib
import re
import sys

# In the order of the picture in doc/design.md.
STAGES = ["context", "job", "path", "load", "io", "buffer", "file", "plan", "report", "sys"]


def main():
    lib = pathlib.Path(sys.argv[1])
    files = sorted(lib.glob("*/*.[ch]"))
    wrong = []
    includes = 0
    for file in files:
        stage = file.parent.name
        if stage not in STAGES:
            wrong.append(f"{file.relative_to(lib)}: {stage} is no stage")
            continue
        for name in re.findall(r'^#include "([^"]+)"', file.read_text(), re.MULTILINE):
            includes += 1
            other = name.split("/")[0]
            # The headers that the libraries share include none of theirs.
            if other == "common" and (lib.parent / name).is_file():
                continue
            if other not in STAGES or not (lib / name).is_file():
                wrong.append(f"{file.relative_to(lib)}: no header is named {name}")
            elif STAGES.index(other) < STAGES.index(stage):
                wrong.append(f"{file.relative_to(lib)} includes {name}: {other} is above {stage}")
    for folder in STAGES:
        if not any(file.parent.name == folder for file in files):
            wrong.append(f"{folder}: no such folder")
    print(f"{len(files)} files, {includes} includes")
    print("\n".join(wrong))
    return 1 if wrong or includes == 0 else 0


sys.exit(main())
