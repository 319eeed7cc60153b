#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program dmaload with names of any bytes: its output on a terminal, and its JSON.

usage: cli-names.py DMALOAD DIR SOURCE SIZE

Files are made in DIR; SIZE names the file pattern-SIZE in it. Python and, if installed, jq(1)
check that JSON is valid.
"""

import json
import mmap
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from terminal import Score, Terminal, harmless, shown  # noqa: E402

PLAIN = b"plain"
# One name for each kind of bytes, and one with all of them.
NAMES = [
    b"esc\033[31m\033]0;title\007", b"c0\001\010\t\n\v\f\r\016\033c", b"del\177\177", b"c1\x9b31m\x90\x84",
    b"c1 as characters \xc2\x9b31m\xc2\x90\xc2\x85", "turned \u202egpj.\u202c\u2066\u2069\u200f".encode(),
    b"no UTF-8 \xff\xfe\xc0\xaf\xed\xa0\x80\xf5", b"half \xe2\x82", b"\xf0\x9f\x98 half",
    "Stra\u00dfe \u20ac \U0001f600".encode(), b"quotes \" ' \\ $(id) `id` %s%n %-1000d",
]
NAMES.append(b"".join(NAMES)[:255])

score = Score("names")
jq = shutil.which("jq")


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def valid(text: bytes) -> dict | None:
    try:
        value = json.loads(text.decode(), parse_constant=refuse)
    except ValueError as error:
        print(error)
        return None
    if jq and subprocess.run([jq, "-e", "."], input=text, capture_output=True).returncode != 0:
        return None
    return value


def as_json(name: bytes) -> str:
    """Return the name as JSON has it: U+FFFD for each byte that is not UTF-8."""
    return re.sub("[\udc80-\udcff]", "\ufffd", name.decode(errors="surrogateescape"))


class Tool:
    def __init__(self, path: str, place: Path, source: str):
        self.path, self.place, self.source = path, place, source
        self.environment = {**os.environ, "DMALOAD_FD": "0"}

    def command(self, words: list) -> list:
        return [self.path, *words]

    def show(self, *words: bytes | str, **variables: bytes) -> bytes:
        """Run the program on a terminal, and check that its output does no harm."""
        status, text = shown(*self.command(words), cwd=self.place,
                             env={**self.environment, **variables})
        # As in a shell, 128 and more are signals.
        score.check(f"{words}: {status}", 0 <= status < 128, text)
        score.check(f"{words}", harmless(text), text)
        return text

    def json(self, *words: bytes | str) -> dict:
        """Run the program, and check that its standard output is valid JSON."""
        self.show(*words)
        done = subprocess.run(self.command(words), cwd=self.place, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True)
        value = valid(done.stdout)
        score.check(f"{words}: valid JSON", value is not None, done.stdout)
        score.check(f"{words}: harmless", harmless(done.stdout), done.stdout)
        score.check(f"{words}: a failure has its reason",
                    value is None or (done.returncode != 0) == ("error" in value), done.stdout)
        return value or {}

    def source_option(self) -> list[str]:
        return ["--source", self.source]


def each_kind(tool: Tool, name: bytes) -> None:
    """Check reports and messages, and the JSON of both."""
    source = tool.source_option()
    path = b"./" + name
    tool.show("load", path, PLAIN, *source, "--verify")
    tool.show("load", path, *source, "--size", "4096")
    found = tool.json("load", path, *source, "--json").get("file")
    score.check(f"{name}: in JSON", found == as_json(path), found)
    tool.json("load", path + b"/below", *source, "--json")
    found = tool.json("probe", path, *source, "--json").get("file", {}).get("name")
    score.check(f"{name}: in JSON of probe", found == as_json(path), found)
    tool.show(name)
    tool.show("load", PLAIN, b"--" + name)
    tool.show("load", PLAIN, "--source", name)
    # The command gets the name unchanged.
    done = subprocess.run(tool.command(["load", path, *source, "--quiet", "--", "sh", "-c",
                                        'printf %s "$DMALOAD_FILE_0"']),
                          cwd=tool.place, capture_output=True, check=True)
    score.check(f"{name}: handed over", done.stdout == path, done.stdout)


def loads(tool: Tool, name: bytes) -> None:
    source = tool.source_option()
    path = b"./" + name
    for option in ("bounce", "buffered"):
        tool.show("load", path, PLAIN, *source, "--path", option)
    tool.show("load", path, *source, f"--spread={mmap.PAGESIZE}")
    tool.show("load", path, *source, "--timeout", "0.000000001")
    tool.json("load", path, PLAIN, *source, "--json", f"--spread={mmap.PAGESIZE}")
    tool.show("load", path, *source, "--", b"./" + name)
    tool.show("load", path, *source, "--quiet", "--", b"./" + name + b"/below")


def stores(tool: Tool, name: bytes) -> None:
    into = ["load", PLAIN, *tool.source_option(), "--quiet", "--", tool.path, "store",
            "--no-fsync"]
    path = b"./stored-" + name[:240]
    tool.show(*into, path)
    tool.json(*into, path, "--json")
    tool.show(*into, path, "--timeout", "0.000000001")
    tool.json(*into, path + b"/below", "--json")
    tool.show(*into, b"./missing-" + name[:240] + b"/below")
    os.remove(os.path.join(os.fsencode(tool.place), path))


def arguments(tool: Tool, name: bytes) -> None:
    """Pass the name where it is invalid; messages quote it."""
    tool.show("help", name)
    for command in ("probe", "load", "store", "bench"):
        tool.show(command, PLAIN, b"--" + name)
        tool.show(command, PLAIN, b"-" + name)
        tool.show(command, PLAIN, name, name, name)
    for option in ("--path", "--engine", "--cache", "--length", "--offset", "--timeout", "--spread",
                   "--limit", "--size"):
        tool.show("load", PLAIN, option + "=", name)
        tool.show("load", PLAIN, os.fsencode(option) + b"=" + name)
    tool.show("load", PLAIN, b"--verify=" + name)
    tool.show("store", "x", b"--fd=" + name)
    tool.show("store", "x", DMALOAD_FD=name)
    for option in (b"--rounds=", b"--fio-job=", b"--length="):
        tool.show("bench", PLAIN, option + name)


def probes(tool: Tool, name: bytes) -> None:
    source = tool.source_option()
    path = b"./" + name
    tool.show("probe", path, *source)
    tool.show("probe", path, "--source", name)
    tool.json("probe", path + b"/below", *source, "--json")
    tool.json("probe", path, "--source", name, "--json")


def benches(tool: Tool, name: bytes) -> None:
    options = [*tool.source_option(), "--no-fio"]
    path = b"./" + name
    tool.show("bench", path, *options, "--list")
    tool.show("bench", path, "--source", name, "--list")
    tool.show("bench", path, *options, "--rounds", "1", "--case", "read/*")
    tool.json("bench", path, *options, "--list", "--json")
    tool.json("bench", path, "--source", name, "--list", "--json")
    tool.json("bench", path, *options, "--rounds", "1", "--case", "read/*", "--json")
    tool.json("bench", path, *options, "--case", name, "--json")
    tool.json("bench", path + b"/below", *options, "--json")
    tool.show("bench", path, *options, "--rounds", "1", "--case", "read/*",
              b"--json=" + path + b"/below")
    # An existing file is kept if the bench fails.
    kept = tool.place / "kept.json"
    kept.write_text("precious")
    tool.show("bench", path + b"/below", *options, "--json=kept.json")
    score.check("a bench that fails writes no file", kept.read_text() == "precious", kept)
    tool.show("bench", path, *options, "--rounds", "1", "--case", "read/*", "--json=kept.json")
    score.check("a bench that succeeds writes it", valid(kept.read_bytes()) is not None, kept)


def long_names(tool: Tool) -> None:
    """Messages are cut between characters, and always have the reason."""
    part = "\u00e9\u20ac\U0001f600".encode() * 28
    for pad in range(0, 9, 2):
        path = b"./" + b"/".join([b"x" * pad + part[:255 - pad]] * 2)
        for depth in (1, 3, 8):
            name = path + b"/" + b"/".join([b"d"] * depth) + part[:180]
            text = tool.show("load", name, *tool.source_option())
            score.check(f"{name}: the reason", b": No such file or directory" in text, text)
            found = tool.json("load", name, *tool.source_option(), "--json")
            found = found.get("error", {}).get("message", "")
            score.check(f"{name}: the reason in JSON", ": No such file or directory" in found, found)


def figures(text: bytes, pattern: bytes) -> list[tuple[float, ...]]:
    return [tuple(float(part) for part in found.groups()) for found in re.finditer(pattern, text)]


def load_slowly(tool: Tool, options: list[str], columns: int = 0) -> bytes:
    """Load a stream of 41 MiB, slowly enough to show progress."""
    with Terminal(columns) as terminal:
        process = terminal.start(tool.path, "load", "-", *tool.source_option(), *options,
                                 stdin=subprocess.PIPE)
        for _ in range(41):
            process.stdin.write(bytes(1 << 20))
            process.stdin.flush()
            time.sleep(0.03)
        process.stdin.close()
        text = terminal.read()
        score.check(f"a stream, {options}", process.wait() in (0, 1), text)
    return text


def bars(text: bytes) -> list[str]:
    """Return each line of the progress."""
    return text.partition(b"\n")[0].decode().split("\r")[1:]


def progress_of_streams(tool: Tool) -> None:
    """Load streams through several buffers, the first of 16 MiB."""
    for options in ([], ["--offset", "1M"], ["--size", "64M"], ["--length", "41M"]):
        text = load_slowly(tool, options)
        done = figures(text, rb"load   (?:\[.*?\] +\d+ %  )?([\d.]+) (?:of [\d.]+ )?GB  ")
        score.check(f"a stream, {options}: progress is shown", len(done) > 2, text)
        score.check(f"a stream, {options}: it never goes back", done == sorted(done), done)


def progress_on_terminals(tool: Tool) -> None:
    """The progress has the rate, the path and, if the length is known, the time left."""
    for columns, width in ((0, 80), (80, 80), (200, 80), (55, 55)):
        lines = bars(load_slowly(tool, ["--length", "41M"], columns))
        name = f"progress in {columns} columns"
        score.check(f"{name}: it fits", 0 < max(map(len, lines), default=0) < width, lines)
        score.check(f"{name}: the rate", all(" GB/s" in line for line in lines), lines)
        score.check(f"{name}: the path", width < 80 or "GB/s  stream" in lines[-1], lines)
        left = [line for line in lines if re.search(r"  \d+:[0-5]\d left *$", line)]
        score.check(f"{name}: the time left, but at the end", left != [] and left[-1] != lines[-1], lines)
        score.check(f"{name}: a bar of one width", len({len(line.partition("]")[0]) for line in lines
                                                       if "]" in line}) == (width == 80), lines)
    lines = bars(load_slowly(tool, []))
    score.check("progress of an unknown length has no time left, and no bar",
                lines != [] and not any("left" in line or "%" in line for line in lines), lines)
    nothing = tool.place / "nothing"
    nothing.write_bytes(b"")
    status, text = shown(tool.path, "load", nothing, *tool.source_option())
    score.check("an empty file has no progress", status == 1 and b"\r" not in text and b"%" not in text, text)
    plain = subprocess.run([tool.path, "load", tool.place / os.fsdecode(PLAIN), *tool.source_option()],
                           capture_output=True)
    score.check("a pipe gets no progress", plain.returncode == 0 and plain.stderr == b"", plain)


def progress_of_benches(tool: Tool) -> None:
    status, text = shown(tool.path, "bench", PLAIN, *tool.source_option(), "--no-fio", "--rounds", "2",
                         "--case", "read/*", "--case", "mmap/*", "--case", "memcpy/*",
                         cwd=tool.place)
    steps = figures(text, rb"round (\d+) of 2, (\d+) of 3: ")
    score.check("a bench: every step is shown", status == 0 and
                steps == [(n, i) for n in (1, 2) for i in (1, 2, 3)], (status, steps))


def main() -> int:
    path, folder, source, size = sys.argv[1:]
    if not jq:
        print("jq is not installed: only Python checks JSON")
    with tempfile.TemporaryDirectory(dir=folder, prefix="names-") as place:
        tool = Tool(os.path.realpath(path), Path(place), source)
        for name in (PLAIN, *NAMES):
            Path(os.fsdecode(os.path.join(os.fsencode(place), name))).write_bytes(b"x" * 5000)
        for name in NAMES:
            each_kind(tool, name)
        for name in (b"half \xe2\x82", NAMES[-1]):
            loads(tool, name)
            probes(tool, name)
            arguments(tool, name)
            stores(tool, name)
        benches(tool, NAMES[-1])
        long_names(tool)
        progress_of_streams(tool)
        progress_on_terminals(tool)
        progress_of_benches(tool)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main())
