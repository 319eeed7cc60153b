# SPDX-License-Identifier: MIT
"""Run a script of tests/guest/inside in a guest.

Receives: the arguments of a test, the script's name, and options of boot.py.
Hands on: boot.py's result.
Always:   the images of disks in the test's folder are removed afterwards.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSIDE = HERE.parent / "inside"
# Some programs are in folders that only root's PATH has.
ENVIRONMENT = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}


def each(option: str, values: Iterable[object]) -> list[str]:
    """Return an option of boot.py once for each value."""
    return [word for value in values for word in (option, str(value))]


def run_script(args: argparse.Namespace, script: str, options: Iterable[object]) -> int:
    command = [sys.executable, str(HERE / "boot.py"), "--kernel", str(args.kernel),
               "--out", str(args.work), "--exit-helper", str(args.exit_helper),
               "--script", str(INSIDE / script), *map(str, options)]
    if getattr(args, "sysroot", None):
        command += ["--sysroot", str(args.sysroot)]
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        for image in args.work.glob("*.img"):
            image.unlink()
