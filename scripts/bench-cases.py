#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes two tables: every case that was measured, and many loads beside a rival.

usage: bench-cases.py FOLDER

FOLDER has main.json of dmaload bench; cases.md is written into it. Figures are medians of all
rounds. Rounds in which fio differed count, too: in a guest, where a run of fio takes 50 ms, these
are many. Bytes left in the page cache, and bytes pinned, are the maximum of all rounds.
"""

import json
import statistics
import sys
from pathlib import Path

MIB = 1 << 20
PAIRS_HEAD = ("case", "us of one load, median (min to max)", "p99, us", "CPU, us", "MB/s",
              "median / rival's", "p99 / rival's", "CPU / rival's", "MB/s / rival's", "rival",
              "went by")
HEAD = ("case", "GB/s, median (min to max)", "of fio's", "CPU s/GB", "page faults",
        "left in cache, MiB", "pinned, MiB", "went by")


def spread(speeds: list[float]) -> str:
    return (f"{statistics.median(speeds) / 1e9:.2f} ({min(speeds) / 1e9:.2f} to "
            f"{max(speeds) / 1e9:.2f})")


def cpu(runs: list[dict], size: int) -> str:
    used = [run["user_seconds"] + run["kernel_seconds"] for run in runs]
    return f"{statistics.median(used) / size * 1e9:.3f}"


def mib(value: int | None) -> str:
    return "" if value is None else f"{value / MIB:.3g}"


def ways(runs: list[dict]) -> str:
    """The path and the engine; more of them if the rounds differ."""
    names = [", ".join(filter(None, (run["path"], run["engine"]))) for run in runs if "path" in run]
    return "; ".join(dict.fromkeys(names))


def row_of_fio(rounds: list[dict], size: int) -> list[tuple[str, ...]]:
    disks = [disk for each in rounds for disk in each["fio"] if disk["bytes_per_second"]]
    if not disks:
        return []
    return [("fio", spread([disk["bytes_per_second"] for disk in disks]), "", cpu(disks, size),
             "", "", "", "")]


def row(case: dict, runs: list[dict], size: int) -> tuple[str, ...]:
    # A case that does not read the disk has no run of fio.
    off_disk = case["case"].startswith(("warm/", "memcpy/"))
    ratios = [run["of_fio"] for run in runs if "of_fio" in run and not off_disk]
    return (case["case"], spread([size / run["seconds"] for run in runs]),
            f"{statistics.median(ratios):.3f}" if ratios else "", cpu(runs, size),
            f"{statistics.median(run['faults'] for run in runs):.0f}",
            mib(case["residue_bytes"]), mib(case["pinned_bytes"]), ways(runs))


def median(pair: dict, key: str, factor: float, digits: int) -> str:
    return f"{pair[key]['median'] * factor:.{digits}f}" if pair[key] else ""


def pair_row(pair: dict) -> tuple[str, ...]:
    latency = pair["latency_seconds"]
    return (pair["case"], f"{latency['median'] * 1e6:.1f} ({latency['min'] * 1e6:.1f} to "
            f"{latency['max'] * 1e6:.1f})", median(pair, "p99_seconds", 1e6, 1),
            median(pair, "cpu_seconds_per_load", 1e6, 1), median(pair, "bytes_per_second", 1e-6, 1),
            *(median(pair, f"{key}_of_rival", 1, 3) for key in ("latency", "p99", "cpu", "speed")),
            pair["rival"] or "", ", ".join(filter(None, (pair["path"], pair["engine"]))))


def table(rows: list[tuple[str, ...]]) -> str:
    head, *rest = rows
    return "".join(f"| {' | '.join(each)} |\n" for each in (head, ("---",) * len(head), *rest))


def main() -> int:
    if len(sys.argv) != 2:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    data = json.loads((folder / "main.json").read_text())
    size, rounds = data["host"]["measured_bytes"], data["rounds"]
    rows = [HEAD, *row_of_fio(rounds, size)]
    for case in data["cases"]:
        runs = [run for each in rounds for run in each["runs"]
                if run["case"] == case["case"] and "error" not in run]
        if runs:
            rows.append(row(case, runs, size))
    pairs = [pair_row(each) for each in data["pairs"] if each["latency_seconds"]]
    (folder / "cases.md").write_text(table(rows) + ("\n" + table([PAIRS_HEAD, *pairs])
                                                    if pairs else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main())
