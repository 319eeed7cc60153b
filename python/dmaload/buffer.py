# SPDX-License-Identifier: MIT
"""Memory that devices share."""

import atexit
import ctypes
import weakref
from typing import TYPE_CHECKING, Any

from . import _abi, _dlpack
from ._library import Pointer, call, check, create, encode, library, text_of, whole
from ._views import Brackets
from .file import HasFileno, fd_of
from .report import Report

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import DTypeLike, NDArray


# The memory of Python's objects that buffers use, by the id of the array there.
_memory: "weakref.WeakValueDictionary[int, ctypes.Array[ctypes.c_ubyte]]" = \
    weakref.WeakValueDictionary()


def _at_exit() -> None:
    """Never free such memory: daemon threads may still load into it while the interpreter exits."""
    for array in list(_memory.values()):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(array))


atexit.register(_at_exit)


class Buffer:
    """A dma-buf with a CPU mapping; or memory that no device can share.

    The memory lives as long as the buffer, or any view, array or tensor of it. To read or write it,
    make a view: views open and close the brackets that the kernel wants around CPU access.
    """

    def __init__(self, size: int, source: str | None = None) -> None:
        """Allocate a buffer; without a source, from the recommended one: see sources()."""
        self._adopt(create(library.dmaload_buffer_create, library.dmaload_buffer_destroy,
                           None if source is None else encode(source), whole("the size", size)))

    @classmethod
    def from_fd(cls, fd: int | HasFileno) -> "Buffer":
        """Adopt a dma-buf of another exporter, by its fd or an object with fileno(). You still own
        the fd, and may close it at once."""
        return cls.of(create(library.dmaload_buffer_from_fd, library.dmaload_buffer_destroy,
                             fd_of(fd)))

    @classmethod
    def from_memory(cls, memory: Any) -> "Buffer":
        """Use the memory of a writable object with the buffer protocol, such as a NumPy array."""
        flat = memoryview(memory).cast("B")
        if flat.readonly:
            raise BufferError("the object's memory is read-only")
        if not flat.nbytes:
            raise BufferError("the object has no memory")
        array = (ctypes.c_ubyte * flat.nbytes).from_buffer(flat)
        _memory[id(array)] = array
        return cls.of(create(library.dmaload_buffer_from_memory, library.dmaload_buffer_destroy,
                             ctypes.addressof(array), flat.nbytes, keep=(array,)))

    @classmethod
    def of(cls, pointer: Pointer) -> "Buffer":
        """Return the buffer of a C object, for this package."""
        buffer = cls.__new__(cls)
        buffer._adopt(pointer)
        return buffer

    def _adopt(self, pointer: Pointer) -> None:
        self._pointer: Pointer | None = pointer
        self._brackets: Brackets | None = Brackets(pointer)
        self._length: int = library.dmaload_buffer_size(pointer)
        self.report: Report | None = None
        """The report of load(), if it made this buffer."""
        self.digest: str | None = None
        """The digest of the loaded file, if load() was asked for it."""

    @property
    def pointer(self) -> Pointer:
        """Return the C object, for this package."""
        if self._pointer is None:
            raise ValueError("the buffer is closed")
        return self._pointer

    @property
    def brackets(self) -> Brackets:
        """Return the brackets, for this package."""
        if self._brackets is None:
            raise ValueError("the buffer is closed")
        return self._brackets

    def close(self) -> None:
        """Free the buffer. Refused with BufferError while views of it exist.

        Jobs that use the buffer keep its memory until they have ended. Closing twice is fine.
        """
        if self._brackets is not None and self._brackets.views:
            raise BufferError(f"{self._brackets.views} views, arrays or tensors of the buffer "
                              "exist; release or delete them before you close it")
        self._pointer = self._brackets = None

    @property
    def closed(self) -> bool:
        """Return whether the buffer was closed."""
        return self._pointer is None

    def __enter__(self) -> "Buffer":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        # An exception's traceback may hold views. The memory then lives as long as they do.
        if kind is None or self._brackets is None or not self._brackets.views:
            self.close()

    def wait(self) -> None:
        """Wait until the buffer is populated and has its fd."""
        call(library.dmaload_buffer_wait, self.pointer)

    def fileno(self) -> int:
        """Return the fd, which the buffer owns: pass os.dup(fd) to those who will close it."""
        fd: int = library.dmaload_buffer_fd(self.pointer)
        return check(fd, _abi.CError()) if fd != -1 else fd

    @property
    def fd(self) -> int:
        """Return fileno(); -1 if the buffer is the caller's own memory."""
        return self.fileno()

    @property
    def size(self) -> int:
        """Return the size in bytes: whole pages, unless it is the caller's own memory."""
        size: int = library.dmaload_buffer_size(self.pointer)
        return size

    @property
    def length(self) -> int:
        """Return the bytes of the loaded file after load(), else the size."""
        return self._length

    @property
    def source(self) -> str:
        """Return where the memory came from: "heap:NAME" without "heap:", "memfd", "foreign"."""
        return text_of(library.dmaload_buffer_source(self.pointer))

    def loaded(self, length: int, report: Report | None, digest: str | None) -> None:
        """Set what load() has found out, for this package."""
        self._length, self.report, self.digest = length, report, digest

    def wipe(self, offset: int = 0, length: int | None = None) -> None:
        """Fill bytes with zeros, in a bracket of its own; without a length, up to the end.

        Wipe what nobody must see before you hand the buffer on, such as what a failed load has
        left. Refused with BufferError while a load of the buffer is running.
        """
        self.brackets.check_idle()
        call(library.dmaload_buffer_wipe, self.pointer, whole("the offset", offset),
             _abi.TO_END if length is None else whole("the length", length))

    def view(self, offset: int = 0, length: int | None = None, *,
             write: bool = False) -> memoryview:
        """Return a view of bytes, and bracket CPU access as long as it or a part of it exists.

        Use it in a with statement, or call its release(). On machines where devices do not see the
        CPU's caches, a bracket may cost as much time as the whole buffer is large. Views that exist
        at the same time share one.
        """
        pointer = self.pointer
        if length is None:
            length = max(self._length - offset, 0)
        if offset < 0 or length < 0 or offset + length > self.size:
            raise ValueError(f"bytes {offset} to {offset + length} are not in the buffer, which "
                             f"has {self.size}")
        return self.brackets.view(library.dmaload_buffer_map(pointer) + offset, length, write)

    def __buffer__(self, flags: int) -> memoryview:
        """Return a view, for memoryview(buffer) since Python 3.12."""
        return self.view(write=bool(flags & 1))

    def numpy(self, dtype: "DTypeLike" = "u1", shape: tuple[int, ...] | None = None,
              offset: int = 0, *, write: bool = False) -> "NDArray[Any]":
        """Return an array of the memory. It holds a view: see view()."""
        import numpy

        kind = numpy.dtype(dtype)
        if kind.hasobject:
            raise ValueError("the memory cannot hold Python's objects")
        if shape is None:
            shape = (max(self._length - offset, 0) // kind.itemsize,)
        length = kind.itemsize
        for dimension in shape:
            length *= dimension
        return numpy.ndarray(shape, kind, self.view(offset, length, write=write))

    def __dlpack__(self, *, stream: object = None, max_version: object = None,
                   dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any:
        """Return a DLPack capsule of the bytes. The tensor is writable, and holds a view."""
        del max_version  # every version of DLPack takes the first one
        return _dlpack.export(self.numpy(write=True), stream=stream, dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the device: the CPU."""
        return _dlpack.CPU

    def __repr__(self) -> str:
        if self._pointer is None:
            return "<dmaload.Buffer, closed>"
        return f"<dmaload.Buffer of {self.size} bytes from {self.source}>"
