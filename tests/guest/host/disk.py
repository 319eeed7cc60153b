# SPDX-License-Identifier: MIT
"""A disk for the guest.

Receives a size and, for ext4, a folder; hands on an image with a file system that has its files.
Always: no root is needed, and nothing is mounted here.
"""

import shutil
import subprocess
from pathlib import Path

from guest import ENVIRONMENT


def make_disk(image: Path, size: int, kind: str, folder: Path | None = None) -> None:
    """kind: ext4 or btrfs; the folder's content becomes the file system's."""
    program = f"mkfs.{kind}"
    mkfs = shutil.which(program, path=ENVIRONMENT["PATH"])
    if not mkfs:
        raise OSError(f"{program} is missing")
    image.unlink(missing_ok=True)
    with open(image, "wb") as file:
        file.truncate(size)
    files = ["-d", str(folder)] if folder else []
    subprocess.run([mkfs, "-q", *files, str(image)], check=True, stdin=subprocess.DEVNULL)
