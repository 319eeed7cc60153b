# SPDX-License-Identifier: MIT
"""Contexts, and loads that wait for their end."""

import ctypes
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Allow, Cache, Engine, Operation, Syscalls
from ._library import Pointer, call, check, create, library
from .buffer import Buffer
from .digest import digest_option, finish
from .file import File
from .job import Job, Result
from .probe import Probe, probe_of
from .report import new_report
from .request import Options, Progress, Range, Request

if TYPE_CHECKING:
    from types import TracebackType

    from .file import AnyPath


class Context:
    """The configuration of loads, and the rings, threads and memory that they share.

    For many loads, make a context once. Any number of threads may use it. It belongs to the process
    that made it: in a child of fork(), its calls fail with ECHILD.
    """

    def __init__(self, *, chunk_bytes: int = 0, queue_depth: int = 0, engine: Engine = Engine.AUTO,
                 syscalls: Syscalls = Syscalls.AUTO) -> None:
        config = _abi.CConfig(ctypes.sizeof(_abi.CConfig), chunk_bytes, queue_depth, engine,
                              syscalls)
        self._pointer: Pointer | None = create(
            library.dmaload_ctx_create, library.dmaload_ctx_destroy, ctypes.byref(config))

    @property
    def pointer(self) -> Pointer:
        """Return the C object, for this package."""
        if self._pointer is None:
            raise ValueError("the context is closed")
        return self._pointer

    def close(self) -> None:
        """Free the context. Jobs that have not ended go on until they are closed."""
        self._pointer = None

    def __enter__(self) -> "Context":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        self.close()

    def trim(self) -> None:
        """Free what the context holds and does not use now."""
        check(library.dmaload_ctx_trim(self.pointer), _abi.CError())

    def submit(self, ranges: Iterable[Range], operation: Operation = Operation.LOAD,
               options: Options = Options()) -> Job:
        """Begin a job, and return at once."""
        return Job(self.pointer, operation, list(ranges), options)

    def run(self, ranges: Iterable[Range], operation: Operation = Operation.LOAD,
            options: Options = Options()) -> Result:
        """Do a job and return its result. A signal's exception cancels the job."""
        with self.submit(ranges, operation, options) as job:
            return job.wait()

    def load(self, ranges: Iterable[Range], options: Options = Options()) -> Result:
        """Load ranges of files into buffers."""
        return self.run(ranges, Operation.LOAD, options)

    def store(self, ranges: Iterable[Range], options: Options = Options()) -> Result:
        """Store ranges of buffers into files. Release writable views before."""
        return self.run(ranges, Operation.STORE, options)

    def verify(self, ranges: Iterable[Range], options: Options = Options()) -> Result:
        """Compare files with buffers; raise Error with EBADMSG if bytes differ."""
        return self.run(ranges, Operation.VERIFY, options)

    def probe(self, part: Range, options: Options = Options()) -> Probe:
        """Find out which path a load of a range would take, and why not a better one.

        Reads no byte of the file.
        """
        request, path, report = Request([part], options), ctypes.c_uint(), new_report()
        call(library.dmaload_probe, self.pointer, request.ranges, ctypes.byref(request.options),
             ctypes.byref(path), ctypes.byref(report))
        return probe_of(part, path.value, report)


def load(path: "AnyPath", source: str | None = None, *, digest: str | None = None,
         expect: str | None = None, allow: Allow = Allow.ANY, cache: Cache = Cache.AUTO,
         timeout: float | None = None, progress: Callable[[Progress], object] | None = None,
         context: Context | None = None) -> Buffer:
    """Load a whole file into a new buffer.

    path     of a regular file or a block device
    source   where the memory comes from: "heap:system", "udmabuf", "memfd" and others; None for
             the recommended source: see sources()
    digest   an algorithm: buffer.digest then has the digest of the file
    expect   a digest such as "sha256:e3b0..."; the load fails with EBADMSG if the file has another
    allow    the paths that the load may use
    cache    how it treats the page cache
    timeout  seconds after which it fails with ETIME
    progress a function that is called with a Progress about ten times a second, in this thread
    context  for many loads, one that you keep

    The buffer has whole pages; bytes behind the end of the file are 0. buffer.length is the length
    of the file, and buffer.report has the figures. Other threads of Python run meanwhile, and a
    signal such as SIGINT interrupts the load.
    """
    options = Options(allow=allow, cache=cache, timeout=timeout,
                      digest=digest_option(digest, expect), progress=progress)
    with File(path) as file:
        length = file.size or 0
        buffer = Buffer(length, source)
        if context is not None:
            result = context.load([Range(file, buffer)], options)
        else:
            with Context() as own:
                result = own.load([Range(file, buffer)], options)
    return finish(buffer, length, result, expect)


_TRIAL_BYTES = 65536  # several blocks of any disk


def probe(path: "AnyPath", source: str | None = None, *, allow: Allow = Allow.ANY,
          cache: Cache = Cache.AUTO, context: Context | None = None) -> Probe:
    """Find out how load() would read a file into memory of this source.

    The arguments are those of load(). Reads no byte of the file, and allocates a few pages. So it
    does not find out if there is enough memory: see memory_query() and sources().
    """
    options = Options(allow=allow, cache=cache)
    with File(path) as file, Buffer(_TRIAL_BYTES, source) as buffer:
        part = Range(file, buffer, length=min(file.size or 0, _TRIAL_BYTES))
        if context is not None:
            return context.probe(part, options)
        with Context() as own:
            return own.probe(part, options)
