# SPDX-License-Identifier: MIT
"""The exceptions of this package."""

import errno as _errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import Report


class Error(OSError):
    """A call of the library failed.

    errno has the positive error number, for programs. strerror has the library's message, for
    people: the thing that failed, the cause and the remedy. report has what a failed job did.
    """

    report: "Report | None" = None

    def __init__(self, code: int, message: str) -> None:
        super().__init__(abs(code), message or os.strerror(abs(code)))

    @property
    def name(self) -> str:
        """Return the name of the error number: "ENOENT", for example."""
        return _errno.errorcode.get(self.errno or 0, str(self.errno))

    def __str__(self) -> str:
        return f"{self.strerror} ({self.name})"


class FormatError(ValueError):
    """A model file is malformed, or of a kind that is not known here."""
