# SPDX-License-Identifier: MIT
"""The tensors of models; the tests of libdmaload-models have more files."""

import errno
import json
import os
import struct
import unittest
from pathlib import Path

import dmaload
import numpy
from dmaload import Error, FormatError, Model, Options
from kit import SOURCE, FileTest, open_fds
from models import Array, around, bfloat16, numbers, pair, text
from models import gguf as make_gguf
from models import onnx as make_onnx
from models import safetensors as make_safetensors

TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4",
         "I32": "<i4", "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
         "C64": "<c8"}
GGUF_TYPES = {0: "<f4", 1: "<f2", 24: "i1", 25: "<i2", 26: "<i4", 27: "<i8", 28: "<f8"}


def network(weights: dict[str, Array]) -> Array:
    inputs = numbers((8, 32), "<f4", seed=9)
    hidden = numpy.maximum(inputs @ weights["w1"] + weights["b1"], 0)
    result: Array = hidden @ weights["w2"] + weights["b2"]
    return result


class ModelTest(FileTest):
    def parsed(self, content: bytes) -> dmaload.Tensors:
        """Load a model whose file has this content."""
        self.path.write_bytes(content)
        return dmaload.load_model(self.path, "memfd")

    def write(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


class TestSafetensors(ModelTest):
    def test_all_types_of_numpy(self) -> None:
        arrays = {name: (name, numbers((3, 5), dtype)) for name, dtype in TYPES.items()}
        self.path.write_bytes(make_safetensors(arrays, {"format": "pt"}))
        with dmaload.load_model(self.path, "memfd", options=Options(digest="sha256")) as model:
            self.assertEqual(list(model), list(TYPES))
            for name, tensor in model.items():
                array = tensor.numpy()
                self.assertEqual(array.dtype, numpy.dtype(TYPES[name]))
                numpy.testing.assert_array_equal(array, arrays[name][1])
                self.assertFalse(array.flags.owndata)
                with tensor.view() as view:
                    self.assertEqual(view, arrays[name][1].tobytes())
            del array
            self.assertRegex(" ".join(model.digests), "^sha256:[0-9a-f]{64}$")

    def test_types_that_numpy_lacks(self) -> None:
        values = numbers((2, 8), "<f4")
        nibbles = numbers((2, 4), "u1")
        odd = numbers((3,), "u1")
        content = make_safetensors({"b": ("BF16", bfloat16(values)), "f": ("F8_E4M3", nibbles)})
        header = json.loads(content[8:8 + struct.unpack("<Q", content[:8])[0]])
        at = header["f"]["data_offsets"][1]
        header["n"] = {"dtype": "F4", "shape": [2, 8], "data_offsets": [at, at + 8]}
        header["o"] = {"dtype": "F6_E2M3", "shape": [4], "data_offsets": [at + 8, at + 11]}
        data = content[-at:] + nibbles.tobytes() + odd.tobytes()
        model = self.parsed(around(json.dumps(header).encode(), data))
        self.assertEqual(model["b"].dtype, "BF16")
        numpy.testing.assert_array_equal(model["b"].numpy(), bfloat16(values))
        numpy.testing.assert_array_equal(model["f"].numpy(), nibbles)
        numpy.testing.assert_array_equal(model["n"].numpy(), nibbles)
        numpy.testing.assert_array_equal(model["o"].numpy(), odd)

    def test_shapes(self) -> None:
        model = self.parsed(make_safetensors({
            "scalar": ("F32", numbers((), "<f4")), "none": ("F32", numbers((0, 7), "<f4")),
            "deep": ("U8", numbers((1, 2, 3, 4, 5, 6), "u1"))}))
        self.assertEqual({name: each.numpy().shape for name, each in model.items()},
                         {"scalar": (), "none": (0, 7), "deep": (1, 2, 3, 4, 5, 6)})
        self.assertEqual(len(self.parsed(around(b"{}"))), 0)

    def test_write(self) -> None:
        model = self.parsed(make_safetensors({"a": ("F32", numbers((4,), "<f4"))}))
        model["a"].numpy(write=True)[:] = 5
        self.assertEqual(model["a"].numpy().tolist(), [5] * 4)
        with self.assertRaises(ValueError):
            model["a"].numpy()[0] = 1

    def test_metadata(self) -> None:
        known: list[dict[str, str]] = [{"format": "pt"}, {}]
        for texts in known:
            with Model(self.write("m", make_safetensors({}, texts))) as model:
                self.assertEqual((model.format, model.metadata), ("safetensors", texts))
        with Model(self.write("m", around(b"{}"))) as model:
            self.assertEqual(model.metadata, {})

    def test_malformed(self) -> None:
        for header, data, reason in (
            ("[]", b"", "no {"),
            ('{"a": {}}', b"", "shape or data_offsets is missing"),
            ('{"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 3]}}', b"123", "3 apart"),
        ):
            with self.assertRaisesRegex(FormatError, reason) as caught:
                self.parsed(around(header.encode(), data))
            self.assertIn(str(self.path), str(caught.exception))


class TestGguf(ModelTest):
    def test_types(self) -> None:
        arrays = {str(kind): numbers((3, 5), dtype) for kind, dtype in GGUF_TYPES.items()}
        tensors = {name: (int(name), each.shape, each.tobytes()) for name, each in arrays.items()}
        self.path.write_bytes(make_gguf(tensors))
        with dmaload.load_model(self.path, "memfd") as model:
            for name, tensor in model.items():
                numpy.testing.assert_array_equal(tensor.numpy(), arrays[name])
                self.assertEqual(tensor.offset % 32, 0)

    def test_blocks(self) -> None:
        blocks = numbers((3, 4 * 18), "u1")
        model = self.parsed(make_gguf({"q": (2, (3, 128), blocks.tobytes()),
                                  "b": (30, (2, 3), bytes(12))}))
        self.assertEqual((model["q"].dtype, model["q"].shape), ("Q4_0", (3, 128)))
        numpy.testing.assert_array_equal(model["q"].numpy(), blocks)
        self.assertEqual((model["b"].dtype, model["b"].numpy().dtype.name), ("BF16", "uint16"))

    def test_metadata(self) -> None:
        strings = struct.pack("<IQ", 8, 2) + text("one") + text(b"\xff")
        numbers_ = struct.pack("<IQ3i", 5, 3, 1, -2, 3)
        nested = struct.pack("<IQ", 9, 1) + numbers_
        path = self.write("m", make_gguf({"a": (24, (64,), bytes(64)), "b": (24, (1,), b"1")}, [
            pair("general.alignment", 4, struct.pack("<I", 64)),
            pair("strings", 9, strings), pair("numbers", 9, numbers_), pair("nested", 9, nested),
            pair("bool", 7, b"\1"), pair("float", 12, struct.pack("<d", 0.5)),
            pair("text", 8, text("caf\xe9" * 50000))], align=64, version=2))
        fds = open_fds()
        model = Model(path)
        self.assertEqual(open_fds(), fds + 1)
        self.assertEqual(model.metadata, {
            "general.alignment": 64, "strings": ["one", "\udcff"], "numbers": [1, -2, 3],
            "nested": [[1, -2, 3]], "bool": True, "float": 0.5, "text": "caf\xe9" * 50000})
        tensors = model.load("memfd")
        model.close()
        model.close()
        self.assertEqual(model.metadata["bool"], True)  # it was read before
        with tensors["b"].view() as view:
            self.assertEqual(view, b"1")
        with self.assertRaisesRegex(ValueError, "closed"):
            model.load("memfd")
        with self.assertRaisesRegex(ValueError, "closed"):
            self.assertFalse(model.files)


class TestOnnx(ModelTest):
    def test_tensors_here_and_elsewhere(self) -> None:
        inside, outside = numbers((5, 3), "<f4"), numbers((70, 4), "<f2", seed=2)
        halves = bfloat16(numbers((6,), "<f4"))
        self.write("weights", outside.tobytes())
        path = self.write("model.onnx", make_onnx({
            "inside": (1, inside, ""), "outside": (10, outside, "weights"),
            "halves": (16, halves, ""), "shape": (7, numbers((2,), "<i8"), "")}))
        with Model(path) as model:
            self.assertEqual((model.format, model.metadata), ("onnx", {}))
            self.assertEqual(model.paths, (str(path), str(self.folder / "weights")))
            self.assertEqual([(each.name, each.dtype, each.shape) for each in model.omitted],
                             [("shape", "INT64", (2,))])
            for align in None, 64:
                tensors = model.load(SOURCE, align=align)
                self.assertEqual(list(tensors), ["inside", "outside", "halves"])
                for array, name in (inside, "inside"), (outside, "outside"), (halves, "halves"):
                    loaded = tensors[name].numpy()
                    self.assertEqual(loaded.dtype, array.dtype)
                    numpy.testing.assert_array_equal(loaded, array)
                    del loaded
                tensors.close()


class TestChosen(ModelTest):
    def setUp(self) -> None:
        self.arrays = {f"{layer}.{part}": numbers((7 + layer, 3), "<f4", layer)
                       for layer in range(4) for part in ("a", "b")}

    def half(self, first: int) -> bytes:
        return make_safetensors({"byte" + str(first): ("U8", numbers((1,), "u1"))} | {
            name: ("F32", each) for name, each in self.arrays.items()
            if int(name[0]) // 2 == first})

    def shards(self) -> Path:
        names: dict[str, str] = {}
        for number in range(2):
            name = f"model-{number + 1:05}-of-00002.safetensors"
            content = self.half(number)
            self.write(name, content)
            header = json.loads(content[8:8 + struct.unpack("<Q", content[:8])[0]])
            names |= {tensor: name for tensor in header}
        index = {"metadata": {}, "weight_map": names}
        return self.write("model.safetensors.index.json", json.dumps(index).encode())

    def check(self, model: dmaload.Tensors) -> None:
        for name, tensor in model.items():
            if not name.startswith("byte"):
                with tensor.view() as view:
                    self.assertEqual(view, self.arrays[name].tobytes())

    def test_several_files(self) -> None:
        path = self.shards()
        for each in path, self.folder / "model-00002-of-00002.safetensors":
            with Model(each) as model:
                self.assertEqual(len(model.paths), 2)
                self.assertEqual([os.path.dirname(part) for part in model.paths],
                                 [str(self.folder)] * 2)
                tensors = model.load(SOURCE, options=Options(digest="sha256"))
                self.assertEqual(len(tensors.digests), 2)
            self.assertEqual(len(tensors), len(self.arrays) + 2)
            self.assertGreaterEqual(tensors["3.b"].offset, 65536)
            self.check(tensors)
            tensors.close()

    def test_patterns_and_alignment(self) -> None:
        with Model(self.shards()) as model, dmaload.Context() as context:
            for align in None, 1, 4096:
                tensors = model.load(SOURCE, ["3.*", "0.b", "3.a", "b*0"], align=align,
                                     context=context)
                self.assertEqual(list(tensors), ["3.a", "3.b", "0.b", "byte0"])
                self.check(tensors)
                for each in tensors.values():
                    self.assertEqual(each.offset % (align or 64), 0)
                assert tensors.buffer.report is not None
                self.assertEqual(tensors.buffer.report.ranges, 4)
                tensors.close()
            tensors = model.load(SOURCE, "1.a")  # one pattern
            self.assertEqual([each.offset for each in tensors.values()], [0])
            self.check(tensors)
            tensors = model.load(SOURCE, align=64)  # all of them
            self.assertEqual(len(tensors), len(self.arrays) + 2)
            self.check(tensors)

    def test_refused(self) -> None:
        path = self.write("m", make_safetensors({"none": ("F32", numbers((0, 7), "<f4")),
                                                 "one": ("U8", numbers((1,), "u1"))}))
        with Model(path) as model:
            for source, tensors, align, code, reason in (
                ("memfd", "two", None, errno.ENOENT, "two"),
                ("memfd", "none", None, errno.ENODATA, "empty"),
                ("memfd", None, 3, errno.EINVAL, "power of two"),
                ("nonsense", "one", None, errno.ENODEV, "nonsense"),
            ):
                with self.assertRaisesRegex(Error, reason) as caught:
                    model.load(source, tensors, align=align)
                self.assertEqual(caught.exception.errno, code)
            with self.assertRaisesRegex(ValueError, "NUL"):
                model.load("memfd", "a\0b")
        with self.assertRaises(Error) as caught:
            Model(self.folder / "absent")
        self.assertEqual(caught.exception.errno, errno.ENOENT)

    def test_names_are_printable(self) -> None:
        model = self.parsed(make_safetensors({"\x1b[2J\\": ("U8", numbers((1,), "u1"))}))
        self.assertEqual(list(model), ["\\x1b[2J\\\\"])


class TestNetwork(FileTest):
    def test_a_network_computes_the_same(self) -> None:
        """The sums are exact, in any order."""
        names = {"w1": (32, 64), "b1": (64,), "w2": (64, 16), "b2": (16,)}
        plain = {name: (numbers(shape, "<f4", seed) - 50) / 8
                 for seed, (name, shape) in enumerate(names.items())}
        self.path.write_bytes(make_safetensors({name: ("F32", each)
                                                for name, each in plain.items()}))
        with dmaload.load_model(self.path, SOURCE) as model:
            loaded = {name: numpy.from_dlpack(each) for name, each in model.items()}
            wanted = network(plain)
            self.assertTrue(wanted.any())
            numpy.testing.assert_array_equal(network(loaded), wanted)
            with model["b2"].view(write=True) as view:  # the network sees the buffer itself
                view[:] = (plain["b2"] + 1).tobytes()
            numpy.testing.assert_array_equal(network(loaded), wanted + 1)
            del loaded


if __name__ == "__main__":
    unittest.main()
