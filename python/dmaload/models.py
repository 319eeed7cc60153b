# SPDX-License-Identifier: MIT
"""Load a model file, and find its tensors."""

from typing import TYPE_CHECKING, Any

from . import gguf, safetensors
from .buffer import Buffer
from .context import load
from .tensors import Tensors

if TYPE_CHECKING:
    from .file import AnyPath


def parse_model(buffer: Buffer) -> Tensors:
    """Return the tensors of a loaded safetensors or GGUF file."""
    with buffer.view(0, min(4, buffer.length)) as view:
        is_gguf = bytes(view) == b"GGUF"
    return gguf.parse(buffer) if is_gguf else safetensors.parse(buffer)


def load_model(path: "AnyPath", source: str | None = None, **options: Any) -> Tensors:
    """Load a safetensors or GGUF file, and return its tensors, which lie in the buffer.

    The options are those of load(). Raise FormatError if the file is malformed.
    """
    return parse_model(load(path, source, **options))
