# SPDX-License-Identifier: MIT
"""A network of PyTorch whose weights lie in a loaded buffer."""

import ctypes
import gc
import unittest
from typing import Any

import dmaload
import numpy
import torch
from dmaload._library import library
from kit import SOURCE, FileTest, buffer_maps, run_python
from models import Array, bfloat16, gguf, numbers, safetensors
from test_documents import programs
from torch.utils.dlpack import from_dlpack

SHAPES = {"0.weight": (64, 32), "0.bias": (64,), "2.weight": (16, 64), "2.bias": (16,)}


def weights() -> dict[str, Array]:
    """Return small eighths: sums of their products are exact, in any order."""
    return {name: (numbers(shape, "<f4", seed) - 50) / 8
            for seed, (name, shape) in enumerate(SHAPES.items())}


def network(tensors: dict[str, torch.Tensor]) -> torch.nn.Module:
    """Return a network that uses these very tensors."""
    made = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.ReLU(), torch.nn.Linear(64, 16))
    for name, tensor in tensors.items():
        layer, _, parameter = name.partition(".")
        setattr(made[int(layer)], parameter, torch.nn.Parameter(tensor, requires_grad=False))
    return made


def inputs() -> torch.Tensor:
    return torch.from_numpy(numbers((8, 32), "<f4", seed=9))


class TestTorch(FileTest):
    def save(self) -> None:
        self.path.write_bytes(safetensors({name: ("F32", each)
                                           for name, each in weights().items()}))

    def model(self) -> dmaload.Tensors:
        self.save()
        return dmaload.load_model(self.path, SOURCE)

    def assert_inside(self, tensor: torch.Tensor, buffer: dmaload.Buffer) -> None:
        begin = library.dmaload_buffer_map(buffer.pointer)
        self.assertIn(tensor.data_ptr(), range(begin, begin + buffer.size))

    def test_a_network_computes_the_same(self) -> None:
        plain = network({name: torch.from_numpy(each) for name, each in weights().items()})
        model = self.model()
        loaded = network({name: from_dlpack(each) for name, each in model.items()})
        for tensor in loaded.state_dict().values():
            self.assert_inside(tensor, model.buffer)
        wanted = plain(inputs())
        self.assertGreater(wanted.abs().sum().item(), 0)
        self.assertTrue(torch.equal(loaded(inputs()), wanted))

        with model["2.bias"].view(write=True) as view:  # the network sees the buffer itself
            view[:] = bytes(len(view))
        changed = loaded(inputs())
        self.assertFalse(torch.equal(changed, wanted))
        self.assertTrue(torch.equal(changed + torch.from_numpy(weights()["2.bias"]), wanted))

    def test_the_network_keeps_the_memory(self) -> None:
        maps = buffer_maps()
        model = self.model()
        loaded = network({name: from_dlpack(each) for name, each in model.items()})
        with self.assertRaisesRegex(BufferError, "^4 views"):
            model.close()
        del model
        gc.collect()
        self.assertEqual(buffer_maps(), maps + 1)
        plain = network({name: torch.from_numpy(each) for name, each in weights().items()})
        self.assertTrue(torch.equal(loaded(inputs()), plain(inputs())))
        del loaded
        self.assertEqual(buffer_maps(), maps)

    def test_gguf(self) -> None:
        wanted = weights()
        self.path.write_bytes(gguf({name: (0, each.shape, each.tobytes())
                                    for name, each in wanted.items()}))
        model = dmaload.load_model(self.path, SOURCE)
        for name, each in model.items():
            tensor = from_dlpack(each)
            self.assertTrue(torch.equal(tensor, torch.from_numpy(wanted[name])))
            self.assert_inside(tensor, model.buffer)

    def test_types(self) -> None:
        types: dict[str, tuple[str, Any]] = {
            "U8": ("u1", torch.uint8), "I8": ("i1", torch.int8), "I16": ("<i2", torch.int16),
            "I32": ("<i4", torch.int32), "I64": ("<i8", torch.int64), "F16": ("<f2", torch.float16),
            "F32": ("<f4", torch.float32), "F64": ("<f8", torch.float64),
            "C64": ("<c8", torch.complex64), "BF16": ("<f4", torch.bfloat16)}
        arrays = {name: numbers((6, 4), dtype) for name, (dtype, _) in types.items()}
        files = {name: (name, bfloat16(each) if name == "BF16" else each)
                 for name, each in sorted(arrays.items(), key=lambda pair: -pair[1].itemsize)}
        self.path.write_bytes(safetensors(files))
        model = dmaload.load_model(self.path, SOURCE)
        for name, (_, kind) in types.items():
            tensor = from_dlpack(model[name])
            self.assertEqual((tensor.dtype, tuple(tensor.shape)), (kind, (6, 4)))
            self.assert_inside(tensor, model.buffer)
            self.assertTrue(torch.equal(tensor, torch.from_numpy(arrays[name]).to(kind)))

    def test_a_tensor_that_is_not_aligned(self) -> None:
        self.path.write_bytes(safetensors({"a": ("U8", numbers((3,), "u1")),
                                           "b": ("F32", numbers((2,), "<f4"))}))
        model = dmaload.load_model(self.path, SOURCE)
        self.assertEqual(model["b"].offset % 4, 3)
        with self.assertRaisesRegex(BufferError, "not aligned"):
            from_dlpack(model["b"])
        copied = torch.from_numpy(model["b"].numpy().copy())
        self.assertTrue(torch.equal(copied, torch.from_numpy(numbers((2,), "<f4"))))
        aligned = from_dlpack(dmaload.load_model(self.path, SOURCE, align=4)["b"])
        self.assertTrue(torch.equal(aligned, copied))

    def test_a_whole_buffer(self) -> None:
        with self.load() as buffer:
            tensor = from_dlpack(buffer)
            self.assertEqual(tensor.numpy().tobytes(), self.path.read_bytes())
            del tensor

    def test_exit_with_tensors(self) -> None:
        """PyTorch frees tensors at any time of the exit, by a function that is not Python's."""
        self.save()
        output = run_python("""
import sys
import dmaload, torch
model = dmaload.load_model(*sys.argv[1:])
tensors = {name: torch.from_dlpack(each) for name, each in model.items()}
whole = torch.from_dlpack(model.buffer)
del model
class Late:
    def __init__(self, tensor):
        self.tensor = tensor
    def __del__(self):
        print(self.tensor.sum().item() != 0)
late = Late(tensors["0.weight"])
""", str(self.path), SOURCE)
        self.assertEqual(output, "True\n")

    def test_own_memory(self) -> None:
        """A tensor of PyTorch can be a buffer, too."""
        tensor = torch.zeros(len(self.content), dtype=torch.uint8)
        buffer = dmaload.Buffer.from_memory(tensor.numpy())
        self.path.write_bytes(self.content)
        with dmaload.Context() as context, dmaload.File(self.path) as file:
            context.load([dmaload.Range(file, buffer)])
        self.assertEqual(tensor.numpy().tobytes(), self.content)
        self.assertEqual(library.dmaload_buffer_map(buffer.pointer), tensor.data_ptr())
        self.assertEqual(ctypes.string_at(tensor.data_ptr(), 100), self.content[:100])
        numpy.testing.assert_array_equal(buffer.numpy(), tensor.numpy())


class TestProgram(FileTest):
    def test_the_program_of_the_documents(self) -> None:
        self.path.write_bytes(safetensors({"weight": ("F32", numbers((3, 2), "<f4"))}))
        (program,) = (each for each in programs("doc/python.md") if "import torch" in each)
        self.assertIn("'weight': ((3, 2), torch.float32)",
                      run_python(program, str(self.path), SOURCE))


if __name__ == "__main__":
    unittest.main()
