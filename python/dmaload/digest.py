# SPDX-License-Identifier: MIT
"""Digests of ranges while they are loaded, by libdmaload-digest."""

import ctypes
import errno

from . import _abi
from ._library import call, create, digest_library, encode, text_of
from .errors import Error


class Digests:
    """The digests of the ranges of one job. The library hashes; Python's lock is not involved."""

    def __init__(self, algorithm: str, ranges: int) -> None:
        try:
            self._library = digest_library()
        except ImportError as reason:
            raise Error(errno.ENOSYS, f"cannot compute digests: {reason}") from reason
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


def compare_digests(digest: str, expected: str) -> None:
    """Raise Error with EBADMSG if a digest differs from the expected one."""
    call(digest_library().dmaload_digest_compare, encode(digest), encode(expected))
