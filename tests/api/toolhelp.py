# SPDX-License-Identifier: MIT
"""Read --help of the program dmaload."""

import re
import subprocess


def run(tool: str, *args: str) -> str:
    return subprocess.run([tool, *args, "--help"], capture_output=True, text=True, check=True).stdout


def commands(tool: str) -> list[str]:
    return re.findall(r"^  ([a-z]+)  ", run(tool), re.MULTILINE)


def options(tool: str, command: str) -> dict[str, str]:
    """Return the options of a command, with the value that each takes: "", "N", "[=N]"."""
    found = re.findall(r"^  (--[a-z-]+)(?: ([A-Z]\S*)|(\[=\S+\]))?(?=  |$)",
                       run(tool, command), re.MULTILINE)
    return {name: value or maybe for name, value, maybe in found}
