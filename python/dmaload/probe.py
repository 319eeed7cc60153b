# SPDX-License-Identifier: MIT
"""What a load would do."""

from collections.abc import Mapping
from dataclasses import dataclass

from . import _abi
from .report import path_name, report_of
from .request import Range


@dataclass(frozen=True)
class Probe:
    """The path that a load would take, as far as it can be known without a read."""

    path: str
    """The first path that does not decline: "direct", "bounce", "buffered" or "stream"."""
    declined: Mapping[str, str]
    """Why better paths would not be used, by their names."""
    source: str
    """Where the buffer's memory came from; empty without a buffer."""
    resident_bytes: int | None
    """Bytes of the file in the page cache, which a load would copy from there unless it bypasses
    it; None if the kernel does not report them to this process."""


def probe_of(part: Range, path: int, report: _abi.CReport) -> Probe:
    """Return what dmaload_probe() has found out, for this package."""
    try:
        resident = None if part.file.size is None else part.file.resident()
    except OSError:
        resident = None
    source = "" if part.buffer is None else part.buffer.source
    return Probe(path_name(path), report_of(report).declined, source, resident)
