# SPDX-License-Identifier: MIT
"""Load huge files straight into dma-bufs, the memory that devices share.

    import dmaload

    buffer = dmaload.load("model.bin")      # from the recommended source: a heap, or udmabuf
    device.import_dmabuf(buffer.fd)         # a device uses the memory, or
    weights = buffer.numpy("<f4")           # NumPy does, or torch.from_dlpack(buffer)

load_model() gives the tensors of a model by their names: of a safetensors, GGUF or ONNX file, or of
several files. Context, File, Range and Job do what else libdmaload can do; dmaload.aio does it in
an event loop.
"""

from ._abi import Allow, Cache, Engine, Operation, Syscalls
from ._library import library as _library
from ._library import text_of as _text_of
from .buffer import Buffer, Source, sources
from .context import Context, load
from .errors import Error, FormatError
from .file import File
from .job import Job, Options, Progress, Range, Result
from .models import Model, TensorInfo, load_model
from .report import Report
from .tensors import Tensor, Tensors

__version__: str = _text_of(_library.dmaload_version())

__all__ = [
    "Allow", "Buffer", "Cache", "Context", "Engine", "Error", "File", "FormatError", "Job",
    "Model", "Operation", "Options", "Progress", "Range", "Report", "Result", "Source", "Syscalls",
    "Tensor", "TensorInfo", "Tensors", "load", "load_model", "sources",
]
