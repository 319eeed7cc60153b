# SPDX-License-Identifier: MIT
"""Load in an event loop of asyncio: one fd, watched by the loop, for any number of loads.

    async with dmaload.aio.Loader() as loader:
        first, second = await asyncio.gather(loader.load("a.bin"), loader.load("b.bin"))
"""

import asyncio
import ctypes
import errno
import itertools
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import TYPE_CHECKING

from . import _abi
from ._abi import Allow, Cache, Operation
from ._library import Pointer, check, create, library
from .buffer import Buffer
from .context import Context
from .digest import digest_option, finish
from .file import File, HasFileno
from .job import SLICE, Job, Result
from .report import new_report
from .request import Options, Progress, Range
from .stream import StreamLoad, begin_stream

if TYPE_CHECKING:
    from types import TracebackType

    from .file import AnyPath

_NOT_OPEN = "use the loader in an \"async with\" statement"
_End = tuple[int, _abi.CError, _abi.CReport]


class _Pending:
    """A job, the ranges that are complete, and its end."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.end: asyncio.Future[_End] = loop.create_future()
        self.ranges: asyncio.Queue[int | None] = asyncio.Queue()
        self.job: Job | None = None


class Loader:
    """A context and a queue of events. Make one for each event loop, and use it there only."""

    def __init__(self, context: Context | None = None) -> None:
        """Use a context, which you still own; None for one with the defaults."""
        self._context = context
        self._own: Context | None = None
        self._events: Pointer | None = None
        self._pending: dict[int, _Pending] = {}
        self._numbers = itertools.count(1)
        self._streams: set[StreamLoad] = set()

    async def __aenter__(self) -> "Loader":
        if self._events is not None:
            raise RuntimeError("the loader is in use already")
        self._loop = asyncio.get_running_loop()
        if self._context is None:
            self._own = Context()
        context = self._context or self._own
        assert context is not None
        self._c_context = context.pointer
        self._events = create(library.dmaload_events_create, library.dmaload_events_destroy,
                              self._c_context, keep=(self._c_context,))
        error = _abi.CError()
        fd = check(library.dmaload_events_fd(self._events, ctypes.byref(error)), error)
        self._loop.add_reader(fd, self._take)
        self._fd = fd
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None,
                        trace: "TracebackType | None") -> None:
        await self.close()

    async def close(self) -> None:
        """Cancel the loads that have not ended, wait for them, and free everything."""
        if self._events is None:
            return
        for pending in list(self._pending.values()):
            await self._stop(pending)
        for load in list(self._streams):
            await self._stop_stream(load)
        self._loop.remove_reader(self._fd)
        self._events = None
        if self._own is not None:
            self._own.close()
            self._own = None

    def _take(self) -> None:
        """Take all events that are there. The loop calls this while the fd is readable."""
        while self._events is not None:
            event, report, error = _abi.CEvent(size=ctypes.sizeof(_abi.CEvent)), new_report(), \
                _abi.CError()
            code = library.dmaload_events_next(self._events, 0, ctypes.byref(event),
                                               ctypes.byref(report), ctypes.byref(error))
            if code in (-errno.EINPROGRESS, -errno.ENODATA):
                return
            check(code, error)
            pending = self._pending.get(event.user_data)
            if pending is None:
                continue
            if event.kind == _abi.EVENT_RANGE:
                pending.ranges.put_nowait(event.range)
            elif event.kind == _abi.EVENT_END:
                del self._pending[event.user_data]
                pending.ranges.put_nowait(None)
                pending.end.set_result((event.result, event.error, report))

    def _submit(self, ranges: Iterable[Range], operation: Operation, options: Options,
                flags: int = 0) -> _Pending:
        if self._events is None:
            raise RuntimeError(_NOT_OPEN)
        number, pending = next(self._numbers), _Pending(self._loop)
        pending.job = Job(self._c_context, operation, list(ranges), options, events=self._events,
                          user_data=number, flags=flags)
        self._pending[number] = pending
        return pending

    async def _stop(self, pending: _Pending) -> None:
        """Cancel a job, and wait until none of its requests is in flight."""
        assert pending.job is not None
        pending.job.cancel()
        canceled = False
        while not pending.end.done():
            try:
                await asyncio.wait([pending.end])
            except asyncio.CancelledError:  # soon: what is in flight ends by itself
                canceled = True
        if canceled:
            raise asyncio.CancelledError

    async def _result(self, pending: _Pending) -> Result:
        assert pending.job is not None
        if pending.job.shows_progress:
            while not pending.end.done():
                await asyncio.wait([pending.end], timeout=SLICE)
                pending.job.show_progress()
        await asyncio.wait([pending.end])
        return pending.job.settle(*pending.end.result())

    async def run(self, ranges: Iterable[Range], operation: Operation = Operation.LOAD,
                  options: Options = Options()) -> Result:
        """Do a job and return its result. If the task is canceled, so is the job."""
        pending = self._submit(ranges, operation, options)
        try:
            return await self._result(pending)
        finally:
            await self._stop(pending)

    async def completed(self, ranges: Iterable[Range],
                        options: Options = Options()) -> AsyncGenerator[int, None]:
        """Load, and yield the index of each range as it becomes complete.

        Raises at the end if the load has failed. If you leave the loop early, the load is canceled:
        use contextlib.aclosing() to have it end at once.
        """
        pending = self._submit(ranges, Operation.LOAD, options, _abi.RANGE_EVENTS)
        try:
            while (index := await pending.ranges.get()) is not None:
                yield index
            await self._result(pending)
        finally:
            await self._stop(pending)

    async def load(self, path: "AnyPath", source: str | None = None, *, digest: str | None = None,
                   expect: str | None = None, allow: Allow = Allow.ANY,
                   cache: Cache = Cache.AUTO, timeout: float | None = None,
                   progress: Callable[[Progress], object] | None = None) -> Buffer:
        """Load a whole file into a new buffer, as dmaload.load() does."""
        with await asyncio.to_thread(File, path) as file:
            length = file.size or 0
            buffer = await asyncio.to_thread(Buffer, length, source)
            options = Options(allow=allow, cache=cache, timeout=timeout,
                              digest=digest_option(digest, expect), progress=progress)
            result = await self.run([Range(file, buffer)], options=options)
        return finish(buffer, length, result, expect)

    async def load_stream(self, stream: int | HasFileno | File, source: str | None = None, *,
                          digest: str | None = None, expect: str | None = None, hint: int = 0,
                          limit: int = 0, timeout: float | None = None,
                          progress: Callable[[Progress], object] | None = None) -> Buffer:
        """Load a stream up to its end into a new buffer, as dmaload.load_stream() does, in a thread
        of its own."""
        if self._events is None:
            raise RuntimeError(_NOT_OPEN)
        options = Options(timeout=timeout, digest=digest_option(digest, expect), progress=progress)
        load = begin_stream(stream, source, hint, limit, options, self._context or self._own)
        self._streams.add(load)
        try:
            ended = self._loop.create_future()
            load.future.add_done_callback(
                lambda _: self._loop.call_soon_threadsafe(ended.set_result, None))
            while not (await asyncio.wait([ended], timeout=SLICE if progress else None))[0]:
                load.show_progress()
            load.show_progress()
            buffer, length, result = load.future.result()
        finally:
            await self._stop_stream(load)
        return finish(buffer, length, result, expect)

    async def _stop_stream(self, load: StreamLoad) -> None:
        """Cancel a load of a stream, and wait for its end; it asks several times a second."""
        self._streams.discard(load)
        if not load.future.done():
            await asyncio.shield(asyncio.to_thread(load.stop))
