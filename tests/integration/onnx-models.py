#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Models that the onnx package writes: dmaload lists and loads what it reads itself.

usage: onnx-models.py DMALOAD DIR SOURCE
It writes models with their tensors inside, in one other file, in a file for each, and in other ways.
The models for tests that the package has are listed, too.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, external_data_helper, helper, numpy_helper

DMALOAD, DIR, SOURCE = sys.argv[1:]
TYPES = {number: name for name, number in TensorProto.DataType.items()}
passed = failed = 0


def check(name: str, good: bool) -> None:
    global passed, failed
    passed += good
    failed += not good
    print("ok" if good else "not ok", "-", name)


def run(*arguments: str) -> Any:
    """Run dmaload, and return its JSON."""
    done = subprocess.run(
        [DMALOAD, *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("#", arguments, done.stderr.strip())
        return None
    return json.loads(done.stdout)


def inside(tensor: TensorProto) -> bool:
    """Return whether the elements lie in the file as bytes."""
    return not (tensor.int32_data or tensor.int64_data or tensor.uint64_data
                or tensor.data_type == TensorProto.STRING)


def content(tensor: TensorProto) -> bytes:
    """Return the bytes; of an empty tensor, onnx reads the rest of another file."""
    return b"" if 0 in tensor.dims else bytes(numpy_helper.to_array(tensor).tobytes())


def listed(path: Path) -> int:
    """Compare a list with what the package reads. Return the number of tensors."""
    model = onnx.load(str(path))
    result = run("ls", str(path))
    if result is None:
        return -1
    expected = {tensor.name: tensor for tensor in model.graph.initializer}
    files = [Path(file).read_bytes() for file in result["files"]]
    for found in result["tensors"] + result["omitted"]:
        tensor = expected.pop(found["name"])
        if (found["type"], found["shape"]) != (TYPES[tensor.data_type], list(tensor.dims)):
            return -1
        if ("bytes" in found) != inside(tensor):
            return -1
        if "bytes" in found:
            begin = found["file_offset"]
            data = files[found["file"]][begin:begin + found["bytes"]]
            if data != content(tensor):
                return -1
    return -1 if expected else len(result["tensors"])


def loaded(path: Path) -> bool:
    """Load all tensors, and compare the bytes in the buffer."""
    model = onnx.load(str(path))
    arrays = {tensor.name: content(tensor)
              for tensor in model.graph.initializer if inside(tensor)}
    load = ["load", str(path), "--source", SOURCE, "--tensors", "*", "--align", "256"]
    result = run(*load, "--verify")
    script = 'head -c "$DMALOAD_LENGTH" "/proc/self/fd/$DMALOAD_FD"'
    buffer = subprocess.run([DMALOAD, *load, "--quiet", "--", "sh", "-c", script],
                            capture_output=True, check=True).stdout
    for tensor in result["tensors"]:
        begin = tensor["buffer_offset"]
        if begin % 256 or buffer[begin:begin + tensor["bytes"]] != arrays.pop(tensor["name"]):
            return False
    return not arrays


def make_model() -> onnx.ModelProto:
    """Make a model of the types that NumPy has, and of tensors that cannot be loaded."""
    random = np.random.default_rng(1)
    tensors = [numpy_helper.from_array(random.standard_normal((257, 129)).astype(np.float32), "big"),
               numpy_helper.from_array(np.zeros((3, 0, 2), np.float16), "none"),
               numpy_helper.from_array(np.float64(0.5), "scalar"),
               helper.make_tensor("floats", TensorProto.FLOAT, [3, 5], np.arange(15) / 7),
               helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 300]),
               helper.make_tensor("texts", TensorProto.STRING, [2], [b"a", b"b"])]
    for dtype in ("bool", "int8", "uint8", "int16", "uint16", "float16", "int32", "uint32",
                  "int64", "uint64", "float64", "complex64", "complex128"):
        values = random.integers(0, 2, (37, 53)).astype(dtype)
        tensors.append(numpy_helper.from_array(values, f"layer.{dtype}.weight"))
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "graph", [value], [result], tensors)
    return helper.make_model(graph)


def check_model(name: str, path: Path, files: int) -> None:
    onnx.checker.check_model(str(path))
    check(f"{name}: the list", listed(path) == 17)
    check(f"{name}: the files", len(run("ls", str(path))["files"]) == files)
    check(f"{name}: loaded", loaded(path))


def check_written(folder: Path) -> None:
    """Write the model in all ways that the package has."""
    def saved(name: str, **options: Any) -> Path:
        path = folder / name / "model.onnx"
        path.parent.mkdir()
        onnx.save_model(make_model(), str(path), **options)
        return path

    check_model("inside", saved("inside"), 1)
    path = saved("one", save_as_external_data=True, location="weights.bin", size_threshold=0)
    check_model("one file", path, 2)
    path = saved("large", save_as_external_data=True, location="weights.bin", size_threshold=8192)
    check_model("large ones in a file", path, 2)
    # One file for each tensor that has raw_data.
    path = saved("each", save_as_external_data=True, all_tensors_to_one_file=False, size_threshold=0)
    names = [file for file in os.listdir(path.parent) if file != "model.onnx"]
    check_model("a file for each", path, len(names) + 1)
    check("a file for each: many", len(names) == 16)
    check_aligned(folder)


def check_aligned(folder: Path) -> None:
    """Tensors at multiples of 65536, as some writers do it, in the order that fits them."""
    model = make_model()
    offset = 0
    for tensor in reversed(model.graph.initializer):
        if len(tensor.raw_data) > 1024:
            external_data_helper.set_external_data(tensor, "sub/data.bin", offset, len(tensor.raw_data))
            offset += (len(tensor.raw_data) + 65535) // 65536 * 65536
    path = folder / "aligned" / "model.onnx"
    (path.parent / "sub").mkdir(parents=True)
    external_data_helper.write_external_data_tensors(model, str(path.parent))
    path.write_bytes(model.SerializeToString())
    check_model("aligned", path, 2)
    found = [tensor for tensor in run("ls", str(path))["tensors"] if tensor["file"] == 1]
    check("aligned: the places", len(found) == 14 and not any(t["file_offset"] % 65536 for t in found))
    moved = path.parent / "sub" / "data.bin"
    moved.rename(path.parent / "data.bin")
    check("aligned: a missing file", run("ls", str(path)) is None)


def check_package() -> None:
    paths = sorted(Path(onnx.__file__).parent.rglob("*.onnx"))
    check("the package has models", len(paths) > 0)
    for path in paths:
        check(f"{path.name}: the list", listed(path) >= 0)


with tempfile.TemporaryDirectory(dir=DIR) as scratch:
    check_written(Path(scratch))
    check_package()
print(f"onnx-models: {passed} passed, {failed} failed")
sys.exit(failed > 0)
