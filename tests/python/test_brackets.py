# SPDX-License-Identifier: MIT
"""The brackets of CPU access that views of a buffer share."""

import errno
import gc
import os
import unittest
from unittest import mock

import dmaload
from dmaload import _abi, _views
from dmaload._library import library
from kit import FileTest


class Calls:
    """Stands for the library in _views.py: notes the brackets, and lets them happen."""

    def __init__(self) -> None:
        self.made: list[tuple[str, int]] = []
        self.real = library

    def dmaload_buffer_begin(self, buffer: object, access: int, error: object) -> int:
        self.made.append(("begin", access))
        code: int = self.real.dmaload_buffer_begin(buffer, access, error)
        return code

    def dmaload_buffer_end(self, buffer: object, access: int, error: object) -> int:
        self.made.append(("end", access))
        code: int = self.real.dmaload_buffer_end(buffer, access, error)
        return code


READ, WRITE = _abi.ACCESS_READ, _abi.ACCESS_READ | _abi.ACCESS_WRITE


class TestBrackets(FileTest):
    def setUp(self) -> None:
        self.calls = Calls()
        patch = mock.patch.object(_views, "library", self.calls)
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_view_is_bracketed(self) -> None:
        buffer = self.load()
        with buffer.view() as view:
            self.assertEqual(self.calls.made, [("begin", READ)])
            self.assertEqual(view[:100], self.content[:100])
        self.assertEqual(self.calls.made, [("begin", READ), ("end", READ)])

    def test_views_share_a_bracket(self) -> None:
        buffer = self.load()
        with buffer.view(), buffer.view(5, 10), buffer.view(7, 0):
            self.assertEqual(self.calls.made, [("begin", READ)])
        self.assertEqual(self.calls.made, [("begin", READ), ("end", READ)])

    def test_no_bracket_for_reading_begins_within_one_for_writing(self) -> None:
        buffer = self.load()
        with buffer.view(write=True):
            with buffer.view():
                self.assertEqual(self.calls.made, [("begin", WRITE)])
        self.assertEqual(self.calls.made, [("begin", WRITE), ("end", WRITE)])

    def test_writing_may_begin_within_reading(self) -> None:
        buffer = self.load()
        with buffer.view():
            with buffer.view(write=True):
                pass
        self.assertEqual(self.calls.made, [("begin", READ), ("begin", WRITE), ("end", WRITE),
                                           ("end", READ)])

    def test_the_bracket_lasts_as_long_as_an_array(self) -> None:
        buffer = self.load()
        array = buffer.numpy()
        part = array[10:20].reshape(2, 5)
        del array
        gc.collect()
        self.assertEqual(self.calls.made, [("begin", READ)])
        self.assertEqual(part.tobytes(), self.content[10:20])
        del part
        gc.collect()
        self.assertEqual(self.calls.made, [("begin", READ), ("end", READ)])

    def test_a_bracket_that_fails_leaves_no_view(self) -> None:
        buffer = self.load()

        def refuse(_buffer: object, _access: int, error: object) -> int:
            filled = error._obj  # type: ignore[attr-defined]
            filled.code, filled.message = -errno.EIO, b"the exporter failed"
            return -errno.EIO

        with mock.patch.object(self.calls, "dmaload_buffer_begin", refuse), \
                self.assertRaisesRegex(dmaload.Error, "the exporter failed"):
            buffer.view()
        buffer.close()

    def test_no_bracket_for_reading_begins_while_a_load_runs(self) -> None:
        reader, writer = os.pipe()
        with open(writer, "wb") as feed, open(reader, "rb") as end, dmaload.Context() as context:
            buffer = dmaload.Buffer(8192, "memfd")
            file = dmaload.File.from_stream(end.fileno())
            with context.submit([dmaload.Range(file, buffer, length=8192)]) as job:
                with buffer.view():
                    self.assertEqual(self.calls.made, [])
                with self.assertRaisesRegex(BufferError, "load of the buffer is running"):
                    buffer.view(write=True)
                feed.write(b"x" * 8192)
                feed.flush()
                job.wait()
                with buffer.view() as view:
                    self.assertEqual(view, b"x" * 8192)
        self.assertEqual(self.calls.made, [("begin", READ), ("end", READ)])

    def test_a_store_wants_writable_views_to_be_released(self) -> None:
        buffer = self.load()
        with dmaload.Context() as context, dmaload.File.create(self.folder / "new") as file:
            view = buffer.view(write=True)
            with self.assertRaisesRegex(BufferError, "writable views"):
                context.store([dmaload.Range(file, buffer)])
            view[:3] = b"abc"
            view.release()
            context.store([dmaload.Range(file, buffer, length=len(self.content))])
        self.assertEqual((self.folder / "new").read_bytes(), b"abc" + self.content[3:])


if __name__ == "__main__":
    unittest.main()
