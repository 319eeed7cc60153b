#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of the man pages compile, and those that are programs run.

usage: manexamples.py INCLUDE_DIR LIBRARY MAN_DIR FILE

An example is a program, or else functions, which need the page's own headers and those of libc. A
program is run with FILE and "memfd" as its arguments, and FILE in a pipe as its standard input.
CC is the compiler, with its options.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from mdoc import Page  # noqa: E402

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LIBC = ["errno.h", "fcntl.h", "inttypes.h", "stdio.h", "stdlib.h", "string.h", "time.h",
        "unistd.h"]


def ran(command: list[str], feed: bytes = b"") -> str | None:
    """None if the command succeeds, else what is wrong."""
    done = subprocess.run(command, input=feed, capture_output=True, timeout=60)
    if done.returncode == 0:
        return None
    return f"exit status {done.returncode}\n{(done.stdout + done.stderr).decode()}"


def tried(page: Page, example: str, include: str, library: Path, file: Path,
          folder: Path) -> str | None:
    is_program = re.search(r"\bint main\(", example) is not None
    headers = [] if is_program else page.calls("In", page.sections["SYNOPSIS"]) + LIBC
    source, program = folder / "example.c", folder / "example"
    source.write_text("".join(f"#include <{header}>\n" for header in headers) + example)

    compiler = [*shlex.split(os.environ.get("CC", "cc")), *STRICT, f"-I{include}"]
    if not is_program:
        return ran([*compiler, "-c", "-o", str(program), str(source)])
    return ran([*compiler, "-o", str(program), str(source), str(library),
                f"-Wl,-rpath,{library.resolve().parent}"]) or \
        ran([str(program), str(file), "memfd"], file.read_bytes())


def main() -> int:
    include, library, pages, file = sys.argv[1:]
    passed = failed = 0
    for page in (Page(path) for path in sorted(Path(pages).glob("*.3"))):
        examples = page.examples()
        if not examples:
            failed += 1
            print(f"not ok - {page.path.name} has no example")
        for number, example in enumerate(examples, 1):
            with tempfile.TemporaryDirectory() as folder:
                wrong = tried(page, example, include, Path(library), Path(file), Path(folder))
            if wrong is None:
                passed += 1
                print(f"ok - {page.path.name}: example {number}")
            else:
                failed += 1
                print(f"not ok - {page.path.name}: example {number}: {wrong}")
    print(f"manexamples: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
