# SPDX-License-Identifier: MIT
"""Reads as much of an mdoc(7) page as the test of the program's page needs."""

import re
from pathlib import Path


def plain(text: str) -> str:
    """Return a literal block as the reader sees it."""
    return text.replace(r"\&", "").replace(r"\(aq", "'").replace(r"\-", "-").replace(r"\e", "\\")


class Page:
    def __init__(self, path: Path):
        self.text = path.read_text()
        self.sections = {heading.strip('"'): body for heading, body in re.findall(
            r"^\.Sh ([^\n]+)\n(.*?)(?=^\.Sh |\Z)", self.text, re.MULTILINE | re.DOTALL)}

    def calls(self, macro: str, text: str | None = None) -> list[str]:
        """Return the arguments of each line with this macro."""
        return re.findall(rf"^\.{macro} (.+)$", self.text if text is None else text, re.MULTILINE)

    def examples(self) -> list[str]:
        blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", self.sections.get("EXAMPLES", ""),
                            re.MULTILINE | re.DOTALL)
        return [plain(block) for block in blocks]
