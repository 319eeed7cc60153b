# SPDX-License-Identifier: MIT
"""What this machine has and allows: sources of memory, free memory, system calls."""

import ctypes
from dataclasses import dataclass, fields
from typing import Any

from . import _abi
from ._library import call, create, known, library, text_of, whole


@dataclass(frozen=True)
class Source:
    """A source of memory on this machine: struct dmaload_source."""

    name: str
    """The name for Buffer() and load(): "heap:system", for example."""
    access: int
    """0 if this process may use the source, else an error number such as errno.EACCES."""
    recommended: bool
    max_bytes: int | None
    """The largest buffer that the source allows; None if it has no limit, or it is unknown."""
    remedy: str
    reason: str


def sources(size: int = 1) -> list[Source]:
    """List the sources of memory; size is that of the buffer that you need."""
    pointer = create(library.dmaload_sources_create, library.dmaload_sources_destroy,
                     whole("the size", size))
    found = []
    for i in range(library.dmaload_sources_count(pointer)):
        source = _abi.CSource.from_address(library.dmaload_sources_get(pointer, i))
        found.append(Source(
            text_of(source.name), -source.access, bool(source.recommended),
            known(source.max_bytes), text_of(source.remedy), text_of(source.reason)))
    return found


@dataclass(frozen=True)
class Memory:
    """How much memory this process can still get: struct dmaload_memory. All figures are in bytes;
    None stands for one that the kernel does not report."""

    room_bytes: int | None
    """The largest "memfd" or "udmabuf" that would be granted now, apart from udmabuf's limit."""
    available_bytes: int | None
    """MemAvailable of /proc/meminfo."""
    promised_bytes: int | None
    """Granted to buffers of this process that are still being populated."""
    cgroup: str
    """The directory of the memory cgroup with the least room; empty if no limit is known."""
    cgroup_limit_name: str
    cgroup_limit_bytes: int | None
    cgroup_usage_bytes: int | None
    cgroup_reclaimable_bytes: int | None
    cgroup_dirty_bytes: int | None
    cgroup_room_bytes: int | None
    note: str
    """Why limits are not known."""


def memory_query() -> Memory:
    """Return how much memory this process can still get, and which cgroup limits it most."""
    found = _abi.CMemory(size=ctypes.sizeof(_abi.CMemory))
    call(library.dmaload_memory_query, ctypes.byref(found))
    values: dict[str, Any] = {field.name: getattr(found, field.name) for field in fields(Memory)}
    for name, value in values.items():
        values[name] = text_of(value) if isinstance(value, bytes) else known(value)
    return Memory(**values)


def syscalls_query() -> tuple[str, str]:
    """Return which system calls a load in this thread would make, "all" for example, and why not
    all of them."""
    reason = ctypes.create_string_buffer(_abi.REASON_SIZE)
    syscalls = library.dmaload_syscalls_query(reason, _abi.REASON_SIZE)
    return text_of(library.dmaload_syscalls_name(syscalls)), text_of(reason.value)
