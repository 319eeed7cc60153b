# SPDX-License-Identifier: MIT
"""Threads, Python's global lock, signals, fork() and the exit of the interpreter."""

import errno
import os
import threading
import unittest
import warnings
from collections.abc import Callable

import dmaload
from dmaload import Options, Range, _abi
from kit import FileTest, buffer_maps, bytes_of, open_fds, run_python


class TestThreads(FileTest):
    def test_the_global_lock_is_released_while_a_load_waits(self) -> None:
        """The load ends only after another thread of Python has written what it waits for."""
        end, feed = os.pipe()
        with open(end, "rb"), open(feed, "wb", buffering=0) as writer, dmaload.Context() as context:
            buffer = dmaload.Buffer(1 << 20, "memfd")
            part = Range(dmaload.File.from_stream(end), buffer, length=1 << 20)
            content = self.content[:1 << 20]

            def write() -> None:
                at = 0
                while at < len(content):  # a pipe holds 64 KiB: the two threads take turns
                    at += writer.write(content[at:])

            thread = threading.Thread(target=write)
            thread.start()
            report = context.load([part]).report
            thread.join()
        self.assertEqual(report.bytes_streamed, 1 << 20)
        self.assertEqual(bytes_of(buffer), content)

    def test_many_threads_share_a_context(self) -> None:
        failures: list[BaseException] = []
        fds, maps = open_fds(), buffer_maps()

        def work(context: dmaload.Context) -> None:
            try:
                for _ in range(10):
                    with dmaload.load(self.path, "memfd", context=context) as buffer:
                        self.assertEqual(buffer.numpy().tobytes(), self.content)
            except BaseException as failure:
                failures.append(failure)

        with dmaload.Context() as context:
            threads = [threading.Thread(target=work, args=(context,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(failures, [])
        self.assertEqual((open_fds(), buffer_maps()), (fds, maps))

    def test_views_of_one_buffer_in_many_threads(self) -> None:
        buffer = self.load()
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for i in range(300):
                    with buffer.view(i, 100, write=number % 2 == 0) as view:
                        self.assertEqual(view, self.content[i:i + 100])
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(buffer.brackets.views, 0)
        buffer.close()

    def test_closing_while_other_threads_use_it(self) -> None:
        for _ in range(50):
            buffer = dmaload.Buffer(8192, "memfd")
            begun = threading.Event()

            def use(shared: dmaload.Buffer, begun: threading.Event) -> None:
                with self.assertRaises(ValueError):
                    while True:
                        shared.wait()
                        begun.set()
                        self.assertGreater(shared.fd, 2)

            thread = threading.Thread(target=use, args=(buffer, begun))
            thread.start()
            begun.wait()
            buffer.close()
            thread.join()


class TestFork(FileTest):
    def test_a_child_uses_buffers_but_no_context(self) -> None:
        with dmaload.Context() as context, dmaload.File(self.path) as file, self.load() as buffer:
            array = buffer.numpy()
            target = dmaload.Buffer(len(self.content), "memfd")
            target.wait()
            job = context.submit([Range(file, target)])
            job.wait()
            with warnings.catch_warnings():  # since 3.12, if the process has threads
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                status = 1
                try:
                    self.in_child(context, file, buffer, target, job)
                    self.assertEqual(array.tobytes(), self.content)
                    status = 0
                finally:
                    os._exit(status)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            with buffer.view(0, 1) as view:
                self.assertEqual(view[0], 7)
            context.load([Range(file, target)])
            del array

    def in_child(self, context: dmaload.Context, file: dmaload.File, buffer: dmaload.Buffer,
                 target: dmaload.Buffer, job: dmaload.Job) -> None:
        uses: list[Callable[[], object]] = [
            context.trim, lambda: context.load([Range(file, target)]), job.wait]
        for use in uses:
            with self.assertRaises(dmaload.Error) as caught:
                use()
            self.assertEqual(caught.exception.errno, errno.ECHILD)
        job.close()
        context.close()
        with dmaload.Context() as own:
            own.load([Range(file, target)], Options(timeout=60))
        self.assertEqual(bytes_of(target)[:len(self.content)], self.content)
        with dmaload.load(self.path, "memfd") as another:
            self.assertEqual(bytes_of(another), self.content)
        with buffer.view(0, 1, write=True) as view:  # the memory is shared
            first = view[0]
            view[0] = 7
            self.assertEqual(first, self.content[0])
            # For the comparison of the array, which the parent has not changed.
            self.content = b"\x07" + self.content[1:]


# A load that waits for a pipe which nobody feeds; "end" and "feed" are its fds.
WAITING = """
import os, signal, sys, threading
import dmaload
end, feed = os.pipe()
context = dmaload.Context()
buffer = dmaload.Buffer(4096, "memfd")
part = dmaload.Range(dmaload.File.from_stream(end), buffer, length=4096)
"""


class TestExit(FileTest):
    def test_exit_with_everything_open(self) -> None:
        output = run_python("""
import sys
import dmaload, numpy
context, file = dmaload.Context(), dmaload.File(sys.argv[1])
buffer = dmaload.load(sys.argv[1], "memfd", context=context)
view, writable, array = buffer.view(), buffer.view(write=True), buffer.numpy("<u2")
tensor, capsule = numpy.from_dlpack(buffer), buffer.__dlpack__()
alone = numpy.from_dlpack(dmaload.load(sys.argv[1], "memfd"))
job = context.submit([dmaload.Range(file, dmaload.Buffer(buffer.size, "memfd"))])
class Late:
    def __init__(self, *arrays):
        self.arrays = arrays
    def __del__(self):
        print(*(int(each[0]) for each in self.arrays))
late = Late(view, writable, tensor, alone)
""", str(self.path))
        self.assertEqual(output, " ".join([str(self.content[0])] * 4) + "\n")

    def test_exit_while_jobs_run(self) -> None:
        run_python(WAITING + "jobs = [context.submit([part]) for _ in range(3)]")

    def test_exit_while_a_load_into_own_memory_runs(self) -> None:
        run_python(WAITING + """
import numpy
own = dmaload.Buffer.from_memory(numpy.zeros(1 << 20, "u1"))
job = context.submit([dmaload.Range(part.file, own, length=1 << 20)])
os.write(feed, bytes(10000))
""")

    def test_exit_while_a_daemon_thread_waits(self) -> None:
        run_python(WAITING + """
def work(ready):
    ready.set()
    context.load([part])
ready = threading.Event()
threading.excepthook = lambda args: None
threading.Thread(target=work, args=(ready,), daemon=True).start()
ready.wait()
""")

    def test_exit_uses_memory_in_an_exit_function(self) -> None:
        output = run_python("""
import atexit, sys
def late():
    print(array.tobytes() == open(sys.argv[1], "rb").read())
    print(context.trim())
atexit.register(late)
import dmaload
context = dmaload.Context()
array = dmaload.load(sys.argv[1], "memfd").numpy()
""", str(self.path))
        self.assertEqual(output, "True\nNone\n")

    def test_a_signal_interrupts_a_load(self) -> None:
        output = run_python(WAITING + """
class Stop(Exception):
    pass
def stop(number, frame):
    raise Stop
signal.signal(signal.SIGINT, stop)
def kill(main):
    while sys._current_frames()[main].f_code is not dmaload.Job.wait.__code__:
        pass
    os.kill(os.getpid(), signal.SIGINT)
try:
    threading.Thread(target=kill, args=(threading.get_ident(),)).start()
    context.load([part])
except Stop:
    print("stopped")
buffer.close()
os.write(feed, bytes(4096))
print(len(os.read(end, 8192)))
""")
        self.assertEqual(output, "stopped\n4096\n")

    def test_without_numpy(self) -> None:
        output = run_python("""
import sys
sys.modules["numpy"] = None
import dmaload
with dmaload.load(sys.argv[1], "memfd") as buffer, buffer.view() as view:
    print(bytes(view) == open(sys.argv[1], "rb").read())
""", str(self.path))
        self.assertEqual(output, "True\n")


class TestLibraries(FileTest):
    def without(self, name: str) -> str:
        """Return what a program says that cannot load this library."""
        return run_python("""
import ctypes, sys
class Without(ctypes.CDLL):
    def __init__(self, name, *rest, **more):
        if name == sys.argv[2]:
            raise OSError(f"{name}: cannot open shared object file")
        super().__init__(name, *rest, **more)
ctypes.CDLL = Without
try:
    import dmaload
    dmaload.load(sys.argv[1], "memfd")
    dmaload.load(sys.argv[1], "memfd", digest="sha256")
except (ImportError, OSError) as reason:
    print(reason)
""", str(self.path), name)

    def test_without_the_library(self) -> None:
        self.assertRegex(self.without(_abi.SONAME), "^libdmaload.so.*LD_LIBRARY_PATH\n$")

    def test_without_the_library_for_digests(self) -> None:
        self.assertRegex(self.without(_abi.DIGEST_SONAME),
                         r"^cannot compute digests: libdmaload-digest.*\(ENOSYS\)\n$")


if __name__ == "__main__":
    unittest.main()
