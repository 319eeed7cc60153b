# SPDX-License-Identifier: MIT
"""Spreads over several buffers, probes, wipes, and what the machine has."""

import asyncio
import errno
import hashlib
import os
import re
import unittest
from collections.abc import Callable
from dataclasses import fields

import dmaload
from dmaload import Allow, Context, File, Options, Range, Spread, Transform
from dmaload.aio import Loader
from kit import SOURCE, FileTest, buffer_maps, bytes_of, open_fds

PART = 1 << 20


class TestSpread(FileTest):
    def setUp(self) -> None:
        self.file = File(self.path)
        self.addCleanup(self.file.close)

    def spread(self) -> Spread:
        return Spread(self.file, SOURCE, max_bytes=PART)

    def test_load_verify_and_store(self) -> None:
        with self.spread() as spread, Context() as context:
            self.assertEqual([each.length for each in spread.buffers],
                             [PART, PART, len(self.content) - 2 * PART])
            self.assertIn("3 buffers", repr(spread))
            result = context.load(spread.ranges, Options(digest="sha256"))
            self.assertEqual(b"".join(map(bytes_of, spread.buffers)), self.content)
            self.assertEqual(result.digests[1], "sha256:" + hashlib.sha256(
                self.content[PART:2 * PART]).hexdigest())
            context.verify(spread.ranges)
            with File.create(self.folder / "stored") as stored:
                context.store([Range(stored, each.buffer, each.file_offset, length=each.length)
                               for each in spread.ranges])
        self.assertEqual((self.folder / "stored").read_bytes(), self.content)

    def test_a_part(self) -> None:
        with Spread(self.file, SOURCE, file_offset=7, length=10_000, max_bytes=4096) as spread, \
                Context() as context:
            context.load(spread.ranges)
            self.assertEqual(len(spread.buffers), 3)
            self.assertEqual(b"".join(map(bytes_of, spread.buffers)), self.content[7:10_007])
        with Spread(self.file, SOURCE) as spread:
            self.assertEqual(len(spread.ranges), 1)

    def test_asyncio(self) -> None:
        async def main(spread: Spread) -> list[int]:
            async with Loader() as loader:
                return [index async for index in loader.completed(spread.ranges)]

        with self.spread() as spread:
            self.assertEqual(sorted(asyncio.run(main(spread))), [0, 1, 2])
            self.assertEqual(b"".join(map(bytes_of, spread.buffers)), self.content)

    def test_errors(self) -> None:
        wrongs: list[tuple[dict[str, int], int]] = [
            ({"length": 0}, errno.EINVAL), ({"max_bytes": 1}, errno.EINVAL),
            ({"length": len(self.content) + 1}, errno.ERANGE),
            ({"file_offset": len(self.content)}, errno.ERANGE)]
        for arguments, code in wrongs:
            with self.assertRaises(dmaload.Error) as caught:
                Spread(self.file, "memfd", **arguments)
            self.assertEqual(caught.exception.errno, code)
            self.assertTrue(caught.exception.strerror)
        for name in "length", "file_offset", "max_bytes":
            with self.assertRaisesRegex(ValueError, "from 0 to"):
                Spread(self.file, "memfd", **{name: -1})
        with self.assertRaisesRegex(ValueError, "NUL"):
            Spread(self.file, "mem\0fd")
        self.file.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            self.spread()

    def test_close_is_refused_while_views_exist(self) -> None:
        spread = self.spread()
        view, array = spread.buffers[0].view(), spread.buffers[2].numpy()
        with self.assertRaisesRegex(BufferError, "^2 views"):
            spread.close()
        with self.assertRaises(BufferError), spread:
            pass
        self.assertFalse(any(each.closed for each in spread.buffers))
        view.release()
        del array
        spread.close()
        spread.close()
        with self.assertRaisesRegex(ValueError, "closed"), Context() as context:
            context.load(spread.ranges)

    def test_one_buffer_keeps_the_memory(self) -> None:
        fds, maps = open_fds(), buffer_maps()
        spread = self.spread()
        with Context() as context:
            context.load(spread.ranges)
        array, last = spread.buffers[0].numpy(), spread.buffers[2]
        spread.buffers[1].close()
        del spread
        self.assertEqual(array.tobytes(), self.content[:PART])
        self.assertEqual(bytes_of(last), self.content[2 * PART:])
        del array
        self.assertGreater(open_fds(), fds)
        del last
        self.assertEqual((open_fds(), buffer_maps()), (fds, maps))

    def test_an_exception_is_not_hidden_by_views(self) -> None:
        with self.assertRaisesRegex(KeyError, "mine"), self.spread() as spread:
            array = spread.buffers[0].numpy()
            raise KeyError("mine")
        self.assertEqual(array.tobytes(), bytes(PART))
        self.assertTrue(spread.buffers[1].closed)


class TestProbe(FileTest):
    def test_a_load_takes_the_path(self) -> None:
        for allow in Allow.ANY, Allow.BOUNCE, Allow.BUFFERED:
            found = dmaload.probe(self.path, SOURCE, allow=allow)
            with dmaload.load(self.path, SOURCE, allow=allow,
                              cache=dmaload.Cache.BYPASS) as buffer:
                assert buffer.report is not None
                if allow != Allow.ANY:  # a load may find out that bounce is faster
                    self.assertEqual(found.path, buffer.report.path)
                self.assertEqual(found.source, buffer.source)
        self.assertEqual(found.path, "buffered")
        with self.assertRaises(TypeError):
            found.declined["direct"] = ""  # type: ignore[index]

    def test_the_page_cache(self) -> None:
        with open(self.path, "rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)
            found = dmaload.probe(self.path, "memfd").resident_bytes
        assert found is not None  # the file is this user's
        self.assertIn(found, range(0, len(self.content) + 4096))

    def test_a_range(self) -> None:
        with Context() as context, File(self.path) as file:
            found = context.probe(Range(file, None, length=5000),
                                  Options(transform=Transform(print)))
            self.assertNotEqual(found.path, "direct")
            self.assertEqual(found.source, "")
            end, feed = os.pipe()
            with open(end, "rb") as reader, open(feed, "wb"), dmaload.Buffer(1, "memfd") as buffer:
                part = Range(File.from_stream(reader), buffer, length=4096)
                found = context.probe(part)
                self.assertEqual((found.path, found.resident_bytes), ("stream", None))
            with self.assertRaises(dmaload.Error) as caught:
                context.probe(Range(file, None))
            self.assertEqual(caught.exception.errno, errno.EINVAL)

    def test_errors(self) -> None:
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.probe(self.folder / "missing", "memfd")
        self.assertEqual(caught.exception.errno, errno.ENOENT)
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.probe(self.path, "heap:no-such")
        self.assertEqual(caught.exception.errno, errno.ENODEV)
        fds = open_fds()
        for _ in range(5):
            dmaload.probe(self.path, "memfd")
            with self.assertRaises(dmaload.Error):
                dmaload.probe(self.folder, "memfd")
        self.assertEqual(open_fds(), fds)


class TestWipe(FileTest):
    def test_wipe(self) -> None:
        with self.load() as buffer:
            buffer.wipe(10, 5)
            with buffer.view() as view:
                self.assertEqual(bytes(view[:20]),
                                 self.content[:10] + bytes(5) + self.content[15:20])
            buffer.wipe()
            self.assertEqual(bytes_of(buffer), bytes(len(self.content)))
            with self.assertRaises(dmaload.Error) as caught:
                buffer.wipe(buffer.size, 1)
            self.assertEqual(caught.exception.errno, errno.ERANGE)
            with self.assertRaisesRegex(ValueError, "from 0 to"):
                buffer.wipe(-1)
        with self.assertRaisesRegex(ValueError, "closed"):
            buffer.wipe()

    def test_wipe_while_a_load_runs(self) -> None:
        end, feed = os.pipe()
        with open(end, "rb") as reader, open(feed, "wb"), Context() as context, \
                dmaload.Buffer(4096, "memfd") as buffer:
            with context.submit([Range(File.from_stream(reader), buffer, length=4096)]), \
                    self.assertRaisesRegex(BufferError, "load of the buffer is running"):
                buffer.wipe()


class TestMachine(unittest.TestCase):
    def test_memory(self) -> None:
        found = dmaload.memory_query()
        self.assertGreater(found.room_bytes or 0, 0)
        self.assertGreaterEqual(found.available_bytes or 0, found.room_bytes or 0)
        self.assertEqual(bool(found.cgroup), found.cgroup_limit_bytes is not None)
        self.assertEqual({each.name for each in fields(found)}, {
            name for name, *_ in dmaload._abi.CMemory._fields_ if name != "size"})

    def test_syscalls(self) -> None:
        name, reason = dmaload.syscalls_query()
        self.assertIn(name, ("basic", "old", "all"))
        self.assertEqual(name == "all", not reason)


class TestDigests(FileTest):
    def test_texts(self) -> None:
        upper = "sha256:" + "AB" * 32
        self.assertEqual(dmaload.digest_parse(upper), upper.lower())
        dmaload.digest_compare(upper.lower(), upper)
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.digest_compare("sha256:" + "00" * 32, upper)
        self.assertEqual(caught.exception.errno, errno.EBADMSG)
        for use in (lambda: dmaload.digest_parse("md5:00"),
                    lambda: dmaload.digest_list("not a digest\n"),
                    lambda: dmaload.digest_list("", "md5")):  # type: Callable[[], object]
            with self.assertRaises(dmaload.Error) as caught:
                use()
            self.assertEqual(caught.exception.errno, errno.EINVAL)
        with self.assertRaisesRegex(ValueError, "NUL"):
            dmaload.digest_parse("a\0")

    def test_a_list(self) -> None:
        digest = hashlib.sha512(self.content).hexdigest()
        texts: list[str | bytes] = [
            f"# a comment\n{digest}  file\n{digest} *caf\udce9\n",
            f"SHA512 (file) = {digest}\n{digest}  caf\udce9\n".encode(errors="surrogateescape")]
        for text in texts:
            found = dmaload.digest_list(text)
            self.assertEqual(found, [("file", f"sha512:{digest}"),
                                     ("caf\udce9", f"sha512:{digest}")])
        with dmaload.load(self.path, "memfd", expect=dict(found)["file"]) as buffer:
            self.assertEqual(bytes_of(buffer), self.content)
        self.assertEqual(dmaload.digest_list(digest + "  x", "blake2b512"),
                         [("x", f"blake2b512:{digest}")])
        self.assertEqual(dmaload.digest_list(""), [])

    def test_measure(self) -> None:
        with open(self.path, "rb") as file:
            try:
                self.assertRegex(dmaload.digest_measure(file), re.compile("^fsverity:"))
            except dmaload.Error as failure:
                self.assertIn(failure.errno, (errno.ENODATA, errno.EOPNOTSUPP))
                self.assertTrue(failure.strerror)
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.digest_measure(-1)
        self.assertEqual(caught.exception.errno, errno.EBADF)


if __name__ == "__main__":
    unittest.main()
