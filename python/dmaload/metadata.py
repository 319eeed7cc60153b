# SPDX-License-Identifier: MIT
"""The metadata of model files. libdmaload-models checks their headers; here only values are read.

A file may change after that, so no length is believed that exceeds the file.
"""

import json
import os
import struct
from typing import Any

from .errors import FormatError

WINDOW = 1 << 16
HEADER_MAX = 100_000_000  # of safetensors itself
DEPTH_MAX = 4  # of arrays in arrays, as in libdmaload-models

STRING, ARRAY = 8, 9
# The numbers in GGUF, by their types.
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
           12: "d"}


class _Reader:
    """Reads values one after the other, without moving the offset of the fd."""

    def __init__(self, fd: int) -> None:
        self.fd, self.size = fd, os.fstat(fd).st_size
        self.window, self.at = b"", 0
        self.read = 0  # where the window ends in the file

    def left(self) -> int:
        return self.size - self.read + len(self.window) - self.at

    def take(self, length: int) -> bytes:
        if length > self.left():
            raise FormatError(f"{length} bytes of metadata are not in the file")
        while length > len(self.window) - self.at:
            more = os.pread(self.fd, max(length, WINDOW), self.read)
            if not more:
                raise FormatError("the file has become shorter")
            self.window, self.at = self.window[self.at:] + more, 0
            self.read += len(more)
        self.at += length
        return self.window[self.at - length:self.at]

    def numbers(self, code: str, count: int) -> tuple[Any, ...]:
        size = struct.calcsize("<" + code)
        return struct.unpack(f"<{count}{code}", self.take(size * count))

    def number(self, code: str) -> Any:
        return self.numbers(code, 1)[0]

    def text(self) -> str:
        """Return a string; vocabularies have tokens that are parts of characters."""
        return self.take(self.number("Q")).decode(errors="surrogateescape")

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in NUMBERS:
            return self.number(NUMBERS[kind])
        if kind == STRING:
            return self.text()
        if kind != ARRAY or depth == DEPTH_MAX:
            raise FormatError(f"metadata of type {kind}, {depth} arrays deep, is not known")
        inner, count = self.number("I"), self.number("Q")
        if count > self.left():  # each value has a byte at least
            raise FormatError(f"{count} values of metadata are not in the file")
        if inner in NUMBERS:
            return list(self.numbers(NUMBERS[inner], count))
        return [self.value(inner, depth + 1) for _ in range(count)]


def gguf(fd: int) -> dict[str, Any]:
    """Return the values of a GGUF file by their keys."""
    reader = _Reader(fd)
    reader.take(4 + 4 + 8)  # the magic, the version and the number of tensors
    found: dict[str, Any] = {}
    for _ in range(reader.number("Q")):
        key = reader.text()
        found[key] = reader.value(reader.number("I"))
    return found


def safetensors(fd: int) -> dict[str, str]:
    """Return the texts in __metadata__ of a safetensors file."""
    reader = _Reader(fd)
    length = reader.number("Q")
    if length > HEADER_MAX:
        raise FormatError(f"a header of {length} bytes is too long")
    try:
        header = json.loads(reader.take(length).decode())
        return dict(header.get("__metadata__") or {})
    except (AttributeError, RecursionError, TypeError, ValueError) as reason:
        raise FormatError(f"the header is malformed: {str(reason)[:200]}") from None


READERS = {"gguf": gguf, "safetensors": safetensors}
