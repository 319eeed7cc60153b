#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The documents quote messages that the library prints, or the program in its report.

usage: phrases.py SOURCE_DIR

Tables quote it as inline code, in the columns of COLUMNS, of which each table has one. F (a file), N
(a number), E (an error, or its name and text) and S (other text) stand for what a message inserts.
They split a phrase, and all of its parts have to be in one string of the source, in this order. The
name of an error has to be in a public header, as a result. In a block, the program's errors and the
reasons of its other lines have to be whole messages.
"""

import re
import sys
from pathlib import Path

DOCUMENTS = ["DEBUGGING.md", "doc/report.md", "doc/filesystems.md"]
COLUMNS = {"reason", "note", "the report says", "why not better", "key", "error", "how to see it"}

LITERAL = r'"((?:[^"\\]|\\.)*)"'
STRINGS = re.compile(rf"{LITERAL}(?:\s*(?:{LITERAL}|[A-Z][A-Za-z0-9_]*))*")
CONVERSION = re.compile(r"%(?!%)[-0-9.*]*(?:[hlzj]*[a-z]|(?=\x00))")
INSERTED = re.compile(r"\bE[A-Z]+ \([^)]*\)|(?<![\w/])[FNES](?![\w/])|\b\d+(?:\.\d+)?\b")
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REASON = re.compile(r"^(?:declined +\w+:|.* not \w+:|dmaload:|(?:heap|udmabuf) ) *(.*(?:\n +.*)*)",
                    re.MULTILINE)


def joined(run: str) -> str:
    """Join literals and macros to one string, in which \\0 stands for an insertion."""
    text = "".join(piece[1:-1] if piece[0] == '"' else "\0"
                   for piece in re.findall(r'"(?:[^"\\]|\\.)*"|\w+', run))
    text = re.sub("\0+", "\0", CONVERSION.sub("\0", text))
    text = text.replace("%%", "%").replace('\\"', '"')
    return " ".join(text.replace("\\n", " ").split())


def strings_of(*sources: Path) -> list[str]:
    return [joined(run.group()) for path in sources for run in STRINGS.finditer(path.read_text())]


def phrases(text: str) -> tuple[list[str], list[str]]:
    """The inline code of the tables' columns that quote, and the heads of tables without one."""
    found: list[str] = []
    silent: list[str] = []
    head: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if cells and not head and not COLUMNS.intersection(cells):
            silent.append(line)
        head = (head or cells) if cells else []
        for name, cell in zip(head, cells):
            if name in COLUMNS and cells is not head:
                found += re.findall(r"`([^`]+)`", cell)
    return found, silent


def is_printed(phrase: str, strings: list[str], report: list[str], headers: str) -> bool:
    """A single word is the name of an error, is in a line of the report, or is a name or a key."""
    if re.fullmatch(r"E[A-Z0-9]+", phrase):
        return bool(re.search(rf"-{phrase}\b", headers))
    if re.fullmatch(r"\w+", phrase):
        return phrase in strings or any(phrase in re.findall(r"\w+", line) for line in report)
    parts = [re.escape(part.strip()) for part in INSERTED.split(phrase)]
    pattern = re.compile(".*".join(part for part in parts if part), re.DOTALL)
    return any(pattern.search(string) for string in strings)


def is_whole(reason: str, strings: list[str]) -> bool:
    """Return whether the reason is a whole string, of more than insertions."""
    return any(re.fullmatch(".+".join(re.escape(part) for part in string.split("\0")), reason)
               for string in strings if len(string.replace("\0", "")) > 10)


def main() -> int:
    top = Path(sys.argv[1])
    strings = strings_of(*top.glob("lib/**/*.c"), top / "tools/result.c")
    report = strings_of(top / "lib/report/report.c")
    output = strings + strings_of(*top.glob("tools/*.c"))
    headers = "".join(path.read_text() for path in top.glob("include/**/*.h"))
    failed = checked = 0
    for name in DOCUMENTS:
        text = (top / name).read_text()
        quoted, silent = phrases(text)
        reasons = [" ".join(reason.split())
                   for block in BLOCK.findall(text) for reason in REASON.findall(block)]
        stale = [phrase for phrase in quoted if not is_printed(phrase, strings, report, headers)]
        stale += [reason for reason in reasons if not is_whole(reason, output)]
        faults = [f'nothing prints "{each}"' for each in stale]
        faults += [f"no column quotes in the table {head}" for head in silent]
        if not quoted:
            faults.append("no table quotes anything")
        checked += len(quoted) + len(reasons)
        failed += bool(faults)
        print("".join(f"not ok - {name}: {fault}\n" for fault in faults), end="")
    print(f"phrases: {checked} checked, {failed} documents failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
