#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bash and zsh, with the installed completions, complete what --help of the tool lists.

usage: completion.py TOOL BUILD_DIR

bash loads the completion by its package bash-completion, zsh by compinit; each runs on a terminal,
on which the test types.
"""

import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

sys.dont_write_bytecode = True  # the source tree stays clean
from toolhelp import commands, options  # noqa: E402

PACKAGE = "/usr/share/bash-completion/bash_completion"
# Seconds to wait for a shell's answer.
PATIENCE = 60
# A word ends where the cursor moves elsewhere.
ESCAPES = re.compile(r"\033\[[0-9;?]*[A-Za-z]|\033[=>]|[\r\a\b]")

PROMPT = "ready> "

INPUTRC = """set show-all-if-ambiguous on
set completion-query-items 0
set page-completions off
set completion-display-width 0
set bell-style none
set enable-bracketed-paste off
set horizontal-scroll-mode off
"""

BASH = f"""PS1='{PROMPT}'
. {PACKAGE}
"""

ZSH = """PS1='{prompt}'
fpath=({folder} $fpath)
unsetopt beep list_beep list_ambiguous list_packed prompt_sp
LISTMAX=100000
autoload -Uz compinit
compinit -u -D
"""


class Shell:
    """A shell on its own terminal."""

    def __init__(self, args: list[str], begin: str, environment: dict[str, str], folder: Path):
        self.master, slave = os.openpty()
        # Show all that is offered at once.
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 200, 0, 0))
        self.process = subprocess.Popen(args, stdin=slave, stdout=slave, stderr=slave, cwd=folder,
                                        env=environment, start_new_session=True)
        os.close(slave)
        self.marks = 0
        for line in begin.splitlines():
            self.type(line + "\n")
        self.until_mark()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def until_mark(self) -> str:
        """Return everything that was printed up to here."""
        self.marks += 1
        # The echo of the line differs from its output.
        self.type(f"echo MARK''{self.marks}.\n")
        end = f"MARK{self.marks}."
        text = ""
        limit = time.monotonic() + PATIENCE
        # The shell reads single keys only at the next prompt.
        while PROMPT not in text.partition(end)[2]:
            if not select.select([self.master], [], [], max(0, limit - time.monotonic()))[0]:
                raise TimeoutError(f"no {end!r} in {text!r}")
            text += os.read(self.master, 65536).decode(errors="replace")
        return ESCAPES.sub(" ", text)

    def complete(self, line: str) -> str:
        """Type a line and a Tab; return all that the shell shows."""
        self.type(line + "\t")
        # Discard the line; what was offered stays.
        self.type("\x15")
        return self.until_mark()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


class Check:
    def __init__(self, shell: str):
        self.shell, self.passed, self.failed = shell, 0, 0

    def __call__(self, what: str, good: bool, shown: object) -> None:
        self.passed += good
        self.failed += not good
        if not good:
            print(f"not ok - {self.shell}, {what}: {shown!r:.2000}")


def words(text: str) -> set[str]:
    return set(text.split())


def check_shell(check: Check, shell: Shell, tool: str) -> None:
    text = shell.complete("dmaload ")
    check("the commands", words(text) >= {*commands(tool), "help"}, text)
    text = shell.complete("dmaload --")
    check("--help and --version", words(text) >= {"--help", "--version"}, text)
    text = shell.complete("dmaload help ")
    check("help of the commands", words(text) >= set(commands(tool)), text)
    for command in commands(tool):
        wanted = options(tool, command)
        text = shell.complete(f"dmaload {command} --")
        found = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", text))
        check(f"{command}: the options of --help, and no other", found == set(wanted),
              (sorted(found ^ set(wanted)), text))
        values = {"--path": "direct bounce buffered", "--engine": "auto io_uring threads",
                  "--cache": "auto bypass keep", "--source": "udmabuf udmabuf:2M memfd"}
        for name in wanted.keys() & values.keys():
            for line in (f"dmaload {command} file {name} ", f"dmaload {command} {name}="):
                text = shell.complete(line)
                check(line, words(text) >= set(values[name].split()), text)
    # Letters in front of the word, colons included; a unique word is put into the line.
    for line, rest in (("dmaload load --engine th", "reads"), ("dmaload lo", "ad"), ("dmaload load --path=di", "rect"),
                       ("dmaload probe --source udmabuf:", "2M"), ("dmaload bench --source=memory:", "4K")):
        text = shell.complete(line)
        check(line, line + rest in text, text)
    # Files, and the command line of another command.
    for line in ("dmaload load uni", "dmaload probe uni", "dmaload store uni", "dmaload bench uni",
                 "dmaload load unique-file uni", "dmaload bench x --json=uni",
                 "dmaload load --path direct uni", "dmaload load x -- cat uni"):
        text = shell.complete(line)
        check(line, f"{line[:-3]}unique-file" in text, text)
    text = shell.complete("dmaload load x -- unique-comm")
    check("a command", "unique-command" in text, text)
    text = shell.complete("dmaload load --length uni")
    check("no file where a number belongs", "unique-file" not in text, text)


def run(name: str, check: Check, tool: str, root: Path, folder: Path) -> None:
    environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm",
                   "INPUTRC": str(folder / "inputrc"), "LC_ALL": "C.UTF-8",
                   **{key: value for key, value in os.environ.items() if key.startswith("LD_")}}
    if name == "bash":
        share = next(root.rglob("bash-completion")).parent
        shell = Shell(["bash", "--norc", "--noprofile", "-i"], BASH,
                      {**environment, "XDG_DATA_DIRS": str(share)}, folder)
    else:
        functions = next(root.rglob("_dmaload")).parent
        check("where zsh looks", functions.parts[-2:] == ("zsh", "site-functions"), functions)
        shell = Shell(["zsh", "-f", "-i"], ZSH.format(prompt=PROMPT, folder=functions), environment, folder)
    try:
        check_shell(check, shell, tool)
    except TimeoutError as error:
        check("an answer", False, str(error))
    finally:
        shell.end()


def main() -> int:
    tool, build = os.path.realpath(sys.argv[1]), sys.argv[2]
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        root, folder = Path(place, "root"), Path(place, "home")
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--tags", "runtime",
                        "--destdir", root], check=True)
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/dmaload").symlink_to(tool)
        (folder / "bin/unique-command").symlink_to(tool)
        (folder / "inputrc").write_text(INPUTRC)
        (folder / "unique-file").touch()
        for shell, needed in (("bash", PACKAGE), ("zsh", shutil.which("zsh"))):
            if not needed or not Path(needed).exists():
                print(f"SKIPPED - {shell}: it, or its completion, is not installed")
                continue
            check = Check(shell)
            run(shell, check, tool, root, folder)
            print(f"{shell}: {check.passed} passed, {check.failed} failed")
            failed += check.failed + (check.passed == 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
