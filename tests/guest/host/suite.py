#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the integration tests in the guest, on a disk of one kind.

Receives: the test programs, a script, and a folder of files.
Hands on: boot.py's result.
Always:   the disk is a new ext4 with the folder's files.
"""

import argparse
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from disk import make_disk  # noqa: E402
from guest import ENVIRONMENT, HERE, each, run_script  # noqa: E402

FIRST_EDU_SLOT = 0x10  # QEMU itself uses lower ones
MODULE = HERE.parent.parent / "module"
HEAPS = ["dmaload_heaps.ko", "dmaload_heap_system.ko", "dmaload_heap_cma.ko"]  # as they are loaded


def sector_of(image: Path, name: str, block: int) -> int:
    """Return the sector of 512 bytes at which a file's block of 4 KiB begins on an ext4 image."""
    found = subprocess.run(["debugfs", "-R", f"bmap /{name} {block}", str(image)], check=True,
                           capture_output=True, text=True, env=ENVIRONMENT).stdout
    return int(found) * 8


def stage(data: Path, work: Path) -> Path:
    """Link the files into a new folder: tests on the host add and remove files of the old one."""
    folder = work / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in data.iterdir():
        with suppress(FileNotFoundError):
            if file.is_file():
                os.link(file, folder / file.name)
    return folder


def build_modules(kernel: Path, folder: Path) -> list[Path]:
    """Build the modules of tests/module for a kernel."""
    subprocess.run([HERE / "build-module.sh", kernel / "headers", folder], check=True)
    return [folder / "dmaload_testheap.ko", folder / "dmaload_reader.ko"]


def build_heaps(kernel: Path, source: Path, folder: Path) -> list[Path]:
    """Build the heaps of the kernel's source, for a kernel without them."""
    subprocess.run([HERE / "build-module.sh", kernel / "headers", folder, MODULE / "heaps", source],
                   check=True)
    return [folder / name for name in HEAPS]


def edu(number: int) -> str:
    """Return QEMU's educational device number N, with DMA to all of the memory."""
    slot, function = FIRST_EDU_SLOT + number // 8, number % 8
    return f"edu,dma_mask={2**64 - 1},addr={slot:#x}.{function},multifunction=on"


def make_disks(args: argparse.Namespace) -> list[str]:
    """Make the disk of the test files, and one with btrfs on request; return them for boot.py."""
    images = [args.work / "ext4.img"]
    make_disk(images[0], 640 << 20, "ext4", stage(args.data, args.work))
    if args.btrfs:
        images.append(args.work / "btrfs.img")
        make_disk(images[1], 128 << 20, "btrfs")
    return [f"{args.disk}:{image}" for image in images]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--kernel", required=True, help="folder that fetch.sh filled")
    add("--exit-helper", required=True, help="exit.c, compiled")
    add("--sysroot", type=Path, metavar="DIR", help="libraries of a foreign machine")
    add("--ko", action="append", default=[], help="module in a file, to load")
    add("--disk", required=True, choices=("virtio", "nvme"))
    add("--script", default="suite.sh", help="file of tests/guest/inside")
    add("--half-of", metavar="FILE", help="give the script the sector of the middle of this file")
    add("--btrfs", action="store_true", help="add a second disk, with btrfs")
    add("--data", required=True, type=Path, help="folder of files for the disk")
    add("--work", required=True, type=Path, help="folder for disks and logs")
    add("--module", action="append", default=[], help="module of the kernel to load")
    add("--build", action="store_true",
        help="build the modules of tests/module for the kernel, and load them")
    add("--heap-later", action="store_true",
        help="build them, and give the script the test heap's to load")
    add("--heaps", type=Path, metavar="DIR",
        help="load the kernel's own heaps, of which fetch-heaps.sh filled DIR")
    add("--edus", type=int, default=0, metavar="N", help="number of edu devices, eight in a slot")
    add("--memory", default="1536M", help="size of the guest's memory")
    add("--timeout", default="840", metavar="SECONDS")
    add("--append", default="", help="addition to the kernel's command line")
    add("--share", action="append", default=[], metavar="TAG:DIR",
        help="folder of the host to share by 9p")
    add("programs", nargs="+", help="files for the guest")
    return parser.parse_args()


def main() -> int:
    args = parse_arguments()
    args.work.mkdir(parents=True, exist_ok=True)
    disks = make_disks(args)
    modules = ["ext4", *args.module, *(["9p", "9pnet_virtio"] if args.share else []),
               *(["btrfs"] if args.btrfs else [])]
    built = []
    if args.build or args.heap_later:
        built = build_modules(Path(args.kernel), args.work / "modules")
    if args.heaps:
        args.ko = build_heaps(Path(args.kernel), args.heaps, args.work / "heaps") + args.ko
    add = [*args.programs]
    if args.half_of:
        middle = (args.data / args.half_of).stat().st_size // 2 // 4096
        sector = sector_of(args.work / "ext4.img", args.half_of, middle)
        (args.work / "sector").write_text(f"{sector}\n")
        add.append(str(args.work / "sector"))
    if args.heap_later:
        add.append(str(built[0]))
    try:
        return run_script(args, args.script, [
            "--memory", args.memory, "--timeout", args.timeout, f"--append={args.append}",
            *each("--ko", args.ko + (built if args.build else [])),
            *each("--share", args.share),
            *each("--device", map(edu, range(args.edus))),
            *each("--disk", disks), *each("--module", modules), *each("--add", add)])
    finally:
        shutil.rmtree(args.work / "files", ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
