# SPDX-License-Identifier: MIT
"""Make the guest's first file system.

Receives: files, folders and kernel modules of the host; for programs of another machine, the folder
          of its libraries.
Hands on: a gzipped newc archive.
Always:   a program gets the libraries that its loader would give it, here or on that machine.
"""

import gzip
import lzma
import os
import platform
import re
import shutil
import stat
import subprocess
from pathlib import Path

from elf import Elf


class SetupError(Exception):
    """The guest cannot be set up; the message has the reason."""


def run(*command: str) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = result.stderr.strip() or result.stdout.strip()
        raise SetupError(f"{' '.join(command)}: {reason}")
    return result.stdout


class Initramfs:
    """The mode and content of each file, by its path in the guest, in memory."""

    def __init__(self, sysroot: Path | None = None) -> None:
        self.entries: dict[str, tuple[int, bytes]] = {}
        self.sysroot = sysroot

    def put(self, path: str, data: bytes, mode: int) -> None:
        for parent in reversed(Path(path).parents):
            if str(parent) != "/":
                self.entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
        self.entries[path] = (mode, data)

    def directory(self, path: str) -> None:
        self.put(path, b"", stat.S_IFDIR | 0o755)

    def text(self, path: str, text: str) -> None:
        self.put(path, text.encode(), stat.S_IFREG | 0o644)

    def link(self, path: str, target: str) -> None:
        self.put(path, target.encode(), stat.S_IFLNK | 0o777)

    def add(self, source: Path, path: str) -> None:
        """Add a file with the libraries that it needs, or a folder with everything in it."""
        if source.is_dir():
            self.directory(path)
            for child in sorted(source.iterdir()):
                if child.is_symlink():
                    self.link(f"{path}/{child.name}", os.readlink(child))
                else:
                    self.add(child, f"{path}/{child.name}")
            return
        data = source.read_bytes()
        self.put(path, data, stat.S_IFREG | stat.S_IMODE(source.stat().st_mode))
        if not data.startswith(b"\x7fELF"):
            return
        if Elf(source).machine == platform.machine():
            self.add_libraries(source)
        else:
            self.add_foreign_libraries(source)

    def add_foreign_libraries(self, program: Path) -> None:
        """Do the same as add_libraries(), for a program that cannot run here."""
        elf = Elf(program)
        loader = elf.loader()
        if loader:
            self.put(loader, self.find(loader[1:], [], program).read_bytes(), stat.S_IFREG | 0o755)
        for name in elf.needed():
            if f"/lib/{name}" not in self.entries:
                library = self.find(name, elf.run_path(program.parent), program)
                self.put(f"/lib/{name}", library.read_bytes(), stat.S_IFREG | 0o755)
                self.add_foreign_libraries(library)

    def find(self, name: str, folders: list[Path], program: Path) -> Path:
        """Return the first file of this name in the folders and the sysroot."""
        if not self.sysroot:
            raise SetupError(f"{program} is for another machine: --sysroot is missing")
        for folder in [*folders, self.sysroot, *self.sysroot.glob("lib/*-linux-*"),
                       *self.sysroot.glob("usr/lib/*-linux-*")]:
            if (folder / name).is_file():
                return folder / name
        raise SetupError(f"{program}: {name} is not in {self.sysroot}")

    def add_libraries(self, program: Path) -> None:
        """Put each library into /lib, where the loader searches if a run path does not exist."""
        # ldd fails on a static program, so ignore its status. The line without "=>" is the loader.
        ldd = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        for line in ldd.stdout.splitlines():
            if "=> not found" in line:
                raise SetupError(f"{program}: {line.strip()}")
            if match := re.match(r"\s*(\S+) => (/.+) \(0x", line):
                name, found = match.groups()
                path = name if name.startswith("/") else f"/lib/{name}"
            elif match := re.match(r"\s*(/.+) \(0x", line):
                path = found = match.group(1)
            else:
                continue
            self.put(path, Path(found).read_bytes(), stat.S_IFREG | 0o755)

    def add_busybox(self) -> None:
        """Add busybox; in the guest, init makes the links to it."""
        if self.sysroot:
            busybox = shutil.which("busybox", path=f"{self.sysroot}/bin:{self.sysroot}/usr/bin")
        else:
            busybox = shutil.which("busybox")
        if not busybox:
            raise SetupError("busybox is missing (package busybox-static)")
        self.add(Path(busybox), "/bin/busybox")

    def add_modules(self, modules: list[tuple[Path, str]], folder: str) -> None:
        """Add the modules, and a list of them with their parameters for init."""
        loads = []
        for number, (file, params) in enumerate(modules):
            data = file.read_bytes()
            if file.suffix == ".xz":
                data = lzma.decompress(data)
            path = f"{folder}/{number:03}-{file.name.removesuffix('.xz')}"
            self.put(path, data, stat.S_IFREG | 0o644)
            loads.append(f"{path} {params}\n")
        self.text(f"{folder}/list", "".join(loads))

    def write(self, file: Path) -> None:
        entries = [*self.entries.items(), ("/TRAILER!!!", (0, b""))]
        with gzip.open(file, "wb", compresslevel=1) as archive:
            for inode, (path, (mode, data)) in enumerate(entries, 1):
                name = path[1:].encode() + b"\0"
                # inode, mode, uid, gid, links, mtime, size, 4 device numbers, name's size, checksum
                fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
                head = b"070701" + b"".join(b"%08X" % value for value in fields) + name
                archive.write(head + b"\0" * (-len(head) % 4))
                archive.write(data + b"\0" * (-len(data) % 4))


def resolve_modules(kernel: Path, names: list[tuple[str, str]]) -> list[tuple[Path, str]]:
    """Return the modules' files with their parameters, each after its dependencies."""
    release = (kernel / "release").read_text().strip()
    modprobe = shutil.which("modprobe", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not modprobe:
        raise SetupError("modprobe is missing (package kmod)")
    found: dict[Path, str] = {}
    for name, params in names:
        shown = run(modprobe, "-d", str(kernel / "modules"), "-S", release, "--show-depends", name)
        files = [Path(line.split()[1]) for line in shown.splitlines() if line.startswith("insmod ")]
        for file in files:
            found.setdefault(file, "")
        if files and params:  # a built-in module has no file
            found[files[-1]] = params
    return list(found.items())
