# SPDX-License-Identifier: MIT
"""Loads, stores and comparisons; jobs, ranges, priorities, digests and reports."""

import errno
import hashlib
import os
import random
import unittest
from dataclasses import FrozenInstanceError

import dmaload
from dmaload import Allow, Cache, Engine, Operation, Options, Range
from kit import FileTest, buffer_of, bytes_of


class TestLoad(FileTest):
    def test_file(self) -> None:
        with dmaload.load(self.path, "memfd") as buffer:
            self.assertEqual(bytes_of(buffer), self.content)
            self.assertEqual(buffer.length, len(self.content))
            self.assertEqual(buffer.size % 4096, 0)
            self.assertIsNone(buffer.digest)
        with dmaload.load(str(self.path), "memfd") as buffer:
            self.assertEqual(bytes_of(buffer), self.content)
        with dmaload.load(os.fsencode(self.path), "memfd") as buffer:
            self.assertEqual(bytes_of(buffer), self.content)

    def test_context(self) -> None:
        with dmaload.Context(chunk_bytes=65536, queue_depth=4, engine=Engine.THREADS) as context:
            for _ in range(3):
                with dmaload.load(self.path, "memfd", cache=Cache.BYPASS, allow=Allow.BOUNCE,
                                  context=context) as buffer:
                    self.assertEqual(bytes_of(buffer), self.content)
                    report = buffer.report
            context.trim()
        assert report is not None
        self.assertEqual((report.path, report.engine, report.chunk_bytes, report.queue_depth),
                         ("bounce", "threads", 65536, 4))
        self.assertEqual(report.bytes_bounced, len(self.content))
        with self.assertRaisesRegex(ValueError, "closed"):
            context.trim()
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.Context(chunk_bytes=5)
        self.assertEqual(caught.exception.errno, errno.EINVAL)

    def test_errors(self) -> None:
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.load(self.folder / "missing", "memfd")
        self.assertEqual(caught.exception.errno, errno.ENOENT)
        self.assertIn("missing", str(caught.exception))
        self.assertTrue(str(caught.exception).endswith("(ENOENT)"))
        with self.assertRaisesRegex(ValueError, "NUL"):
            dmaload.load("a\0b", "memfd")
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.load(self.path, "memfd", timeout=0)
        self.assertEqual(caught.exception.errno, errno.ETIME)
        assert caught.exception.report is not None
        self.assertEqual(caught.exception.report.bytes_total, len(self.content))

    def test_name_that_is_not_utf8(self) -> None:
        path = os.fsencode(self.folder) + b"/caf\xe9"
        with open(path, "wb") as file:
            file.write(b"abc")
        with dmaload.load(os.fsdecode(path), "memfd") as buffer:
            self.assertEqual(bytes_of(buffer), b"abc")
        with dmaload.File(path) as opened:
            self.assertEqual(opened.name, os.fsdecode(path))
        os.unlink(path)
        with self.assertRaisesRegex(dmaload.Error, r"caf\?"):
            dmaload.load(path, "memfd")

    def test_report(self) -> None:
        with dmaload.load(self.path, "memfd", cache=Cache.BYPASS) as buffer:
            report = buffer.report
        assert report is not None
        moved = report.bytes_direct + report.bytes_bounced + report.bytes_buffered
        self.assertEqual((report.bytes_total, moved, report.bytes_cached, report.ranges),
                         (len(self.content), len(self.content), 0, 1))
        self.assertIn(report.path, ("direct", "bounce", "buffered"))
        self.assertIn(report.path, report.text)
        self.assertIn(report.buffer_pages, ("unknown", "base", "transparent"))
        self.assertTrue(set(report.declined) <= {"direct", "bounce"})
        self.assertIs(report.stored, False)
        with self.assertRaises(FrozenInstanceError):
            report.reads = 0  # type: ignore[misc]
        with self.assertRaises(TypeError):
            report.declined["direct"] = ""  # type: ignore[index]

    def test_digest(self) -> None:
        wanted = "sha256:" + hashlib.sha256(self.content).hexdigest()
        with dmaload.load(self.path, "memfd", digest="sha256") as buffer:
            self.assertEqual(buffer.digest, wanted)
            self.assertEqual(bytes_of(buffer), self.content)
        with dmaload.load(self.path, "memfd", expect="sha256:" + wanted[7:].upper()) as buffer:
            self.assertEqual(buffer.digest, wanted)
        with dmaload.load(self.path, "memfd", digest="fsverity") as buffer:
            self.assertRegex(buffer.digest or "", "^fsverity:[0-9a-f]{64}$")
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.load(self.path, "memfd", expect="sha256:" + "0" * 64)
        self.assertEqual(caught.exception.errno, errno.EBADMSG)
        with self.assertRaises(dmaload.Error) as caught:
            dmaload.load(self.path, "memfd", digest="md5")
        self.assertEqual(caught.exception.errno, errno.EINVAL)


class TestRanges(FileTest):
    def ranges(self, file: dmaload.File, buffer: dmaload.Buffer) -> list[Range]:
        """Return ranges that put the file's 100 parts into the buffer in another order."""
        part = len(self.content) // 100
        places = list(range(100))
        random.Random(2).shuffle(places)
        return [Range(file, buffer, i * part, place * part, part, priority=i % 3)
                for i, place in enumerate(places)]

    def check(self, ranges: list[Range]) -> None:
        with buffer_of(ranges[0]).view() as view:
            for each in ranges:
                assert each.length is not None
                self.assertEqual(
                    view[each.buffer_offset:each.buffer_offset + each.length],
                    self.content[each.file_offset:each.file_offset + each.length])

    def test_ranges_with_digests(self) -> None:
        with dmaload.File(self.path) as file, dmaload.Context() as context:
            ranges = self.ranges(file, dmaload.Buffer(len(self.content), "memfd"))
            result = context.load(ranges, Options(digest="sha512"))
        self.check(ranges)
        self.assertEqual(result.report.ranges, 100)
        for each, digest in zip(ranges, result.digests, strict=True):
            assert each.length is not None
            part = self.content[each.file_offset:each.file_offset + each.length]
            self.assertEqual(digest, "sha512:" + hashlib.sha512(part).hexdigest())

    def test_completed_ranges_come_by_priority(self) -> None:
        with dmaload.File(self.path) as file, dmaload.Context() as context:
            ranges = self.ranges(file, dmaload.Buffer(len(self.content), "memfd"))
            with context.submit(ranges) as job:
                order = list(job.completed())
                self.assertTrue(job.done())
                self.assertEqual(job.progress().ranges_done, 100)
                self.assertIn(job.progress().path, ("direct", "bounce", "buffered", "cached"))
                self.assertEqual(job.wait().digests, ())
        self.assertEqual(sorted(order), list(range(100)))
        priorities = [ranges[i].priority for i in order]
        self.assertEqual(priorities, sorted(priorities))
        self.check(ranges)

    def test_wrong_ranges(self) -> None:
        with dmaload.File(self.path) as file, dmaload.Context() as context:
            buffer = dmaload.Buffer(8192, "memfd")
            wrongs: list[tuple[list[Range], int]] = [
                ([], errno.EINVAL),
                ([Range(file, buffer)], errno.ENOSPC),
                ([Range(file, buffer, len(self.content), length=1)], errno.ERANGE),
                ([Range(file, buffer, length=4096), Range(file, buffer, length=1)], errno.EINVAL),
            ]
            for wrong, code in wrongs:
                with self.assertRaises(dmaload.Error) as caught:
                    context.load(wrong)
                self.assertEqual(caught.exception.errno, code)
            for name in ("file_offset", "buffer_offset", "length", "priority"):
                for value in (-1, 2**64):  # which C would cut off
                    with self.assertRaisesRegex(ValueError, f"{name} of a range is {value}"):
                        Range(file, buffer, **{name: value})
            buffer.close()
            with self.assertRaisesRegex(ValueError, "closed"):
                context.load([Range(file, buffer, length=1)])

    def test_store_and_verify(self) -> None:
        with self.load() as buffer, dmaload.Context() as context:
            with dmaload.File.create(self.folder / "stored", exclusive=True) as file:
                part = Range(file, buffer, length=len(self.content))
                self.assertTrue(context.store([part], Options(durable=True)).report.stored)
                self.assertEqual(file.size, len(self.content))
                context.verify([part])
                with buffer.view(1000, 1, write=True) as view:
                    view[0] ^= 1
                with self.assertRaises(dmaload.Error) as caught:
                    context.verify([part])
                self.assertEqual(caught.exception.errno, errno.EBADMSG)
                with self.assertRaises(dmaload.Error) as caught:
                    context.run([part], Operation.STORE, Options(digest="sha256"))
                self.assertEqual(caught.exception.errno, errno.EINVAL)
            with self.assertRaises(dmaload.Error) as caught:
                dmaload.File.create(self.folder / "stored", exclusive=True)
            self.assertEqual(caught.exception.errno, errno.EEXIST)
        self.assertEqual((self.folder / "stored").read_bytes(), self.content)

    def test_file(self) -> None:
        with open(self.path, "rb") as opened, dmaload.File.from_fd(opened.fileno()) as file:
            self.assertEqual((file.size, file.name), (len(self.content), f"fd {opened.fileno()}"))
            self.assertGreaterEqual(file.resident(), 0)
        self.assertEqual(repr(file), "<dmaload.File, closed>")
        with self.assertRaisesRegex(ValueError, "closed"):
            file.resident()


class TestJobs(FileTest):
    """Jobs that cannot end by themselves: they load from a pipe."""

    def setUp(self) -> None:
        self.end, self.feed = os.pipe()
        self.addCleanup(os.close, self.end)
        self.addCleanup(os.close, self.feed)
        self.context = dmaload.Context()
        self.buffer = dmaload.Buffer(4096, "memfd")
        self.range = Range(dmaload.File.from_stream(self.end), self.buffer, length=4096)

    def test_wait_with_a_timeout(self) -> None:
        with self.context.submit([self.range]) as job:
            for timeout in (0, 0.01, 0.15):
                with self.assertRaises(TimeoutError):
                    job.wait(timeout)
            self.assertFalse(job.done())
            job.set_urgent()
            os.write(self.feed, bytes(4096))
            self.assertEqual(job.wait(60).report.bytes_streamed, 4096)
            self.assertEqual(job.wait().report.path, "stream")
            self.assertTrue(job.done())

    def test_cancel(self) -> None:
        with self.context.submit([self.range]) as job:
            job.cancel()
            with self.assertRaises(dmaload.Error) as caught:
                job.wait()
        self.assertEqual(caught.exception.errno, errno.ECANCELED)
        with self.assertRaisesRegex(ValueError, "closed"):
            job.wait()

    def test_cancel_with_a_digest(self) -> None:
        for algorithm in ("sha256", "fsverity"):
            with self.context.submit([self.range], options=Options(digest=algorithm)) as job:
                job.cancel()
                with self.assertRaises(dmaload.Error) as caught:
                    job.wait()
            self.assertEqual(caught.exception.errno, errno.ECANCELED)

    def test_progress(self) -> None:
        """The function is called while the job waits for what the function writes."""
        seen: list[dmaload.Progress] = []

        def feed(progress: dmaload.Progress) -> None:
            seen.append(progress)
            if len(seen) == 1:
                os.write(self.feed, bytes(4096))

        self.context.load([self.range], Options(progress=feed))
        self.assertEqual((seen[0].bytes_done, seen[-1].bytes_done, seen[-1].ranges_done),
                         (0, 4096, 1))

    def test_a_progress_function_that_fails(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            self.context.load([self.range], Options(progress=lambda progress: 1 // 0))
        with self.buffer.view(write=True):
            pass  # refused while a load runs

    def test_deadline(self) -> None:
        with self.assertRaises(dmaload.Error) as caught:
            self.context.load([self.range], Options(timeout=0.01))
        self.assertEqual(caught.exception.errno, errno.ETIME)

    def test_a_dropped_job_is_canceled(self) -> None:
        self.context.submit([self.range])
        os.write(self.feed, bytes(4096))
        with self.buffer.view(write=True):
            pass  # refused while a load runs

    def test_objects_may_be_closed_before_the_end(self) -> None:
        job = self.context.submit([self.range])
        self.context.close()
        self.range.file.close()
        self.buffer.close()
        os.write(self.feed, bytes(4096))
        self.assertEqual(job.wait().report.bytes_streamed, 4096)


if __name__ == "__main__":
    unittest.main()
