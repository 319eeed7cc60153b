# SPDX-License-Identifier: MIT
"""Buffers: memory, views, NumPy and DLPack, and what keeps them alive."""

import ctypes
import errno
import gc
import os
import sys
import unittest
from collections.abc import Callable
from typing import Any

import dmaload
import numpy
from kit import SOURCE, FileTest, buffer_maps, bytes_of, open_fds


class TestBuffer(FileTest):
    def test_create(self) -> None:
        with dmaload.Buffer(5000, "memfd") as buffer:
            self.assertEqual((buffer.size, buffer.length, buffer.source), (8192, 8192, "memfd"))
            self.assertGreater(buffer.fd, 2)
            self.assertIn("8192 bytes from memfd", repr(buffer))
            self.assertEqual(os.pread(buffer.fd, 10, 0), bytes(10))
            buffer.wait()
        self.assertTrue(buffer.closed)
        self.assertEqual(repr(buffer), "<dmaload.Buffer, closed>")
        uses: list[Callable[[], object]] = [
            lambda: buffer.fd, lambda: buffer.size, buffer.view, buffer.numpy, buffer.wait]
        for use in uses:
            with self.assertRaisesRegex(ValueError, "closed"):
                use()
        buffer.close()

    def test_errors(self) -> None:
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.Buffer(1, "heap:no-such")
        self.assertIsInstance(caught.exception, OSError)
        self.assertEqual((caught.exception.errno, caught.exception.name), (errno.ENODEV, "ENODEV"))
        self.assertIn("no-such", str(caught.exception))
        for size, source in ((1, "a\0b"), (1, "memfd\0")):
            with self.assertRaisesRegex(ValueError, "NUL"):
                dmaload.Buffer(size, source)
        with self.assertRaises(dmaload.Error):
            dmaload.Buffer(0, "memfd")
        for size in (-1, 2**64):
            with self.assertRaisesRegex(ValueError, "from 0 to"):
                dmaload.Buffer(size, "memfd")
        with self.assertRaises(dmaload.Error) as caught, open(self.path, "rb") as file:
            dmaload.Buffer.from_fd(file.fileno())
        self.assertEqual(caught.exception.errno, errno.EBADFD)

    def test_views(self) -> None:
        with self.load() as buffer:
            with buffer.view() as view:
                self.assertTrue(view.readonly)
                self.assertEqual((view.format, view.nbytes), ("B", len(self.content)))
            with buffer.view(length=buffer.size) as view:
                self.assertEqual(bytes(view[len(self.content):]),
                                 bytes(buffer.size - len(self.content)))
            with buffer.view(10, 3, write=True) as view:
                view[:] = b"xyz"
            with buffer.view(9, 5) as view:
                self.assertEqual(view, self.content[9:10] + b"xyz" + self.content[13:14])
            for offset, length in ((-1, 1), (0, -1), (buffer.size, 1), (1, buffer.size)):
                with self.assertRaisesRegex(ValueError, "not in the buffer"):
                    buffer.view(offset, length)

    def test_buffer_protocol(self) -> None:
        buffer: Any = self.load()
        if sys.version_info < (3, 12):
            with self.assertRaises(TypeError):
                memoryview(buffer)
        else:
            view = memoryview(buffer)
            self.assertEqual((view.readonly, bytes(view)), (True, self.content))
            with self.assertRaisesRegex(BufferError, "^1 views"):
                buffer.close()
            view.release()
            numpy.frombuffer(buffer, "u1")[:] = 7  # asks for writable memory
            self.assertEqual(bytes_of(buffer), bytes([7]) * len(self.content))
        buffer.close()

    def test_close_is_refused_while_views_exist(self) -> None:
        buffer = self.load()
        array, view = buffer.numpy(), buffer.view()
        with self.assertRaisesRegex(BufferError, "^2 views, arrays or tensors"):
            buffer.close()
        with self.assertRaises(BufferError), buffer:
            pass
        self.assertEqual(bytes(array[:4]), self.content[:4])
        view.release()
        del array
        buffer.close()

    def test_an_exception_is_not_hidden_by_views(self) -> None:
        with self.assertRaisesRegex(KeyError, "mine"), self.load() as buffer:
            array = buffer.numpy()
            raise KeyError("mine")
        self.assertEqual(array.tobytes(), self.content)

    def test_views_keep_the_memory(self) -> None:
        maps = buffer_maps()
        array = self.load().numpy()
        self.assertEqual(buffer_maps(), maps + 1)
        self.assertEqual(array.tobytes(), self.content)
        del array
        self.assertEqual(buffer_maps(), maps)

    def test_numpy(self) -> None:
        with self.load() as buffer:
            words = buffer.numpy("<u2", offset=2)
            self.assertEqual(words.tobytes(), self.content[2:2 + words.nbytes])
            self.assertEqual(words.nbytes, (len(self.content) - 2) // 2 * 2)
            matrix = buffer.numpy(">f4", (3, 5), offset=1)
            self.assertEqual(matrix.tobytes(), self.content[1:61])
            self.assertFalse(matrix.flags.writeable)
            with self.assertRaises(ValueError):
                buffer.numpy("u1", (buffer.size + 1,))
            with self.assertRaisesRegex(ValueError, "objects"):
                buffer.numpy("O")
            with buffer.view() as view:
                array = numpy.frombuffer(view, "u1")
            self.assertEqual(array.tobytes(), self.content)
            del words, matrix
            with self.assertRaisesRegex(BufferError, "^1 views"):
                buffer.close()
            del array

    def test_own_memory(self) -> None:
        memory = numpy.zeros(len(self.content) + 1, "u1")
        with dmaload.Buffer.from_memory(memory) as buffer, dmaload.Context() as context, \
                dmaload.File(self.path) as file:
            self.assertEqual((buffer.fd, buffer.source), (-1, "memory"))
            context.load([dmaload.Range(file, buffer, buffer_offset=1)])
        self.assertEqual(memory[1:].tobytes(), self.content)
        for wrong, reason in ((b"abc", "read-only"), (bytearray(), "no memory")):
            with self.assertRaisesRegex(BufferError, reason):
                dmaload.Buffer.from_memory(wrong)
        grown = bytearray(10)
        with dmaload.Buffer.from_memory(grown):
            with self.assertRaises(BufferError):
                grown.extend(b"more")
        grown.extend(b"more")

    def test_sources(self) -> None:
        found = {source.name: source for source in dmaload.sources(4096)}
        self.assertLessEqual({"udmabuf", "udmabuf:2M", "memfd"}, found.keys())
        self.assertEqual((found["memfd"].access, found["memfd"].recommended), (0, False))
        self.assertTrue(all(source.reason for source in found.values()))
        self.assertTrue(all(bool(source.access) == bool(source.remedy)
                            for source in found.values()))
        self.assertLessEqual(sum(source.recommended for source in found.values()), 1)


class TestDlpack(FileTest):
    def test_no_copy(self) -> None:
        with self.load() as buffer:
            self.assertEqual(buffer.__dlpack_device__(), (1, 0))
            array = numpy.from_dlpack(buffer)
            self.assertEqual(array.tobytes(), self.content)
            with buffer.view(write=True) as view:
                view[0] ^= 0xff
            self.assertEqual(array[0], self.content[0] ^ 0xff)
            with self.assertRaises(BufferError):
                buffer.close()
            del array

    def test_the_array_keeps_the_memory(self) -> None:
        maps = buffer_maps()
        array = numpy.from_dlpack(self.load())
        self.assertEqual(buffer_maps(), maps + 1)
        self.assertEqual(array.tobytes(), self.content)
        del array
        self.assertEqual(buffer_maps(), maps)

    def test_a_capsule_that_nobody_takes(self) -> None:
        maps = buffer_maps()
        capsule = self.load().__dlpack__()
        self.assertEqual(buffer_maps(), maps + 1)
        del capsule
        self.assertEqual(buffer_maps(), maps)

    def test_what_memory_of_the_cpu_cannot_do(self) -> None:
        with self.load() as buffer:
            wrongs: list[dict[str, Any]] = [{"stream": 1}, {"dl_device": (2, 0)}, {"copy": True}]
            for wrong in wrongs:
                with self.assertRaises(BufferError):
                    buffer.__dlpack__(**wrong)
            buffer.__dlpack__(stream=None, max_version=(1, 0), dl_device=(1, 0), copy=False)


class TestLeaks(FileTest):
    def test_nothing_is_left(self) -> None:
        bytes_of(self.load())
        fds, maps = open_fds(), buffer_maps()
        for _ in range(20):
            bytes_of(self.load())
            numpy.from_dlpack(self.load())
            with self.assertRaises(dmaload.Error):
                dmaload.load(self.folder / "missing", SOURCE)
            with self.assertRaises(dmaload.Error):
                dmaload.load(self.path, SOURCE, expect="sha256:" + "0" * 64)
        self.assertEqual((open_fds(), buffer_maps()), (fds, maps))

    def test_no_type_is_left(self) -> None:
        base = (ctypes.c_ubyte * 4099).__base__
        assert base is not None
        buffer = dmaload.Buffer(8192, SOURCE)
        for length in range(4000, 4100):
            buffer.view(0, length).release()
        gc.collect()
        lengths = [getattr(each, "_length_", None) for each in base.__subclasses__()]
        self.assertLess(sum(length in range(4000, 4100) for length in lengths), 5)


if __name__ == "__main__":
    unittest.main()
