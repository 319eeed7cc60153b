#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Build the reference: doxygen prints no warning, and search finds a place for each function.

usage: reference.py BUILD_DIR HTML_DIR MAP...
"""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree


def places(html: Path) -> dict[str, tuple[str, str]]:
    """Return the page and the anchor of each function, by name."""
    members = ElementTree.parse(html / "dmaload.tag").iter("member")
    return {member.findtext("name"): (member.findtext("anchorfile"), member.findtext("anchor"))
            for member in members if member.get("kind") == "function"}


def main() -> int:
    build, html, *maps = sys.argv[1:]
    done = subprocess.run(["meson", "compile", "-C", build, "docs"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0 or "warning:" in done.stdout + done.stderr:
        print(f"not ok - exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return 1

    found = places(Path(html))
    searched = "".join(file.read_text() for file in Path(html).glob("search/functions_*.js"))
    passed = failed = 0
    for name in (name for file in maps for name in
                 re.findall(r"^\t(dmaload_\w+);$", Path(file).read_text(), re.MULTILINE)):
        page, anchor = found.get(name, ("", ""))
        if not page or f'id="{anchor}"' not in (Path(html) / page).read_text():
            wrong = "no page has it"
        elif f"'../{page}#{anchor}'" not in searched:
            wrong = "search does not find it"
        else:
            passed += 1
            continue
        failed += 1
        print(f"not ok - {name}: {wrong}")
    print(f"reference: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
