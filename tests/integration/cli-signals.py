#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signals to the program dmaload in a step that never ends.

usage: cli-signals.py DMALOAD DIR SOURCE SIZE

SIZE names the file pattern-SIZE in DIR. The step is a write to a stopped terminal: a signal with
a handler does not end it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM

sys.dont_write_bytecode = True  # the source tree stays clean
from terminal import Score, Terminal, until, writes_to  # noqa: E402

GRACE = 0.25
# Seconds to wait for the end of a process.
PATIENCE = 30

score = Score("signals")


def defaults() -> None:
    for number in (SIGINT, SIGTERM, SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def stuck(*args: str | Path, **options: object):
    """Start the program, and wait until it waits for its terminal. Kill it in the end."""
    with Terminal() as terminal:
        terminal.stop()
        process = terminal.start(*args, preexec_fn=defaults, **options)
        try:
            score.check("it waits for its terminal",
                        until(lambda: process.poll() is not None or writes_to(process.pid, 2)) and
                        process.poll() is None, process.returncode)
            yield process
        finally:
            process.kill()
            process.wait()


def ends(process: subprocess.Popen) -> int | None:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return None


def second_signal(load: list, first: int, second: int) -> None:
    name = f"{signal.Signals(first).name}, {signal.Signals(second).name}"
    with stuck(*load) as process:
        process.send_signal(first)
        # However long this is, a stuck process does not end.
        time.sleep(2 * GRACE)
        score.check(f"{name}: the first does not end it", process.poll() is None, process.returncode)
        begun = time.monotonic()
        process.send_signal(second)
        score.check(f"{name}: the second does", ends(process) == -second, process.returncode)
        print(f"{name}: {time.monotonic() - begun:.3f} s")


def two_at_once(load: list) -> None:
    """Send two signals at once, as timeout(1) and closed terminals do: it has time to clean up."""
    with stuck(*load) as process:
        begun = time.monotonic()
        process.send_signal(SIGINT)
        process.send_signal(SIGTERM)
        score.check("two at once: the second ends it", ends(process) == -SIGTERM, process.returncode)
        score.check("two at once: not before it had time",
                    time.monotonic() - begun >= GRACE, time.monotonic() - begun)


def store(dmaload: str, file: Path, source: str, place: Path) -> None:
    new = place / "new"
    new.write_text("precious")
    with stuck(dmaload, "load", file, "--source", source, "--quiet", "--", dmaload, "store",
               new) as process:
        score.check("store: a temporary file is there", len(list(place.iterdir())) == 2,
                    list(place.iterdir()))
        process.send_signal(SIGTERM)
        process.send_signal(SIGINT)
        score.check("store: the second signal ends it", ends(process) in (-SIGTERM, -SIGINT),
                    process.returncode)
    score.check("store: nothing stays behind", list(place.iterdir()) == [new], list(place.iterdir()))
    score.check("store: the old file is there", new.read_text() == "precious")


def ignored(load: list) -> None:
    """Ignore a signal, as nohup(1) and a shell's background jobs do."""
    def ignore() -> None:
        signal.signal(SIGINT, signal.SIG_IGN)

    reader, writer = os.pipe()
    process = subprocess.Popen(load, stdin=reader, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, preexec_fn=ignore)
    os.close(reader)
    try:
        # More than the pipe holds: when all is written, the program waits for the stream.
        os.write(writer, bytes(1 << 20))
        for _ in range(3):
            process.send_signal(SIGINT)
            time.sleep(0.1)
        score.check("what is ignored stays so", process.poll() is None, process.returncode)
        process.send_signal(SIGTERM)
        text = process.communicate(timeout=PATIENCE)[1]
        score.check("another signal counts as the first",
                    process.returncode == 1 and text.startswith(b"dmaload: SIGTERM: canceled"), text)
    finally:
        process.kill()
        process.wait()
        os.close(writer)


def handed_over(load: list) -> None:
    """The command inherits the signal settings that dmaload was started with."""
    look = ["grep", "-E", "^Sig(Blk|Ign|Cgt)", "/proc/self/status"]
    want = subprocess.run(look, capture_output=True, check=True).stdout
    got = subprocess.run([*load, "--quiet", "--", *look], capture_output=True, check=True).stdout
    score.check("the command's signals are as they were", got == want, got)


def main() -> int:
    dmaload, folder, source, size = sys.argv[1:]
    dmaload = os.path.realpath(dmaload)
    file = Path(folder, f"pattern-{size}")
    load = [dmaload, "load", file, "--source", source]

    for first, second in ((SIGINT, SIGINT), (SIGTERM, SIGTERM), (SIGHUP, SIGTERM)):
        second_signal(load, first, second)
    two_at_once(load)
    with tempfile.TemporaryDirectory(dir=folder, prefix="signals-") as place:
        store(dmaload, file, source, Path(place))
    ignored([dmaload, "load", "-", "--source", source])
    handed_over(load)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main())
