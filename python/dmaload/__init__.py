# SPDX-License-Identifier: MIT
"""Load huge files straight into dma-bufs, the memory that devices share.

    import dmaload

    buffer = dmaload.load("model.bin")      # from the recommended source: a heap, or udmabuf
    device.import_dmabuf(buffer.fd)         # a device uses the memory, or
    weights = buffer.numpy("<f4")           # NumPy does, or torch.from_dlpack(buffer)

load_model() gives the tensors of a model by their names: of a safetensors, GGUF or ONNX file, or of
several files. load_stream() loads a pipe or a socket, and probe() says what a load would do.
Context, File, Range and Job do what else libdmaload can do; dmaload.aio does it in an event loop.
"""

from ._abi import Allow, Cache, Engine, Operation, Syscalls
from ._library import library as _library
from ._library import text_of as _text_of
from .buffer import Buffer
from .context import Context, load, probe
from .digest import digest_compare, digest_list, digest_measure, digest_parse
from .errors import Error, FormatError
from .file import File
from .job import Job, Result
from .machine import Memory, Source, memory_query, sources, syscalls_query
from .models import Model, TensorInfo, load_model
from .probe import Probe
from .report import Report
from .request import Options, Progress, Range
from .spread import Spread
from .stream import load_stream
from .tensors import Tensor, Tensors
from .transform import Piece, Transform

__version__: str = _text_of(_library.dmaload_version())

__all__ = [
    "Allow", "Buffer", "Cache", "Context", "Engine", "Error", "File", "FormatError", "Job",
    "Memory", "Model", "Operation", "Options", "Piece", "Probe", "Progress", "Range", "Report",
    "Result", "Source", "Spread", "Syscalls", "Tensor", "TensorInfo", "Tensors", "Transform",
    "digest_compare", "digest_list", "digest_measure", "digest_parse", "load", "load_model",
    "load_stream", "memory_query", "probe", "sources", "syscalls_query",
]
