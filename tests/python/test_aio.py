# SPDX-License-Identifier: MIT
"""Loads in an event loop."""

import asyncio
import contextlib
import errno
import hashlib
import os
import unittest

import dmaload
from dmaload import Operation, Options, Range
from dmaload.aio import Loader
from kit import FileTest, buffer_of, bytes_of, open_fds


class TestAio(FileTest, unittest.IsolatedAsyncioTestCase):
    def pipe(self) -> tuple[int, Range]:
        """Return the end that feeds a load, and the load's range."""
        end, feed = os.pipe()
        self.addCleanup(os.close, end)
        self.addCleanup(os.close, feed)
        file, buffer = dmaload.File.from_stream(end), dmaload.Buffer(4096, "memfd")
        return feed, Range(file, buffer, length=4096)

    async def test_loads_at_the_same_time(self) -> None:
        async with Loader() as loader:
            buffers = await asyncio.gather(*(loader.load(self.path, "memfd", digest="sha256")
                                             for _ in range(8)))
        for buffer in buffers:
            self.assertEqual(bytes_of(buffer), self.content)
            self.assertEqual(buffer.digest, "sha256:" + hashlib.sha256(self.content).hexdigest())

    async def test_the_loop_goes_on_while_a_load_waits(self) -> None:
        feed, part = self.pipe()
        async with Loader() as loader:
            waiting = asyncio.create_task(loader.run([part]))
            with await loader.load(self.path, "memfd") as buffer:
                self.assertEqual(bytes_of(buffer), self.content)
            self.assertFalse(waiting.done())
            os.write(feed, b"y" * 4096)
            self.assertEqual((await waiting).report.path, "stream")
        self.assertEqual(bytes_of(buffer_of(part)), b"y" * 4096)

    async def test_completed(self) -> None:
        file, buffer = dmaload.File(self.path), dmaload.Buffer(len(self.content), "memfd")
        ranges = [Range(file, buffer, i * 1000, i * 1000, 1000, priority=9 - i) for i in range(10)]
        async with Loader() as loader:
            order = [i async for i in loader.completed(ranges)]
        self.assertEqual(order, list(range(9, -1, -1)))
        self.assertEqual(bytes_of(buffer)[:10000], self.content[:10000])

    async def test_completed_left_early(self) -> None:
        feed, part = self.pipe()
        async with Loader() as loader:
            async with contextlib.aclosing(loader.completed([part])) as indices:
                task = asyncio.ensure_future(anext(indices))
                await asyncio.sleep(0)
                task.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await task
            os.write(feed, bytes(4096))
            with buffer_of(part).view(write=True):
                pass  # refused while a load runs

    async def test_errors(self) -> None:
        with dmaload.Buffer(8192, "memfd") as buffer, dmaload.File(self.path) as file:
            async with Loader() as loader:
                with self.assertRaises(dmaload.Error) as caught:
                    await loader.load(self.folder / "missing")
                self.assertEqual(caught.exception.errno, errno.ENOENT)
                with self.assertRaises(dmaload.Error) as caught:
                    await loader.run([Range(file, buffer, length=8192)], Operation.VERIFY)
                self.assertEqual(caught.exception.errno, errno.EBADMSG)
                with self.assertRaises(dmaload.Error) as caught:
                    async for _ in loader.completed([Range(file, buffer)]):
                        self.fail("a range that does not fit")
                self.assertEqual(caught.exception.errno, errno.ENOSPC)
                with self.assertRaises(RuntimeError):
                    await loader.__aenter__()
            with self.assertRaisesRegex(RuntimeError, "async with"):
                await loader.run([Range(file, buffer, length=8192)])

    async def test_a_canceled_task_cancels_its_load(self) -> None:
        feed, part = self.pipe()
        async with Loader() as loader:
            task = asyncio.create_task(loader.run([part]))
            await asyncio.sleep(0)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            os.write(feed, bytes(4096))
            with buffer_of(part).view(write=True):
                pass  # refused while a load runs

    async def test_timeout(self) -> None:
        _, part = self.pipe()
        async with Loader() as loader:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(loader.run([part]), 0.01)
            with self.assertRaises(dmaload.Error) as caught:
                await loader.run([part], options=Options(timeout=0.01))
        self.assertEqual(caught.exception.errno, errno.ETIME)

    async def test_close_cancels(self) -> None:
        _, part = self.pipe()
        async with Loader() as loader:
            task = asyncio.create_task(loader.run([part]))
            await asyncio.sleep(0)
        with self.assertRaises(dmaload.Error) as caught:
            await task
        self.assertEqual(caught.exception.errno, errno.ECANCELED)

    async def test_context_of_the_caller(self) -> None:
        with dmaload.Context() as context:
            for _ in range(2):
                async with Loader(context) as loader:
                    bytes_of(await loader.load(self.path, "memfd"))
            context.trim()

    async def test_nothing_is_left(self) -> None:
        async with Loader() as loader:
            await loader.load(self.path, "memfd")
        fds = open_fds()
        for _ in range(10):
            async with Loader() as loader:
                await asyncio.gather(*(loader.load(self.path, "memfd") for _ in range(3)))
        await asyncio.sleep(0)  # the loop drops what it has called
        self.assertEqual(open_fds(), fds)


if __name__ == "__main__":
    unittest.main()
