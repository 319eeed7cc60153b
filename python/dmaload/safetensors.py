# SPDX-License-Identifier: MIT
"""Read the header of a safetensors file that lies in a buffer.

As strict as the format: no member twice, no hole between tensors, nothing behind the last one.
"""

import json
import struct
from typing import Any

from .buffer import Buffer
from .errors import FormatError
from .tensors import Tensor, Tensors, check_places, elements, quoted

HEADER_MAX = 100_000_000  # of the format itself
RANK_MAX = 64  # of a NumPy array; the format has no limit

BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
    "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FormatError(f"the member {quoted(twice)} is there twice")
    return found


def _constant(text: str) -> Any:
    raise FormatError(f"{text} is no JSON")


def _parse(text: bytes) -> dict[str, Any]:
    if not text.startswith(b"{"):
        raise FormatError("the header is no JSON object")
    try:
        header = json.loads(text.decode(), object_pairs_hook=_object, parse_constant=_constant)
    except FormatError:
        raise
    except RecursionError:
        raise FormatError("the header is nested too deep") from None
    except ValueError as reason:
        raise FormatError(f"the header is no JSON: {str(reason)[:200]}") from None
    assert isinstance(header, dict)
    return header


def _numbers(name: str, what: str, value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > RANK_MAX or not all(
            type(each) is int and 0 <= each < 2**63 for each in value):
        raise FormatError(f"tensor {quoted(name)}: {what} is no list of at most {RANK_MAX} whole "
                          "numbers from 0 on that 64 bits can hold")
    return tuple(value)


def _tensor(name: str, info: Any, begin: int, buffer: Buffer) -> Tensor:
    if not isinstance(info, dict) or not {"dtype", "shape", "data_offsets"} <= info.keys():
        raise FormatError(f"tensor {quoted(name)}: dtype, shape or data_offsets is missing")
    dtype = info["dtype"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise FormatError(f"tensor {quoted(name)}: its dtype {quoted(str(dtype))} is not known")
    shape = _numbers(name, "shape", info["shape"])
    offsets = _numbers(name, "data_offsets", info["data_offsets"])
    if len(offsets) != 2 or offsets[0] > offsets[1]:
        raise FormatError(f"tensor {quoted(name)}: data_offsets are no begin and end")
    bits = elements(name, shape) * BITS[dtype]
    if bits % 8:
        raise FormatError(f"tensor {quoted(name)}: its elements are not whole bytes")
    if bits // 8 != offsets[1] - offsets[0]:
        raise FormatError(f"tensor {quoted(name)} takes {bits // 8} bytes, its data_offsets are "
                          f"{offsets[1] - offsets[0]} apart")
    return Tensor(name, dtype, shape, begin + offsets[0], bits // 8, buffer)


def _metadata(value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise FormatError("__metadata__ is no object of texts")
    return value


def parse(buffer: Buffer) -> Tensors:
    """Return the tensors of a loaded file. Raise FormatError if it is malformed."""
    with buffer.view() as view:
        if len(view) < 8:
            raise FormatError(f"a file of {len(view)} bytes is no safetensors file")
        (length,) = struct.unpack_from("<Q", view)
        if length > HEADER_MAX or length > len(view) - 8:
            raise FormatError(f"a header of {length} bytes "
                              f"{'is too long' if length > HEADER_MAX else 'is not in the file'}")
        header = _parse(bytes(view[8:8 + length]))
        end = len(view)
    metadata = _metadata(header.pop("__metadata__", None))
    begin = 8 + length
    tensors = {name: _tensor(name, info, begin, buffer) for name, info in header.items()}
    last = check_places(tensors, begin, end, 1)
    if last != end:
        raise FormatError(f"{end - last} bytes behind the last tensor belong to none")
    return Tensors(buffer, tensors, metadata)
