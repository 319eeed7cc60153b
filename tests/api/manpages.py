#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The headers, the symbol maps and the man pages tell the same.

usage: manpages.py SOURCE_DIR

Each function has its place in one page, with the prototype, the errors and the version that its
header has; each member of a struct, each value of an enum and each macro has one, too.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from mdoc import Page, normal  # noqa: E402

# Marks the declarations; nobody has to know it.
NOT_FOR_USERS = {"DMALOAD_API"}


class Header:
    def __init__(self, files: list[Path]):
        texts = [file.read_text() for file in files]
        self.text = "\n".join(texts)
        self.code = re.sub(r"/\*.*?\*/", "", self.text, flags=re.DOTALL)
        self.functions = {name: normal(f"{result} {name}({arguments})") for
                          result, name, arguments in re.findall(
                              r"DMALOAD_API\s+([^;{(]*?)\b(dmaload_\w+)\s*\(([^;]*?)\);",
                              self.code)}
        self.callbacks = {name: normal(f"typedef {result} (*{name})({arguments})") for
                          result, name, arguments in re.findall(
                              r"typedef\s+([^;{(]*?)\(\*(dmaload_\w+)\)\(([^;]*?)\);", self.code)}
        self.structs = {name: [normal(member) for member in body.split(";") if member.strip()]
                        for name, body in re.findall(r"struct (\w+) \{(.*?)\n\};", self.code,
                                                     re.DOTALL)}
        self.enums = {name: re.findall(r"\b(DMALOAD_\w+)", body) for
                      name, body in re.findall(r"enum (\w+) \{(.*?)\};", self.code, re.DOTALL)}
        self.opaque = set(re.findall(r"^struct (\w+);", self.code, re.MULTILINE))
        guards = set(re.findall(r"#ifndef (\w+)\n#define \1\n", self.code))
        self.macros = set(re.findall(r"^#define (\w+)", self.code, re.MULTILINE))
        self.macros -= guards | NOT_FOR_USERS

    def comment(self, function: str) -> str:
        """Returns the comment of the header about a function."""
        found = re.search(rf"/\*\*((?:(?!\*/).)*)\*/\s*DMALOAD_API[^;(]*\b{function}\(",
                          self.text, re.DOTALL)
        return found.group(1) if found else ""

    def returned(self, function: str) -> set[str]:
        """Returns the errors that the header says it returns."""
        result = re.search(r"@return.*", self.comment(function), re.DOTALL)
        return codes(result.group(0)) if result else set()

    def known(self) -> set[str]:
        values = {value for enum in self.enums.values() for value in enum}
        return values | self.macros | self.opaque | set(self.functions) | set(self.callbacks) | \
            set(self.structs) | set(self.enums)


class Tally:
    def __init__(self) -> None:
        self.passed = self.failed = 0

    def check(self, condition: bool, complaint: str) -> None:
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"not ok - {complaint}")

    def equal(self, left: object, right: object, complaint: str) -> None:
        self.check(left == right, f"{complaint}:\n    {left}\n    {right}")


def codes(text: str) -> set[str]:
    return set(re.findall(r"-(E[A-Z0-9]{2,})\b", text))


def check_places(tally: Tally, header: Header, mapped: set[str], pages: list[Page]) -> None:
    """Each function is in one page, and nothing else is."""
    tally.equal(set(header.functions) - mapped, mapped - set(header.functions),
                "what only the headers have, and what only the maps have")
    for name in sorted(set(header.functions) | mapped):
        tally.equal([page.name for page in pages if name in page.names()],
                    [page.name for page in pages if name in page.prototypes()],
                    f"{name}: the pages that have it in NAME, and in SYNOPSIS, differ")
        tally.equal(len([page for page in pages if name in page.names()]), 1,
                    f"{name}: the number of pages that have it, and 1")
    for page in pages:
        names = set(page.names()) - {"dmaload"}
        tally.equal(names - set(header.functions), set(),
                    f"{page.path.name}: what NAME has and the headers have not")


def check_prototypes(tally: Tally, header: Header, pages: list[Page]) -> None:
    expected = header.functions | header.callbacks
    for page in pages:
        for name, prototype in page.prototypes().items():
            tally.equal(prototype, expected.get(name),
                        f"{page.path.name}: {name}: the page and the header")
    shown = {name for page in pages for name in page.prototypes()}
    tally.equal(set(expected) - shown, set(), "what no page has in SYNOPSIS")


def check_types(tally: Tally, header: Header, pages: list[Page]) -> None:
    kinds = [("struct", header.structs), ("enum", header.enums)]
    for heading, members in ((f"{kind} {name}", members)
                             for kind, types in kinds for name, members in types.items()):
        tally.equal([page.members(heading) for page in pages if heading in page.subsections],
                    [members], f"{heading}: the pages that describe it, and the header")
    for name in sorted(header.opaque):
        tally.check(any(f"struct {name}" in page.calls("Vt") for page in pages),
                    f"no page says what a struct {name} is")
    for macro in sorted(header.macros):
        tally.check(any(re.search(rf"^\.(It )?(Dv|Fn) {macro}\b", page.text, re.MULTILINE)
                        for page in pages), f"no page mentions {macro}")


def check_references(tally: Tally, header: Header, pages: list[Page]) -> None:
    """Nothing is named that is not there, and .Xr leads to a page."""
    ours = {f"{page.name} {page.volume}" for page in pages}
    ours |= {f"{name} 3" for page in pages for name in page.names()}
    known = header.known() | {page.name for page in pages}
    for page in pages:
        tally.equal(page.calls("Dt"), [f"{page.name.upper()} {page.volume}"],
                    f"{page.path.name}: the page's title, and the file's name")
        if page.volume == "3":
            words = set(re.findall(r"\b(?:dmaload|DMALOAD)_\w+",
                                   re.sub(r"^\.Dt .*", "", page.text, flags=re.MULTILINE)))
            tally.equal(words - known, set(), f"{page.path.name}: what the headers do not have")
            foreign = {call.split()[0] for call in page.calls("Fn")} - set(page.names())
            tally.equal({name for name in foreign if name in header.functions}, set(),
                        f"{page.path.name}: the .Fn that are of another page, which .Xr leads to")
        wanted = {" ".join(call.split()[:2]) for call in page.calls("Xr")
                  if call.startswith("dmaload")}
        tally.equal(wanted - ours, set(), f"{page.path.name}: the .Xr that lead nowhere")


def check_facts(tally: Tally, header: Header, pages: list[Page]) -> None:
    """The errors and the versions."""
    anywhere = codes(header.text) | set(re.findall(r"\b(E[A-Z]{3,})\b", header.text))
    for page in pages:
        functions = [name for name in page.names() if name in header.functions]
        said = set(re.findall(r"\bEr (E[A-Z0-9]+)", page.text))
        for name in functions:
            tally.equal((codes(header.comment(name)) - said) |
                        (header.returned(name) - page.errors(name)), set(),
                        f"{page.path.name}: {name}: the errors that the page lacks")
            since = re.findall(r"Since: (\d+\.\d+)", header.comment(name))
            tally.check(bool(since) and all(
                re.search(rf"\b{re.escape(version)}\b", page.sections.get("HISTORY", ""))
                for version in since), f"{page.path.name}: {name}: HISTORY lacks {since}")
        if functions:
            tally.equal(said - anywhere, set(),
                        f"{page.path.name}: the errors that no header has")


def main() -> int:
    source = Path(sys.argv[1])
    header = Header(sorted(source.glob("include/**/*.h")))
    maps = "".join(file.read_text() for file in source.glob("*/*.map"))
    mapped = set(re.findall(r"^\t(dmaload_\w+);$", maps, re.MULTILINE))
    pages = [Page(path) for path in sorted(source.glob("man/*.[1-9]"))]

    tally = Tally()
    check_places(tally, header, mapped, pages)
    check_prototypes(tally, header, [page for page in pages if page.volume == "3"])
    check_types(tally, header, pages)
    check_references(tally, header, pages)
    check_facts(tally, header, pages)
    print(f"manpages: {tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not header.functions else 0


if __name__ == "__main__":
    sys.exit(main())
