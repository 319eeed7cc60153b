# SPDX-License-Identifier: MIT
"""Find the tensors of a model, and load them, by libdmaload-models."""

import ctypes
import errno
import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _abi, metadata
from ._library import Pointer, call, create, encode, models_library, text_of
from .buffer import Buffer
from .context import Context
from .errors import Error, FormatError
from .file import File
from .request import Options, Range
from .tensors import Tensor, Tensors

if TYPE_CHECKING:
    from types import TracebackType

    from .file import AnyPath

ALIGN = 64  # of chosen tensors, as in "dmaload load --tensors"
FILE_ALIGN = 65536  # of whole files: a multiple of every block and page size in use


@dataclass(frozen=True)
class TensorInfo:
    """A tensor in a file of a model: struct dmaload_tensor."""

    name: str
    dtype: str
    """The type by the name that the format has for it: "F32", "BF16", "Q4_0"."""
    shape: tuple[int, ...]
    """The slowest dimension first, as in NumPy; in elements, also if the type has blocks."""
    file: int
    """The index of its file: see Model.paths."""
    file_offset: int
    nbytes: int


@dataclass(frozen=True)
class _Plan:
    """Where bytes of the files go in a buffer."""

    size: int
    parts: list[tuple[int, int, int, int, int]]
    """The file, the offset there, the offset in the buffer, the length and the priority."""
    offsets: dict[str, int]
    """Of the tensors, in the buffer."""


class Model:
    """The tensors of a model file, of which some or all can be loaded. Thread-safe.

    The files stay open until the model is closed.
    """

    def __init__(self, path: "AnyPath") -> None:
        """Open a GGUF, safetensors or ONNX file, one of several that make a model, or their index.

        Raise FormatError if a file is malformed or of an unknown kind, else Error.
        """
        try:
            library = models_library()
        except ImportError as reason:
            raise Error(errno.ENOSYS, f"cannot read model files: {reason}") from reason
        try:
            pointer = create(library.dmaload_model_open, library.dmaload_model_close,
                             encode(os.fsencode(path)))
        except Error as reason:
            if reason.errno == errno.EBADMSG:
                raise FormatError(reason.strerror) from None
            raise
        self._library = library
        self._pointer: Pointer | None = pointer
        self.format = text_of(library.dmaload_model_format(pointer))
        """"gguf", "safetensors" or "onnx"; later versions may know more."""
        count = library.dmaload_model_files(pointer)
        self.paths = tuple(os.fsdecode(library.dmaload_model_path(pointer, i))
                           for i in range(count))
        """The files that have the tensors, in order."""
        self._files: tuple[File, ...] = ()
        tensors = (self._info(library.dmaload_model_tensor(pointer, i))
                   for i in range(library.dmaload_model_tensors(pointer)))
        self.tensors: Mapping[str, TensorInfo] = {each.name: each for each in tensors}
        """The tensors by their names, in the order of the files. A name is safe to print: a
        backslash, and a byte that is not text, are escaped in it."""
        self.omitted = tuple(self._info(library.dmaload_model_omitted(pointer, i))
                             for i in range(library.dmaload_model_omissions(pointer)))
        """Tensors of an ONNX model that cannot be loaded, since they do not lie there as bytes. Their
        file, file_offset and nbytes have no meaning."""

    def _info(self, address: int) -> TensorInfo:
        tensor = _abi.CTensor.from_address(address)
        shape = tuple(tensor.shape[:tensor.rank])
        return TensorInfo(text_of(tensor.name), text_of(tensor.type),
                          shape[::-1] if self.format == "gguf" else shape, tensor.file,
                          tensor.file_offset, tensor.bytes)

    def _open(self) -> Pointer:
        """Return the C object. Who has it keeps the files open, whatever other threads close."""
        if self._pointer is None:
            raise ValueError("the model is closed")
        return self._pointer

    @property
    def files(self) -> tuple[File, ...]:
        """Return the files, for ranges of your own. They are closed with the model."""
        pointer = self._open()
        if not self._files:
            self._files = tuple(File.from_fd(self._library.dmaload_model_fd(pointer, i))
                                for i in range(len(self.paths)))
        return self._files

    @functools.cached_property
    def metadata(self) -> Mapping[str, Any]:
        """Return what the first file says about the model, by keys. It is read when you ask."""
        pointer, read = self._open(), metadata.READERS.get(self.format)
        return read(self._library.dmaload_model_fd(pointer, 0)) if read else {}

    def close(self) -> None:
        """Close the files. Tensors that were loaded stay."""
        for file in self._files:
            file.close()
        self._files, self._pointer = (), None

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: "TracebackType | None") -> None:
        self.close()

    def _whole(self) -> _Plan:
        """Plan to load the files as they are, one after the other."""
        size, begins, parts = 0, [], []
        for number, file in enumerate(self.files):
            begins.append(-(-size // FILE_ALIGN) * FILE_ALIGN)
            length = file.size or 0
            size = begins[-1] + length
            parts.append((number, 0, begins[-1], length, 0))
        return _Plan(size, parts, {name: begins[each.file] + each.file_offset
                                   for name, each in self.tensors.items()})

    def _chosen(self, patterns: Sequence[str], align: int) -> _Plan:
        """Plan to load tensors one by one."""
        pointer = self._open()
        encoded = (ctypes.c_char_p * len(patterns))(*(encode(each) for each in patterns))
        places = (_abi.CPlace * (len(self.tensors) + 1))()
        found, size = ctypes.c_size_t(), ctypes.c_uint64()
        call(self._library.dmaload_model_choose, pointer, encoded, len(patterns), places,
             ctypes.byref(found))
        call(self._library.dmaload_model_align, places, found, align, ctypes.byref(size))
        parts, offsets = [], {}
        for place in places[:found.value]:
            tensor = _abi.CTensor.from_address(place.tensor)
            offsets[text_of(tensor.name)] = place.offset
            if tensor.bytes:
                parts.append((tensor.file, tensor.file_offset, place.offset, tensor.bytes,
                              place.pattern))
        return _Plan(size.value, parts, offsets)

    def load(self, source: str | None = None, tensors: str | Sequence[str] | None = None, *,
             align: int | None = None, options: Options = Options(),
             context: Context | None = None) -> Tensors:
        """Load tensors into a new buffer.

        source   as in load()
        tensors  names, or patterns of a shell such as "blk.0.*". Those of an earlier pattern are
                 loaded earlier. None: all tensors, with the files as they are, one after the other
        align    a power of two: each tensor begins at a multiple of it in the buffer. Without it,
                 a file as it is keeps its own offsets, and chosen tensors begin at multiples of 64
        options  of the job; a digest is one of each file, or of each chosen tensor that has bytes
        context  for many loads, one that you keep

        Raise Error with ENOENT if a pattern matches no tensor, and with ENODATA if the tensors have
        no bytes.
        """
        if tensors is None and align is None:
            plan = self._whole()
        else:
            patterns = [tensors] if isinstance(tensors, str) else list(tensors or ())
            plan = self._chosen(patterns, ALIGN if align is None else align)
        if not plan.parts:
            raise Error(errno.ENODATA, f"{self.paths[0]}: nothing to load: these tensors are empty")
        buffer = Buffer(plan.size, source)
        ranges = [Range(self.files[file], buffer, at, to, length, priority)
                  for file, at, to, length, priority in plan.parts]
        if context is not None:
            result = context.load(ranges, options)
        else:
            with Context() as own:
                result = own.load(ranges, options)
        buffer.loaded(plan.size, result.report, None)
        return Tensors(buffer, (Tensor(name, info.dtype, info.shape, offset, info.nbytes, buffer)
                                for name, offset in plan.offsets.items()
                                for info in (self.tensors[name],)), result)


def load_model(path: "AnyPath", source: str | None = None,
               tensors: str | Sequence[str] | None = None, *, align: int | None = None,
               options: Options = Options(), context: Context | None = None) -> Tensors:
    """Load the tensors of a model into one new buffer: see Model and Model.load()."""
    with Model(path) as model:
        return model.load(source, tensors, align=align, options=options, context=context)
