#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what the runs of test.sh ran on, as a table.

Receives: the file that test_runs.py reads, and a Markdown file.
Hands on: the Markdown file, whose text between the two marks is the table. Without such a file, the
          table on the standard output.
Always:   only tests that passed count. A guest tells its own platform; the other tests of a run have
          the one that the run's test "platform" tells.
"""

import re
import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from test_runs import Run, read_runs, split_name  # noqa: E402

TELLS = re.compile(r"^@platform (.+)$", re.MULTILINE)
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
HEAD = "| processor | kernel | pages | C library | tests that passed |\n|---|---|---|---|---|\n"


def platform_of(record: dict) -> str:
    found = TELLS.search(record.get("stdout", ""))
    return found[1].strip() if found else ""


def count(runs: list[Run]) -> dict[str, dict[str, int]]:
    """The number of tests that passed, by platform and by what they are: a suite, or a guest."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for run in runs:
        known = [platform_of(record) for record in run.records
                 if split_name(record["name"])[1] == "platform"]
        for record in run.records:
            suite, test = split_name(record["name"])
            platform = platform_of(record) or (known[0] if known else "")
            if platform and record["result"] == "OK":
                counts[platform][f"{suite} {test}" if suite == "guest" else suite] += 1
    return counts


def tell(counts: dict[str, int]) -> str:
    guests = sorted(name.removeprefix("guest ") for name in counts if name.startswith("guest "))
    suites = [f"{name} {number}" for name, number in sorted(counts.items())
              if not name.startswith("guest ")]
    return ", ".join(suites + guests)


def main() -> int:
    counts = count(read_runs(sys.argv[1]))
    rows = "".join(f"| {platform} | {tell(counts[platform])} |\n" for platform in sorted(counts))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True,
                            check=False).stdout.strip()
    table = f"Run on {date.today()}, at commit {commit or 'unknown'}.\n\n{HEAD}{rows}"
    if len(sys.argv) < 3:
        print(table)
        return 0
    file = Path(sys.argv[2])
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
