# SPDX-License-Identifier: MIT
"""The structs, constants and functions of the package are those of the C headers.

A C program prints what the headers have. CC is the compiler, INCLUDE the folder of the headers, and
SOVERSION what the build has put into the sonames.
"""

import ctypes
import fnmatch
import operator
import os
import re
import shlex
import subprocess
import tempfile
import unittest
from dataclasses import fields
from pathlib import Path

import dmaload
import dmaload.aio
from dmaload import _abi, _prototypes
from dmaload._library import prototypes
from dmaload.report import Report

TOP = Path(os.environ["DMALOAD_TOP"])

HEADERS = """
#include <stddef.h>
#include <stdio.h>
#include <dmaload.h>
#include <dmaload/spread.h>
#include <dmaload-digest.h>
#include <dmaload-models.h>
"""

DECLARATIONS = (_prototypes.PROTOTYPES + _prototypes.DIGEST_PROTOTYPES
                + _prototypes.MODELS_PROTOTYPES)

STRUCTS = {
    "dmaload_error": _abi.CError, "dmaload_source": _abi.CSource, "dmaload_config": _abi.CConfig,
    "dmaload_range": _abi.CRange, "dmaload_progress": _abi.CProgress,
    "dmaload_options": _abi.COptions, "dmaload_transform": _abi.CTransform,
    "dmaload_event": _abi.CEvent, "dmaload_report": _abi.CReport, "dmaload_piece": _abi.CPiece,
    "dmaload_memory": _abi.CMemory, "dmaload_tensor": _abi.CTensor, "dmaload_place": _abi.CPlace,
}
ENUMS = {
    "DMALOAD_": _abi.Operation, "DMALOAD_ALLOW_": _abi.Allow, "DMALOAD_CACHE_": _abi.Cache,
    "DMALOAD_ENGINE_": _abi.Engine, "DMALOAD_SYSCALLS_": _abi.Syscalls,
    "DMALOAD_PAGES_": _abi.Pages,
}


def constants() -> dict[str, int]:
    """Return the constants of the package by their names in C."""
    found = {f"DMALOAD_{name}": value for name, value in vars(_abi).items()
             if name.isupper() and isinstance(value, int)}
    for prefix, enum in ENUMS.items():
        found |= {prefix + name: value.value for name, value in enum.__members__.items()}
    del found["DMALOAD_ALLOW_ANY"]  # 0, which has no name in C
    return found


def layout() -> list[str]:
    """Return a line for each struct, member and constant, as the C program prints them."""
    lines = []
    for name, struct in STRUCTS.items():
        lines.append(f"{name} {ctypes.sizeof(struct)}")
        for member, *_ in struct._fields_:
            place = getattr(struct, member)
            lines.append(f"{name}.{member} {place.offset} {place.size}")
    return lines + [f"{name} {value}" for name, value in constants().items()]


def program() -> str:
    prints = []
    for name, struct in STRUCTS.items():
        prints.append(f'printf("{name} %zu\\n", sizeof(struct {name}));')
        for member, *_ in struct._fields_:
            prints.append(f'printf("{name}.{member} %zu %zu\\n", '
                          f'offsetof(struct {name}, {member}), '
                          f'sizeof(((struct {name} *)0)->{member}));')
    for name in constants():
        prints.append(f'printf("{name} %llu\\n", (unsigned long long){name});')
    return HEADERS + DECLARATIONS + "int main(void)\n{\n" + "\n".join(prints) + "\nreturn 0;\n}\n"


class TestAbi(unittest.TestCase):
    def build(self, text: str, folder: str) -> Path:
        source, binary = Path(folder) / "layout.c", Path(folder) / "layout"
        source.write_text(text)
        compiler = shlex.split(os.environ["CC"])
        subprocess.run([*compiler, "-std=c11", "-Wall", "-Werror", f"-I{os.environ['INCLUDE']}",
                        "-o", binary, source], check=True, capture_output=True, text=True)
        return binary

    def test_layout_and_prototypes(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            binary = self.build(program(), folder)
            printed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
        self.assertEqual(printed.splitlines(), layout())

    def test_a_wrong_prototype_is_found(self) -> None:
        wrong = program().replace("int dmaload_ctx_trim(", "long dmaload_ctx_trim(")
        with tempfile.TemporaryDirectory() as folder, \
                self.assertRaises(subprocess.CalledProcessError) as caught:
            self.build(wrong, folder)
        self.assertIn("dmaload_ctx_trim", caught.exception.stderr)

    def test_the_dataclass_has_all_members_of_the_report(self) -> None:
        members = {name for name, *_ in _abi.CReport._fields_}
        self.assertEqual({field.name for field in fields(Report)} - {"path", "text"},
                         members - {"size"})

    def test_sonames(self) -> None:
        version = os.environ["SOVERSION"]
        self.assertEqual(_abi.SONAME, f"libdmaload.so.{version}")
        self.assertEqual(_abi.DIGEST_SONAME, f"libdmaload-digest.so.{version}")
        self.assertEqual(_abi.MODELS_SONAME, f"libdmaload-models.so.{version}")


def c_functions() -> set[str]:
    """Return the functions of all libraries."""
    maps = [each.read_text() for each in sorted(TOP.glob("*/*.map"))]
    assert len(maps) >= 4, "the symbol maps are not where they were"
    return {name for each in maps for name in re.findall(r"^\t(dmaload_\w+);", each, re.MULTILINE)}


def table() -> dict[str, str]:
    """Return what doc/python.md says of each function, or pattern of functions, of C."""
    found: dict[str, str] = {}
    for names, forms in re.findall(r"^\| (`dmaload_.*?) \| (.*) \|$",
                                   (TOP / "doc/python.md").read_text(), re.MULTILINE):
        for name in re.findall("`(.*?)`", names):
            assert name not in found, f"{name} is there twice"
            found[name] = forms
    return found


class TestForms(unittest.TestCase):
    """Each function of C has a form in Python, or a reason why not."""

    def test_each_function_is_in_the_table(self) -> None:
        said = table()
        for name in c_functions():
            lines = [each for each in said if fnmatch.fnmatch(name, each)]
            self.assertEqual(len(lines), 1, f"the table in doc/python.md needs one line for {name}")
        for each in said:
            self.assertTrue(fnmatch.filter(c_functions(), each), f"{each} is no function")

    def test_each_form_exists(self) -> None:
        for name, forms in table().items():
            if forms.startswith("none: "):
                continue
            found = re.findall("`(.*?)`", forms)
            self.assertTrue(found, f"{name} has neither a form nor a reason")
            for form in found:
                operator.attrgetter(form)(dmaload)

    def test_no_function_with_a_reason_is_called(self) -> None:
        said = table()
        for name, _, _ in prototypes(DECLARATIONS):
            self.assertFalse(said[name].startswith("none: "), name)


if __name__ == "__main__":
    unittest.main()
