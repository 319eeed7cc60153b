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


def bfloat16(values: Array) -> Array:
    """Return the upper halves of floats, as uint16."""
    return (values.astype("<f4").view("<u4") >> 16).astype("<u2")


def numbers(shape: tuple[int, ...], dtype: str, seed: int = 1) -> Array:
    """Return small numbers that every type can hold."""
    return numpy.random.default_rng(seed).integers(0, 100, shape).astype(dtype)
