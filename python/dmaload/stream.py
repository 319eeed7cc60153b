# SPDX-License-Identifier: MIT
"""Load a stream of unknown length into a buffer that grows."""

import concurrent.futures
import ctypes
import errno
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import _abi, _callbacks
from ._library import Pointer, check, encode, library, whole
from .buffer import Buffer
from .digest import Digests, digest_option, finish
from .errors import Error
from .file import File, HasFileno
from .job import SLICE, Result
from .report import new_report, report_of
from .request import Options, Progress, progress_of

if TYPE_CHECKING:
    from .context import Context

_HASHED_AT_ONCE = 1 << 24
_Function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_abi.CProgress), ctypes.c_void_p)


class StreamLoad:
    """A load of a stream, in a thread of its own: so a signal can interrupt the wait for it."""

    def __init__(self, file: File, source: str | None, hint: int, limit: int, options: Options,
                 context: "Context | None") -> None:
        self.future: concurrent.futures.Future[tuple[Buffer, int, Result]] = \
            concurrent.futures.Future()
        self.future.set_running_or_notify_cancel()  # so that nobody cancels it
        self._options = options
        self._progress: Progress | None = None
        self._stopped = False
        self._file: Pointer | None = file.pointer
        self._context = None if context is None else context.pointer
        self._source = None if source is None else encode(source)
        self._sizes = whole("hint", hint), whole("limit", limit)
        self._digests = None if options.digest is None else Digests(options.digest, 1)
        with _callbacks.starting(self):
            threading.Thread(target=self._run, name="dmaload", daemon=True).start()

    def stop(self) -> None:
        """Cancel the load, and wait for its end."""
        self._stopped = True
        concurrent.futures.wait([self.future])

    def wait(self) -> tuple[Buffer, int, Result]:
        """Wait for the end and return the buffer, the length and the result; call the progress
        function meanwhile. Cancel the load if a signal or that function raises."""
        try:
            while not concurrent.futures.wait([self.future], SLICE).done:
                self.show_progress()
            self.show_progress()
            return self.future.result()
        finally:
            if not self.future.done():
                self.stop()

    def show_progress(self) -> None:
        """Call the function of the options, if there was progress."""
        if self._options.progress is not None and self._progress is not None:
            self._options.progress(self._progress)

    def _run(self) -> None:
        try:
            result = self._load()
        except BaseException as failure:
            # The traceback keeps this object, and with it the stream's other end would wait.
            self._file = self._context = self._digests = None
            self.future.set_exception(failure)
        else:
            self.future.set_result(result)

    def _load(self) -> tuple[Buffer, int, Result]:
        out, length = ctypes.c_void_p(), ctypes.c_uint64()
        report, error = new_report(), _abi.CError()
        options = self._options.fill()
        function = _Function(self._go_on)
        options.progress = ctypes.cast(function, ctypes.c_void_p).value
        code = library.dmaload_load_stream(
            ctypes.byref(out), ctypes.byref(length), self._context, self._file, self._source,
            *self._sizes, ctypes.byref(options), ctypes.byref(report), ctypes.byref(error))
        try:
            check(code, error)
            buffer = Buffer.of(Pointer(out, library.dmaload_buffer_destroy))
            digests = self._hash(buffer, length.value)
        except Error as failure:
            failure.report = report_of(report)
            raise
        return buffer, length.value, Result(report_of(report), digests)

    def _go_on(self, progress: Any, _data: object) -> int:
        """Note the progress, and tell the library if it shall go on."""
        with _callbacks.inside():
            try:
                if self._options.progress is not None:
                    self._progress = progress_of(progress.contents)
            except BaseException:  # no memory
                return -1
            return -1 if self._stopped else 0

    def _hash(self, buffer: Buffer, length: int) -> tuple[str, ...]:
        """Return the digest. The CPU may read what was loaded, without a bracket."""
        if self._digests is None:
            return ()
        begin = library.dmaload_buffer_map(buffer.pointer)
        for offset in range(0, length, _HASHED_AT_ONCE):
            if self._stopped:
                raise Error(errno.ECANCELED, "the load was canceled while it was hashed")
            self._digests.add(begin + offset, offset, min(_HASHED_AT_ONCE, length - offset))
        return self._digests.results()


def begin_stream(stream: int | HasFileno | File, source: str | None, hint: int, limit: int,
                 options: Options, context: "Context | None" = None) -> StreamLoad:
    """Begin to load a stream, for this package."""
    if isinstance(stream, File):
        return StreamLoad(stream, source, hint, limit, options, context)
    with File.from_stream(stream) as file:
        return StreamLoad(file, source, hint, limit, options, context)


def load_stream(stream: int | HasFileno | File, source: str | None = None, *,
                digest: str | None = None, expect: str | None = None, hint: int = 0,
                limit: int = 0, timeout: float | None = None,
                progress: Callable[[Progress], object] | None = None,
                context: "Context | None" = None) -> Buffer:
    """Load a pipe, a socket or a character device up to its end into a new buffer.

    stream    an fd, an object with fileno(), or a File of File.from_stream(). You still own it; do
              not read from a buffered object of Python before
    source    as for load()
    digest    as for load(); computed after the load, since the buffer moves while it grows
    expect    as for load()
    hint      bytes of the first buffer; 0 for 16 MiB. A full buffer is replaced by one of twice
              the size
    limit     the load fails with EFBIG if the stream has more bytes; 0: only memory limits them
    timeout   seconds after which it fails with ETIME
    progress  a function that is called with a Progress about ten times a second, in this thread
    context   for many loads, one that you keep

    buffer.length is the number of bytes. If you know it before, load a Range of the stream into a
    buffer of this size: that takes no copying. A signal such as SIGINT interrupts the load.
    """
    options = Options(timeout=timeout, digest=digest_option(digest, expect), progress=progress)
    buffer, length, result = begin_stream(stream, source, hint, limit, options, context).wait()
    return finish(buffer, length, result, expect)
