# SPDX-License-Identifier: MIT
"""What several tests use: files with known bytes, counts of what is open, and child processes."""

import gc
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dmaload

SOURCE = os.environ.get("DMALOAD_TEST_SOURCE", "memfd")  # a guest has heaps
LENGTH = 3_000_017  # several chunks of a small context, and a part of a page


class FileTest(unittest.TestCase):
    """A test with a folder on the disk, and a file of random bytes in it."""

    folder: Path
    path: Path
    content: bytes

    @classmethod
    def setUpClass(cls) -> None:
        scratch = tempfile.TemporaryDirectory(dir=os.environ.get("DMALOAD_TEST_FOLDER"))
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.content = random.Random(1).randbytes(LENGTH)
        cls.path = cls.folder / "file"
        cls.path.write_bytes(cls.content)

    def load(self) -> dmaload.Buffer:
        return dmaload.load(self.path, SOURCE)


def bytes_of(buffer: dmaload.Buffer) -> bytes:
    with buffer.view() as view:
        return bytes(view)


def buffer_of(part: dmaload.Range) -> dmaload.Buffer:
    """Return the buffer of a range that has one."""
    assert part.buffer is not None
    return part.buffer


def open_fds() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def buffer_maps() -> int:
    """Return the number of mappings of buffers."""
    gc.collect()
    return len(re.findall("/(?:memfd|dmabuf):", Path("/proc/self/maps").read_text()))


def run_python(program: str, *arguments: str, timeout: float = 60) -> str:
    """Run a program, which has to succeed and to leave stderr empty; return its output.

    The warning about fork() in a process with threads, which is new in Python 3.12, is ignored.
    """
    done = subprocess.run([sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c",
                           program, *arguments], capture_output=True, text=True, timeout=timeout,
                          check=False)
    if done.returncode or done.stderr:
        raise AssertionError(f"status {done.returncode}, and on stderr:\n{done.stderr}")
    return done.stdout
