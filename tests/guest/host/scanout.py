#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compare a display with the file that its picture was loaded from.

Receives: a kernel, drm-scanout, and a folder to work in.
Hands on: 0 if every byte of the display is the picture's, else 1.
Always:   the comparison has to find the one flipped bit of a second picture. Afterwards the display
          has to show the console again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from disk import make_disk  # noqa: E402
from guest import HERE, run_script  # noqa: E402

WIDTH, HEIGHT = 640, 480
DISK_BYTES = 16 << 20
GUEST_SECONDS = 200  # less than the test's time-out, so that the guest's logs are shown
FLIPPED_X, FLIPPED_Y = 321, 239  # in the second picture, the lowest bit of this pixel's green


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def prepare(work: Path) -> None:
    files = work / "files"
    files.mkdir(parents=True, exist_ok=True)
    for stale in work.glob("*.ppm"):  # pictures of an earlier run
        stale.unlink()
    picture = files / "picture.raw"
    run(sys.executable, HERE / "make-picture.py", picture, work / "expected.ppm",
        str(WIDTH), str(HEIGHT))
    pixels = bytearray(picture.read_bytes())
    (files / "short.raw").write_bytes(pixels[:-1])
    pixels[4 * (FLIPPED_Y * WIDTH + FLIPPED_X) + 1] ^= 1
    (files / "control.raw").write_bytes(pixels)
    make_disk(work / "disk.img", DISK_BYTES, "ext4", files)


def boot(args: argparse.Namespace) -> int:
    return run_script(args, "scanout.sh", [
        "--add", f"{args.program}:/test/drm-scanout", "--display", "cirrus",
        "--module", "ext4", "--disk", f"virtio:{args.work / 'disk.img'}",
        # A blinking cursor would make the pictures of the console differ.
        "--append", "vt.global_cursor_default=0", "--timeout", GUEST_SECONDS])


def read_ppm(file: Path) -> bytes:
    """Return the pixels of a picture of WIDTH x HEIGHT."""
    data, head = file.read_bytes(), b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT)
    if not data.startswith(head) or len(data) != len(head) + 3 * WIDTH * HEIGHT:
        raise OSError(f"{file.name} is no PPM of {WIDTH}x{HEIGHT}: it begins with {data[:15]!r}")
    return data[len(head):]


def differences(expected: bytes, shown: bytes) -> list[int]:
    return [i for i, (a, b) in enumerate(zip(expected, shown)) if a != b]


def compare(work: Path) -> bool:
    expected, shown, control = (read_ppm(work / f"{name}.ppm")
                                for name in ("expected", "scanout", "control"))
    good = True
    differ = differences(expected, shown)
    print(f"screendump: {len(shown)} bytes, {len(differ)} differ")
    if differ:
        good, pixel = False, differ[0] // 3
        wanted, got = (picture[3 * pixel:3 * pixel + 3].hex() for picture in (expected, shown))
        print(f"first at x {pixel % WIDTH}, y {pixel // WIDTH}: #{got} instead of #{wanted}")

    differ = differences(expected, control)
    print(f"control, one bit flipped: {len(control)} bytes, {len(differ)} differ")
    if differ != [3 * (FLIPPED_Y * WIDTH + FLIPPED_X) + 1]:
        good = False
        print("the comparison does not find the flipped bit alone")

    before = (work / "before.ppm").read_bytes()  # the console has another mode
    for name in ("after", "end"):
        if (work / f"{name}.ppm").read_bytes() != before:
            good = False
            print(f"{name}: the display is not what it was before")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--kernel", type=Path, required=True, metavar="DIR", help="folder that fetch.sh filled")
    add("--exit-helper", type=Path, required=True, metavar="FILE", help="exit.c, compiled")
    add("--program", type=Path, required=True, metavar="FILE", help="drm-scanout")
    add("--work", type=Path, required=True, metavar="DIR",
        help="folder for pictures, disk and logs")
    args = parser.parse_args()
    try:
        args.work = args.work.resolve()
        prepare(args.work)
        if boot(args) != 0:
            return 1
        return 0 if compare(args.work) else 1
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"scanout.py: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
