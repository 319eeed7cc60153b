#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The lines of dmaload-probes(7) for bpftrace, as printed there, show what the program reports.

usage: bpftraced.py PAGE LIBRARY TOOL FOLDER SOURCE FILE

FOLDER is for a new file. A load of FILE into SOURCE has to decline a path.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True  # the source tree stays clean
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "api"))  # in a guest, it is beside
from mdoc import plain  # noqa: E402

SECONDS = 240  # in an emulated machine bpftrace takes a while to start
PATIENCE = 60  # for a load, and for the end of bpftrace
TEXT = 110  # the page lets bpftrace show 120 bytes
# The output of each line of the page, behind the number of the job.
LINES = {
    "begin": r"(\w+) (\S+), (\d+) ranges, (\d+) bytes, (\d+)",
    "path": r"from <(\w*)> to (\w+): (.*)",
    "decline": r"(\w+): (.*)",
    "chunk": r"(\S+) at (\d+), (\d+) bytes, (\w+), (\d+) us",
    "end": r"(-?\d+), (\d+) bytes in (\d+) us ?(.*)",
}
PATHS = {"direct": "bytes_direct", "bounce": "bytes_bounced", "buffered": "bytes_buffered",
         "cached": "bytes_cached"}

passed = failed = 0
Seen = dict[str, list[tuple[str, ...]]]


def check(what: str, good: bool, shown: object = "") -> bool:
    global passed, failed
    passed += good
    if not good:
        failed += 1
        print(f"not ok - {what}: {shown!r:.2000}", flush=True)
    return good


def blocks_of(page: Path) -> list[str]:
    return [plain(block) for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", page.read_text(),
                                                 re.MULTILINE | re.DOTALL)]


class Tracer:
    """A line of the page, in a shell of its own."""

    def __init__(self, line: str, exports: str, library: str):
        self.process = subprocess.Popen(["sh", "-c", f"{exports}\n{line}"], bufsize=0,
                                        env={**os.environ, "lib": library}, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.bytes = b""

    def read(self) -> str:
        """Return all that it has printed so far."""
        assert self.process.stdout
        os.set_blocking(self.process.stdout.fileno(), False)
        while part := self.process.stdout.read(65536):
            self.bytes += part
        return self.bytes.decode(errors="replace")

    def stop(self) -> str:
        """Press Ctrl-C, and return all that it has printed."""
        os.killpg(self.process.pid, signal.SIGINT)
        if not wait(lambda: self.read() != "" and self.process.poll() is not None, PATIENCE):
            state = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
            check("a tracer ends", False, (self.read(), state))
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return self.read()


class Watch:
    """A tracer for each probe. Ctrl-C is lost on a bpftrace that is not attached yet, so the example
    that prints nothing before its end is left out."""

    def __init__(self, page: Path, library: str):
        blocks = blocks_of(page)
        exports = "\n".join(re.findall(r"^export .*", "\n".join(blocks), re.MULTILINE))
        lines = {name: [block for block in blocks if f"printf(\"{name}: " in block] for name in LINES}
        check("the page has a line for each probe",
              all(len(found) == 1 for found in lines.values()), lines)
        self.tracers = {name: Tracer(found[0], exports, library) for name, found in lines.items()}

    def all_run(self) -> bool:
        return all(tracer.process.poll() is None for tracer in self.tracers.values())

    def jobs(self) -> list[Seen]:
        """Return the probes of each job, in the order in which the jobs began."""
        seen = {name: re.findall(f"^{name}: (0x[0-9a-f]+) {LINES[name]}$", tracer.read(), re.M)
                for name, tracer in self.tracers.items()}
        return [{name: [match[1:] for match in found if match[0] == begin[0]]
                 for name, found in seen.items()} for begin in seen["begin"]]

    def stop(self) -> None:
        for tracer in self.tracers.values():
            tracer.stop()


def wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def load(tool: str, *arguments: str) -> dict[str, Any]:
    run = subprocess.run([tool, "load", *arguments, "--json"], capture_output=True, text=True,
                         timeout=PATIENCE)
    if not run.stdout:
        sys.exit(f"{tool} {arguments}: {run.stderr}")
    report: dict[str, Any] = json.loads(run.stdout)
    return report


def is_complete(seen: Seen) -> bool:
    return bool(seen["end"]) and sum(int(chunk[2]) for chunk in seen["chunk"]) == int(seen["end"][0][1])


def check_job(name: str, seen: Seen, report: dict[str, Any], offset: int) -> None:
    """What the tracers have seen of a load is what its report says."""
    chunks, error = seen["chunk"], report.get("error", {"code": 0, "message": ""})
    moved = sum(report[key] for key in PATHS.values())
    check(f"{name}: begin", seen["begin"] ==
          [("load", report["file"], "1", str(report["bytes"]), "0")], (seen["begin"], report))
    check(f"{name}: end", [(int(end[0]), int(end[1])) for end in seen["end"]] ==
          [(error["code"], moved)], (seen["end"], report))
    check(f"{name}: its message", seen["end"][0][3][:TEXT] == error["message"][:TEXT], seen["end"])
    for path, key in PATHS.items():
        check(f"{name}: the bytes of {path}", report[key] ==
              sum(int(chunk[2]) for chunk in chunks if chunk[3] == path), (chunks, report))
    at = offset
    for place, size in sorted((int(chunk[1]), int(chunk[2])) for chunk in chunks):
        check(f"{name}: each byte once", place == at, (place, at))
        at += size
    check(f"{name}: the file of the chunks", {chunk[0] for chunk in chunks} <= {report["file"]}, chunks)
    check(f"{name}: the times", all(0 < int(chunk[4]) < SECONDS * 1e6 for chunk in chunks), chunks)
    check(f"{name}: the reasons", {path: reason[:TEXT] for path, reason in seen["decline"]} ==
          {path: reason[:TEXT] for path, reason in report["declined"].items()},
          (seen["decline"], report))
    check(f"{name}: the path", [path[:2] for path in seen["path"]] ==
          ([("", report["path"])] if report["path"] else []), (seen["path"], report))


def main() -> int:
    page, library, tool, folder, source, file = sys.argv[1:]
    far = Path(folder) / "far"
    offset = (5 << 30) + 4096  # more than 32 bits
    with far.open("wb") as new:
        new.truncate(offset + (3 << 20))
    watch = Watch(Path(page), library)

    def is_attached() -> bool:
        """Return whether each tracer has seen a load."""
        load(tool, file, "--source", source, "--length", "4096")
        return not watch.all_run() or \
            all(f"{name}: 0x" in tracer.read() for name, tracer in watch.tracers.items())

    check("the tracers begin", wait(is_attached, SECONDS) and watch.all_run(),
          [tracer.read() for tracer in watch.tracers.values()])
    print(f"the tracers took {time.monotonic() - began:.0f} s to begin", flush=True)
    reports = {
        "a load": (load(tool, file, "--source", source, "--cache", "bypass"), 0),
        "a far load": (load(tool, str(far), "--source", source, "--offset", str(offset)), offset),
        "a refused load": (load(tool, file, "--source", source, "--cache", "bypass",
                                "--path", "direct"), 0),
    }
    count = len(reports)
    wait(lambda: all(map(is_complete, watch.jobs()[-count:])), 30)
    jobs = watch.jobs()[-count:]
    for (name, (report, start)), seen in zip(reports.items(), jobs):
        check_job(name, seen, report, start)
    check("a path was declined", any(report["declined"] for report, _ in reports.values()), reports)
    watch.stop()
    far.unlink()
    print(f"bpftraced: {passed} passed, {failed} failed; {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


began = time.monotonic()
if __name__ == "__main__":
    sys.exit(main())
