# SPDX-License-Identifier: MIT
"""The C interface: constants and structs. _prototypes.py has the functions.

The test tests/python/test_abi.py compiles all of this against the C headers. So a difference in a
struct, a value or a function is an error there, and not in a user's memory.
"""

import enum
from ctypes import (
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_int,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)

SONAME = "libdmaload.so.0.2"
DIGEST_SONAME = "libdmaload-digest.so.0.2"
MODELS_SONAME = "libdmaload-models.so.0.2"

MESSAGE_SIZE = 512
REASON_SIZE = 224
PATHS_MAX = 8
DIGEST_SIZE = 160
CGROUP_SIZE, LIMIT_SIZE = 256, 48
DIGEST_UNIT = 4096
UNKNOWN = 2**64 - 1
TO_END = 2**64 - 1
FOREVER = 2**63 - 1
ACCESS_READ, ACCESS_WRITE = 1, 2
DURABLE = 1
URGENT = 2
RANGE_EVENTS = 4
PIECES_IN_ORDER = 1
PIECES_AT_ONCE = 2
PIECES_COPIED = 4
EVENT_RANGE, EVENT_END = 0, 1


class Operation(enum.IntEnum):
    """What a job does. DMALOAD_LOAD and the like in C."""

    LOAD = 0
    STORE = 1
    VERIFY = 2


class Allow(enum.IntFlag):
    """The paths that a load may use. DMALOAD_ALLOW_DIRECT and the like in C."""

    ANY = 0
    DIRECT = 1
    BOUNCE = 2
    BUFFERED = 4


class Cache(enum.IntEnum):
    """How a load treats the page cache. DMALOAD_CACHE_AUTO and the like in C."""

    AUTO = 0
    BYPASS = 1
    KEEP = 2


class Engine(enum.IntEnum):
    """How requests are kept in flight. DMALOAD_ENGINE_AUTO and the like in C."""

    AUTO = 0
    URING = 1
    THREADS = 2


class Syscalls(enum.IntEnum):
    """Which system calls the library makes. DMALOAD_SYSCALLS_AUTO and the like in C."""

    AUTO = 0
    BASIC = 1
    OLD = 2
    ALL = 3


class Pages(enum.IntEnum):
    """The kind of pages behind memory. DMALOAD_PAGES_UNKNOWN and the like in C."""

    UNKNOWN = 0
    BASE = 1
    TRANSPARENT = 2
    HUGETLB = 3


class CError(Structure):
    """struct dmaload_error."""

    _fields_ = [("code", c_int), ("message", c_char * MESSAGE_SIZE)]


class CSource(Structure):
    """struct dmaload_source."""

    _fields_ = [
        ("name", c_char_p),
        ("access", c_int),
        ("recommended", c_uint32),
        ("max_bytes", c_uint64),
        ("remedy", c_char_p),
        ("reason", c_char_p),
    ]


class CConfig(Structure):
    """struct dmaload_config."""

    _fields_ = [
        ("size", c_size_t),
        ("chunk_bytes", c_uint32),
        ("queue_depth", c_uint32),
        ("engine", c_uint32),
        ("syscalls", c_uint32),
    ]


class CRange(Structure):
    """struct dmaload_range."""

    _fields_ = [
        ("file", c_void_p),
        ("file_offset", c_uint64),
        ("buffer", c_void_p),
        ("buffer_offset", c_uint64),
        ("length", c_uint64),
        ("priority", c_uint32),
        ("reserved", c_uint32),
        ("buffer_length", c_uint64),
    ]


class CProgress(Structure):
    """struct dmaload_progress."""

    _fields_ = [
        ("size", c_size_t),
        ("bytes_done", c_uint64),
        ("bytes_total", c_uint64),
        ("bytes_prefix", c_uint64),
        ("ranges_done", c_uint64),
        ("ranges_total", c_uint64),
        ("path", c_uint32),
        ("reserved", c_uint32),
    ]


class COptions(Structure):
    """struct dmaload_options."""

    _fields_ = [
        ("size", c_size_t),
        ("paths", c_uint32),
        ("cache", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("deadline_ns", c_uint64),
        ("progress", c_void_p),
        ("progress_data", c_void_p),
        ("events", c_void_p),
        ("transform", c_void_p),
        ("user_data", c_uint64),
    ]


class CTransform(Structure):
    """struct dmaload_transform."""

    _fields_ = [
        ("size", c_size_t),
        ("unit", c_uint32),
        ("flags", c_uint32),
        ("function", c_void_p),
        ("data", c_void_p),
    ]


class CPiece(Structure):
    """struct dmaload_piece."""

    _fields_ = [
        ("range", c_size_t),
        ("offset", c_uint64),
        ("bytes", c_void_p),
        ("length", c_size_t),
    ]


class CMemory(Structure):
    """struct dmaload_memory."""

    _fields_ = [
        ("size", c_size_t),
        ("room_bytes", c_uint64),
        ("available_bytes", c_uint64),
        ("promised_bytes", c_uint64),
        ("cgroup", c_char * CGROUP_SIZE),
        ("cgroup_limit_name", c_char * LIMIT_SIZE),
        ("cgroup_limit_bytes", c_uint64),
        ("cgroup_usage_bytes", c_uint64),
        ("cgroup_reclaimable_bytes", c_uint64),
        ("cgroup_dirty_bytes", c_uint64),
        ("cgroup_room_bytes", c_uint64),
        ("note", c_char * REASON_SIZE),
    ]


class CEvent(Structure):
    """struct dmaload_event."""

    _fields_ = [
        ("size", c_size_t),
        ("user_data", c_uint64),
        ("job", c_void_p),
        ("kind", c_uint32),
        ("result", c_int),
        ("range", c_size_t),
        ("error", CError),
    ]


_Reason = c_char * REASON_SIZE


class CReport(Structure):
    """struct dmaload_report."""

    _fields_ = [
        ("size", c_size_t),
        ("bytes_total", c_uint64),
        ("bytes_direct", c_uint64),
        ("bytes_bounced", c_uint64),
        ("bytes_buffered", c_uint64),
        ("bytes_cached", c_uint64),
        ("bytes_streamed", c_uint64),
        ("ranges", c_uint64),
        ("extents", c_uint64),
        ("brackets", c_uint64),
        ("queued_ns", c_uint64),
        ("pinned_bytes", c_uint64),
        ("cache_residue_bytes", c_uint64),
        ("cache_before_bytes", c_uint64),
        ("alloc_ns", c_uint64),
        ("create_ns", c_uint64),
        ("overlap_ns", c_uint64),
        ("create_wait_ns", c_uint64),
        ("buffer_pages", c_uint32),
        ("buffer_huge_bytes", c_uint64),
        ("buffer_pages_note", _Reason),
        ("total_ns", c_uint64),
        ("read_ns", c_uint64),
        ("copy_ns", c_uint64),
        ("sync_ns", c_uint64),
        ("reads", c_uint64),
        ("retries", c_uint64),
        ("rate_direct", c_uint64),
        ("rate_bounced", c_uint64),
        ("pool_pages", c_uint32),
        ("pool_registered", c_int),
        ("pool_unregistered", _Reason),
        ("pool_reduced", _Reason),
        ("engine", c_uint32),
        ("engine_declined", _Reason),
        ("declined", _Reason * PATHS_MAX),
        ("stored", c_int),
        ("syscalls", c_uint32),
        ("syscalls_reduced", _Reason),
        ("chunk_bytes", c_uint32),
        ("queue_depth", c_uint32),
    ]


class CTensor(Structure):
    """struct dmaload_tensor."""

    _fields_ = [
        ("name", c_char_p),
        ("type", c_char_p),
        ("shape", POINTER(c_uint64)),
        ("rank", c_uint32),
        ("file", c_uint32),
        ("file_offset", c_uint64),
        ("bytes", c_uint64),
    ]


class CPlace(Structure):
    """struct dmaload_place."""

    _fields_ = [
        ("tensor", c_void_p),
        ("offset", c_uint64),
        ("pattern", c_uint32),
    ]
