# SPDX-License-Identifier: MIT
"""Read the header of a GGUF file, version 2 or 3, that lies in a buffer."""

import struct
from typing import Any

from .buffer import Buffer
from .errors import FormatError
from .tensors import Tensor, Tensors, check_places, elements, quoted

RANK_MAX = 4  # of ggml
DEPTH_MAX = 4  # of arrays in arrays; writers in use write none

# A row consists of blocks, each with a number of elements in a number of bytes.
TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4),
    27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18), 42: ("Q2_0", 64, 18),
}

STRING, ARRAY = 8, 9
# The numbers in metadata, by their types.
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q",
           12: "d"}


class _Reader:
    """Reads values one after the other, and never beyond the end."""

    def __init__(self, view: memoryview) -> None:
        self.view, self.at = view, 0

    def take(self, length: int, what: str) -> memoryview:
        if length > len(self.view) - self.at:
            raise FormatError(f"{length} bytes of {what} at byte {self.at} are not in the file")
        self.at += length
        return self.view[self.at - length:self.at]

    def numbers(self, code: str, count: int, what: str) -> tuple[Any, ...]:
        size = struct.calcsize("<" + code)
        return struct.unpack(f"<{count}{code}", self.take(size * count, what))

    def number(self, code: str, what: str) -> Any:
        return self.numbers(code, 1, what)[0]

    def text(self, what: str) -> str:
        data = bytes(self.take(self.number("Q", f"the length of {what}"), what))
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise FormatError(f"{what} before byte {self.at} is not UTF-8") from None

    def value(self, kind: int, depth: int = 0) -> Any:
        if kind in NUMBERS:
            return self.number(NUMBERS[kind], "metadata")
        if kind == STRING:
            # Vocabularies have tokens that are parts of characters.
            data = bytes(self.take(self.number("Q", "the length of a text"), "text"))
            return data.decode(errors="surrogateescape")
        if kind != ARRAY:
            raise FormatError(f"type {kind} of metadata at byte {self.at - 4} is not known")
        if depth == DEPTH_MAX:
            raise FormatError(f"arrays at byte {self.at} are nested more than {DEPTH_MAX} deep")
        inner, count = self.number("I", "an array's type"), self.number("Q", "an array's length")
        if count > len(self.view) - self.at:  # each value has a byte at least
            raise FormatError(f"{count} values at byte {self.at} are not in the file")
        if inner in NUMBERS:
            return list(self.numbers(NUMBERS[inner], count, "metadata"))
        return [self.value(inner, depth + 1) for _ in range(count)]


def _metadata(reader: _Reader, pairs: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(pairs):
        key = reader.text("a key")
        if not key or key in found:
            raise FormatError(f"the key {quoted(key)} is " + ("there twice" if key else "empty"))
        found[key] = reader.value(reader.number("I", "a type"))
    return found


def _alignment(metadata: dict[str, Any]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if type(alignment) is not int or alignment <= 0 or alignment & (alignment - 1):
        raise FormatError(f"general.alignment is {quoted(str(alignment))}, no power of two")
    return alignment


def _tensor(reader: _Reader, buffer: Buffer) -> Tensor:
    name = reader.text("a tensor's name")
    rank = reader.number("I", "a tensor")
    if rank > RANK_MAX:
        raise FormatError(f"tensor {quoted(name)} has {rank} dimensions; {RANK_MAX} are allowed")
    sizes = reader.numbers("Q", rank, "a shape")
    kind = reader.number("I", "a type")
    if kind not in TYPES:
        raise FormatError(f"tensor {quoted(name)} is of type {kind}, which is not known here, nor "
                          "its size")
    dtype, block, nbytes = TYPES[kind]
    if (sizes[0] if sizes else 1) % block:
        raise FormatError(f"tensor {quoted(name)}: rows of {sizes[0] if sizes else 1} elements are "
                          f"not whole blocks of {dtype}")
    count = elements(name, sizes)
    offset = reader.number("Q", "an offset")
    return Tensor(name, dtype, sizes[::-1], offset, count // block * nbytes, buffer)


def _read(reader: _Reader, buffer: Buffer) -> tuple[dict[str, Any], list[Tensor]]:
    if bytes(reader.take(4, "magic")) != b"GGUF":
        raise FormatError("not a GGUF file: it does not begin with \"GGUF\"")
    version = reader.number("I", "version")
    if version and not version & 0xffff:
        raise FormatError("a big-endian GGUF file, which is not read here")
    if version not in (2, 3):
        raise FormatError(f"GGUF version {version}; 2 and 3 are known")
    count, pairs = reader.numbers("Q", 2, "counts")
    metadata = _metadata(reader, pairs)
    return metadata, [_tensor(reader, buffer) for _ in range(count)]


def parse(buffer: Buffer) -> Tensors:
    """Return the tensors of a loaded file. Raise FormatError if it is malformed.

    Bytes behind the last tensor are allowed, as ggml does. metadata has the values by their keys.
    """
    with buffer.view() as view:
        reader, end = _Reader(view), len(view)
        try:
            metadata, relative = _read(reader, buffer)
        finally:
            del reader.view  # it has to be gone before the view is released
    align = _alignment(metadata)
    begin = -(-reader.at // align) * align
    tensors: dict[str, Tensor] = {}
    for each in relative:
        if each.name in tensors:
            raise FormatError(f"tensor {quoted(each.name)} is there twice")
        if each.offset % align:
            raise FormatError(f"tensor {quoted(each.name)}: offset {each.offset} is not a multiple "
                              f"of the alignment {align}")
        tensors[each.name] = Tensor(each.name, each.dtype, each.shape, begin + each.offset,
                                    each.nbytes, buffer)
    check_places(tensors, begin, end, align)
    return Tensors(buffer, tensors, metadata)
