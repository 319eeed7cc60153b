# SPDX-License-Identifier: MIT
"""Make model files."""

import json
import struct
from typing import Any

import numpy
from numpy.typing import NDArray

Array = NDArray[Any]


def safetensors(tensors: dict[str, tuple[str, Array]],
                metadata: dict[str, str] | None = None) -> bytes:
    """Return a file of tensors, each with the name of its type."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": metadata}
    data = b""
    for name, (dtype, array) in tensors.items():
        end = len(data) + array.nbytes
        header[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": [len(data), end]}
        data += array.tobytes()
    return around(json.dumps(header).encode(), data)


def around(header: bytes, data: bytes = b"") -> bytes:
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + data


def text(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def gguf(tensors: dict[str, tuple[int, tuple[int, ...], bytes]], pairs: list[bytes] | None = None,
         *, align: int = 32, version: int = 3) -> bytes:
    """Return a file of tensors: each with the number of its type, its shape and its bytes."""
    pairs = pairs or []
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs)) + b"".join(pairs)
    data = b""
    for name, (kind, shape, content) in tensors.items():
        data += b"\0" * (-len(data) % align)
        out += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape[::-1], kind,
                                        len(data))
        data += content
    return out + b"\0" * (-len(out) % align) + data


def pair(key: str, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def field(number: int, value: int | bytes) -> bytes:
    """Return a field of protobuf: a number below 128, or bytes."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    length, count = b"", len(value)
    while count > 127:
        length, count = length + bytes([count & 127 | 128]), count >> 7
    return bytes([number << 3 | 2]) + length + bytes([count]) + value


def onnx(tensors: dict[str, tuple[int, Array, str]]) -> bytes:
    """Return a model of tensors, each with the number of its type, and "" or another file that has
    the bytes of this one tensor. Other numbers than floats are given as int64_data."""
    graph = b""
    for name, (kind, array, location) in tensors.items():
        tensor = b"".join(field(1, each) for each in array.shape)
        tensor += field(2, kind) + field(8, name.encode())
        if location:
            tensor += field(13, field(1, b"location") + field(2, location.encode())) + field(14, 1)
        elif array.dtype.kind == "i":
            tensor += field(7, bytes(array.astype("u1")))
        else:
            tensor += field(9, array.tobytes())
        graph += field(5, tensor)
    return field(1, 8) + field(7, graph)


def bfloat16(values: Array) -> Array:
    """Return the upper halves of floats, as uint16."""
    return (values.astype("<f4").view("<u4") >> 16).astype("<u2")


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 1) -> Array:
    """Return small numbers that every type can hold."""
    return numpy.random.default_rng(seed).integers(0, 100, shape).astype(dtype)
