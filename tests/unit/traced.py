#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The probes of dmaload-probes(7) fire in the right order, with what the reports say.

usage: traced.py PROGRAM

gdb runs traced.c, stops at each probe and prints its arguments.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

# %s: the address of a text. gdb counts itself in the semaphores.
PROBES = {
    "begin": "%lu %s %s %lu %lu %lu",
    "path": "%lu %s %s %s %s",
    "decline": "%lu %s %s",
    "chunk": "%lu %s %lu %lu %s %lu",
    "end": "%lu %ld %lu %lu %s",
}
PATHS = ["direct", "bounce", "buffered", "cached"]
# SCENE_PATH of scene.h. A probe has the path as it is, a message what a terminal can show.
FILE = b"/data/\033[2Jmo\xff\xc2\x9b\xc3\xa9\xe2\x80\xae.bin".decode(errors="replace")
WHOLE = [(700, 90700)]

passed = failed = 0


def check(what: str, good: bool, shown: object = "") -> None:
    global passed, failed
    passed += good
    if not good:
        failed += 1
        print(f"not ok - {what}: {shown!r:.2000}")


@dataclass
class Job:
    name: str
    # The probes, each with its name and arguments, in order.
    probes: list[list[str]] = field(default_factory=list)
    # The figures of the report that traced.c prints.
    report: dict[str, list[str]] = field(default_factory=dict)

    def all(self, probe: str) -> list[list[str]]:
        return [arguments for name, *arguments in self.probes if name == probe]

    def names(self) -> list[str]:
        """Return the names of the probes, chunks in a row as one."""
        names = [probe[0] for probe in self.probes]
        return [name for i, name in enumerate(names) if name != "chunk" or names[i - 1:i] != ["chunk"]]


def script() -> str:
    lines = ["set pagination off", "set width 0", "set debuginfod enabled off",
             "set startup-with-shell off", "set disable-randomization off", "set print elements 0"]
    for name, formats in PROBES.items():
        arguments = [f"(char *)$_probe_arg{i}" if form == "%s" else f"(long)$_probe_arg{i}"
                     for i, form in enumerate(formats.split())]
        text = "|".join(formats.split())
        lines += [f"break -probe-stap dmaload:{name}", "commands", "silent",
                  f'printf "probe|{name}|{text}\\n", {", ".join(arguments)}', "continue", "end"]
    return "\n".join([*lines, "run", ""])


def watch(program: str) -> list[Job]:
    """Return the jobs of the program, as gdb and the program print them."""
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as commands:
        commands.write(script())
        commands.flush()
        run = subprocess.run(["gdb", "-nx", "-batch", "-x", commands.name, program],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             errors="replace", timeout=100, env={**os.environ, "LC_ALL": "C.UTF-8"})
    check("the program ends", "exited normally" in run.stdout, run.stdout[-500:] + run.stderr)
    jobs = [Job("before")]
    for line in run.stdout.split("\n"):
        kind, *words = line.split("|")
        if kind == "job":
            jobs.append(Job(words[0]))
        elif kind == "probe":
            jobs[-1].probes.append(words)
        elif kind in ("result", "bytes", "declined"):
            jobs[-1].report[kind] = words
    check("no probe fires without a job", not jobs[0].probes, jobs[0].probes)
    return jobs[1:]


def parts(job: Job) -> list[tuple[int, int]]:
    """Return the parts of the file that the chunks cover, without overlaps."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((int(c[2]), int(c[2]) + int(c[3])) for c in job.all("chunk")):
        if merged and merged[-1][1] == start:
            start = merged.pop()[0]
        merged.append((start, end))
    return merged


def check_chunks(job: Job) -> None:
    """The bytes of the chunks are those of the report, on each path."""
    moved = dict.fromkeys(PATHS, 0)
    for _, _, _, size, path, _ in job.all("chunk"):
        moved[path] += int(size)
    check(f"{job.name}: the file of the chunks", {chunk[1] for chunk in job.all("chunk")} <= {FILE})
    # Two ends of the store are not whole blocks, and have no time.
    check(f"{job.name}: the time of the chunks", sum(chunk[5] == "0" for chunk in job.all("chunk")) ==
          (2 if job.name == "stored" else 0), job.all("chunk"))
    check(f"{job.name}: the bytes of the paths",
          moved == dict(zip(PATHS, map(int, job.report["bytes"]))), (moved, job.report))


def check_ends(job: Job, operation: str, ranges: int, total: int) -> None:
    """A job begins once and ends once, with what the report and the error say."""
    begin, end = job.all("begin"), job.all("end")
    check(f"{job.name}: begin and end", len(begin) == len(end) == 1 and
          job.probes[0][0] == "begin" and job.probes[-1][0] == "end", job.probes)
    check(f"{job.name}: one job", len({probe[1] for probe in job.probes}) == 1, job.probes)
    user_data = 77 if job.name == "plain" else 0
    check(f"{job.name}: begin", begin[0][1:] == [operation, FILE, str(ranges), str(total), str(user_data)],
          begin)
    check(f"{job.name}: end", [end[0][1], end[0][4]] == job.report["result"] and
          int(end[0][2]) == sum(int(chunk[3]) for chunk in job.all("chunk")), (end, job.report))
    check(f"{job.name}: the time", (int(end[0][3]) > 0) == (operation != "probe"), end)


def check_declines(job: Job) -> None:
    """The last reason of each path is that of the report."""
    last = {path: reason for _, path, reason in job.all("decline")}
    said = {path: reason for path, reason in zip(PATHS, job.report["declined"]) if reason}
    check(f"{job.name}: the reasons", last == said, (last, said))


def check_paths(job: Job, *expected: tuple[str, str, str]) -> None:
    """The paths that it leaves and takes, each with a part of the reason."""
    paths = job.all("path")
    check(f"{job.name}: the paths", len(paths) == len(expected) and
          all(path[1:4] == [FILE, old, new] and (reason in path[4] if reason else path[4] == "")
              for path, (old, new, reason) in zip(paths, expected)), paths)


# For each job: the order of its probes, and its paths.
START = ("", "direct", "")
EXPECTED: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    "plain": ("begin path chunk end", [START]),
    "two-ranges": ("begin path chunk end", [START]),
    "not-pinnable": ("begin decline path chunk end", [("", "bounce", "")]),
    "midway": ("begin path chunk decline path chunk end", [START, ("direct", "bounce", "EFAULT")]),
    "through-the-cache": ("begin decline path chunk decline decline path chunk end",
                          [("", "bounce", ""), ("bounce", "buffered", "through the page cache")]),
    "no-direct-io": ("begin decline decline path chunk end", [("", "buffered", "")]),
    "broken-disk": ("begin path end", [START]),
    "measured": ("begin path chunk path chunk decline chunk end",
                 [START, ("direct", "bounce", "its speed is measured")]),
    "verified": ("begin path chunk end", [("", "bounce", "")]),
    "stored": ("begin path chunk end", [START]),
    "probed": ("begin decline path end", [("", "bounce", "")]),
}
OPERATIONS = {"verified": "verify", "stored": "store", "probed": "probe"}
TOTALS = {"two-ranges": 28672, "measured": 4 << 20}
PARTS: dict[str, list[tuple[int, int]]] = {
    "two-ranges": [(0, 20480), (40960, 49152)],
    "measured": [(0, 4 << 20)],
    "broken-disk": [],
    "probed": [],
}


def main() -> int:
    jobs = {job.name: job for job in watch(sys.argv[1])}
    check("a refused call is no job", not jobs.pop("refused").probes)
    check("the jobs", list(jobs) == list(EXPECTED), list(jobs))
    for name, (order, paths) in EXPECTED.items():
        job = jobs[name]
        check(f"{name}: the order", job.names() == order.split(), job.names())
        check_ends(job, OPERATIONS.get(name, "load"), max(len(PARTS.get(name, [])), 1),
                   TOTALS.get(name, 90000))
        check_chunks(job)
        check_declines(job)
        check_paths(job, *paths)
        check(f"{name}: each byte once", parts(job) == PARTS.get(name, WHOLE), parts(job))
    print(f"traced: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
