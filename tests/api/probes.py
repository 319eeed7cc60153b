#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A library has the probes that their man page describes, and no others; also when it is stripped.

usage: probes.py PAGE LIBRARY [ARCHIVE]

An archive has none: see libraries/meson.build.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from mdoc import Page  # noqa: E402

# As Debian's dh_strip calls it.
STRIP = ["strip", "--remove-section=.comment", "--remove-section=.note", "--strip-unneeded"]


def described(page: Page) -> dict[str, int]:
    """Return the probes of the page, with the number of their arguments."""
    return {line.split()[0]: len(line.split()) - 1 for line in page.calls("It Fn")}


def found(library: Path) -> set[tuple[str, int]]:
    """Return the probes of a library. Each has a semaphore, and numbers of 64 bits."""
    notes = subprocess.run(["readelf", "--notes", "--wide", library], capture_output=True, text=True,
                           check=True).stdout
    probes = re.findall(r"Provider: dmaload\s+Name: (\w+)\s+"
                        r"Location: 0x[0-9a-f]+, Base: 0x[0-9a-f]+, Semaphore: 0x([0-9a-f]+)\s+"
                        r"Arguments: (.*)\n", notes)
    assert len(probes) == notes.count("NT_STAPSDT"), notes
    for name, semaphore, arguments in probes:
        assert int(semaphore, 16) != 0, f"{name} has no semaphore"
        assert all(re.match(r"-?8@", word) for word in arguments.split()), arguments
    return {(name, len(arguments.split())) for name, _, arguments in probes}


def main() -> int:
    page, library = Page(Path(sys.argv[1])), Path(sys.argv[2])
    probes = described(page)
    examples = re.findall(r":dmaload:(\w+) (\{.*?\}')", page.text, re.DOTALL)
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "stripped.so"
        subprocess.run([*STRIP, "-o", stripped, library], check=True)
        results = {
            "the library": found(library),
            "the stripped library": found(stripped),
            # Each probe has an example, which shows no other arguments.
            "the examples": {(name, probes.get(name, 0)) for name, body in examples
                             if max(map(int, re.findall(r"\barg(\d)", body))) < probes.get(name, 0)},
        }
    expected = dict.fromkeys(results, set(probes.items()))
    for archive in sys.argv[3:]:
        results["the archive"] = found(Path(archive))
        expected["the archive"] = set()
    failed = {what: names for what, names in results.items() if names != expected[what]}
    for what, names in failed.items():
        print(f"not ok - {what}: {sorted(names)}, and not {sorted(expected[what])}")
    print(f"probes: {len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not probes else 0


if __name__ == "__main__":
    sys.exit(main())
