# SPDX-License-Identifier: MIT
"""Loads of pipes and sockets whose length is not known."""

import asyncio
import contextlib
import errno
import hashlib
import os
import signal
import socket
import subprocess
import threading
import time
import unittest
from collections.abc import Iterator
from typing import Any

import dmaload
from dmaload import Progress, Range, load_stream
from dmaload.aio import Loader
from dmaload.file import HasFileno
from kit import SOURCE, FileTest, buffer_maps, bytes_of, open_fds, run_python


class StreamTest(FileTest):
    @contextlib.contextmanager
    def feed(self, content: bytes | None = None) -> Iterator[int]:
        """Return the end of a pipe that gets these bytes from a thread; None: the file's."""
        end, feed = os.pipe()

        def write() -> None:
            with open(feed, "wb") as writer, contextlib.suppress(BrokenPipeError):
                writer.write(self.content if content is None else content)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            yield end
        finally:
            os.close(end)
            thread.join()

    @contextlib.contextmanager
    def silent(self) -> Iterator[int]:
        """Return the end of a pipe that gets nothing."""
        end, feed = os.pipe()
        try:
            yield end
        finally:
            os.close(end)
            os.close(feed)


class TestStream(StreamTest):
    def test_the_buffer_grows(self) -> None:
        for hint in 0, 4096:
            with self.feed() as end, load_stream(end, SOURCE, hint=hint) as buffer:
                self.assertEqual(bytes_of(buffer), self.content)
                self.assertEqual(buffer.length, len(self.content))
                assert buffer.report is not None
                self.assertEqual((buffer.report.path, buffer.report.bytes_streamed),
                                 ("stream", len(self.content)))

    def test_objects_with_an_fd(self) -> None:
        with subprocess.Popen(["cat", self.path], stdout=subprocess.PIPE) as cat:
            assert cat.stdout is not None
            with load_stream(cat.stdout, "memfd") as buffer:
                self.assertEqual(bytes_of(buffer), self.content)
        left, right = socket.socketpair()
        with left, right:
            right.setblocking(False)
            left.sendall(b"abc")
            left.shutdown(socket.SHUT_WR)
            with load_stream(right, "memfd") as buffer:
                self.assertEqual(bytes_of(buffer), b"abc")

    def test_a_stream_whose_beginning_was_loaded(self) -> None:
        """The length of the header, the header, and all the rest."""
        with self.feed() as end, dmaload.File.from_stream(end) as stream, \
                dmaload.Context() as context, dmaload.Buffer(4096, "memfd") as head:
            context.load([Range(stream, head, length=1000)])
            with load_stream(stream, "memfd", context=context) as rest:
                self.assertEqual(bytes_of(head)[:1000] + bytes_of(rest), self.content)

    def test_digest(self) -> None:
        wanted = "sha256:" + hashlib.sha256(self.content).hexdigest()
        with self.feed() as end, load_stream(end, "memfd", digest="sha256") as buffer:
            self.assertEqual(buffer.digest, wanted)
        with self.feed() as end, load_stream(end, "memfd", expect=wanted) as buffer:
            self.assertEqual(buffer.digest, wanted)
        with dmaload.load(self.path, "memfd", digest="fsverity") as buffer:
            wanted = buffer.digest or ""
        with self.feed() as end, load_stream(end, "memfd", digest="fsverity") as buffer:
            self.assertEqual(buffer.digest, wanted)
        with self.feed() as end, self.assertRaises(dmaload.Error) as caught:
            load_stream(end, "memfd", expect="sha256:" + "0" * 64)
        self.assertEqual(caught.exception.errno, errno.EBADMSG)

    def test_progress(self) -> None:
        seen: list[Progress] = []
        with self.feed() as end, load_stream(end, "memfd", progress=seen.append):
            pass
        self.assertEqual(seen[-1].bytes_done, len(self.content))
        self.assertEqual([each.bytes_done for each in seen],
                         sorted(each.bytes_done for each in seen))

        def fail(_progress: Progress) -> None:
            raise ZeroDivisionError

        with self.silent() as end, self.assertRaises(ZeroDivisionError):
            load_stream(end, "memfd", progress=fail)

    def test_errors(self) -> None:
        wrongs: list[tuple[bytes, dict[str, Any], int]] = [
            (b"", {}, errno.ENODATA),
            (bytes(5000), {"limit": 4999}, errno.EFBIG),
            (bytes(5000), {"hint": 4096, "limit": 4096}, errno.EFBIG),
        ]
        for content, sizes, code in wrongs:
            with self.feed(content) as end, self.assertRaises(dmaload.Error) as caught:
                load_stream(end, "memfd", **sizes)
            self.assertEqual(caught.exception.errno, code)
            self.assertIsNotNone(caught.exception.report)
        with self.silent() as end:
            with self.assertRaises(dmaload.Error) as caught:
                load_stream(end, "memfd", timeout=0.01)
            self.assertEqual(caught.exception.errno, errno.ETIME)
            with self.assertRaises(dmaload.Error) as caught:
                load_stream(end, "heap:no-such")
            self.assertEqual(caught.exception.errno, errno.ENODEV)
            for hint, limit in (-1, 0), (0, 2**64):
                with self.assertRaisesRegex(ValueError, "from 0 to"):
                    load_stream(end, "memfd", hint=hint, limit=limit)
            with self.assertRaises(dmaload.Error) as caught:
                load_stream(end, "memfd", digest="md5")
            self.assertEqual(caught.exception.errno, errno.EINVAL)
        with open(self.path, "rb") as regular, dmaload.File(self.path) as file:
            wrong_files: list[HasFileno | dmaload.File] = [regular, file]
            for wrong in wrong_files:
                with self.assertRaises(dmaload.Error) as caught:
                    load_stream(wrong, "memfd")
                self.assertEqual(caught.exception.errno, errno.EINVAL)
        for closed in -1, 10**6:
            with self.assertRaises(dmaload.Error) as caught:
                load_stream(closed, "memfd")
            self.assertEqual(caught.exception.errno, errno.EBADF)
        with self.assertRaises((AttributeError, TypeError)):
            load_stream("name", "memfd")  # type: ignore[arg-type]

    def test_views_keep_the_memory(self) -> None:
        maps = buffer_maps()
        with self.feed() as end:
            array = load_stream(end, "memfd").numpy()
        self.assertEqual((buffer_maps(), array.tobytes()), (maps + 1, self.content))
        del array
        self.assertEqual(buffer_maps(), maps)

    def test_nothing_is_left(self) -> None:
        def once() -> None:
            with self.feed() as end, load_stream(end, SOURCE, hint=4096):
                pass
            with self.feed() as end, self.assertRaises(dmaload.Error):
                load_stream(end, SOURCE, limit=100_000)

        once()
        fds, maps, threads = open_fds(), buffer_maps(), threading.active_count()
        for _ in range(5):
            once()
        self.assertEqual((open_fds(), buffer_maps()), (fds, maps))
        while threading.active_count() > threads:  # a thread that has just ended its load
            time.sleep(0.001)


class TestProcess(StreamTest):
    def test_other_threads_run(self) -> None:
        """The feeding threads are Python's, so the loads end only if the lock is released."""
        failures: list[BaseException] = []

        def work() -> None:
            try:
                with self.feed() as end, load_stream(end, "memfd", context=context) as buffer:
                    self.assertEqual(bytes_of(buffer), self.content)
            except BaseException as failure:
                failures.append(failure)

        with dmaload.Context() as context:
            threads = [threading.Thread(target=work) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])

    def test_a_signal_interrupts(self) -> None:
        class Stop(Exception):
            pass

        def stop(_number: int, _frame: object) -> None:
            raise Stop

        before = signal.signal(signal.SIGINT, stop)
        try:
            with self.silent() as end, self.assertRaises(Stop):
                load_stream(end, "memfd",
                            progress=lambda progress: os.kill(os.getpid(), signal.SIGINT))
        finally:
            signal.signal(signal.SIGINT, before)

    def test_exit_while_a_daemon_thread_waits(self) -> None:
        run_python("""
import os, threading
import dmaload
end, feed = os.pipe()
ready = threading.Event()
threading.excepthook = lambda args: None
def work():
    dmaload.load_stream(end, "memfd", progress=lambda progress: ready.set())
threading.Thread(target=work, daemon=True).start()
ready.wait()
""")

    def test_fork_while_a_thread_loads(self) -> None:
        output = run_python("""
import os, sys, threading
import dmaload
end, feed = os.pipe()
ready = threading.Event()
def work():
    with dmaload.load_stream(end, "memfd", progress=lambda progress: ready.set()) as buffer:
        print(buffer.length, flush=True)
thread = threading.Thread(target=work)
thread.start()
ready.wait()
if os.fork() == 0:
    os.close(feed)
    own, own_feed = os.pipe()
    os.write(own_feed, b"abc")
    os.close(own_feed)
    with dmaload.load_stream(own, "memfd") as buffer, buffer.view() as view:
        print(bytes(view), flush=True)
    sys.exit()
os.wait()
os.write(feed, bytes(5))
os.close(feed)
thread.join()
""")
        self.assertEqual(output, "b'abc'\n5\n")


class TestAio(StreamTest, unittest.IsolatedAsyncioTestCase):
    async def test_loads_at_the_same_time(self) -> None:
        seen: list[Progress] = []
        with self.feed() as first, self.feed(b"abc") as second:
            async with Loader() as loader:
                one, two = await asyncio.gather(
                    loader.load_stream(first, "memfd", digest="sha256", progress=seen.append),
                    loader.load_stream(second, "memfd"))
        self.assertEqual(one.digest, "sha256:" + hashlib.sha256(self.content).hexdigest())
        self.assertEqual((bytes_of(one), bytes_of(two)), (self.content, b"abc"))
        self.assertEqual(seen[-1].bytes_done, len(self.content))

    async def test_a_canceled_task_cancels_its_load(self) -> None:
        with self.silent() as end:
            async with Loader() as loader:
                task = asyncio.create_task(loader.load_stream(end, "memfd"))
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(loader.load_stream(end, "memfd"), 0.01)

    async def test_close_cancels(self) -> None:
        with self.silent() as end:
            async with Loader() as loader:
                task = asyncio.create_task(loader.load_stream(end, "memfd"))
                await asyncio.sleep(0)
            with self.assertRaises(dmaload.Error) as caught:
                await task
            self.assertEqual(caught.exception.errno, errno.ECANCELED)
            with self.assertRaisesRegex(RuntimeError, "async with"):
                await loader.load_stream(end, "memfd")

    async def test_progress_of_other_loads(self) -> None:
        seen: list[Progress] = []
        async with Loader() as loader:
            await loader.load(self.path, "memfd", progress=seen.append)
        self.assertEqual(seen[-1].bytes_done, len(self.content))


if __name__ == "__main__":
    unittest.main()
