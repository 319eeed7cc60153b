# SPDX-License-Identifier: MIT
"""Make the guest's first file system.

Receives: files, folders and kernel modules of the host.
Hands on: a gzipped newc archive.
Always:   a program gets the libraries that the host's loader would give it.
"""

import gzip
import lzma
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path


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

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, bytes]] = {}

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
        if data.startswith(b"\x7fELF"):
            self.add_libraries(source)

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
        busybox = shutil.which("busybox")
        if not busybox:
            raise SetupError("busybox is missing (package busybox-static)")
        self.add(Path(busybox), "/bin/busybox")
        for applet in run(busybox, "--list").split():
            if applet != "busybox":
                self.link(f"/bin/{applet}", "busybox")

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
