#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The 32-bit tool with files and memory of more than 4 GiB: it moves all bytes, or refuses.

usage: wide.py COMMAND...
COMMAND runs the tool, built for a 32-bit machine. The test files are made in the current folder.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

GIB = 1 << 30
FILE_SIZE = 5 * GIB
FENCE = 4 * GIB
MEMORY_SIZE = FENCE + 8192
# Offsets and lengths: around the largest 32-bit number, and at the end.
PLACES = ((FENCE - 3000, 20000), (FENCE, 8192), (FENCE + 4097, 5000), (FILE_SIZE - 777, 777))

failures = 0
checks = 0


def check(what: str, good: bool, done: subprocess.CompletedProcess) -> None:
    global failures, checks
    checks += 1
    if not good:
        failures += 1
        print(f"not ok - {what}: status {done.returncode}: {done.stdout}{done.stderr}")


def run(*args: str, **more) -> subprocess.CompletedProcess:
    return subprocess.run([*sys.argv[1:], *args], capture_output=True, text=True, **more)


def make_file(path: Path) -> None:
    with path.open("wb") as file:
        for offset, length in PLACES:
            file.seek(offset)
            file.write(os.urandom(length))
        file.truncate(FILE_SIZE)


def load_parts(path: Path) -> None:
    copy = path.with_name("copy")
    with path.open("rb") as file:
        for offset, length in PLACES:
            file.seek(offset)
            expected = file.read(length)
            for cache in ("auto", "bypass", "keep"):
                done = run("load", str(path), "--source", "memfd", "--cache", cache, "--quiet",
                           "--offset", str(offset), "--length", str(length), "--verify", "--",
                           "sh", "-c", f"head -c {length} /proc/self/fd/$DMALOAD_FD >'{copy}'")
                check(f"{length} bytes at {offset}, --cache {cache}",
                      done.returncode == 0 and copy.read_bytes() == expected, done)


def refuse(path: Path) -> None:
    done = run("load", str(path), "--source", "memfd")
    check("a load of more than 4 GiB", done.returncode == 1 and
          f"cannot map {FILE_SIZE} bytes" in done.stderr, done)


def store_memory(folder: Path) -> None:
    fd = os.memfd_create("wide", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, MEMORY_SIZE)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    target = folder / "stored"
    target.write_bytes(b"as it was")
    done = run("store", str(target), "--fd", str(fd), pass_fds=(fd,),
               env={**os.environ, "DMALOAD_SOURCE": "memfd"})
    check("a store of more than 4 GiB", done.returncode == 1 and
          f"{MEMORY_SIZE} bytes" in done.stderr and target.read_bytes() == b"as it was", done)


def main() -> int:
    with tempfile.TemporaryDirectory(dir=".") as name:
        path = Path(name).resolve() / "large"
        make_file(path)
        load_parts(path)
        refuse(path)
        store_memory(path.parent)
    print(f"wide: {checks - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
