# SPDX-License-Identifier: MIT
"""The tensors of a model, as views into the buffer that they were loaded into."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _dlpack
from .buffer import Buffer
from .job import Result

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

# The types that NumPy has, or whose bits it can show. Files are little-endian.
NUMPY = {
    # GGUF and safetensors
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4",
    "U64": "<u8", "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "C64": "<c8",
    "BF16": "<u2", "F8_E5M2": "u1", "F8_E4M3": "u1", "F8_E8M0": "u1", "F8_E4M3FNUZ": "u1",
    "F8_E5M2FNUZ": "u1",
    # ONNX
    "UINT8": "u1", "INT8": "i1", "UINT16": "<u2", "INT16": "<i2", "UINT32": "<u4", "INT32": "<i4",
    "UINT64": "<u8", "INT64": "<i8", "FLOAT16": "<f2", "FLOAT": "<f4", "DOUBLE": "<f8",
    "COMPLEX64": "<c8", "COMPLEX128": "<c16", "BFLOAT16": "<u2", "FLOAT8E4M3FN": "u1",
    "FLOAT8E4M3FNUZ": "u1", "FLOAT8E5M2": "u1", "FLOAT8E5M2FNUZ": "u1", "FLOAT8E8M0": "u1",
}
BFLOAT16 = ("BF16", "BFLOAT16")


@dataclass(frozen=True)
class Tensor:
    """A tensor in a buffer."""

    name: str
    dtype: str
    """The type by the name that the format has for it: "F32", "BF16", "Q4_0"."""
    shape: tuple[int, ...]
    """The slowest dimension first, as in NumPy; in elements, also if the type has blocks."""
    offset: int
    """First byte in the buffer."""
    nbytes: int
    buffer: Buffer = field(repr=False)

    def view(self, *, write: bool = False) -> memoryview:
        """Return a view of the bytes: see Buffer.view()."""
        return self.buffer.view(self.offset, self.nbytes, write=write)

    def numpy(self, *, write: bool = False) -> "NDArray[Any]":
        """Return an array that is a view of the tensor.

        The bits of bfloat16 are uint16, and those of an 8-bit float uint8. For a type that packs
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
        """Return a DLPack capsule, which has bfloat16, too. The tensor is writable: a view."""
        del max_version  # every version of DLPack takes the first one
        return _dlpack.export(self.numpy(write=True), bfloat16=self.dtype in BFLOAT16, stream=stream,
                              dl_device=dl_device, copy=copy)

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return the device: the CPU."""
        return _dlpack.CPU


class Tensors(Mapping[str, Tensor]):
    """Loaded tensors by their names, in the order in which they were asked for."""

    def __init__(self, buffer: Buffer, tensors: Iterable[Tensor], result: Result) -> None:
        self.buffer = buffer
        self.digests = result.digests
        """Of the files, or of the tensors that were chosen, if the load was asked for them."""
        self._tensors = {each.name: each for each in tensors}

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
