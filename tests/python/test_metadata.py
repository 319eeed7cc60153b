# SPDX-License-Identifier: MIT
"""The readers of metadata, with bytes that libdmaload-models would refuse."""

import os
import random
import struct
import unittest
from collections.abc import Callable

from dmaload import FormatError, metadata
from models import around, numbers, pair, text
from models import gguf as make_gguf
from models import safetensors as make_safetensors


class TestAnyBytes(unittest.TestCase):
    """Metadata in wrong bytes is read, or refused by FormatError; nothing else happens."""

    def mutate(self, read: Callable[[int], object], content: bytes, header: int) -> int:
        choose, refused = random.Random(3), 0
        fd = os.memfd_create("model")
        self.addCleanup(os.close, fd)
        for _ in range(4000):
            changed = bytearray(content)
            for _ in range(choose.randint(1, 4)):
                at = choose.randrange(header)
                changed[at] = choose.choice((0, 1, 0x22, 0x5b, 0x7f, 0x80, 0xff, changed[at] ^ 1))
            if choose.random() < 0.2:
                del changed[choose.randrange(1, len(changed)):]
            os.pwrite(fd, changed, 0)
            os.ftruncate(fd, len(changed))
            try:
                read(fd)
            except FormatError as reason:
                refused += 1
                self.assertTrue(str(reason).isprintable(), reason)
        return refused

    def test_safetensors(self) -> None:
        content = make_safetensors({"one": ("F32", numbers((2, 3), "<f4"))}, {"a": "b"})
        self.assertGreater(self.mutate(metadata.safetensors, content, len(content) - 24), 1000)

    def test_gguf(self) -> None:
        content = make_gguf({}, [pair("a", 9, struct.pack("<IQ", 8, 1) + text("b")),
                                 pair("b", 9, struct.pack("<IQIQ", 9, 1, 4, 2) + bytes(8)),
                                 pair("general.alignment", 4, struct.pack("<I", 32))])
        self.assertGreater(self.mutate(metadata.gguf, content, 120), 1000)

    def test_deep(self) -> None:
        for content in (around(b'{"a": ' + b"[" * 100000),
                        b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
                        + pair("a", 9, struct.pack("<IQ", 9, 1) * 100000)):
            fd = os.memfd_create("model")
            self.addCleanup(os.close, fd)
            os.pwrite(fd, content, 0)
            read = metadata.gguf if content.startswith(b"GGUF") else metadata.safetensors
            with self.assertRaises(FormatError):
                read(fd)


if __name__ == "__main__":
    unittest.main()
