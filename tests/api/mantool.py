#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The man page of the program dmaload and its --help agree.

usage: mantool.py TOOL PAGE
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from mdoc import Page, plain  # noqa: E402
from toolhelp import commands as list_commands, options, run  # noqa: E402

OPTION = r"(?<![\w-])--[a-z][a-z-]*"
# DMALOAD_FD_0 and the like exist for every file.
VARIABLE = r"\bDMALOAD_[A-Z]+(?:_(?=[0-9N]))?"


def taken(page: Page) -> set[tuple[str, str]]:
    """Return each command with the options that the page lists for it."""
    lists = re.findall(r"^\.It Cm ([a-z]+)\n((?:\.Fl .*\n)+)", plain(page.text), re.MULTILINE)
    return {(command, f"--{name}") for command, body in lists
            for name in re.findall(r"^\.Fl -([a-z-]+)", body, re.MULTILINE)}


def main() -> int:
    tool, page = sys.argv[1], Page(Path(sys.argv[2]))
    listed_commands = list_commands(tool)
    usage = "".join([run(tool), *(run(tool, command) for command in listed_commands)])
    listed = plain("\n".join(page.calls("It")))
    described = {f"--{name}" for name in re.findall(r"\bFl -([a-z][a-z-]*)", listed)}
    commands = set(page.calls("Cm", page.sections["SYNOPSIS"]))
    examples = "".join(page.examples())
    failed = 0

    for what, left, right in (
            ("the options: what only the page has, and what only --help has",
             described, set(re.findall(OPTION, usage))),
            ("the variables: what only the page has, and what only --help has",
             set(re.findall(VARIABLE, page.text)), set(re.findall(VARIABLE, usage))),
            ("the commands: what only the page has, and what only --help has",
             commands, set(listed_commands)),
            ("the options of each command: what only the page has, and what only --help has",
             taken(page), {(command, name) for command in listed_commands
                           for name in options(tool, command)} -
             {(command, "--help") for command in listed_commands}),
            ("the examples' options and commands: which the page does not describe",
             set(re.findall(OPTION, examples)) |
             set(re.findall(r"\bdmaload ([a-z]+)", examples)), described | commands)):
        only = (left - right, right - left if "only" in what else set())
        if any(only) or not left:
            failed += 1
            print(f"not ok - {what}:\n    {only[0]}\n    {only[1]}")
    print(f"mantool: {5 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
