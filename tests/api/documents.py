#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of the documents compile, and programs run; each link has a target.

usage: documents.py SOURCE_DIR BUILD_DIR INCLUDE_DIR LIBRARY FILE

A link of an installed document leads to what is installed beside it. doc/README.md lists all of
these documents.

A block of C is a program, or functions. Functions see the headers that the block includes, or
dmaload.h, and those of libc. If the block begins by defining _GNU_SOURCE, it includes them itself.

A program is run with "file" and "memfd" as its arguments; the file has the first bytes of FILE,
which are not whole pages. Afterwards it has the same bytes and mode, and is another file if the
program calls renameat(). Such a program also makes a file of the name that is its third argument.
CC is the compiler, with its options.
"""

import json
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from manexamples import STRICT, ran  # noqa: E402

LIBC = ["errno.h", "fcntl.h", "inttypes.h", "stdio.h", "stdlib.h", "string.h", "time.h",
        "unistd.h"]
LENGTH, MODE = 5000, 0o640
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def documents(top: Path) -> list[Path]:
    return sorted([*top.glob("*.md"), *top.glob("doc/**/*.md")])


def prose(text: str) -> str:
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def installed(top: Path, build: str) -> set[str]:
    """Return what of the source tree is installed with the documents: names at its top."""
    plan = json.loads((Path(build) / "meson-info" / "intro-installed.json").read_text())
    names = set()
    for source, place in plan.items():
        inside = place.rpartition("/doc/dmaload/")[2]
        if top / inside == Path(source).resolve():  # the links work there, too
            names.add(Path(inside).parts[0])
    return names


def dead_links(path: Path, top: Path, beside: set[str]) -> list[str]:
    """Return the links without a target. What is installed may not lead to what is not."""
    dead = []
    is_installed = path.relative_to(top).parts[0] in beside
    for link in LINK.findall(prose(path.read_text())):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or anchor and anchor not in anchors(target.read_text()) or \
                is_installed and target.relative_to(top).parts[0] not in beside:
            dead.append(link)
    return dead


def unlisted(top: Path) -> list[str]:
    """Return the documents that the index does not name. The lab has an index of its own."""
    links = {(top / "doc" / link).resolve()
             for link in LINK.findall((top / "doc" / "README.md").read_text())}
    wanted = [top / "DEBUGGING.md", top / "doc" / "lab" / "README.md", *top.glob("doc/*.md")]
    return [str(path.relative_to(top)) for path in wanted
            if path not in links and path != top / "doc" / "README.md"]


def makes_new(program: Path, name: str, content: bytes) -> str | None:
    """Return None if the program makes a new file, and nothing else, else the fault."""
    folder, new = program.parent, "new"
    before = {path.name for path in folder.iterdir()}
    wrong = ran([str(program), name, "memfd", new], folder=folder)
    made = {path.name for path in folder.iterdir()} - before
    if wrong is None and made != {new}:
        return f"it makes {sorted(made)}, not [{new!r}]"
    if wrong is None and (folder / new).read_bytes() != content:
        return "its new file has other bytes"
    return wrong


def ran_with(program: Path, replaces: bool, content: bytes) -> str | None:
    """Return None if the program succeeds and leaves its file as it should be, else the fault."""
    file = program.parent / "file"
    file.write_bytes(content)
    file.chmod(MODE)
    with file.open("rb"):  # so that its inode cannot be reused
        before = file.stat().st_ino
        wrong = ran([str(program), file.name, "memfd"], folder=program.parent)
        after = file.stat()
    if wrong is None and replaces:
        wrong = makes_new(program, file.name, content)
    if wrong is None and (file.read_bytes() != content or after.st_mode & 0o777 != MODE):
        return f"its file has {after.st_size} bytes, and mode {after.st_mode:o}, or other bytes"
    if wrong is None and (after.st_ino != before) != replaces:
        return "its file is the same one" if replaces else "its file is another one"
    return wrong


def tried(example: str, include: str, library: Path, content: bytes, folder: Path) -> str | None:
    is_program = re.search(r"\bint main\(", example) is not None
    headers = [] if is_program or example.startswith("#define _GNU_SOURCE") else [*LIBC, "dmaload.h"]
    source, program = folder / "example.c", folder / "example"
    source.write_text("".join(f"#include <{header}>\n" for header in headers) + example)
    compiler = [*shlex.split(os.environ.get("CC", "cc")), *STRICT, f"-I{include}"]
    if not is_program:
        return ran([*compiler, "-c", "-o", str(program), str(source)])
    return ran([*compiler, "-o", str(program), str(source), str(library),
                f"-Wl,-rpath,{library.resolve().parent}"]) or \
        ran_with(program, "renameat(" in example, content)


def main() -> int:
    source, build, include, library, file = sys.argv[1:]
    top = Path(source).resolve()
    beside = installed(top, build)
    with open(file, "rb") as whole:
        content = whole.read(LENGTH)
    results: list[tuple[str, str | None]] = []
    missing = {"DEBUGGING.md", "doc", "examples"} - beside
    results.append(("installed documents", f"not installed: {missing}" if missing else None))
    unnamed = unlisted(top)
    results.append(("doc/README.md: index", f"without {unnamed}" if unnamed else None))
    for path in documents(top):
        name = path.relative_to(top)
        dead = dead_links(path, top, beside)
        results.append((f"{name}: links", f"without a target: {dead}" if dead else None))
        blocks = [text for language, text in FENCE.findall(path.read_text()) if language == "c"]
        for number, example in enumerate(blocks, 1):
            with tempfile.TemporaryDirectory() as folder:
                wrong = tried(example, include, Path(library), content, Path(folder))
            results.append((f"{name}: example {number}", wrong))
    failed = 0
    for name, wrong in results:
        failed += wrong is not None
        print(f"ok - {name}" if wrong is None else f"not ok - {name}: {wrong}")
    if not any("README.md: example" in name for name, _ in results):
        failed += 1
        print("not ok - README.md has no program")
    print(f"documents: {len(results)} checked, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
