# SPDX-License-Identifier: MIT
"""Reads as much of an mdoc(7) page as the tests of the man pages want."""

import re
from pathlib import Path


def normal(text: str) -> str:
    """C in one line, with the blanks where everybody has them."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\* ", "*", text).replace("( ", "(").replace(" )", ")")


def plain(text: str) -> str:
    """A literal block as the reader sees it."""
    return text.replace(r"\&", "").replace(r"\(aq", "'").replace(r"\-", "-").replace(r"\e", "\\")


class Page:
    def __init__(self, path: Path):
        self.path = path
        self.name = path.stem
        self.volume = path.suffix[1:]
        self.text = path.read_text()
        self.sections = self.split("Sh", self.text)
        self.subsections = self.split("Ss", self.text)

    @staticmethod
    def split(macro: str, text: str) -> dict[str, str]:
        """Returns the text under each heading, up to the next heading of any kind, or of that kind."""
        end = r"(?=^\.S[hs] |\Z)" if macro == "Ss" else r"(?=^\.Sh |\Z)"
        found = re.findall(rf"^\.{macro} ([^\n]+)\n(.*?){end}", text, re.MULTILINE | re.DOTALL)
        return {heading.strip('"'): body for heading, body in found}

    def calls(self, macro: str, text: str | None = None) -> list[str]:
        """The arguments of each line that is this macro."""
        return re.findall(rf"^\.{macro} (.+)$", self.text if text is None else text, re.MULTILINE)

    def names(self) -> list[str]:
        return [call.split()[0] for call in self.calls("Nm", self.sections["NAME"])]

    def prototypes(self) -> dict[str, str]:
        """By name, each function, or type of a function, of the synopsis, as C has it."""
        found = re.findall(r"^\.Ft (.+)\n\.Fo (.+)\n((?:\.Fa .+\n)+)\.Fc$",
                           self.sections["SYNOPSIS"], re.MULTILINE)
        prototypes = {}
        for result, name, arguments in found:
            words = [call.strip('"') for call in self.calls("Fa", arguments)]
            prototypes[name.strip("(*)")] = normal(
                f"{result.strip(chr(34))} {name}({', '.join(words)})")
        return prototypes

    def members(self, heading: str) -> list[str]:
        """The items of the list under a heading: of a struct or of an enum."""
        items = self.calls("It", self.subsections.get(heading, ""))
        return [normal(item.split(" ", 1)[1].strip('"')) for item in items]

    def errors(self, function: str) -> set[str]:
        """The errors in the lists whose introductions name the function, or all of them."""
        lists = self.sections.get("ERRORS", "").split(".El\n")
        named = [part for part in lists if re.search(rf"\b{function}\b|^All of", part, re.MULTILINE)
                 or self.names() == [function]]
        return set(re.findall(r"\bEr (E[A-Z0-9]+)", "".join(named)))

    def examples(self) -> list[str]:
        blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", self.sections.get("EXAMPLES", ""),
                            re.MULTILINE | re.DOTALL)
        return [plain(block) for block in blocks]
