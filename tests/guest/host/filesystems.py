#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run a test program on each file system, in the guest.

Receives: the program, and the script that runs it.
Hands on: boot.py's result.
Always:   the disks are new. A read-only file system has the test file; on the others, the script
          copies it.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from guest import ENVIRONMENT, each, run_script  # noqa: E402

SIZE = 5 * 2**20 + 123
# The disks of filesystems.sh, in this order, with the commands that make them. FOLDER and IMAGE
# stand for paths.
LOADED = {
    "ext4": "mkfs.ext4 -q IMAGE",
    "xfs": "mkfs.xfs -q IMAGE",
    "btrfs": "mkfs.btrfs -q IMAGE",
    "f2fs": "mkfs.f2fs -q IMAGE",
    "f2fs-compressed": "mkfs.f2fs -q -O extra_attr,compression IMAGE",
    "vfat": "mkfs.vfat IMAGE",
    "squashfs": "mksquashfs FOLDER IMAGE -noappend -quiet -no-progress",
    "erofs": "mkfs.erofs IMAGE FOLDER",
    "erofs-compressed": "mkfs.erofs -zlz4hc IMAGE FOLDER",
    "ext4-verity": "mkfs.ext4 -q -O verity IMAGE",
}
# The disks of overwrite.sh, in this order.
OVERWRITTEN = {
    "ext4": "mkfs.ext4 -q IMAGE",
    "xfs": "mkfs.xfs -q IMAGE",
    "xfs-16k": "mkfs.xfs -q -b size=16384 IMAGE",
    "xfs-64k": "mkfs.xfs -q -b size=65536 IMAGE",
    "btrfs": "mkfs.btrfs -q IMAGE",
    "f2fs": "mkfs.f2fs -q IMAGE",
}
DISKS = {"filesystems.sh": LOADED, "overwrite.sh": OVERWRITTEN}
MODULES = ["ext4", "xfs", "btrfs", "f2fs", "vfat", "nls_cp437", "nls_ascii", "squashfs", "erofs",
           "overlay", "fuse", "9p", "9pnet_virtio"]
READ_ONLY = ("squashfs", "erofs", "erofs-compressed")


def content() -> bytes:
    """Return bytes that compress well, with no two equal blocks."""
    lines = (f"{at:08} all work and no play makes the page cache a dull boy\n"
             for at in range(SIZE // 40))
    return "".join(lines).encode()[:SIZE]


def make(kind: str, line: str, folder: Path, work: Path) -> Path:
    image = work / f"{kind}.img"
    image.unlink(missing_ok=True)
    if kind not in READ_ONLY:
        with open(image, "wb") as file:
            file.truncate(512 << 20)  # sparse; xfs needs 300 MiB
    command = [{"FOLDER": str(folder), "IMAGE": str(image)}.get(word, word)
               for word in line.split()]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   env=ENVIRONMENT)
    image.open("ab").truncate(-(-image.stat().st_size // 4096) * 4096)
    return image


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--kernel", required=True)
    add("--exit-helper", required=True)
    add("--ko", required=True)
    add("--script", default="filesystems.sh", choices=DISKS)
    add("--table", help="doc/filesystems.md")
    add("--work", required=True, type=Path)
    add("programs", nargs="+")
    args = parser.parse_args()

    folder = args.work.resolve() / "folder"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").write_bytes(content())
    disks = [f"virtio:{make(kind, line, folder, args.work)}"
             for kind, line in DISKS[args.script].items()]
    add = [folder / "data", *([args.table] if args.table else []), *args.programs]
    return run_script(args, args.script, [
        "--ko", args.ko, "--timeout", "560", "--share", f"share:{folder}",
        *each("--disk", disks), *each("--module", MODULES), *each("--add", add)])


if __name__ == "__main__":
    sys.exit(main())
