#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each public struct that begins with its size has an initialiser, which C and C++ compile without a
warning: it sets the size and clears all other members.

usage: initialisers.py INCLUDE_DIR
CC is the C compiler, with its options. Those of gcc, clang, g++ and clang++ that are installed
compile the same program.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

PROGRAM = """
#include <string.h>
%(includes)s

static char zeroes[1 << 16];

/* Padding has any value. */
#define CLEAR(member) (memcmp(&(member), zeroes, sizeof(member)) == 0)

int main(void)
{
%(checks)s
	return 0;
}
"""


def members(body: str) -> list[str]:
    """Return the names of all members but the size."""
    code = re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)
    names = [re.search(r"(\w+)\s*(\[.*\])*\s*$", part, re.DOTALL).group(1)
             for part in code.split(";") if part.strip()]
    return names[1:]


def check(struct: str, body: str) -> str:
    """Return code that checks an automatic and a static object."""
    macro = f"{struct.upper()}_INIT"
    clear = "".join(f" ||\n\t\t    !CLEAR(local.{member}) || !CLEAR(fixed.{member})"
                    for member in members(body))
    return (f"\t{{\n\t\tstruct {struct} local = {macro};\n"
            f"\t\tstatic struct {struct} fixed = {macro};\n\n"
            f"\t\tif (local.size != sizeof(local) || fixed.size != sizeof(local){clear})\n"
            f"\t\t\treturn __LINE__;\n\t}}")


def compilers() -> list[list[str]]:
    """Return a command for each compiler and language; CC comes first."""
    found = [[*os.environ.get("CC", "cc").split(), "-std=c11", "-x", "c"]]
    found += [[cc, "-std=c11", "-x", "c"] for cc in ("gcc", "clang") if shutil.which(cc)]
    found += [[cxx, f"-std={std}", "-x", "c++"] for cxx in ("g++", "clang++") if shutil.which(cxx)
              for std in ("c++11", "c++20")]
    return found


def compiles_and_runs(command: list[str], include: Path, source: Path) -> str:
    """Return what went wrong, or an empty string."""
    program = source.with_name("program")
    built = subprocess.run([*command, *STRICT, "-I", include, "-o", program, source],
                           capture_output=True, text=True)
    if built.returncode != 0:
        return built.stderr
    ran = subprocess.run([program])
    return f"the check in line {ran.returncode} (modulo 256) fails" if ran.returncode else ""


def main() -> int:
    include = Path(sys.argv[1])
    headers = [header.relative_to(include) for header in sorted(include.rglob("*.h"))]
    text = "".join((include / header).read_text() for header in headers)
    structs = {name: body for name, body in
               re.findall(r"^struct (dmaload_\w+) \{\n(.*?)\n\};", text, re.DOTALL | re.MULTILINE)
               if re.match(r"\s*(/\*((?!\*/).)*\*/)?\s*size_t size;", body, re.DOTALL)}
    failed = 0 if structs else 1
    checks = []
    for name, body in structs.items():
        if re.search(rf"^#define {name.upper()}_INIT ", text, re.MULTILINE):
            checks.append(check(name, body))
        else:
            print(f"not ok - struct {name} has no {name.upper()}_INIT")
            failed += 1
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "initialisers"
        source.write_text(PROGRAM % {
            "includes": "\n".join(f"#include <{header}>" for header in headers),
            "checks": "\n".join(checks),
        })
        for command in compilers():
            wrong = compiles_and_runs(command, include, source)
            if wrong:
                print(f"not ok - {' '.join(command)}: {wrong}")
                failed += 1
    print(f"initialisers: {len(structs)} structs, {len(compilers())} compilers, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
