#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the man(3) pages from the comments of the public headers: one page for each header.

usage: man3.py INCLUDE_DIR EXAMPLES_DIR OUT_DIR LIBRARY...
A header begins with "/** @file SUMMARY". The page of buffer.h shows buffer.c and buffer-*.c: what
follows a comment that begins with "EXAMPLE:", its caption, up to "/* END */" or the file's end.
"""

import errno
import os
import re
import sys
import textwrap
import time
from pathlib import Path

DOC = r"/\*\*((?:(?!\*/).)*)\*/"
DECLARATION = re.compile(
    rf"(?:{DOC}\s*)?(?:^(?P<define>#define (?P<macro>DMALOAD_\w+)[^\n]*)|"
    r"^(?P<kind>struct|enum) (?P<type>dmaload_\w+)(?: \{(?P<body>.*?)^\})?;|"
    r"^DMALOAD_API\s(?P<code>[^;(]*?(?P<function>dmaload_\w+)\([^;]*;)|"
    r"^(?P<typedef>typedef [^;(]*\(\*(?P<callback>dmaload_\w+)\)[^;]*;))", re.S | re.M)
MEMBER = re.compile(rf"(?:{DOC})?\s*([^;,/*\s][^;,/]*?)\s*(?:[;,]|\Z)", re.S)
ITEM = re.compile(r"(?P<bullet>- )|(?P<number>\d+\.) |(?P<code>-E[A-Z0-9]+(?:, -E[A-Z0-9]+)*)  +|"
                  r"@param +(?P<param>\w+) *|@(?P<tag>return) *")
WORD = re.compile(  # Words in a font of their own
    r"`[^`]+`|(?:struct |enum )?\bdmaload_\w+(?:::\w+)?(?:\(\)|\(3\))?|\b\w+\(\d?\)|"
    rf"-?\b(?:{'|'.join(errno.errorcode.values())})\b|\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b(?:\(\))?|"
    r"/(?:dev|etc|proc|run|sys)/[\w/.-]*\w|\b(?:dmaload/)?[a-z][\w-]*\.h\b|\b[a-z]\w*_[\w.]*\w")
EXAMPLE = re.compile(r"^/\* EXAMPLE: ((?:(?!\*/).)*) \*/\n(.*?)\n*(?:^/\* END \*/|\Z)", re.S | re.M)
complaints = []


def escape(text):
    text = text.replace("\\", r"\e").replace("^", r"\(ha").replace("~", r"\(ti")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def bold(text):
    return r"\fB" + text.replace("-", r"\-") + r"\fP"


def blocks(lines):
    """Returns paragraphs, and items with blocks of their own: (kind, label, content)."""
    found = []
    while lines:
        line = lines.pop(0)
        if mark := ITEM.match(line):
            end = [i for i, other in enumerate([*lines, "."]) if other[:1] not in ("", " ")][0]
            content = [line[mark.end():], *textwrap.dedent("\n".join(lines[:end])).split("\n")]
            found.append((mark.lastgroup, mark[mark.lastgroup], blocks(content)))
            del lines[:end]
        elif line:
            kind = "literal" if line.startswith("    ") else "text"
            while lines and (lines[0][:4] in ("    ", "") if kind == "literal" else
                             lines[0] and not ITEM.match(lines[0])):
                line += "\n" + lines.pop(0)
            found.append((kind, "", line))
    return found


def comment(doc, where, name):
    """Returns the blocks of a comment, of which the first is a paragraph."""
    found = blocks([re.sub(r"^\s*\* ?", "", line).rstrip() for line in doc.strip().split("\n")])
    if not found or found[0][0] in ("param", "tag"):
        complaints.append(f"{where}: {name} has no comment" + " with a summary" * bool(doc))
    return found or [("text", "", "")]


class Page:
    homes = {}  # The pages of all that is public, by name

    def __init__(self, path, folder):
        self.path, self.where, name = path, f"{path}:1", path.relative_to(folder).as_posix()
        self.library = "dmaload" if path.parent != folder else path.stem
        self.name = "_".join(dict.fromkeys(["dmaload", path.stem.removeprefix("dmaload-")]))
        self.comments, self.functions, self.links = [], {}, {"dmaload"}
        self.homes |= {path.name: self, self.name: self.homes.get(self.name, self)}
        self.include = "dmaload.h" if f"<{name}>" in (folder / "dmaload.h").read_text() else name
        text = path.read_text()
        about = re.search(r"/\*\*[\s*]*@file((?:(?!\*/).)*)\*/|\Z", text, re.S)
        self.about = comment(about[1] or "", self.where, 'the header ("@file")')
        for found in DECLARATION.finditer(text):
            self.add(found, found[1] or "", f"{path}:{1 + text.count(chr(10), 0, found.start())}")

    def add(self, found, doc, where):
        kind, members = found["kind"], []
        name = found["macro"] or found["type"] or found["function"] or found["callback"]
        if name.endswith(("_API", "_SIZED", "_H")) or kind and not found["body"] and not doc:
            return  # Not for users, or a forward declaration
        for about, code in MEMBER.findall(found["body"] or ""):
            member = re.search(r"\w+(?=(\[\w*\])*( =.*)?$)", code)[0]
            self.homes[member if kind == "enum" else f"{name}::{member}"] = self
            members.append((bold(code) if kind == "enum" else rf"\fI{code}\fP",
                            comment(about, where, f"{code} of {name}")))
        if not kind and not found["macro"]:
            code = " ".join((found["code"] or found["typedef"]).split())
            self.functions[name] = re.sub(r"\((?=\w)", "( ", code.replace("* ", "*"))
        title = f"{kind} {name}" if kind else found["define"] or f"{name}()"
        self.comments.append((where, title, comment(doc, where, name), members))
        self.homes[name] = self

    def word(self, match):
        """Returns a word in its font. A name that begins with dmaload_ has to be declared."""
        text = match[0]
        name = re.sub(r"^(struct |enum |dmaload/)|\(\d?\)$", "", text)
        home = self.homes.get(name, self)
        if name not in self.homes and re.match("dmaload_", name, re.I):
            complaints.append(f"{self.where}: no header declares {name}")
        self.links.add(home.name)
        if text.endswith(".h") and name in self.homes:
            return bold(home.name) + "(3)"
        if text[-1] == ")":
            is_there = home is not self and name in home.functions
            return bold(name) + ("(3)" if is_there else text[text.index("("):])
        return bold(text.strip("`")) if text.isupper() or text[0] == "`" else rf"\fI{text}\fP"

    def text(self, found, before=""):
        """Returns the blocks of a comment as lines of man(7), each sentence in one of its own."""
        lines = []
        for kind, label, content in (block for block in found if block[0] != "tag"):
            if kind == "text":
                words = WORD.sub(self.word, escape(" ".join(content.split())))
                words = re.sub(r"([.?!][)\"]?) (?=[A-Z\"(\\])", r"\1\n", words)
                lines += [".PP"] * bool(before) + [words]
            elif kind == "literal":
                code = escape(textwrap.dedent(content).expandtabs().rstrip())
                lines += [".PP", ".nf", code.replace("-", r"\-"), ".fi"]
            else:
                width = max(len(other) for same, other, _ in found if same == kind) + 2
                tag = {"bullet": r"\(bu", "param": rf"\fI{label}\fP"}.get(kind, bold(label))
                item = [*self.item(tag, width, content), ".PD"]
                lines += [".PD 0", *item] if kind in (before, "code") else item
            before = kind
        return lines

    def item(self, tag, width, found):
        rest = self.text(found[1:], "text")
        return [f".TP {width}", tag, *self.text(found[:1]),
                *[f".RS {width}", *rest, ".RE"] * bool(rest)]

    def synopsis(self):
        lines = [".nf", bold(f"#include <{self.include}>")]
        for code in (re.sub(r"(?<![,(]) ", "\xa0", code) for code in self.functions.values()):
            WORD.sub(self.word, code)  # Only checks the names
            code = textwrap.fill(code, 72, subsequent_indent=" " * 8).replace("( ", "(")
            code = re.sub(r"(\w+)(?=(\[\w*\])?[,)](?!\())", r"\\fI\1\\fB", code)
            lines += ["", *(rf"\fB{line}\fP" for line in code.replace("\xa0", " ").split("\n"))]
        return [*lines, ".fi"]

    def description(self):
        lines, returned = self.text(self.about[1:]), []
        for self.where, title, found, members in self.comments:
            lines += [f".SS {title}", *self.text(found)]
            for tag, about in members:
                lines += self.item(tag, 8, about)
            for content in (content for _, label, content in found if label == "return"):
                returned += self.item(bold(title), 8, content)
        return ("DESCRIPTION", lines), ("RETURN VALUE", returned)

    def examples(self, folder):
        for path in sorted(folder.glob(f"{self.name.removeprefix('dmaload_')}[.-]*")):
            for caption, code in EXAMPLE.findall(path.read_text()):
                caption = comment(caption, path, "an example")
                yield from self.text([*caption, ("literal", "", code)], "text")

    def files(self, examples):
        """Returns names and texts of the page, and of one for each alias, which leads to it."""
        summary = re.sub(r"^lib[\w-]+: |\.( .*)?$", "", self.about[0][2])
        names = ", ".join(self.functions or [self.name])
        others = {page.name for page in self.homes.values()}
        date = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", self.path.stat().st_mtime)))
        lines = [f'.TH {self.name} 3 {time.strftime("%Y-%m-%d", date)} "lib{self.library}"']
        for title, content in (
                ("NAME", [rf"{names} \- {summary[:1].lower()}{summary[1:]}"]),
                ("LIBRARY", [f"lib{self.library} ({bold('pkg-config --libs ' + self.library)})"]),
                ("SYNOPSIS", self.synopsis()), *self.description(),
                ("EXAMPLES", list(self.examples(examples))[1:])):
            lines += [f".SH {title}", *content] * bool(content)
        links = (others if self.name == "dmaload" else self.links) - {self.name}
        links = ["dmaload(1)", *(f"{name}(3)" for name in sorted(links))]
        lines += [".SH SEE ALSO", WORD.sub(self.word, ", ".join(links))]
        aliases = {name for name, home in self.homes.items() if home is self and name.islower()}
        return [(self.name, "\n".join([*lines, ""])), *((name, f".so man3/{self.name}.3\n") for
                name in aliases - others if name.isidentifier())]


include, shown, folder = map(Path, sys.argv[1:4])
pages = [Page(header, include) for header in sorted(include.rglob("*.h"))]
files = [file for page in pages if page.library in sys.argv[4:] for file in page.files(shown)]
if complaints:
    sys.exit("\n".join(complaints))
folder.mkdir(exist_ok=True)
for old in folder.iterdir():
    old.unlink()
for page_name, page_text in files:
    (folder / f"{page_name}.3").write_text(page_text)
inputs = " ".join(map(str, [*(page.path for page in pages), *shown.glob("*.c")]))
folder.with_suffix(".d").write_text(f"{folder}: {inputs}\n")  # For ninja
