# SPDX-License-Identifier: MIT
"""Calls of Python by the library: lifetimes, threads, fork() and the exit of the interpreter."""

import asyncio
import gc
import os
import threading
import time
import unittest
import weakref
from collections.abc import Callable

import dmaload
from dmaload import Options, Piece, Range, Transform
from dmaload.aio import Loader
from kit import SOURCE, buffer_maps, open_fds, run_python
from test_transform import TransformTest, invert


class TestCalls(TransformTest):
    def test_other_threads_run_while_a_function_waits(self) -> None:
        def work(piece: Piece) -> None:
            turn.wait(60)

        turn = threading.Event()
        with self.context.submit([Range(self.file, None)],
                                 options=Options(transform=Transform(work))) as job:
            with self.assertRaises(TimeoutError):
                job.wait(0.01)
            turn.set()
            self.assertEqual(job.wait(60).report.bytes_total, len(self.content))

    def test_a_job_that_its_function_knows_can_be_dropped(self) -> None:
        end, feed = os.pipe()
        with open(end, "rb"), open(feed, "wb"):
            known: list[dmaload.Job] = []
            job = self.context.submit(
                [Range(dmaload.File.from_stream(end), None, length=4096)],
                options=Options(transform=Transform(lambda piece: known[0].cancel())))
            known.append(job)
            dropped = weakref.ref(job)
            del job, known
            gc.collect()
            self.assertIsNone(dropped())

    def test_objects_that_are_dropped_in_a_call(self) -> None:
        """To destroy a job in its own call would wait for itself."""
        fds = open_fds()
        for collected in False, True:
            known: list[object] = []
            called, ready = threading.Event(), threading.Event()

            def drop(_piece: Piece, known: list[object] = known, collected: bool = collected,
                     called: threading.Event = called, ready: threading.Event = ready) -> None:
                called.set()
                ready.wait()
                if not collected:
                    known.clear()
                    return
                cycle = [*known]
                cycle.append(cycle)
                known.clear()
                del cycle
                gc.collect()

            context = dmaload.Context()
            known.append(self.submit_to(context, drop))
            known.append(context)
            called.wait()
            dropped = weakref.ref(context)
            del context, known, drop
            ready.set()
            while dropped() is not None:
                time.sleep(0.001)
        while open_fds() > fds:
            time.sleep(0.001)

    def submit_to(self, context: dmaload.Context, function: Callable[[Piece], object]) \
            -> dmaload.Job:
        return context.submit([Range(self.file, None)],
                              options=Options(transform=Transform(function)))

    def test_nothing_is_left(self) -> None:
        def once() -> None:
            with dmaload.Context() as context:
                buffer = dmaload.Buffer(len(self.content), SOURCE)
                context.load([Range(self.file, buffer)], Options(transform=Transform(invert)))
                with self.assertRaises(ZeroDivisionError):
                    context.load([Range(self.file, buffer)],
                                 Options(transform=Transform(lambda piece: 1 // 0)))

        once()
        fds, maps, threads = open_fds(), buffer_maps(), threading.active_count()
        for _ in range(5):
            once()
        self.assertEqual((open_fds(), buffer_maps(), threading.active_count()),
                         (fds, maps, threads))

    def test_many_threads(self) -> None:
        failures: list[BaseException] = []

        def work() -> None:
            try:
                for _ in range(3):
                    buffer = dmaload.Buffer(len(self.content), "memfd")
                    self.context.load([Range(self.file, buffer)],
                                      Options(transform=Transform(invert, at_once=True)))
                    with buffer.view(0, 1000) as view:
                        self.assertEqual(bytes(255 - each for each in view), self.content[:1000])
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_exit_while_functions_are_called(self) -> None:
        run_python("""
import sys, time
import dmaload
from dmaload import Options, Range, Transform
def slow(piece):
    called.append(1)
    time.sleep(0.001)
called, context, file = [], dmaload.Context(chunk_bytes=4096), dmaload.File(sys.argv[1])
jobs = [context.submit([Range(file, None)], options=Options(transform=each))
        for each in (Transform(slow), Transform(slow, at_once=True))]
while len(called) < 5:
    time.sleep(0.001)
""", str(self.path))

    def test_fork_while_functions_are_called(self) -> None:
        output = run_python("""
import os, sys, time
import dmaload
from dmaload import Options, Range, Transform
def count(piece):
    called.append(piece.offset)
called, context, file = [], dmaload.Context(chunk_bytes=4096), dmaload.File(sys.argv[1])
job = context.submit([Range(file, None)], options=Options(transform=Transform(count)))
if os.fork() == 0:
    called = []
    with dmaload.Context() as own:
        own.load([Range(file, None)], Options(transform=Transform(count, in_order=True)))
    print(len(set(called)) == len(called) > 0, flush=True)
    sys.exit()
os.wait()
job.wait()
print(len(set(called)) == len(called) > 0)
""", str(self.path))
        self.assertEqual(output, "True\nTrue\n")

    def test_asyncio(self) -> None:
        async def main() -> dmaload.Result:
            found: list[int] = []
            async with Loader(self.context) as loader:
                with self.assertRaises(ZeroDivisionError):
                    await loader.run([Range(self.file, None)], options=Options(
                        transform=Transform(lambda piece: 1 // 0)))
                result = await loader.run([Range(self.file, None)], options=Options(
                    transform=Transform(lambda piece: found.append(len(piece.data)))))
            self.assertEqual(sum(found), len(self.content))
            return result

        self.assertEqual(asyncio.run(main()).report.bytes_total, len(self.content))


if __name__ == "__main__":
    unittest.main()
