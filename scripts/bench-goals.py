#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares measurements with the goals.

usage: bench-goals.py FOLDER BOUNCED ZEROCOPY

FOLDER has the JSON of dmaload bench: main.json, and size-*.json of a beginning of the file each.
BOUNCED and ZEROCOPY are the sources that dmaload bounces into and reads into directly. Writes
goals.md into FOLDER. A ratio is the median of the ratios of each round.
"""

import json
import statistics
import sys
from pathlib import Path

MIB = 1 << 20


class Bench:
    """One JSON of dmaload bench."""

    def __init__(self, path: Path):
        self.data = json.loads(path.read_text())
        self.bytes = self.data["host"]["measured_bytes"]
        self.summaries = {each["case"]: each for each in self.data["cases"]}
        self.rounds = [{run["case"]: run for run in each["runs"]} for each in self.data["rounds"]]

    def why_not(self, case: str) -> str:
        for name, reason in self.data["absent"].items():
            if name == case or (name.startswith("*/") and name[2:] in case):
                return reason
        failed = [run["error"]["message"] for each in self.data["rounds"]
                  for run in each["runs"] + each["pairs"]
                  if run["case"] == case and "error" in run]
        return failed[0] if failed else "not measured"

    def runs(self, *cases: str) -> list[tuple[dict, ...]]:
        """Returns the runs of these cases, of each round that counts for all of them."""
        whole = [tuple(each[case] for case in cases) for each in self.rounds
                 if all("error" not in each.get(case, {"error": {}}) for case in cases)]
        return [each for each in whole if not any(run["marked"] for run in each)] or whole

    def pairs(self, case: str) -> list[dict]:
        """Returns the runs of a case of many loads beside a rival, one a round."""
        return [run for each in self.data["rounds"] for run in each["pairs"]
                if run["case"] == case and "error" not in run]

    def of_rival(self, case: str, key: str) -> list[float | None]:
        runs = self.pairs(case)
        return ratio([run[key] for run in runs], [run["rival_" + key] for run in runs])

    def values(self, case: str, key: str) -> list[float]:
        return [run[key] for run, in self.runs(case) if run.get(key)]

    def cpu(self, case: str) -> list[float | None]:
        """Seconds per 10^9 bytes, of the user and of the kernel together, of each round."""
        runs = [each.get(case, {"error": {}}) for each in self.rounds]
        return [None if "error" in run else
                (run["user_seconds"] + run["kernel_seconds"]) / (self.bytes / 1e9) for run in runs]

    def fio_cpu(self) -> list[float | None]:
        """The same of fio: the mean of its runs of a round that did not fail."""
        found: list[float | None] = []
        for each in self.data["rounds"]:
            used = [disk["user_seconds"] + disk["kernel_seconds"] for disk in each["fio"]
                    if disk["bytes_per_second"] > 0]
            found.append(statistics.mean(used) / (self.bytes / 1e9) if used else None)
        return found


class Table:
    """Metric, goal, what was measured, and whether that is met."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    def say(self, metric: str, goal: str, measured: str, met: bool) -> None:
        self.rows.append((metric, goal, measured, "met" if met else "MISSED"))

    def lack(self, metric: str, goal: str, reason: str) -> None:
        self.rows.append((metric, goal, f"not measurable here: {reason}", "-"))

    def at_least(self, metric: str, goal: float, values: list[float | None], reason: str) -> None:
        self.compare(metric, f">= {goal:.2f}", values, reason, lambda median: median >= goal)

    def at_most(self, metric: str, goal: float, values: list[float | None], reason: str) -> None:
        self.compare(metric, f"<= {goal:.2f}", values, reason, lambda median: median <= goal)

    def compare(self, metric, goal, values, reason, met) -> None:
        values = [value for value in values if value is not None]
        if not values:
            self.lack(metric, goal, reason)
            return
        median = statistics.median(values)
        self.say(metric, goal, f"{median:.3f} ({min(values):.3f} to {max(values):.3f})",
                 met(median))

    def note(self, metric: str, values: list[float | None]) -> None:
        """A bound, which is no goal."""
        values = [value for value in values if value is not None]
        if values:
            self.rows.append((metric, "-", f"{statistics.median(values):.3f} ({min(values):.3f} to "
                              f"{max(values):.3f})", "-"))

    def markdown(self) -> str:
        head = [("metric", "goal", "measured: median (min to max)", ""), ("---",) * 4]
        return "".join(f"| {' | '.join(row)} |\n" for row in head + self.rows)

    def text(self) -> str:
        widths = [max(len(row[i]) for row in self.rows) for i in range(3)]
        return "".join(f"{metric:{widths[0]}}  {goal:{widths[1]}}  {measured:{widths[2]}}  {met}\n"
                       for metric, goal, measured, met in self.rows)


def ratio(above: list[float | None], below: list[float | None]) -> list[float | None]:
    return [a / b if a is not None and b else None for a, b in zip(above, below)]


def faster(bench: Bench, case: str, than: str) -> list[float]:
    """How many times as fast, round by round."""
    return [other["seconds"] / run["seconds"] for run, other in bench.runs(case, than)]


def speeds(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    whole_bounce = f"whole/bounce/{bounce.split('/')[1]}"
    whole_direct = f"whole/direct/{direct.split('/')[1]}"
    for metric, goal, case in (
            ("bounce: buffer ready / fio", 0.98, bounce),
            ("zero copy: buffer ready / fio", 0.99, direct),
            ("bounce: from allocation to close / fio", 0.90, whole_bounce),
            ("zero copy: from allocation to close / fio", 0.92, whole_direct)):
        reason = bench.data["fio"]["absent"] or bench.why_not(case)
        table.at_least(metric, goal, bench.values(case, "of_fio"), reason)
    alone, again, pool = (f"{name}/{direct.split('/')[1]}"
                          for name in ("uring", "uring4M", "uring8M"))
    table.note("io_uring alone into 4 MiB, again and again / fio", bench.values(again, "of_fio"))
    table.note("io_uring alone into 8 MiB of its own, again and again / fio",
               bench.values(pool, "of_fio"))
    table.note("io_uring alone into all of the memory / fio", bench.values(alone, "of_fio"))
    for name, case in (("bounce", bounce), ("zero copy", direct),
                       ("bounce, from allocation to close", whole_bounce),
                       ("zero copy, from allocation to close", whole_direct)):
        table.note(f"{name} / io_uring alone into all of the memory", faster(bench, case, alone))
    for name, case in (("bounce", bounce), ("zero copy", direct)):
        source = case.split("/")[1]
        for rival, text in (("read", "cold read()"), ("read16M", "read(), 16 MiB ahead")):
            other = f"{rival}/{source}"
            table.compare(f"{name} / {text}", "> 1", faster(bench, case, other),
                          bench.why_not(other), lambda median: median > 1)


def costs(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    fio, copy = bench.fio_cpu(), bench.cpu(f"memcpy/{bounce.split('/')[1]}")
    both = [a + b if a is not None and b is not None else None for a, b in zip(fio, copy)]
    absent = bench.data["fio"]["absent"]
    table.at_most("bounce: CPU s/GB / (fio + memcpy)", 1.10, ratio(bench.cpu(bounce), both),
                  absent or bench.why_not(bounce))
    table.at_most("zero copy: CPU s/GB / fio", 1.15, ratio(bench.cpu(direct), fio),
                  absent or bench.why_not(direct))
    for name, case in (("bounce", bounce), ("zero copy", direct)):
        summary = bench.summaries.get(case)
        if not summary or summary["pinned_bytes"] is None:
            table.lack(f"{name}: pinned", "<= 8 MiB", bench.why_not(case))
            continue
        pinned = summary["pinned_bytes"]
        table.say(f"{name}: pinned", "<= 8 MiB", f"{pinned / MIB:.1f} MiB", pinned <= 8 * MIB)
        residue, evicted = summary["residue_bytes"], summary["evicted_bytes"]
        if residue is None or evicted is None:
            table.lack(f"{name}: left in cache / evicted", "0 / 0",
                       "the kernel does not report what is in the page cache")
            continue
        table.say(f"{name}: left in cache / evicted", "0 / 0",
                  f"{residue} / {evicted['median']:.0f} bytes (evicted at most "
                  f"{evicted['max']:.0f})", residue == 0 and evicted["median"] == 0)


def conditions(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    for name, case in (("bounce", bounce), ("zero copy", direct)):
        source = case.split("/")[1]
        plain = f"auto/{source}"
        for metric, goal, view in (("memory cgroup of 64 MiB / none", 0.95, "cgroup"),
                                   ("10,000 ranges / one", 0.95, "ranges")):
            other = f"{view}/auto/{source}"
            table.at_least(f"{name}'s memory: {metric}", goal, faster(bench, other, plain),
                           bench.why_not(other))
        table.at_least(f"{name}'s memory: warm / warm read()", 1.0,
                       faster(bench, f"warm/auto/{source}", f"warm/read/{source}"),
                       bench.why_not(f"warm/auto/{source}"))
        path = case.split("/")[0]
        table.at_least(f"{name}: threads / io_uring", 0.95,
                       faster(bench, f"{path}/{source}/threads", f"{path}/{source}/io_uring"),
                       bench.why_not(f"{path}/{source}/io_uring"))


def small_loads(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    for source in dict.fromkeys(case.split("/")[1] for case in (bounce, direct)):
        for size, latency, cpu in (("4K", 1.3, 1.3), ("4K-cold", 1.6, None), ("64K", 1.1, 1.3),
                                   ("1M", 1.0, 1.3)):
            case = f"small/{size}/{source}"
            table.at_most(f"{case}: latency / pread and memcpy", latency,
                          bench.of_rival(case, "latency_seconds"), bench.why_not(case))
            if cpu:
                table.at_most(f"{case}: CPU / pread and memcpy", cpu,
                              bench.of_rival(case, "cpu_seconds_per_load"), bench.why_not(case))


def queued_loads(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    bounced, zero_copy = (case.split("/")[1] for case in (bounce, direct))
    case = f"queued/4M-direct/{zero_copy}"
    table.at_least(f"{case}: speed / io_uring", 0.97, bench.of_rival(case, "bytes_per_second"),
                   bench.why_not(case))
    table.at_most(f"{case}: p99 / io_uring", 1.10, bench.of_rival(case, "p99_seconds"),
                  bench.why_not(case))
    case = f"queued/4M-bounce/{bounced}"
    table.at_least(f"{case}: speed / io_uring", 0.92, bench.of_rival(case, "bytes_per_second"),
                   bench.why_not(case))
    case = f"queued/64K-direct/{zero_copy}"
    table.note(f"{case}: speed / io_uring", bench.of_rival(case, "bytes_per_second"))
    for source in dict.fromkeys((bounced, zero_copy)):
        case = f"queued/64K/{source}"
        table.at_least(f"{case}: speed / fio", 0.95, bench.of_rival(case, "bytes_per_second"),
                       bench.data["fio"]["absent"] or bench.why_not(case))


def urgent_loads(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    """Beside the large load, one waits for what the disk has to do already, and no longer."""
    for source in dict.fromkeys(case.split("/")[1] for case in (bounce, direct)):
        case = f"urgent/1M/{source}"
        runs = [run for run in bench.pairs(case) if run["disk_bytes_per_second"]]
        limits = [run["rival_p99_seconds"] + 1.5 * run["ahead_bytes"] / run["disk_bytes_per_second"]
                  for run in runs]
        table.at_most(f"{case}: p99 / (p99 alone + 1.5 x bytes ahead / rate)", 1.0,
                      ratio([run["p99_seconds"] for run in runs], limits), bench.why_not(case))


def transforms(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    for source in dict.fromkeys(case.split("/")[1] for case in (bounce, direct)):
        for name, goal, rival in (("empty", 0.98, "bounce"), ("repack", 1.8, "load, then repack"),
                                  ("repack-256M", 1.8, "load, then repack")):
            case = f"transform/{name}/{source}"
            table.at_least(f"{case}: speed / {rival}", goal,
                           bench.of_rival(case, "bytes_per_second"), bench.why_not(case))


def digests(table: Table, bench: Bench, bounce: str, direct: str) -> None:
    """The rival has the time of the slower of load and hash, and the CPU time of both."""
    for source in dict.fromkeys(case.split("/")[1] for case in (bounce, direct)):
        for name in ("sha256", "fsverity"):
            case = f"digest/{name}/{source}"
            table.at_least(f"{case}: speed / slower of load and hash", 0.95,
                           bench.of_rival(case, "bytes_per_second"), bench.why_not(case))
            table.at_most(f"{case}: CPU / load + hash", 1.05,
                          bench.of_rival(case, "cpu_seconds_per_load"), bench.why_not(case))


def sizes(table: Table, folder: Path, bounce: str, direct: str) -> None:
    benches = sorted((Bench(path) for path in folder.glob("size-*.json")),
                     key=lambda bench: bench.bytes)
    for name, case in (("bounce", bounce), ("zero copy", direct)):
        here = [bench for bench in benches if bench.summaries.get(case, {}).get("of_fio")]
        if len({bench.bytes for bench in here}) < 2:
            table.lack(f"{name}: linear time, constant memory", ">= 0.95",
                       "not enough memory or disk for several sizes")
            continue
        ratios = [bench.summaries[case]["of_fio"]["median"] for bench in here]
        memory = [bench.summaries[case]["memory_bytes"] for bench in here]
        span = " to ".join(f"{bench.bytes / (1 << 30):.3g}" for bench in (here[0], here[-1]))
        table.say(f"{name}: {span} GiB, speed of fio's, last / first", ">= 0.95",
                  f"{ratios[-1] / ratios[0]:.3f} ({', '.join(f'{each:.3f}' for each in ratios)})",
                  ratios[-1] / ratios[0] >= 0.95)
        table.say(f"{name}: {span} GiB, own memory", "constant",
                  ", ".join(f"{each / MIB:.2f}" for each in memory) + " MiB",
                  max(memory) - min(memory) <= MIB)


def main() -> int:
    if len(sys.argv) != 4:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    folder, bounced, zero_copy = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    bench, table = Bench(folder / "main.json"), Table()
    bounce, direct = f"bounce/{bounced}/io_uring", f"direct/{zero_copy}/io_uring"
    if bounce not in bench.summaries:
        bounce, direct = bounce.replace("io_uring", "threads"), direct.replace("io_uring", "threads")
    for part in (speeds, costs, conditions, small_loads, queued_loads, urgent_loads,
                 transforms, digests):
        part(table, bench, bounce, direct)
    sizes(table, folder, bounce, direct)
    marked = {case: bench.summaries[case]["marked"] for case in (bounce, direct)
              if case in bench.summaries}
    closing = (f"bounce is {bounce}, zero copy {direct}; {bench.bytes} bytes, "
               f"{len(bench.data['rounds'])} rounds; marked and left out of these, since fio "
               f"itself differed by more than 10 %: {list(marked.values())} of them.\n")
    (folder / "goals.md").write_text(table.markdown() + "\n" + closing)
    print(table.text() + "\n" + closing, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
