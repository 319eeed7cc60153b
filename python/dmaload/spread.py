# SPDX-License-Identifier: MIT
"""A part of a file over several buffers."""

import ctypes
from typing import TYPE_CHECKING

from . import _abi
from ._library import Pointer, create, encode, library, whole
from .buffer import Buffer
from .request import Range

if TYPE_CHECKING:
    from types import TracebackType

    from .file import File


class Spread:
    """Several buffers for a part of a file, if one buffer cannot be large enough.

    Pass ranges to one load(), verify() or store(). Each of them fills its buffer from the first
    byte on. All buffers but the last are full, and have the same size. The memory lives as long as
    the spread, any of its buffers, or a view of them.
    """

    def __init__(self, file: "File", source: str | None = None, *, file_offset: int = 0,
                 length: int | None = None, max_bytes: int = 0) -> None:
        """Allocate as few buffers as the source and max_bytes allow; 0 is no limit.

        length  None: up to the end of the file, which is no stream then
        """
        pointer = create(
            library.dmaload_spread_create, library.dmaload_spread_destroy,
            None if source is None else encode(source), file.pointer,
            whole("file_offset", file_offset),
            _abi.TO_END if length is None else whole("the length", length),
            whole("max_bytes", max_bytes), keep=(file.pointer,))
        count = library.dmaload_spread_count(pointer)
        ranges = (_abi.CRange * count).from_address(library.dmaload_spread_ranges(pointer))
        self.ranges: tuple[Range, ...] = tuple(
            Range(file, _buffer(pointer, each), each.file_offset, each.buffer_offset, each.length)
            for each in ranges)
        """The ranges, one for each buffer, in the order of the file."""

    @property
    def buffers(self) -> tuple[Buffer, ...]:
        """Return the buffers, in the order of the file. The length of each is that of its range."""
        return tuple(each.buffer for each in self.ranges if each.buffer is not None)

    def close(self) -> None:
        """Close all buffers. Refused with BufferError while views of any exist."""
        buffers = self.buffers
        views = sum(each.brackets.views for each in buffers if not each.closed)
        if views:
            raise BufferError(f"{views} views, arrays or tensors of the buffers exist; release or "
                              "delete them before you close the spread")
        for each in buffers:
            each.close()

    def __enter__(self) -> "Spread":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        for each in self.buffers:
            if kind is not None:  # whose traceback may hold views
                each.__exit__(kind, value, trace)
        if kind is None:
            self.close()

    def __repr__(self) -> str:
        return f"<dmaload.Spread of {len(self.ranges)} buffers>"


def _buffer(spread: Pointer, of: _abi.CRange) -> Buffer:
    """Return a buffer that the spread owns: the reference to the spread keeps it."""
    buffer = Buffer.of(Pointer(ctypes.c_void_p(of.buffer), _destroy_nothing, spread))
    buffer.loaded(of.length, None, None)
    return buffer


def _destroy_nothing(_value: object) -> None:
    pass
