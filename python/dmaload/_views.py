# SPDX-License-Identifier: MIT
"""Views of a buffer's memory, and the brackets of CPU access around them.

A view is a memoryview of a ctypes array that lies at the buffer's mapping. Slices, NumPy arrays and
tensors made from it keep this array alive. So when the array is gone, nothing can reach the memory
by this view, and the view's part in the bracket ends.

All views of a buffer share brackets, since one may cost as much as the whole buffer is large:

- "reading" is open while there are read-only views, unless "writing" was open before them.
- "writing", for reading and writing, is open while there are writable views.

A bracket for reading must not begin while one for writing is open: on machines without coherent
caches it could discard bytes that the CPU has written. It must not begin while a load is running,
either. The CPU may read what the load has reported, without a bracket.
"""

import atexit
import ctypes
import os
import threading
import weakref
from collections import deque
from typing import Protocol

from . import _abi
from ._library import Pointer, call, library

NO_BRACKET = 0
READING = _abi.ACCESS_READ
WRITING = _abi.ACCESS_READ | _abi.ACCESS_WRITE


class Running(Protocol):
    """A job, of which this module only wants to know if it has ended."""

    def done(self) -> bool:
        """Return whether the job has ended."""


class Brackets:
    """Count the views of a buffer, and open and close its brackets."""

    def __init__(self, pointer: Pointer) -> None:
        self.pointer = pointer
        self._jobs: weakref.WeakSet[Running] = weakref.WeakSet()
        self._counts = {NO_BRACKET: 0, READING: 0, WRITING: 0}
        # A finalizer may run at any point of any thread, even one that holds the lock. So it only
        # appends here, and the thread that has the lock does the rest.
        self._dropped: deque[int] = deque()
        self._lock = threading.Lock()
        _all.add(self)

    @property
    def views(self) -> int:
        """Return the number of views that exist."""
        self._settle()
        return sum(self._counts.values())

    def add_job(self, job: Running, reads: bool) -> None:
        """Remember a job that uses the buffer; reads says if it only reads it."""
        self._settle()
        if reads and self._counts[WRITING]:
            raise BufferError("writable views of the buffer exist; release them before a store or "
                              "a comparison, so that their bytes reach the memory")
        self._jobs.add(job)

    def view(self, address: int, length: int, write: bool) -> memoryview:
        """Return a view; the caller has checked that it lies in the buffer."""
        array = (ctypes.c_ubyte * length).from_address(address)
        kind = self._begin(write)
        # At the exit of the interpreter arrays may still be used, so they keep the memory.
        weakref.finalize(array, self._drop, kind).atexit = False
        view = memoryview(array).cast("B")
        return view if write else view.toreadonly()

    def _loading(self) -> bool:
        return any(not job.done() for job in list(self._jobs))

    def check_idle(self) -> None:
        """Raise if a job uses the buffer."""
        if self._loading():
            raise BufferError("a load of the buffer is running; wait for its end before you write")

    def _begin(self, write: bool) -> int:
        if write:
            self.check_idle()
        loading = self._loading()
        with self._lock:
            kind = WRITING if write or self._counts[WRITING] else READING
            if kind == READING and not self._counts[READING] and loading:
                kind = NO_BRACKET
            if kind != NO_BRACKET and not self._counts[kind]:
                call(library.dmaload_buffer_begin, self.pointer, kind)
            self._counts[kind] += 1
        self._settle()
        return kind

    def _drop(self, kind: int) -> None:
        self._dropped.append(kind)
        self._settle()

    def _settle(self) -> None:
        while self._dropped and self._lock.acquire(blocking=False):
            try:
                while self._dropped:
                    kind = self._dropped.popleft()
                    self._counts[kind] -= 1
                    if kind != NO_BRACKET and not self._counts[kind]:
                        call(library.dmaload_buffer_end, self.pointer, kind)
            finally:
                self._lock.release()

    def at_exit(self) -> None:
        """End what is open: a device may have the fd, and read the memory later."""
        for kind in READING, WRITING:
            if self._counts[kind]:
                library.dmaload_buffer_end(self.pointer, kind, None)

    def after_fork(self) -> None:
        """Make the lock anew in a child: another thread of the parent may have held it."""
        self._lock = threading.Lock()


_all: "weakref.WeakSet[Brackets]" = weakref.WeakSet()


def _after_fork() -> None:
    for brackets in list(_all):
        brackets.after_fork()


def _at_exit() -> None:
    for brackets in list(_all):
        brackets.at_exit()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
