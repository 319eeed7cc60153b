# SPDX-License-Identifier: MIT
"""Files and streams to load from and to store into."""

import ctypes
import os
from typing import TYPE_CHECKING, Protocol

from . import _abi
from ._library import Pointer, call, create, encode, known, library, whole

if TYPE_CHECKING:
    from types import TracebackType

    AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class HasFileno(Protocol):
    """A pipe, a socket, a file or another object with an fd."""

    def fileno(self) -> int:
        """Return the fd."""


def fd_of(source: int | HasFileno) -> int:
    """Return an fd, or that of an object."""
    return source if isinstance(source, int) else source.fileno()


class File:
    """A regular file or a block device; or a stream, by from_stream()."""

    def __init__(self, path: "AnyPath") -> None:
        """Open a file for reading."""
        self._adopt(create(library.dmaload_file_open, library.dmaload_file_close,
                           encode(os.fsencode(path))))

    @classmethod
    def create(cls, path: "AnyPath", *,
               exclusive: bool = False) -> "File":
        """Open a file to store into, and create it if it does not exist."""
        return cls._of(create(library.dmaload_file_create, library.dmaload_file_close,
                              encode(os.fsencode(path)), int(exclusive)))

    @classmethod
    def from_fd(cls, fd: int | HasFileno) -> "File":
        """Use a file that is already open, by its fd or an object with fileno(). You still own
        it."""
        return cls._of(create(library.dmaload_file_from_fd, library.dmaload_file_close,
                              fd_of(fd)))

    @classmethod
    def from_stream(cls, fd: int | HasFileno) -> "File":
        """Use a pipe, a socket or a character device, by its fd or an object with fileno(). You
        still own it.

        Do not read from a buffered object of Python before: it may have taken more than it gave.
        """
        return cls._of(create(library.dmaload_file_from_stream, library.dmaload_file_close,
                              fd_of(fd)))

    @classmethod
    def _of(cls, pointer: Pointer) -> "File":
        file = cls.__new__(cls)
        file._adopt(pointer)
        return file

    def _adopt(self, pointer: Pointer) -> None:
        self._pointer: Pointer | None = pointer

    @property
    def pointer(self) -> Pointer:
        """Return the C object, for this package."""
        if self._pointer is None:
            raise ValueError("the file is closed")
        return self._pointer

    def close(self) -> None:
        """Close the file. Jobs that use it keep it until they have ended."""
        self._pointer = None

    def __enter__(self) -> "File":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        self.close()

    @property
    def size(self) -> int | None:
        """Return the size in bytes; None for a stream."""
        return known(library.dmaload_file_size(self.pointer))

    @property
    def name(self) -> str:
        """Return the name that messages use: the path, or "fd N"."""
        return os.fsdecode(library.dmaload_file_name(self.pointer))

    def resident(self, offset: int = 0, length: int = _abi.TO_END) -> int:
        """Return how many bytes of a part are in the page cache, in whole pages."""
        found = ctypes.c_uint64()
        call(library.dmaload_file_resident, self.pointer, whole("the offset", offset),
             whole("the length", length), ctypes.byref(found))
        return found.value

    def __repr__(self) -> str:
        return f"<dmaload.File {self.name!r}>" if self._pointer else "<dmaload.File, closed>"
