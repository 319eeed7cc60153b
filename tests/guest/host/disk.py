# SPDX-License-Identifier: MIT
"""Make a disk for the guest.

Receives: a size and, for ext4, a folder.
Hands on: an image of a file system, with the folder's files.
Always:   this needs no root, and mounts nothing.
"""

import shutil
import subprocess
from pathlib import Path

from guest import ENVIRONMENT

PACKAGES = {"ext4": "e2fsprogs", "btrfs": "btrfs-progs"}


def make_disk(image: Path, size: int, kind: str, folder: Path | None = None) -> None:
    """Make an ext4 or btrfs; ext4 gets the folder's files."""
    program = f"mkfs.{kind}"
    mkfs = shutil.which(program, path=ENVIRONMENT["PATH"])
    if not mkfs:
        raise OSError(f"{program} is missing: install {PACKAGES[kind]}")
    image.unlink(missing_ok=True)
    with open(image, "wb") as file:
        file.truncate(size)
    files = ["-d", str(folder)] if folder else []
    subprocess.run([mkfs, "-q", *files, str(image)], check=True, stdin=subprocess.DEVNULL)
