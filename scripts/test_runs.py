# SPDX-License-Identifier: MIT
"""The runs of test.sh, and meson's records of their tests.

Receives: a file with a line for each run: its title, its seconds, its exit status, and how the
          paths of meson's logs begin.
Hands on: the runs.
"""

import glob
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Run:
    title: str
    seconds: int
    status: str
    records: list[dict]


def read_records(prefix: str) -> list[dict]:
    """meson's record of each test; of more than one, if it was repeated."""
    records = []
    for name in glob.glob(glob.escape(prefix) + "*.json"):
        with open(name, encoding="utf-8") as log:
            records += [json.loads(line) for line in log]
    return records


def read_runs(path: str) -> list[Run]:
    runs = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        title, seconds, status, prefix = line.split(maxsplit=3)
        runs.append(Run(title, int(seconds), status, read_records(prefix)))
    return runs


def split_name(full: str) -> tuple[str, str]:
    """The suite and the test, of "project:suite+suite / test"."""
    suites, _, test = full.rpartition(" / ")
    return suites.partition(":")[2].partition("+")[0], test
