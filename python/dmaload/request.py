# SPDX-License-Identifier: MIT
"""What to move, and how: ranges, options, and the structs of C that they become."""

import ctypes
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from . import _abi
from ._abi import Allow, Cache
from ._library import library, whole
from .buffer import Buffer
from .digest import Digests
from .file import File
from .transform import Pieces, Transform


@dataclass(frozen=True)
class Range:
    """A part of a file and its place in a buffer: struct dmaload_range."""

    file: File
    buffer: Buffer | None
    """None only with Options.transform."""
    file_offset: int = 0
    buffer_offset: int = 0
    length: int | None = None
    """None: up to the end of the file; in a store, up to the end of the buffer."""
    priority: int = 0
    """Ranges of a lower priority come first."""
    buffer_length: int | None = None
    """With Options.transform: the bytes that the function may write, from buffer_offset on; None:
    up to the end of the buffer."""

    def __post_init__(self) -> None:
        for name in "file_offset", "buffer_offset", "length", "buffer_length":
            if (value := getattr(self, name)) is not None:
                whole(f"{name} of a range", value)
        whole("priority of a range", self.priority, 32)


@dataclass(frozen=True)
class Progress:
    """The progress of a load: struct dmaload_progress."""

    bytes_done: int
    bytes_total: int
    bytes_prefix: int
    ranges_done: int
    ranges_total: int
    path: str | None
    """The path of the bytes that have arrived last; None while there are none."""


def progress_of(found: _abi.CProgress) -> Progress:
    """Return what the library has filled in."""
    path = library.dmaload_path_name(found.path) if found.bytes_done > 0 else None
    return Progress(found.bytes_done, found.bytes_total, found.bytes_prefix, found.ranges_done,
                    found.ranges_total, path.decode() if path else None)


@dataclass(frozen=True)
class Options:
    """How to do one job: struct dmaload_options."""

    allow: Allow = Allow.ANY
    cache: Cache = Cache.AUTO
    urgent: bool = False
    durable: bool = False
    """After a store, fsync(2) each file."""
    timeout: float | None = None
    """Seconds after which the job gives up with ETIME, from its submission on."""
    digest: str | None = None
    """Compute digests of the loaded ranges: "sha256", "sha512", "blake2b512" or "fsverity"."""
    transform: Transform | None = None
    """A function that gets the bytes in place of a copy into the buffers."""
    progress: Callable[[Progress], object] | None = None
    """A function that is called about ten times a second by the call that waits for the job, in
    its thread. That call raises the function's exceptions; load(), store() and the like then cancel
    the job."""

    def __post_init__(self) -> None:
        if self.digest is not None and self.transform is not None:
            raise ValueError("a load computes digests or has a transform; hash in the function, or "
                             "load without it")

    def fill(self) -> _abi.COptions:
        """Return the struct."""
        options = _abi.COptions(size=ctypes.sizeof(_abi.COptions), paths=self.allow,
                                cache=self.cache)
        options.flags = self.urgent * _abi.URGENT | self.durable * _abi.DURABLE
        if self.timeout is not None:
            options.deadline_ns = max(1, time.monotonic_ns() + int(self.timeout * 1e9))
        return options


class Request:
    """The structs of one call, and what they point to."""

    def __init__(self, ranges: Sequence[Range], options: Options) -> None:
        self.digests: Digests | None = None
        self.pieces: Pieces | None = None
        self.options = options.fill()
        if options.digest is not None:
            self.digests = Digests(options.digest, len(ranges))
            self.options.transform = ctypes.addressof(self.digests.transform)
        elif options.transform is not None:
            self.pieces = Pieces(options.transform, ranges)
            self.options.transform = ctypes.addressof(self.pieces.c_transform)
        # The C objects stay while the library makes its own references, whatever threads close.
        self.held = [(each.file.pointer, each.buffer and each.buffer.pointer) for each in ranges]
        self.count = len(ranges)
        self.ranges = (_abi.CRange * self.count)()
        for to, each in zip(self.ranges, ranges):
            self._fill(to, each)

    def _fill(self, to: _abi.CRange, each: Range) -> None:
        to.file, to.file_offset = each.file.pointer.value, each.file_offset
        to.buffer = each.buffer.pointer.value if each.buffer is not None else None
        to.buffer_offset = each.buffer_offset
        to.length = _abi.TO_END if each.length is None else each.length
        to.buffer_length = each.buffer_length or 0
        to.priority = each.priority
