#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Summarizes the runs of test.sh: their results, and how long they took.

Receives: the file that test_runs.py reads.
Hands on: a table, and 0 as exit status if tests have passed and none has not.
Always:   a run without a log, a skipped test and one that was interrupted have failed.
"""

import re
import sys
from collections import defaultdict

sys.dont_write_bytecode = True  # the source tree stays clean
from test_runs import read_runs, split_name  # noqa: E402

SLOWEST = 20

# These lines of a failed test show the failure: of cmocka, the scripts and the guests, the
# sanitizers, valgrind, and programs that die.
TELLS = re.compile(r"^\[ .*(ERROR|LINE|FAILED)|FAILED with status|^not ok|timed out|SUMMARY: |"
                   r"Sanitizer|Assertion|Segmentation|Traceback|panic|Call [Tt]race|^\w+Error: ")
LINES_PER_TEST = 12


def tell(record: dict) -> list[str]:
    """The lines of a test's output that tell what failed, or the last ones."""
    output = (record.get("stdout", "") + "\n" + record.get("stderr", "")).splitlines()
    lines = [line.strip() for line in output if line.strip()]
    telling = [line for line in lines if TELLS.search(line)]
    return (telling or lines[-LINES_PER_TEST:])[:LINES_PER_TEST]


def main() -> int:
    failed = []
    told = {}
    times = []
    passed = 0
    print(f"{'run':<12} {'suite':<12} {'tests':>5} {'seconds':>8}")
    for run in read_runs(sys.argv[1]):
        suites = defaultdict(list)
        before = len(failed)
        for record in run.records:
            suite, test = split_name(record["name"])
            suites[suite].append(record["duration"])
            times.append((record["duration"], f"{run.title}: {test}"))
            if record["result"] == "OK":
                passed += 1
            else:
                failed.append(f"{run.title}: {suite} / {test}: {record['result']}")
                told[failed[-1]] = tell(record)
        if not suites:
            failed.append(f"{run.title}: no test has run")
        elif run.status != "0" and len(failed) == before:
            failed.append(f"{run.title}: exit status {run.status}")
        for suite, durations in suites.items():
            print(f"{run.title:<12} {suite:<12} {len(durations):>5} {sum(durations):>8.1f}")
        print(f"{run.title:<12} {'in all':<12} {'':>5} {run.seconds:>8}")
    print("\nthe slowest tests, in seconds")
    for duration, name in sorted(times, reverse=True)[:SLOWEST]:
        print(f"{duration:8.1f}  {name}")
    print(f"\n{passed} passed, {len(failed)} failed")
    for name in failed:
        print(f"FAILED  {name}")
        for line in told.get(name, []):
            print(f"        {line}"[:160])
    return 0 if passed > 0 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
