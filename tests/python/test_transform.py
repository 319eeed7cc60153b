# SPDX-License-Identifier: MIT
"""Functions of Python that get the bytes of a load."""

import asyncio
import errno
import gc
import hashlib
import os
import threading
import time
import traceback
import unittest
import weakref
from collections.abc import Callable
from typing import Any

import dmaload
import numpy
from dmaload import Allow, Cache, Options, Piece, Range, Transform
from dmaload.aio import Loader
from kit import SOURCE, FileTest, buffer_maps, bytes_of, open_fds, run_python
from numpy.typing import NDArray


def invert(piece: Piece) -> None:
    """Write the complement of each byte to its place in the buffer."""
    assert piece.target is not None
    place = piece.target[piece.offset:piece.offset + len(piece.data)]
    numpy.invert(numpy.frombuffer(piece.data, "u1"), out=numpy.frombuffer(place, "u1"))


class TransformTest(FileTest):
    def setUp(self) -> None:
        self.context = dmaload.Context(chunk_bytes=65536, queue_depth=4)
        self.addCleanup(self.context.close)
        self.file = dmaload.File(self.path)
        self.addCleanup(self.file.close)

    def consume(self, transform: Transform, **options: Any) -> dmaload.Result:
        """Load the file without a buffer."""
        return self.context.load([Range(self.file, None)], Options(transform=transform, **options))


class TestPieces(TransformTest):
    def test_each_byte_comes_once_on_each_path(self) -> None:
        ways: list[dict[str, Any]] = [{"allow": Allow.BOUNCE, "cache": Cache.BYPASS},
                                      {"allow": Allow.BUFFERED}, {}]
        for options in ways:
            found = bytearray(len(self.content))

            def take(piece: Piece, into: bytearray = found) -> None:
                self.assertEqual((piece.range, piece.target), (0, None))
                into[piece.offset:piece.offset + len(piece.data)] = piece.data

            report = self.consume(Transform(take), **options).report
            self.assertEqual((bytes(found), report.bytes_total), (self.content, len(found)))

    def test_in_order_for_a_hash(self) -> None:
        digest = hashlib.sha256()
        self.consume(Transform(lambda piece: digest.update(piece.data), in_order=True))
        self.assertEqual(digest.digest(), hashlib.sha256(self.content).digest())

    def test_units(self) -> None:
        lengths: list[int] = []
        self.consume(Transform(lambda piece: lengths.append(len(piece.data)), unit=18,
                               in_order=True), cache=Cache.BYPASS)
        self.assertGreater(len(lengths), 2)
        self.assertEqual({length % 18 for length in lengths[:-1]}, {0})
        self.assertEqual(sum(lengths), len(self.content))

    def test_target(self) -> None:
        with dmaload.Buffer(len(self.content), SOURCE) as buffer:
            self.context.load([Range(self.file, buffer)], Options(transform=Transform(invert)))
            with buffer.view(0, len(self.content)) as view:
                self.assertEqual(view, numpy.invert(numpy.frombuffer(self.content, "u1")).data)

    def test_target_is_the_part_of_the_range(self) -> None:
        lengths = []

        def mark(piece: Piece) -> None:
            assert piece.target is not None
            lengths.append(len(piece.target))
            piece.target[:] = bytes([piece.range + 1]) * len(piece.target)

        with dmaload.Buffer(4096, SOURCE) as buffer:
            self.context.load(
                [Range(self.file, buffer, buffer_offset=1, length=100, buffer_length=3),
                 Range(self.file, buffer, 200, 4090, length=100)],
                Options(transform=Transform(mark)))
            self.assertEqual(bytes_of(buffer), b"\0\1\1\1" + bytes(4086) + b"\2" * 6)
        self.assertEqual(sorted(lengths), [3, 6])

    def test_copied(self) -> None:
        sums = []

        def add(piece: Piece) -> None:
            self.assertTrue(piece.data.readonly)
            self.assertIsNone(piece.target)
            sums.append(int(numpy.frombuffer(piece.data, "u1").sum(dtype="u8")))

        for at_once in False, True:
            sums.clear()
            with dmaload.Buffer(len(self.content), SOURCE) as buffer:
                self.context.load([Range(self.file, buffer)], Options(
                    transform=Transform(add, copied=True, at_once=at_once)))
                self.assertEqual(bytes_of(buffer)[:len(self.content)], self.content)
            self.assertEqual(sum(sums), sum(self.content))

    def test_pieces_may_be_kept(self) -> None:
        pieces: list[Piece] = []
        self.consume(Transform(pieces.append, in_order=True), cache=Cache.BYPASS)
        self.consume(Transform(lambda piece: None), cache=Cache.BYPASS)  # would overwrite them
        self.context.close()
        self.assertEqual(b"".join(each.data for each in pieces), self.content)
        arrays: list[NDArray[Any]] = []
        with dmaload.Context() as context:
            context.load([Range(self.file, None)], Options(transform=Transform(
                lambda piece: arrays.append(numpy.frombuffer(piece.data, "u1")), in_order=True)))
        self.assertEqual(numpy.concatenate(arrays).tobytes(), self.content)

    def test_a_kept_target_is_refused(self) -> None:
        kept: list[object] = []
        buffer = dmaload.Buffer(len(self.content), SOURCE)
        for keep in (lambda piece: kept.append(piece.target), kept.append,
                     lambda piece: kept.append(numpy.frombuffer(piece.target, "u1")[5:])):
            with self.assertRaisesRegex(BufferError, "keeps its view"):
                self.context.load([Range(self.file, buffer)], Options(transform=Transform(keep)))
        maps = buffer_maps()
        buffer.close()
        self.assertEqual(buffer_maps(), maps)  # the array keeps the memory
        array = kept[-1]
        assert isinstance(array, numpy.ndarray)
        array[:] = 1
        kept.clear()
        del array
        self.assertEqual(buffer_maps(), maps - 1)

    def test_a_target_in_a_cycle_is_no_fault(self) -> None:
        class Cycle:
            def __init__(self, view: object) -> None:
                self.view, self.me = view, self

        with dmaload.Buffer(len(self.content), SOURCE) as buffer:
            self.context.load([Range(self.file, buffer)], Options(
                transform=Transform(lambda piece: Cycle(piece.target))))


class TestFailures(TransformTest):
    def test_an_exception_is_raised_by_the_call_that_waits(self) -> None:
        class Mine(BaseException):
            pass

        def fail(piece: Piece) -> None:
            raise Mine(piece.offset)

        for at_once in False, True:
            try:
                self.consume(Transform(fail, at_once=at_once))
                self.fail("the load went on")
            except Mine as failure:
                self.assertIn("in fail", "".join(traceback.format_exception(failure)))
            job = self.context.submit([Range(self.file, None)],
                                      options=Options(transform=Transform(fail)))
            for _ in range(2):
                with self.assertRaises(Mine):
                    job.wait()
        self.assertEqual(self.consume(Transform(lambda piece: 1)).report.bytes_total,
                         len(self.content))

    def test_calls_that_would_wait_for_themselves(self) -> None:
        jobs: list[dmaload.Job] = []
        ready = threading.Event()

        def wait(_piece: Piece) -> None:
            ready.wait()
            jobs[0].wait()

        jobs.append(self.context.submit([Range(self.file, None)],
                                        options=Options(transform=Transform(wait))))
        ready.set()
        with self.assertRaises(dmaload.Error) as caught:
            jobs[0].wait()
        self.assertEqual(caught.exception.errno, errno.EDEADLK)

    def test_arguments(self) -> None:
        with self.assertRaisesRegex(TypeError, "cannot be called"):
            Transform(None)  # type: ignore[arg-type]
        for unit in 0, -1, 2**32:
            with self.assertRaisesRegex(ValueError, "unit"):
                Transform(print, unit)
        with self.assertRaisesRegex(ValueError, "order"):
            Transform(print, in_order=True, at_once=True)
        with self.assertRaisesRegex(ValueError, "digests"):
            Options(transform=Transform(print), digest="sha256")
        wrongs: list[tuple[dmaload.Operation, Options]] = [
            (dmaload.Operation.LOAD, Options()),
            (dmaload.Operation.VERIFY, Options(transform=Transform(print)))]
        for operation, options in wrongs:
            with self.assertRaises(dmaload.Error) as caught:
                self.context.run([Range(self.file, None)], operation, options)
            self.assertEqual(caught.exception.errno, errno.EINVAL)
        with self.assertRaises(dmaload.Error) as caught:
            self.consume(Transform(print, unit=65536))
        self.assertEqual(caught.exception.errno, errno.EINVAL)


class TestLifetimes(TransformTest):
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
jobs = [context.submit([Range(file, None)], options=Options(transform=Transform(slow, at_once=each)))
        for each in (False, True)]
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
