# SPDX-License-Identifier: MIT
"""Loads, stores and comparisons: what to move, and a job that does it."""

import atexit
import ctypes
import errno
import select
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Allow, Cache, Operation
from ._library import Pointer, check, create, library
from .buffer import Buffer
from .digest import Digests
from .errors import Error
from .file import File
from .report import Report, new_report, report_of

if TYPE_CHECKING:
    from types import TracebackType

SLICE = 0.1  # seconds of a wait, after which Python handles signals


@dataclass(frozen=True)
class Range:
    """A part of a file and its place in a buffer: struct dmaload_range."""

    file: File
    buffer: Buffer
    file_offset: int = 0
    buffer_offset: int = 0
    length: int | None = None
    """None: up to the end of the file; in a store, up to the end of the buffer."""
    priority: int = 0
    """Ranges of a lower priority come first."""

    def __post_init__(self) -> None:
        length = 0 if self.length is None else self.length
        if min(self.file_offset, self.buffer_offset, length, self.priority) < 0:
            raise ValueError("offsets, the length and the priority of a range are not negative")


@dataclass(frozen=True)
class Progress:
    """The progress of a job: struct dmaload_progress."""

    bytes_done: int
    bytes_total: int
    bytes_prefix: int
    ranges_done: int
    ranges_total: int


@dataclass(frozen=True)
class Result:
    """What a job has done."""

    report: Report
    digests: tuple[str, ...]
    """The digest of each range, if the job was asked for them; else empty."""


@dataclass(frozen=True)
class Options:
    """How to do one job: struct dmaload_options."""

    allow: Allow = Allow.ANY
    cache: Cache = Cache.AUTO
    urgent: bool = False
    durable: bool = False
    """After a store, fsync(2) each file."""
    timeout: float | None = None
    """Seconds after which the job gives up with ETIME, from its submission on."""
    digest: str | None = None
    """Compute digests of the loaded ranges: "sha256", "sha512", "blake2b512" or "fsverity"."""

    def fill(self) -> _abi.COptions:
        """Return the struct."""
        options = _abi.COptions(size=ctypes.sizeof(_abi.COptions), paths=self.allow,
                                cache=self.cache)
        options.flags = self.urgent * _abi.URGENT | self.durable * _abi.DURABLE
        if self.timeout is not None:
            options.deadline_ns = max(1, time.monotonic_ns() + int(self.timeout * 1e9))
        return options


def _c_ranges(ranges: Sequence[Range]) -> "ctypes.Array[_abi.CRange]":
    array = (_abi.CRange * len(ranges))()
    for to, each in zip(array, ranges):
        to.file, to.file_offset = each.file.pointer.value, each.file_offset
        to.buffer, to.buffer_offset = each.buffer.pointer.value, each.buffer_offset
        to.length = _abi.TO_END if each.length is None else each.length
        to.priority = each.priority
    return array


class Job:
    """A job that runs in the background. Its context makes it: see Context.submit().

    The job keeps the memory of its buffers. If you drop it before its end, it is canceled.
    """

    def __init__(self, context: Pointer, operation: Operation, ranges: Sequence[Range],
                 options: Options, *, events: Pointer | None = None, user_data: int = 0,
                 flags: int = 0) -> None:
        if _exiting:
            raise RuntimeError("the interpreter exits")
        self._digests = None
        self._ended = False
        filled = options.fill()
        filled.flags |= flags
        filled.user_data = user_data
        if events is not None:
            filled.events = events.value
        if options.digest is not None:
            self._digests = Digests(options.digest, len(ranges))
            filled.transform = ctypes.addressof(self._digests.transform)
        # The C objects stay while the library makes its own references, whatever threads close.
        held = [(each.file.pointer, each.buffer.pointer) for each in ranges]
        brackets = {each.buffer.brackets for each in ranges}
        for each in brackets:
            each.add_job(self, operation != Operation.LOAD)
        self._pointer: Pointer | None = create(
            library.dmaload_submit, library.dmaload_job_destroy, context, operation,
            _c_ranges(ranges), len(ranges), ctypes.byref(filled),
            keep=(context, events, self._digests, held))
        _jobs.add(self)

    @property
    def pointer(self) -> Pointer:
        """Return the C object, for this package."""
        if self._pointer is None:
            raise ValueError("the job is closed")
        return self._pointer

    def close(self) -> None:
        """Free the job. If it has not ended, cancel it, and wait until no request is in flight."""
        self._pointer = None

    def __enter__(self) -> "Job":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        self.close()

    def wait(self, timeout: float | None = None) -> Result:
        """Wait for the end and return the result, or raise why the job failed.

        Raises TimeoutError if the job has not ended after this many seconds; the job goes on. You
        can interrupt the wait by a signal such as SIGINT.
        """
        end = None if timeout is None else time.monotonic() + timeout
        report, error = new_report(), _abi.CError()
        while True:
            left = SLICE if end is None else min(SLICE, end - time.monotonic())
            code = library.dmaload_job_wait(self.pointer, int(left * 1e9), ctypes.byref(report),
                                            ctypes.byref(error))
            if code != -errno.EINPROGRESS:
                break
            if end is not None and time.monotonic() >= end:
                raise TimeoutError("the job has not ended")
        self._ended = True
        return self.settle(code, error, report)

    def settle(self, code: int, error: _abi.CError, report: _abi.CReport) -> Result:
        """Return the result, or raise why the job failed, for this package."""
        try:
            if self._digests is not None and code == -errno.ECANCELED:
                self._digests.check()
            check(code, error)
        except Error as failure:
            failure.report = report_of(report)
            raise
        results = () if self._digests is None else self._digests.results()
        return Result(report_of(report), results)

    def done(self) -> bool:
        """Return whether the job has ended."""
        pointer = getattr(self, "_pointer", None)
        if not self._ended and pointer is not None:
            code = library.dmaload_job_wait(pointer, 0, None, None)
            self._ended = code != -errno.EINPROGRESS
        return self._ended or pointer is None

    def cancel(self) -> None:
        """Ask the job to stop. It then ends with ECANCELED, unless it was done before."""
        library.dmaload_job_cancel(self.pointer)

    def stop(self) -> None:
        """Cancel the job, and wait until none of its requests is in flight."""
        pointer = self._pointer
        if pointer is not None:
            library.dmaload_job_cancel(pointer)
            library.dmaload_job_wait(pointer, _abi.FOREVER, None, None)

    def set_urgent(self) -> None:
        """Make the job urgent from now on."""
        library.dmaload_job_set_urgent(self.pointer)

    def progress(self) -> Progress:
        """Return how far the job is."""
        found = _abi.CProgress(size=ctypes.sizeof(_abi.CProgress))
        check(library.dmaload_job_progress(self.pointer, ctypes.byref(found)), _abi.CError())
        return Progress(found.bytes_done, found.bytes_total, found.bytes_prefix,
                        found.ranges_done, found.ranges_total)

    def fileno(self) -> int:
        """Return an fd that is readable while a range is to be taken, and after the end."""
        error = _abi.CError()
        return check(library.dmaload_job_fd(self.pointer, ctypes.byref(error)), error)

    def completed(self) -> Iterator[int]:
        """Yield the index of each range as it becomes complete, for the CPU and for devices.

        Waits in between. Ends after the last complete range: wait() says if the job has failed.
        """
        poll, index = select.poll(), ctypes.c_size_t()
        poll.register(self.fileno(), select.POLLIN)
        while True:
            code = library.dmaload_job_next_range(self.pointer, ctypes.byref(index))
            if code == -errno.EINPROGRESS:
                poll.poll()
            elif code == -errno.ENODATA:
                return
            else:
                check(code, _abi.CError())
                yield index.value


_jobs: "weakref.WeakSet[Job]" = weakref.WeakSet()
_exiting = False


def _at_exit() -> None:
    """Stop all jobs, so that no thread of a context works while libraries clean up."""
    global _exiting
    _exiting = True
    for job in list(_jobs):
        job.stop()


atexit.register(_at_exit)
