# SPDX-License-Identifier: MIT
"""Functions of Python that get the bytes of a load."""

import errno
import hashlib
import threading
import traceback
import unittest
from typing import Any

import dmaload
import numpy
from dmaload import Allow, Cache, Options, Piece, Range, Transform
from kit import SOURCE, FileTest, buffer_maps, bytes_of
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

        with dmaload.Buffer(len(self.content), SOURCE) as buffer:  # a collection for each piece
            self.context.load([Range(self.file, buffer, length=100_000)], Options(
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


if __name__ == "__main__":
    unittest.main()
