# SPDX-License-Identifier: MIT
"""Jobs: loads, stores and comparisons that run in the background."""

import ctypes
import errno
import select
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import _abi, _callbacks
from ._abi import Operation
from ._library import Pointer, check, create, library
from .errors import Error
from .report import Report, new_report, report_of
from .request import Options, Progress, Range, Request, progress_of

if TYPE_CHECKING:
    from types import TracebackType

SLICE = 0.1  # seconds of a wait, after which Python handles signals


@dataclass(frozen=True)
class Result:
    """What a job has done."""

    report: Report
    digests: tuple[str, ...]
    """The digest of each range, if the job was asked for them; else empty."""


class Job:
    """A job that runs in the background. Its context makes it: see Context.submit().

    The job keeps the memory of its buffers. If you drop it before its end, it is canceled.
    """

    def __init__(self, context: Pointer, operation: Operation, ranges: Sequence[Range],
                 options: Options, *, events: Pointer | None = None, user_data: int = 0,
                 flags: int = 0) -> None:
        self._ended = False
        self._request = request = Request(ranges, options)
        self._options = options
        request.options.flags |= flags
        request.options.user_data = user_data
        if events is not None:
            request.options.events = events.value
        for each in {each.buffer.brackets for each in ranges if each.buffer is not None}:
            each.add_job(self, operation != Operation.LOAD)
        function = request.pieces and request.pieces.function
        self._pointer: Pointer | None = None
        with _callbacks.starting(self):
            self._pointer = create(
                library.dmaload_submit, library.dmaload_job_destroy, context, operation,
                request.ranges, request.count, ctypes.byref(request.options),
                keep=(context, events, request.digests, function, request.held))

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
            self.show_progress()
            if end is not None and time.monotonic() >= end:
                raise TimeoutError("the job has not ended")
        if code == -errno.EDEADLK:  # of this call, in a function of a transform
            check(code, error)
        self._ended = True
        self.show_progress()
        return self.settle(code, error, report)

    def settle(self, code: int, error: _abi.CError, report: _abi.CReport) -> Result:
        """Return the result, or raise why the job failed, for this package."""
        digests, pieces = self._request.digests, self._request.pieces
        if pieces is not None and pieces.failure is not None and code == -errno.ECANCELED:
            raise pieces.failure
        try:
            if digests is not None and code == -errno.ECANCELED:
                digests.check()
            check(code, error)
        except Error as failure:
            failure.report = report_of(report)
            raise
        return Result(report_of(report), () if digests is None else digests.results())

    def show_progress(self) -> None:
        """Call the function of the options, for this package."""
        if self._options.progress is not None:
            self._options.progress(self.progress())

    @property
    def shows_progress(self) -> bool:
        """Return whether the options have a function for the progress."""
        return self._options.progress is not None

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
        return progress_of(found)

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
