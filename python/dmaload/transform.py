# SPDX-License-Identifier: MIT
"""Functions of Python that get the bytes of a load.

The library calls such a function in threads of the context. Each call takes Python's global lock.
"""

import ctypes
import functools
import gc
import sys
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _abi, _callbacks
from ._library import Pointer, library, whole

if TYPE_CHECKING:
    from .request import Range

_STOP = -1
_Function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_abi.CPiece), ctypes.c_void_p)


@dataclass(frozen=True)
class Piece:
    """Bytes of a range that were just read: struct dmaload_piece."""

    range: int
    """The range: its index in the list of the call."""
    offset: int
    """First byte, counted from the beginning of the range."""
    data: memoryview
    """The bytes. If you keep the view, or an array of it, they stay as they are."""
    target: memoryview | None
    """The part of the buffer that belongs to the range, to write what the bytes become; valid
    during the call. None if the range has no buffer, or the library copies the bytes itself."""


@dataclass(frozen=True)
class Transform:
    """A function that gets the bytes of a load in place of a copy into the buffers.

    An exception of the function stops the load; the call that waits for the load raises it. The
    function must not wait for a load of its own context.
    """

    function: Callable[[Piece], object]
    """It runs in a thread of the context. Its result is ignored."""
    unit: int = 1
    """Each piece has whole units of so many bytes; only the last of a range may have a part."""
    in_order: bool = False
    """The pieces of each range come in order."""
    at_once: bool = False
    """Up to four threads call the function at once: for one that releases Python's lock for long,
    as NumPy, hashlib and zlib do."""
    copied: bool = False
    """The library copies the bytes into the buffers as well, and the function only reads them."""

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError("the function of a transform cannot be called")
        if whole("the unit of a transform", self.unit, 32) == 0:
            raise ValueError("the unit of a transform is 0")
        if self.in_order and self.at_once:
            raise ValueError("pieces do not come in order if several come at once")


@functools.lru_cache(maxsize=32)
def _bytes_type(length: int) -> type["ctypes.Array[ctypes.c_ubyte]"]:
    """Return the type of so many bytes. To make one takes time, and only a collection frees it."""
    return ctypes.c_ubyte * length


def _references(value: object) -> int:
    return sys.getrefcount(value)


def _references_of_one() -> int:
    alone = object()
    return _references(alone)


_ONE = _references_of_one()


class Pieces:
    """The calls of one job's transform. The job keeps it; C has only a weak reference."""

    def __init__(self, transform: Transform, ranges: "Sequence[Range]") -> None:
        self.failure: BaseException | None = None
        """The exception that has stopped the load."""
        self._transform = transform
        self._targets: list[tuple[Pointer, int, int] | None] = [
            None if each.buffer is None or transform.copied else (
                each.buffer.pointer, each.buffer_offset,
                each.buffer_length or each.buffer.size - each.buffer_offset)
            for each in ranges]
        # Memory of earlier pieces, which nobody has kept.
        self._free: list[ctypes.Array[ctypes.c_ubyte]] = []
        self.function = _function(self)
        """The function for C, which has to stay as long as the job."""
        self.c_transform = _abi.CTransform(
            size=ctypes.sizeof(_abi.CTransform), unit=transform.unit,
            flags=transform.in_order * _abi.PIECES_IN_ORDER
            | transform.at_once * _abi.PIECES_AT_ONCE | transform.copied * _abi.PIECES_COPIED,
            function=ctypes.cast(self.function, ctypes.c_void_p).value)

    def give(self, piece: _abi.CPiece) -> int:
        """Call the function; return a code for C."""
        try:
            self._give(piece)
        except BaseException as failure:
            if self.failure is None:
                self.failure = failure
            return _STOP
        return 0

    def _give(self, piece: _abi.CPiece) -> None:
        memory = self._memory(piece.length)
        # The library reuses its memory after this call. The function may keep a copy.
        ctypes.memmove(memory, piece.bytes, piece.length)
        data = memoryview(memory).cast("B")[:piece.length]
        if self._transform.copied:
            data = data.toreadonly()
        target = self._targets[piece.range]
        if target is None:
            self._transform.function(Piece(piece.range, piece.offset, data, None))
        else:
            self._with_target(piece, data, *target)
        del data
        if _references(memory) <= _ONE:
            self._free.append(memory)

    def _memory(self, length: int) -> "ctypes.Array[ctypes.c_ubyte]":
        while self._free:
            try:
                memory = self._free.pop()
            except IndexError:  # another thread was faster
                break
            if len(memory) >= length:
                return memory
        return _bytes_type(-(-length // 4096) * 4096)()

    def _with_target(self, piece: _abi.CPiece, data: memoryview, pointer: Pointer, offset: int,
                     length: int) -> None:
        """Call the function with a view of the buffer, which nothing may use afterwards: then the
        load's bracket of CPU access is over."""
        array = _bytes_type(length).from_address(library.dmaload_buffer_map(pointer) + offset)
        weakref.finalize(array, _nothing, pointer).atexit = False
        kept = weakref.ref(array)
        view = memoryview(array).cast("B")
        del array
        self._transform.function(Piece(piece.range, piece.offset, data, view))
        del view
        if kept() is not None:
            gc.collect()  # an exception that was caught may have a cycle
        if kept() is not None:
            raise BufferError("the function of the transform keeps its view of the buffer; make "
                              "another one by Buffer.view() after the load")


def _nothing(_keep: object) -> None:
    pass


def _function(pieces: Pieces) -> Any:
    """Return the function for C. It keeps nothing alive, so that a job can be dropped that its own
    transform knows."""
    found = weakref.ref(pieces)

    def function(piece: Any, _data: object) -> int:
        with _callbacks.inside():
            here = found()
            code = _STOP if here is None else here.give(piece.contents)
            del here
        return code

    return _Function(function)
