#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draw the picture of the scanout test.

Receives: two names and a size.
Hands on: the same picture twice: raw XRGB8888 for the display, and PPM for the comparison.
Always:   the same size gives the same bytes. No shift, swap of channels or wrong pitch maps the
          picture onto itself.
"""

import argparse
from pathlib import Path

WORD = "libdmaload"
FONT = {  # 5 x 7 points
    "a": (".....", ".....", ".###.", "....#", ".####", "#...#", ".####"),
    "b": ("#....", "#....", "####.", "#...#", "#...#", "#...#", "####."),
    "d": ("....#", "....#", ".####", "#...#", "#...#", "#...#", ".####"),
    "i": ("..#..", ".....", ".##..", "..#..", "..#..", "..#..", ".###."),
    "l": (".##..", "..#..", "..#..", "..#..", "..#..", "..#..", ".###."),
    "m": (".....", ".....", "##.#.", "#.#.#", "#.#.#", "#.#.#", "#.#.#"),
    "o": (".....", ".....", ".###.", "#...#", "#...#", "#...#", ".###."),
}
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
BARS = (WHITE, (255, 255, 0), (0, 255, 255), GREEN, (255, 0, 255), RED, BLUE, BLACK)
Colour = tuple[int, int, int]


class Picture:
    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [[BLACK] * width for _ in range(height)]

    def box(self, x: int, y: int, width: int, height: int, colour: Colour) -> None:
        for row in self.rows[y:y + height]:
            row[x:x + width] = [colour] * width

    def background(self) -> None:
        """Draw red that grows to the right, green downwards, and blue to the left."""
        right, bottom = self.width - 1, self.height - 1
        for y, row in enumerate(self.rows):
            for x in range(self.width):
                row[x] = (200 * x // right, 160 * y // bottom, 60 + 140 * (right - x) // right)

    def text(self, x: int, y: int, scale: int, colour: Colour) -> None:
        for number, letter in enumerate(WORD):
            for down, line in enumerate(FONT[letter]):
                for along, point in enumerate(line, 6 * number):
                    if point == "#":
                        self.box(x + along * scale, y + down * scale, scale, scale, colour)

    def bars(self, y: int, height: int) -> None:
        """Draw the eight colours, then a ramp of each channel and of grey."""
        left, width = self.width // 10, self.width * 8 // 10
        for number, colour in enumerate(BARS):
            self.box(left + width * number // 8, y, width // 8, height, colour)
        for number, (r, g, b) in enumerate((RED, GREEN, BLUE, WHITE)):
            for x in range(width):
                level = x * 255 // (width - 1)
                self.box(left + x, y + height * (number + 4) // 4, 1, height // 4,
                         (r * level // 255, g * level // 255, b * level // 255))

    def frame(self) -> None:
        """Draw a white line of one pixel all around, and a different colour in each corner."""
        width, height, mark = self.width, self.height, min(self.width, self.height) // 20
        self.box(0, 0, width, 1, WHITE)
        self.box(0, height - 1, width, 1, WHITE)
        self.box(0, 0, 1, height, WHITE)
        self.box(width - 1, 0, 1, height, WHITE)
        self.box(2, 2, mark, mark, RED)
        self.box(width - 2 - mark, 2, mark, mark, GREEN)
        self.box(2, height - 2 - mark, mark, mark, BLUE)
        self.box(width - 2 - mark, height - 2 - mark, mark, mark, WHITE)

    def draw(self) -> None:
        scale = self.width * 9 // 10 // (6 * len(WORD) - 1)
        x = (self.width - (6 * len(WORD) - 1) * scale) // 2
        y = self.height * 3 // 10 - 7 * scale // 2
        shift = (scale + 1) // 2
        self.background()
        self.text(x + shift, y + shift, scale, BLACK)
        self.text(x, y, scale, WHITE)
        self.bars(self.height * 6 // 10, self.height // 8)
        self.frame()

    def ppm(self) -> bytes:
        pixels = b"".join(bytes(pixel) for row in self.rows for pixel in row)
        return b"P6\n%d %d\n255\n" % (self.width, self.height) + pixels

    def xrgb8888(self) -> bytes:
        return b"".join(bytes((b, g, r, 0)) for row in self.rows for r, g, b in row)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("raw", type=Path, metavar="OUT.raw")
    parser.add_argument("ppm", type=Path, metavar="OUT.ppm")
    parser.add_argument("width", type=int, nargs="?", default=640, metavar="W")
    parser.add_argument("height", type=int, nargs="?", default=480, metavar="H")
    args = parser.parse_args()
    if args.width < 80 or args.height < 60:
        parser.error("the word does not fit into less than 80 x 60")
    picture = Picture(args.width, args.height)
    picture.draw()
    args.raw.write_bytes(picture.xrgb8888())
    args.ppm.write_bytes(picture.ppm())


if __name__ == "__main__":
    main()
