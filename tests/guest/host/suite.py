#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the integration tests in the guest, on a disk of one kind.

Receives the test programs, a script and a folder of files; hands on boot.py's result.
Always: the disk is made anew, by mkfs.ext4, from that folder.
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

FIRST_EDU_SLOT = 0x10  # behind those that QEMU fills by itself


def sector_of(image: Path, name: str, block: int) -> int:
    """Where a block of 4 KiB of a file lies on an ext4 image, in sectors of 512 bytes."""
    found = subprocess.run(["debugfs", "-R", f"bmap /{name} {block}", str(image)], check=True,
                           capture_output=True, text=True, env=ENVIRONMENT).stdout
    return int(found) * 8


def stage(data: Path, work: Path) -> Path:
    """A folder that nobody changes: tests of the host come and go in the other one."""
    folder = work / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in data.iterdir():
        with suppress(FileNotFoundError):
            if file.is_file():
                os.link(file, folder / file.name)
    return folder


def build_modules(kernel: Path, folder: Path) -> list[Path]:
    """The modules of tests/module, for a kernel."""
    subprocess.run([HERE / "build-module.sh", kernel / "headers", folder], check=True)
    return [folder / "dmaload_testheap.ko", folder / "dmaload_reader.ko"]


def edu(number: int) -> str:
    """QEMU's device for teaching, which may reach all of the memory."""
    slot, function = FIRST_EDU_SLOT + number // 8, number % 8
    return f"edu,dma_mask={2**64 - 1},addr={slot:#x}.{function},multifunction=on"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--exit-helper", required=True)
    parser.add_argument("--ko", action="append", default=[])
    parser.add_argument("--disk", required=True, choices=("virtio", "nvme"))
    parser.add_argument("--script", default="suite.sh", help="a file of tests/guest/inside")
    parser.add_argument("--half-of", metavar="FILE",
                        help="tell the script where the middle of this file lies on the disk")
    parser.add_argument("--btrfs", action="store_true", help="a second disk, with btrfs")
    parser.add_argument("--data", required=True, type=Path, help="folder of files for the disk")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--build", action="store_true",
                        help="build the modules of tests/module for the kernel, and load them")
    parser.add_argument("--heap-later", action="store_true",
                        help="build them, and give the script the test heap's to load")
    parser.add_argument("--edus", type=int, default=0, metavar="N",
                        help="so many edu devices, eight of them in a slot")
    parser.add_argument("--memory", default="1536M", help="the guest's")
    parser.add_argument("--timeout", default="840", metavar="SECONDS")
    parser.add_argument("--append", default="", help="more of the kernel's command line")
    parser.add_argument("--share", metavar="TAG:DIR", help="a folder of the host's, by 9p")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()

    args.work.mkdir(parents=True, exist_ok=True)
    ext4 = args.work / "ext4.img"
    make_disk(ext4, 640 << 20, "ext4", stage(args.data, args.work))
    disks = [f"{args.disk}:{ext4}"]
    modules = ["ext4", *args.module, *(["9p", "9pnet_virtio"] if args.share else [])]
    if args.btrfs:
        btrfs = args.work / "btrfs.img"
        make_disk(btrfs, 128 << 20, "btrfs")
        disks.append(f"{args.disk}:{btrfs}")
        modules.append("btrfs")

    built = []
    if args.build or args.heap_later:
        built = build_modules(Path(args.kernel), args.work / "modules")
    add = [*args.programs]
    if args.half_of:
        middle = (args.data / args.half_of).stat().st_size // 2 // 4096
        (args.work / "sector").write_text(f"{sector_of(ext4, args.half_of, middle)}\n")
        add.append(str(args.work / "sector"))
    if args.heap_later:
        add.append(str(built[0]))
    try:
        return run_script(args, args.script, [
            "--memory", args.memory, "--timeout", args.timeout, f"--append={args.append}",
            *each("--ko", args.ko + (built if args.build else [])),
            *each("--share", [args.share] if args.share else []),
            *each("--device", map(edu, range(args.edus))),
            *each("--disk", disks), *each("--module", modules), *each("--add", add)])
    finally:
        shutil.rmtree(args.work / "files", ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
