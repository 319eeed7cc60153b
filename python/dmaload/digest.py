# SPDX-License-Identifier: MIT
"""Digests of ranges while they are loaded, by libdmaload-digest."""

import ctypes
import errno
import os
from typing import TYPE_CHECKING

from . import _abi
from ._library import call, create, digest_library, encode, text_of
from .errors import Error
from .file import HasFileno, fd_of

if TYPE_CHECKING:
    from .buffer import Buffer
    from .job import Result


def _library() -> ctypes.CDLL:
    try:
        return digest_library()
    except ImportError as reason:
        raise Error(errno.ENOSYS, f"cannot compute digests: {reason}") from reason


class Digests:
    """The digests of the ranges of one job. The library hashes; Python's lock is not involved."""

    def __init__(self, algorithm: str, ranges: int) -> None:
        self._library = _library()
        self._ranges = ranges
        self._pointer = create(self._library.dmaload_digest_create,
                               self._library.dmaload_digest_destroy, encode(algorithm), ranges)
        tree = algorithm == "fsverity"
        self.transform = _abi.CTransform(
            size=ctypes.sizeof(_abi.CTransform), unit=_abi.DIGEST_UNIT if tree else 0,
            flags=_abi.PIECES_COPIED | (_abi.PIECES_AT_ONCE if tree else _abi.PIECES_IN_ORDER),
            function=ctypes.cast(self._library.dmaload_digest_piece, ctypes.c_void_p).value,
            data=self._pointer.value)

    def results(self) -> tuple[str, ...]:
        """Return the digest of each range: "sha256:e3b0..."; or raise why there is none."""
        text = ctypes.create_string_buffer(_abi.DIGEST_SIZE)
        found = []
        for i in range(self._ranges):
            call(self._library.dmaload_digest_result, self._pointer, i, text)
            found.append(text_of(text.value))
        return tuple(found)

    def check(self) -> None:
        """Raise why a digest has stopped the load, if one has."""
        try:
            self.results()
        except Error as reason:
            if reason.errno != errno.ENODATA:  # bytes are missing, since the load was stopped
                raise

    def add(self, address: int, offset: int, length: int) -> None:
        """Hash bytes of range 0 that are in memory; they begin at this offset of the range."""
        piece = _abi.CPiece(0, offset, address, length)
        self._library.dmaload_digest_piece(ctypes.byref(piece), self._pointer)


def digest_compare(digest: str, expected: str) -> None:
    """Raise Error with EBADMSG if a digest differs from the expected one."""
    call(_library().dmaload_digest_compare, encode(digest), encode(expected))


def digest_parse(text: str) -> str:
    """Check a digest such as "sha256:E3B0...", and return it in lower case."""
    parsed = ctypes.create_string_buffer(_abi.DIGEST_SIZE)
    call(_library().dmaload_digest_parse, parsed, encode(text))
    return text_of(parsed.value)


def digest_measure(file: int | HasFileno) -> str:
    """Return the digest of an open file for which fs-verity is enabled, without reading it."""
    measured = ctypes.create_string_buffer(_abi.DIGEST_SIZE)
    call(_library().dmaload_digest_measure, fd_of(file), measured)
    return text_of(measured.value)


def digest_list(text: str | bytes, algorithm: str | None = None) -> list[tuple[str, str]]:
    """Return names and digests from the output of sha256sum, sha512sum or b2sum.

    algorithm is that of the lines that do not name theirs; None: sha512 for 128 digits, else
    sha256. Each digest can be passed to load() as expect.
    """
    library = _library()
    encoded = os.fsencode(text)
    pointer = create(library.dmaload_digest_list_create, library.dmaload_digest_list_destroy,
                     encoded, len(encoded), None if algorithm is None else encode(algorithm))
    return [(os.fsdecode(library.dmaload_digest_list_name(pointer, i)),
             text_of(library.dmaload_digest_list_digest(pointer, i)))
            for i in range(library.dmaload_digest_list_count(pointer))]


def digest_option(digest: str | None, expect: str | None) -> str | None:
    """Return the algorithm to compute: the wanted one, or that of the expected digest."""
    return digest if expect is None else expect.partition(":")[0]


def finish(buffer: "Buffer", length: int, result: "Result", expect: str | None) -> "Buffer":
    """Give a buffer what its load has found out, and check the digest."""
    digest = result.digests[0] if result.digests else None
    buffer.loaded(length, result.report, digest)
    if expect is not None:
        digest_compare(digest or "", expect)
    return buffer
