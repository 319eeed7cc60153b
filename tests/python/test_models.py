# SPDX-License-Identifier: MIT
"""The tensors of safetensors and GGUF files, well-formed and malformed."""

import json
import random
import struct
import unittest

import dmaload
import numpy
from dmaload import FormatError, gguf, safetensors
from kit import SOURCE, FileTest
from models import Array, around, bfloat16, numbers, pair, text
from models import gguf as make_gguf
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


def parsed(content: bytes) -> dmaload.Tensors:
    return dmaload.parse_model(dmaload.Buffer.from_memory(bytearray(content)))


class TestSafetensors(FileTest):
    def test_all_types_of_numpy(self) -> None:
        arrays = {name: (name, numbers((3, 5), dtype)) for name, dtype in TYPES.items()}
        self.path.write_bytes(make_safetensors(arrays, {"format": "pt"}))
        with dmaload.load_model(self.path, "memfd", digest="sha256") as model:
            self.assertEqual(model.metadata, {"format": "pt"})
            self.assertEqual(list(model), list(TYPES))
            for name, tensor in model.items():
                array = tensor.numpy()
                self.assertEqual(array.dtype, numpy.dtype(TYPES[name]))
                numpy.testing.assert_array_equal(array, arrays[name][1])
                self.assertFalse(array.flags.owndata)
                with tensor.view() as view:
                    self.assertEqual(view, arrays[name][1].tobytes())
            del array
            assert model.buffer.digest is not None

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
        model = parsed(around(json.dumps(header).encode(), data))
        self.assertEqual(model["b"].dtype, "BF16")
        numpy.testing.assert_array_equal(model["b"].numpy(), bfloat16(values))
        numpy.testing.assert_array_equal(model["f"].numpy(), nibbles)
        numpy.testing.assert_array_equal(model["n"].numpy(), nibbles)
        numpy.testing.assert_array_equal(model["o"].numpy(), odd)

    def test_shapes(self) -> None:
        model = parsed(make_safetensors({
            "scalar": ("F32", numbers((), "<f4")), "none": ("F32", numbers((0, 7), "<f4")),
            "deep": ("U8", numbers((1, 2, 3, 4, 5, 6), "u1"))}))
        self.assertEqual({name: each.numpy().shape for name, each in model.items()},
                         {"scalar": (), "none": (0, 7), "deep": (1, 2, 3, 4, 5, 6)})
        self.assertEqual(len(parsed(around(b"{}"))), 0)

    def test_write(self) -> None:
        model = parsed(make_safetensors({"a": ("F32", numbers((4,), "<f4"))}))
        model["a"].numpy(write=True)[:] = 5
        self.assertEqual(model["a"].numpy().tolist(), [5] * 4)
        with self.assertRaises(ValueError):
            model["a"].numpy()[0] = 1

    def test_malformed(self) -> None:
        one = '"dtype": "U8", "shape": [2], "data_offsets": '
        for header, data, reason in (
            ("[]", b"", "no JSON object"),
            ("{", b"", "no JSON"),
            ('{"a": NaN}', b"", "no JSON"),
            ('{"a": ' + "[" * 100000, b"", "too deep|no JSON"),
            ('{"a": ' + "1" * 10000 + "}", b"", "no JSON|is missing"),
            ('{"a": {}, "a": {}}', b"", "'a' is there twice"),
            ('{"a": {"dtype": "U8", "dtype": "U8"}}', b"", "'dtype' is there twice"),
            ('{"a": 1}', b"", "is missing"),
            ('{"\\u001b[2J": {}}', b"", r"'\\x1b\[2J'"),
            ('{"a": {"dtype": "U9", "shape": [], "data_offsets": [0, 1]}}', b"1", "not known"),
            ('{"a": {"dtype": [], "shape": [], "data_offsets": [0, 1]}}', b"1", "not known"),
            ('{"a": {' + one + "[0, 3]}}", b"123", "takes 2 bytes"),
            ('{"a": {' + one + "[3, 1]}}", b"123", "no begin and end"),
            ('{"a": {' + one + "[0]}}", b"12", "no begin and end"),
            ('{"a": {' + one + '"ab"}}', b"12", "whole numbers"),
            ('{"a": {' + one + "[0, 2.0]}}", b"12", "whole numbers"),
            ('{"a": {' + one + "[false, 2]}}", b"12", "whole numbers"),
            ('{"a": {' + one + "[-2, 0]}}", b"12", "whole numbers"),
            ('{"a": {' + one + "[0, 2]}}", b"1", "behind the end"),
            ('{"a": {' + one + "[1, 3]}}", b"123", "belong to none"),
            ('{"a": {' + one + "[0, 2]}}", b"123", "1 bytes behind the last"),
            ('{"a": {' + one + '[0, 2]}, "b": {' + one + "[1, 3]}}", b"123", "overlaps tensor 'a'"),
            ('{"a": {"dtype": "U8", "shape": [4294967296, 4294967296], "data_offsets": [0, 0]}}',
             b"", "64 bits"),
            ('{"a": {"dtype": "F4", "shape": [3], "data_offsets": [0, 1]}}', b"1", "whole bytes"),
            ('{"__metadata__": {"a": 1}}', b"", "__metadata__"),
            ('{"\xff": {}}', b"", "is missing"),
        ):
            with self.assertRaisesRegex(FormatError, reason, msg=header[:100]):
                parsed(around(header.encode(), data))
        with self.assertRaisesRegex(FormatError, "no JSON"):
            parsed(around(b'{"\xff": 1}'))
        for content, reason in ((b"1234567", "7 bytes"), (b"\xff" * 8, "too long"),
                                (struct.pack("<Q", 9) + b"{}", "not in the file")):
            with self.assertRaisesRegex(FormatError, reason):
                parsed(content)


class TestGguf(FileTest):
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
        model = parsed(make_gguf({"q": (2, (3, 128), blocks.tobytes()),
                                  "b": (30, (2, 3), bytes(12))}))
        self.assertEqual((model["q"].dtype, model["q"].shape), ("Q4_0", (3, 128)))
        numpy.testing.assert_array_equal(model["q"].numpy(), blocks)
        self.assertEqual((model["b"].dtype, model["b"].numpy().dtype.name), ("BF16", "uint16"))

    def test_metadata(self) -> None:
        strings = struct.pack("<IQ", 8, 2) + text("one") + text(b"\xff")
        numbers_ = struct.pack("<IQ3i", 5, 3, 1, -2, 3)
        nested = struct.pack("<IQ", 9, 1) + numbers_
        model = parsed(make_gguf({"a": (24, (64,), bytes(64)), "b": (24, (1,), b"1")}, [
            pair("general.alignment", 4, struct.pack("<I", 64)),
            pair("strings", 9, strings), pair("numbers", 9, numbers_), pair("nested", 9, nested),
            pair("bool", 7, b"\1"), pair("float", 12, struct.pack("<d", 0.5)),
            pair("text", 8, text("caf\xe9"))], align=64, version=2))
        self.assertEqual(model.metadata, {
            "general.alignment": 64, "strings": ["one", "\udcff"], "numbers": [1, -2, 3],
            "nested": [[1, -2, 3]], "bool": True, "float": 0.5, "text": "caf\xe9"})
        with model["b"].view() as view:
            self.assertEqual(view, b"1")

    def test_malformed(self) -> None:
        def tensor(name: str, kind: int, shape: tuple[int, ...], offset: int = 0) -> bytes:
            return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)

        def file(tensors: list[bytes], pairs: list[bytes], data: bytes = bytes(64)) -> bytes:
            head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
            head += b"".join(pairs + tensors)
            return head + bytes(-len(head) % 32) + data

        array = struct.pack("<I", 9)
        for content, reason in (
            (b"GGUF", "not in the file"),
            (b"GGUF" + struct.pack("<I", 1 << 24), "big-endian"),
            (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
            (b"GGUF" + struct.pack("<IQQ", 3, 2**63, 0), "not in the file"),
            (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63), "not in the file"),
            (file([], [text("")]), "is empty"),
            (file([], [pair("a", 0, b"1"), pair("a", 0, b"1")]), "there twice"),
            (file([], [pair("a", 13, b"")]), "type 13"),
            (file([], [pair("a", 9, struct.pack("<IQ", 13, 1))]), "type 13"),
            (file([], [pair("a", 9, struct.pack("<IQ", 0, 2**62))]), "not in the file"),
            (file([], [pair("a", 9, struct.pack("<IQ", 8, 2**62))]), "not in the file"),
            (file([], [pair("a", 8, struct.pack("<Q", 2**62))]), "not in the file"),
            (file([], [pair("a", 9, (array + struct.pack("<Q", 1)) * 5)]), "nested"),
            (file([], [text(b"\xff") + bytes(5)]), "not UTF-8"),
            (file([], [pair("general.alignment", 4, struct.pack("<I", 24))]), "power of two"),
            (file([], [pair("general.alignment", 8, text("32"))]), "power of two"),
            (file([tensor("a", 0, (1, 1, 1, 1, 1))], []), "5 dimensions"),
            (file([tensor("a", 4, (32,))], []), "type 4"),
            (file([tensor("a", 2, (33,))], []), "whole blocks"),
            (file([tensor("a", 2, ())], []), "whole blocks"),
            (file([tensor("a", 24, (2**32, 2**32))], []), "64 bits"),
            (file([tensor("a", 24, (65,))], []), "1 bytes behind the end"),
            (file([tensor("a", 24, (64,)), tensor("a", 24, (0,))], []), "there twice"),
            (file([tensor("a", 24, (3,), 5)], []), "multiple of the alignment"),
            (file([tensor("a", 24, (3,), 32)], []), "32 bytes before"),
            (file([tensor("a", 24, (40,)), tensor("b", 24, (4,), 32)], []), "overlaps"),
            (file([tensor("a", 24, (4,)), tensor("b", 24, (4,), 64)], []), "60 bytes before"),
        ):
            with self.assertRaisesRegex(FormatError, reason):
                parsed(content)


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


class TestAnyBytes(unittest.TestCase):
    """A file with wrong bytes is read, or refused by FormatError; nothing else happens."""

    def mutate(self, content: bytes, header: int, rounds: int) -> int:
        choose, refused = random.Random(3), 0
        for _ in range(rounds):
            changed = bytearray(content)
            for _ in range(choose.randint(1, 4)):
                at = choose.randrange(header)
                changed[at] = choose.choice((0, 1, 0x22, 0x5b, 0x7f, 0x80, 0xff, changed[at] ^ 1))
            if choose.random() < 0.2:
                del changed[choose.randrange(1, len(changed)):]
            try:
                model = dmaload.parse_model(dmaload.Buffer.from_memory(changed))
            except FormatError as reason:
                refused += 1
                self.assertTrue(str(reason).isprintable(), reason)
            else:
                for tensor in model.values():
                    self.assertEqual(tensor.numpy().nbytes, tensor.nbytes)
        return refused

    def test_safetensors(self) -> None:
        content = make_safetensors({"one": ("F32", numbers((2, 3), "<f4")),
                                    "two": ("BF16", numbers((5,), "<u2"))}, {"a": "b"})
        safetensors.parse(dmaload.Buffer.from_memory(bytearray(content)))
        self.assertGreater(self.mutate(content, len(content) - 34, 4000), 1000)

    def test_gguf(self) -> None:
        content = make_gguf({"one": (0, (2, 3), bytes(24)), "two": (2, (2, 32), bytes(36))},
                            [pair("a", 9, struct.pack("<IQ", 8, 1) + text("b")),
                             pair("general.alignment", 4, struct.pack("<I", 32))])
        gguf.parse(dmaload.Buffer.from_memory(bytearray(content)))
        self.assertGreater(self.mutate(content, 200, 4000), 1000)


if __name__ == "__main__":
    unittest.main()
