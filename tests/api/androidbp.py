#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Android.bp has the version and the sources that meson has.

usage: androidbp.py ROOT VERSION --LIBRARY SOURCE... ...
"""

import re
import sys
from pathlib import Path


def modules(text: str) -> dict[str, dict[str, str]]:
    """Return the text of each list of strings, by the module's name and the property."""
    text = re.sub(r"//.*", "", text)
    found: dict[str, dict[str, str]] = {}
    for body in re.findall(r"^\w+ \{\n(.*?)^\}", text, flags=re.DOTALL | re.MULTILINE):
        name = re.search(r'^    name: "([^"]+)"', body, flags=re.MULTILINE)
        if name:
            found[name[1]] = dict(re.findall(r"^    (\w+): \[(.*?)\]", body,
                                             flags=re.DOTALL | re.MULTILINE))
    return found


def strings(text: str) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', text)


def main() -> int:
    root, version, *words = sys.argv[1:]
    libraries: dict[str, list[str]] = {}
    for word in words:
        if word.startswith("--"):
            sources = libraries.setdefault(word[2:], [])
        else:
            sources.append(word)
    bp = modules((Path(root) / "Android.bp").read_text())
    failed = 0
    for name, sources in libraries.items():
        # There is no io_uring in apps, so Android has the file for builds without it.
        wanted = {str(Path(source).resolve().relative_to(Path(root).resolve()))
                  .replace("io/uring.c", "io/uring_absent.c") for source in sources}
        listed = strings(bp[f"lib{name}"]["srcs"])
        for source in sorted(wanted.symmetric_difference(listed)):
            print(f"lib{name}: {source} is only in {'meson' if source in wanted else 'Android.bp'}")
            failed = 1
        if listed != sorted(set(listed)):
            print(f"lib{name}: the sources are not sorted")
            failed = 1
    if f'-DDMALOAD_VERSION=\\"{version}\\"' not in strings(bp["libdmaload"]["cflags"]):
        print(f"libdmaload: the version is not {version}")
        failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
