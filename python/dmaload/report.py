# SPDX-License-Identifier: MIT
"""The result of a load, with its figures."""

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from . import _abi
from ._library import library, text_of


@dataclass(frozen=True)
class Report:
    """struct dmaload_report, whose header explains each member. Times are in nanoseconds.

    None stands for a figure that the kernel does not report to this process.
    """

    path: str
    """The path that moved most of the bytes: "direct", "bounce", "buffered", "cached", "stream"."""
    text: str
    """The report as lines for people."""
    bytes_total: int
    bytes_direct: int
    bytes_bounced: int
    bytes_buffered: int
    bytes_cached: int
    bytes_streamed: int
    ranges: int
    extents: int
    brackets: int
    queued_ns: int
    pinned_bytes: int
    cache_residue_bytes: int | None
    cache_before_bytes: int | None
    alloc_ns: int
    create_ns: int
    overlap_ns: int
    create_wait_ns: int
    buffer_pages: str
    """"unknown", "base", "transparent" or "hugetlb"; so is pool_pages."""
    buffer_huge_bytes: int | None
    buffer_pages_note: str
    total_ns: int
    read_ns: int
    copy_ns: int
    sync_ns: int
    reads: int
    retries: int
    rate_direct: int
    rate_bounced: int
    pool_pages: str
    pool_registered: bool
    pool_unregistered: str
    pool_reduced: str
    engine: str
    """"auto" if no engine was used, "io_uring" or "threads"."""
    engine_declined: str
    declined: Mapping[str, str]
    """Why paths were not used, or not until the end, by their names."""
    stored: bool
    syscalls: str
    """"auto", "basic", "old" or "all"."""
    syscalls_reduced: str
    chunk_bytes: int
    queue_depth: int


def new_report() -> _abi.CReport:
    """Return a report for the library to fill in."""
    return _abi.CReport(size=ctypes.sizeof(_abi.CReport))


def _name(function: Any, value: int) -> str:
    return text_of(function(value)) or str(value)


def path_name(path: int) -> str:
    """Return the name of a path."""
    return _name(library.dmaload_path_name, path)


def _pages(value: int) -> str:
    known = value in _abi.Pages.__members__.values()
    return _abi.Pages(value).name.lower() if known else str(value)


def _declined(reasons: Any) -> Mapping[str, str]:
    return MappingProxyType({
        path_name(path): text_of(reason.value)
        for path, reason in enumerate(reasons) if reason.value
    })


def _text(report: _abi.CReport) -> str:
    length = library.dmaload_report_format(ctypes.byref(report), None, 0)
    text = ctypes.create_string_buffer(length + 1)
    library.dmaload_report_format(ctypes.byref(report), text, length + 1)
    return text_of(text.value)


def report_of(report: _abi.CReport) -> Report:
    """Return what the library has filled in."""
    found: dict[str, Any] = {
        "path": path_name(library.dmaload_report_path(ctypes.byref(report))),
        "text": _text(report),
        "declined": _declined(report.declined),
        "engine": _name(library.dmaload_engine_name, report.engine),
        "syscalls": _name(library.dmaload_syscalls_name, report.syscalls),
        "buffer_pages": _pages(report.buffer_pages),
        "pool_pages": _pages(report.pool_pages),
        "pool_registered": bool(report.pool_registered),
        "stored": bool(report.stored),
    }
    for field in fields(Report):
        if field.name in found:
            continue
        value = getattr(report, field.name)
        if isinstance(value, bytes):
            value = text_of(value)
        elif value == _abi.UNKNOWN:
            value = None
        found[field.name] = value
    return Report(**found)
