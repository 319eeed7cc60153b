# SPDX-License-Identifier: MIT
"""Read what a program's ELF file says about the machine and the libraries that it needs.

Receives: a file.
Hands on: its machine, its loader, and the names of its libraries.
Always:   the file may be for any machine with little-endian numbers; nothing runs it.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

MACHINES = {40: "arm", 62: "x86_64", 183: "aarch64"}
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_STRTAB, DT_RPATH, DT_RUNPATH = 1, 5, 15, 29


class Elf:
    """The parts of an ELF file that a loader reads."""

    def __init__(self, file: Path) -> None:
        self.data = file.read_bytes()
        if not self.data.startswith(b"\x7fELF"):
            raise OSError(f"{file} is not an ELF file")
        self.wide = self.data[4] == 2
        number, = struct.unpack_from("<H", self.data, 18)
        self.machine = MACHINES.get(number, f"machine {number}")
        self.segments = list(self._segments())
        self.dynamic = list(self._dynamic())

    def _segments(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield the type, offset, address and size in the file of each segment."""
        table, = struct.unpack_from("<Q" if self.wide else "<I", self.data, 32 if self.wide else 28)
        size, count = struct.unpack_from("<HH", self.data, 54 if self.wide else 42)
        for at in (table + size * segment for segment in range(count)):  # a module has none
            if self.wide:
                kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", self.data, at)
            else:
                kind, offset, address, _, length = struct.unpack_from("<IIIII", self.data, at)
            yield kind, offset, address, length

    def _dynamic(self) -> Iterator[tuple[int, int]]:
        for kind, offset, _, length in self.segments:
            if kind == PT_DYNAMIC:
                entries = "<qQ" if self.wide else "<iI"
                yield from struct.iter_unpack(entries, self.data[offset:offset + length])

    def _text(self, at: int) -> str:
        return self.data[at:self.data.index(b"\0", at)].decode()

    def _texts(self, *tags: int) -> list[str]:
        for tag, address in self.dynamic:
            if tag == DT_STRTAB:
                table = self._offset_of(address)
                return [self._text(table + at) for kind, at in self.dynamic if kind in tags]
        return []

    def _offset_of(self, address: int) -> int:
        for kind, offset, first, length in self.segments:
            if kind == PT_LOAD and first <= address < first + length:
                return offset + address - first
        raise OSError(f"no segment has the address {address:#x}")

    def loader(self) -> str | None:
        """Return the path of the program's loader, or None for a static program or a library."""
        for kind, offset, _, _ in self.segments:
            if kind == PT_INTERP:
                return self._text(offset)
        return None

    def needed(self) -> list[str]:
        """Return the names of the libraries."""
        return self._texts(DT_NEEDED)

    def run_path(self, origin: Path) -> list[Path]:
        """Return the folders that the loader searches first, for a file in the folder ORIGIN."""
        folders = ":".join(self._texts(DT_RPATH, DT_RUNPATH)).split(":")
        return [Path(folder.replace("$ORIGIN", str(origin))) for folder in folders if folder]
