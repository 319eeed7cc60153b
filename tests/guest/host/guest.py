# SPDX-License-Identifier: MIT
"""A guest that runs one script.

Receives the arguments of a test, the script and options of boot.py; hands on its result.
Always: the images of disks that lie in the folder of the test are gone afterwards.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSIDE = HERE.parent / "inside"
# Programs that lie where only root's PATH leads.
ENVIRONMENT = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def each(option: str, values: Iterable[object]) -> list[str]:
    """An option of boot.py that is given several times."""
    return [word for value in values for word in (option, str(value))]


def run_script(args: argparse.Namespace, script: str, options: Iterable[object]) -> int:
    command = [sys.executable, str(HERE / "boot.py"), "--kernel", str(args.kernel),
               "--out", str(args.work), "--exit-helper", str(args.exit_helper),
               "--script", str(INSIDE / script), *map(str, options)]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        for image in args.work.glob("*.img"):
            image.unlink()
