# SPDX-License-Identifier: MIT
"""The tensors of a model file, as views into the buffer that it was loaded into."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _dlpack
from .buffer import Buffer
from .errors import FormatError

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

# The types that NumPy has, or whose bits it can show. Files are little-endian.
NUMPY = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8",
    "BF16": "<u2", "F8_E5M2": "u1", "F8_E4M3": "u1", "F8_E8M0": "u1", "F8_E4M3FNUZ": "u1",
    "F8_E5M2FNUZ": "u1",
}


@dataclass(frozen=True)
class Tensor:
    """A tensor in a buffer."""

    name: str
    dtype: str
    """The type by the name that the format has for it: "F32", "BF16", "Q4_0"."""
    shape: tuple[int, ...]
    """The slowest dimension first, as in NumPy; in elements, also if the type has blocks."""
    offset: int
    """First byte in the file, and in the buffer."""
    nbytes: int
    buffer: Buffer = field(repr=False)

    def view(self, *, write: bool = False) -> memoryview:
        """Return a view of the bytes: see Buffer.view()."""
        return self.buffer.view(self.offset, self.nbytes, write=write)

    def numpy(self, *, write: bool = False) -> "NDArray[Any]":
        """Return an array that is a view of the tensor.

        The bits of BF16 are uint16, and those of an 8-bit float uint8. For a type that packs
        elements into blocks, the array has the bytes: the last dimension is a row's bytes, if rows
        have whole bytes; else there is one dimension.
        """
        kind = NUMPY.get(self.dtype)
        if kind is not None:
            return self.buffer.numpy(kind, self.shape, self.offset, write=write)
        rows = 1
        for dimension in self.shape[:-1]:
            rows *= dimension
        shape: tuple[int, ...] = (self.nbytes,)
        if rows and self.shape[:-1] and self.nbytes % rows == 0:
            shape = (*self.shape[:-1], self.nbytes // rows)
        return self.buffer.numpy("u1", shape, self.offset, write=write)

    def __dlpack__(self, *, stream: object = None, max_version: object = None,
                   dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any:
        """Return a DLPack capsule; BF16 is bfloat16 there. The tensor is writable: a view."""
        del max_version  # every version of DLPack takes the first one
        return _dlpack.export(self.numpy(write=True), bfloat16=self.dtype == "BF16", stream=stream,
                              dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the device: the CPU."""
        return _dlpack.CPU


class Tensors(Mapping[str, Tensor]):
    """The tensors of a model by their names, in the order of the file's header."""

    def __init__(self, buffer: Buffer, tensors: Mapping[str, Tensor],
                 metadata: Mapping[str, Any]) -> None:
        self.buffer = buffer
        self.metadata = metadata
        self._tensors = tensors

    def __getitem__(self, name: str) -> Tensor:
        return self._tensors[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)

    def close(self) -> None:
        """Close the buffer: see Buffer.close()."""
        self.buffer.close()

    def __enter__(self) -> "Tensors":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        self.buffer.__exit__(kind, value, trace)


def quoted(name: str) -> str:
    """Return a name of a file for a message: printable, and not long."""
    return ascii(name if len(name) <= 80 else name[:77] + "...")


def elements(name: str, shape: tuple[int, ...]) -> int:
    """Return the number of elements; it must be one that 64 bits can hold."""
    product, zero = 1, False
    for dimension in shape:
        zero = zero or dimension == 0
        product *= dimension or 1
        if product >= 2**63:
            raise FormatError(f"tensor {quoted(name)}: the dimensions are larger than 64 bits "
                              "can hold")
    return 0 if zero else product


def check_places(tensors: Mapping[str, Tensor], begin: int, end: int, align: int) -> int:
    """Check that tensors lie between two offsets, without overlap, and without a gap that the
    alignment does not explain. Return where the last one ends."""
    at, before = begin, ""
    for tensor in sorted(tensors.values(), key=lambda each: (each.offset, each.nbytes)):
        name = quoted(tensor.name)
        if tensor.offset < at:
            raise FormatError(f"tensor {name} overlaps {before or 'the header'}")
        if tensor.offset > -(-at // align) * align:
            raise FormatError(f"{tensor.offset - at} bytes before tensor {name} belong to none")
        at, before = tensor.offset + tensor.nbytes, f"tensor {name}"
        if at > end:
            raise FormatError(f"tensor {name} ends {at - end} bytes behind the end of the file")
    return at
