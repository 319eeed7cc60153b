#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the chart of a bench: speed, what stays in the page cache, and CPU time of each way.

usage: bench-chart.py FOLDER BOUNCED ZEROCOPY TITLE

FOLDER has main.json of dmaload bench. BOUNCED and ZEROCOPY are the sources that dmaload bounces
into and reads into directly. Writes chart.tsv and bench.svg into FOLDER; needs gnuplot. A way that
was not measured is left out.
"""

import json
import subprocess
import sys
from pathlib import Path

MIB = 1 << 20
# The groups, from the top of the chart to the bottom. gnuplot gives each a colour.
LIMIT, OURS, TODAY = 1, 2, 3
# The words of a reader, and the cases of dmaload bench for them. The first that ran is drawn.
WAYS = (
    (LIMIT, "fio at its best", ("fio",)),
    (LIMIT, "io_uring alone, into the same 4 MiB", ("uring4M/{zero_copy}",)),
    (LIMIT, "io_uring alone, into the whole buffer", ("uring/{zero_copy}",)),
    (OURS, "dmaload, direct", ("direct/{zero_copy}/io_uring",)),
    (OURS, "dmaload, direct, by threads", ("direct/{zero_copy}/threads",)),
    (OURS, "dmaload, bounce", ("bounce/{bounced}/io_uring",)),
    (OURS, "dmaload, bounce, by threads", ("bounce/{bounced}/threads",)),
    (OURS, "dmaload, 10,000 ranges", ("ranges/auto/{bounced}",)),
    (OURS, "dmaload, direct, with allocation", ("whole/direct/{zero_copy}",)),
    (OURS, "dmaload, bounce, with allocation", ("whole/bounce/{bounced}",)),
    (TODAY, "read(2)", ("read/{bounced}", "read/{zero_copy}")),
    (TODAY, "read(2), 16 MiB ahead", ("read16M/{bounced}", "read16M/{zero_copy}")),
    (TODAY, "mmap(2), then memcpy(3)", ("mmap/{bounced}", "mmap/{zero_copy}")),
    (TODAY, "O_DIRECT pread(2), then memcpy(3)", ("pread/{bounced}", "pread/{zero_copy}")),
    (TODAY, "read(2), with allocation", ("whole/read/{bounced}", "whole/read/{zero_copy}")),
)


def cpu(summary: dict) -> float | None:
    """Seconds per 10^9 bytes, in user space and in the kernel."""
    parts = summary["user_seconds_per_gb"], summary["kernel_seconds_per_gb"]
    return sum(part["median"] for part in parts) if all(parts) else None


def residue(name: str, summary: dict) -> float | None:
    """MiB of the file. dmaload bench does not measure it for fio."""
    left = summary["residue_bytes"]
    return None if name == "fio" or left is None else left / MIB


def rows(data: dict, bounced: str, zero_copy: str) -> list[tuple]:
    """Name, group, GB/s as median, minimum and maximum, MiB left, CPU seconds per GB."""
    summaries = {each["case"]: each for each in data["cases"] if each["bytes_per_second"]}
    found = []
    for group, name, cases in WAYS:
        cases = [each.format(bounced=bounced, zero_copy=zero_copy) for each in cases]
        case = next((each for each in cases if each in summaries), None)
        if case is None:
            continue
        summary = summaries[case]
        speed = [summary["bytes_per_second"][key] / 1e9 for key in ("median", "min", "max")]
        found.append((name, group, *speed, residue(case, summary), cpu(summary)))
    # The fastest of a group is at its top.
    return sorted(found, key=lambda row: (row[1], -row[2]))


def text(rows: list[tuple]) -> str:
    """One row a line, from the top of the chart to the bottom; "?" for what is not known."""
    lines = []
    for name, group, *figures in rows:
        shown = ("?" if each is None else f"{each:.3f}" for each in figures)
        lines.append("\t".join((f'"{name}"', str(group), *shown)) + "\n")
    return "".join(lines)


def main() -> int:
    if len(sys.argv) != 5:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    folder, bounced, zero_copy, title = Path(sys.argv[1]), *sys.argv[2:]
    data = json.loads((folder / "main.json").read_text())
    measured = rows(data, bounced, zero_copy)
    if not measured:
        print("bench-chart.py: main.json has no case that the chart shows", file=sys.stderr)
        return 1
    (folder / "chart.tsv").write_text(text(measured))
    plot = Path(__file__).resolve().with_name("bench.gnuplot")
    return subprocess.run(["gnuplot", "-c", plot, folder / "chart.tsv", folder / "bench.svg",
                           title], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
