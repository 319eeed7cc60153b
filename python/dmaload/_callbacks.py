# SPDX-License-Identifier: MIT
"""What makes it safe that the C library calls Python, and that Python ends.

- In such a call, no C object is destroyed: to destroy a job waits for its calls. The garbage
  collector may run anywhere, so another thread destroys what is dropped in a call.
- At the exit of the interpreter, everything that may still call Python is stopped first.
"""

import _thread
import atexit
import contextlib
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Running(Protocol):
    """A job or a load, which may call Python."""

    def stop(self) -> None:
        """Cancel it, and wait until it calls nothing any more."""


class _Here(threading.local):
    depth = 0


_here = _Here()
# A lock for each object that another thread destroys now; the thread releases it in the end.
_leaving: "set[_thread.LockType]" = set()
_running: "weakref.WeakSet[Running]" = weakref.WeakSet()
# A finalizer may start something else, so a thread can come back to this lock.
_lock = threading.RLock()
_exiting = False


@contextlib.contextmanager
def inside() -> Iterator[None]:
    """Mark that this thread is in a call from C."""
    _here.depth += 1
    try:
        yield
    finally:
        _here.depth -= 1


def destroy_soon(destroy: Callable[..., Any], value: object, keep: object) -> None:
    """Destroy a C object; in a call from C, let another thread do it."""
    if not _here.depth:
        destroy(value)
        return
    left = _thread.allocate_lock()
    left.acquire()
    _leaving.add(left)

    def leave(_keep: object) -> None:
        try:
            destroy(value)
        finally:
            _leaving.discard(left)
            left.release()

    try:
        # Not a threading.Thread, whose locks the interrupted code may hold.
        _thread.start_new_thread(leave, (keep,))
    except RuntimeError:  # no thread can be made: the object stays
        _leaving.discard(left)


@contextlib.contextmanager
def starting(started: Running) -> Iterator[None]:
    """Start something that may call Python; refused while the interpreter exits."""
    with _lock:
        if _exiting:
            raise RuntimeError("the interpreter exits")
        yield
        _running.add(started)


def _at_exit() -> None:
    global _exiting
    with _lock:
        _exiting = True
        found = list(_running)
    for each in found:
        each.stop()
    for left in list(_leaving):
        left.acquire()


def _after_fork() -> None:
    """Forget what runs in the parent only: the child has none of its threads."""
    global _lock
    _lock = threading.RLock()
    _leaving.clear()
    _running.clear()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
