#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of the man pages are in their pages, compile, and run.

usage: manexamples.py INCLUDE_DIR EXAMPLES_DIR MAN3_DIR FILE LIBRARY...

A program is run with FILE and "memfd" as its arguments, and FILE in a pipe as its standard input.
An example without main() needs a device, and is only compiled. CC is the compiler, with its
options.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def ran(command: list[str], feed: bytes = b"", folder: Path | None = None) -> str | None:
    """Return None if the command succeeds, else the fault."""
    done = subprocess.run(command, input=feed, capture_output=True, timeout=60, cwd=folder)
    if done.returncode == 0:
        return None
    return f"exit status {done.returncode}\n{(done.stdout + done.stderr).decode()}"


def shown(source: Path, pages: Path) -> str | None:
    """Return None if the page has all captions of the example, else what is missing."""
    captions = [" ".join(re.sub(r"\n \*", " ", caption).split()) for caption in
                re.findall(r"/\* EXAMPLE: (.*?) \*/", source.read_text(), re.DOTALL)]
    stem = source.stem.split("-")[0]
    page = pages / ("dmaload.3" if stem == "dmaload" else f"dmaload_{stem}.3")
    if not page.is_file():
        return f"there is no page {page.name}"
    text = " ".join(re.sub(r"\\f[BIP]", "", page.read_text()).split())
    missing = [caption for caption in captions or ["EXAMPLE:"] if caption not in text]
    return f"{page.name} does not have: {missing}" if missing else None


def tried(source: Path, include: str, libraries: list[Path], file: Path,
          folder: Path) -> str | None:
    compiler = [*shlex.split(os.environ.get("CC", "cc")), *STRICT, f"-I{include}", str(source)]
    program = folder / "example"
    if not re.search(r"\bint main\(", source.read_text()):
        return ran([*compiler, "-c", "-o", str(program)])
    rpaths = [f"-Wl,-rpath,{library.parent}" for library in libraries]
    return ran([*compiler, "-o", str(program), *map(str, libraries), *rpaths]) or \
        ran([str(program), str(file), "memfd"], file.read_bytes(), folder)


def main() -> int:
    include, examples, pages, file, *libraries = sys.argv[1:]
    built = [Path(library).resolve() for library in libraries]
    passed = failed = 0
    for source in sorted(Path(examples).glob("*.c")):
        needed = re.findall(r"#include <(dmaload-\w+)\.h>", source.read_text())
        if not all(any(library.name.startswith(f"lib{name}.") for library in built)
                   for name in needed):
            print(f"left out: {source.name}, without lib{needed[0]}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = shown(source, Path(pages)) or \
                tried(source, include, built, Path(file).resolve(), Path(folder))
        if wrong is None:
            passed += 1
            print(f"ok - {source.name}")
        else:
            failed += 1
            print(f"not ok - {source.name}: {wrong}")
    print(f"manexamples: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
