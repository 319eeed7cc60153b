# SPDX-License-Identifier: MIT
"""Run programs on a terminal, and check their output; count checks."""

import contextlib
import os
import re
import subprocess
import termios
import time
import tty
import unicodedata
from pathlib import Path

# Characters that change the direction of writing, or end a line.
TURNS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class Score:
    """Count checks, as checks.sh does."""

    def __init__(self, name: str):
        self.name, self.passed, self.failed = name, 0, 0

    def check(self, what: str, good: bool, shown: object = "") -> bool:
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"not ok - {what:.300}: {shown!r:.3000}", flush=True)
        return good

    def finish(self) -> int:
        print(f"{self.name}: {self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


class Terminal:
    """A terminal that passes on each byte unchanged."""

    def __init__(self, columns: int = 0) -> None:
        """columns: the width; 0: unknown."""
        self.master, self.slave = os.openpty()
        termios.tcsetwinsize(self.slave, (0, columns))
        tty.setraw(self.slave)

    def close(self) -> None:
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, *args: str | bytes | Path, **options: object) -> subprocess.Popen:
        options = {"stdin": subprocess.DEVNULL, **options}
        return subprocess.Popen(args, stdout=self.slave, stderr=self.slave, **options)

    def stop(self) -> None:
        """Stop output, as Ctrl-S does: a writer has to wait."""
        termios.tcflow(self.slave, termios.TCOOFF)

    def read(self) -> bytes:
        """Return all output until no process has the terminal open."""
        os.close(self.slave)
        text = b""
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError:
                return text
            if not part:
                return text
            text += part


def shown(*args: str | bytes | Path, **options: object) -> tuple[int, bytes]:
    """Return the exit status of a program, and its output on its terminal."""
    with Terminal() as terminal:
        process = terminal.start(*args, **options)
        text = terminal.read()
        return process.wait(), text


def harmless(text: bytes) -> bool:
    """Return whether text is UTF-8, and moves the cursor only within or to the next line."""
    try:
        line = re.sub(r"\r\033\[K", "\r", text.decode())
    except UnicodeDecodeError:
        return False
    return all(c in "\r\n" or (unicodedata.category(c) != "Cc" and c not in TURNS) for c in line)


def until(condition, seconds: float = 30) -> bool:
    """Wait for a condition that must become true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def writes_to(pid: int, fd: int) -> bool:
    """Return whether the process's first thread is in a system call on this fd."""
    words = Path(f"/proc/{pid}/syscall").read_text().split()
    return len(words) > 1 and words[1] == hex(fd)
