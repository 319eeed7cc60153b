# SPDX-License-Identifier: MIT
"""The programs of the documents run as printed: with a model and "memfd" as their arguments."""

import os
import re
import unittest
from pathlib import Path

from kit import FileTest, run_python
from models import gguf, numbers, safetensors

FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs(name: str) -> list[str]:
    return FENCE.findall((Path(os.environ["DMALOAD_TOP"]) / name).read_text())


class TestDocuments(FileTest):
    def setUp(self) -> None:
        array = numbers((64, 8), "<f4")
        self.safetensors = self.folder / "model.safetensors"
        self.safetensors.write_bytes(safetensors({"weight": ("F32", array)}))
        self.gguf = self.folder / "model.gguf"
        self.gguf.write_bytes(gguf({"weight": (0, array.shape, array.tobytes())}))
        self.sum = array.sum()

    def test_readme(self) -> None:
        (program,) = programs("README.md")
        self.assertLessEqual(len(program.splitlines()), 10)
        for path in self.safetensors, self.gguf:
            output = run_python(program, str(path), "memfd")
            self.assertRegex(output, r"^loaded, fd \d+\n")
            self.assertIn(f"weight F32 {self.sum}", output)

    def test_python_md(self) -> None:
        found = programs("doc/python.md")
        self.assertEqual(len(found), 8)
        said = [run_python(each, str(self.safetensors), "memfd") for each in found
                if "import torch" not in each]  # test_torch.py runs that one
        self.assertRegex(said[0], "^sha256:[0-9a-f]{64} [a-z]+ [0-9]+ bytes\n")
        self.assertRegex(said[1], "^safetensors .*\nweight F32 \\(64, 8\\) 2048\n{'weight': 0}\n")
        self.assertRegex(said[2], "^range 0\nrange 1\n")
        size = self.safetensors.stat().st_size
        self.assertRegex(said[3], r"^Progress\(bytes_done=")
        self.assertRegex(said[3], f"sha256:[0-9a-f]{{64}} {size} bytes\n$")
        self.assertEqual(said[4].strip(), str([size]))
        self.assertEqual(said[5].strip(), f"({size // 2},)")
        self.assertEqual(said[6].strip(), str([size] * 3))


if __name__ == "__main__":
    unittest.main()
