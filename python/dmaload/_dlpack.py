# SPDX-License-Identifier: MIT
"""DLPack: hand an array to PyTorch and others without a copy.

NumPy makes the capsule. Its deleter is a C function that a consumer may call at any time, even
while the interpreter exits; a Python function could not do that. The capsule references the array,
and the array the buffer. So the memory stays as long as the tensor.
"""

import ctypes
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

CPU = (1, 0)
BFLOAT = 4


class _Head(ctypes.Structure):
    """The beginning of DLManagedTensor, up to its type."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device", ctypes.c_int32 * 2),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
    ]


def export(array: "NDArray[Any]", *, bfloat16: bool = False, stream: object = None,
           dl_device: tuple[int, int] | None = None, copy: bool | None = None) -> Any:
    """Return the capsule of a writable array, as the array API standard defines it."""
    if stream is not None:
        raise BufferError("the memory belongs to the CPU, which has no streams")
    if dl_device is not None and tuple(dl_device) != CPU:
        raise BufferError(f"the memory cannot move to the device {tuple(dl_device)}")
    if copy:
        raise BufferError("the memory is shared; copy the tensor instead")
    if not array.flags.aligned:
        raise BufferError("the tensor is not aligned to its elements; copy it by numpy().copy()")
    capsule = array.__dlpack__()
    if bfloat16:  # NumPy has no such type, and exports the bits as uint16
        pointer = ctypes.pythonapi.PyCapsule_GetPointer
        pointer.restype = ctypes.c_void_p
        pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
        _Head.from_address(pointer(capsule, b"dltensor")).code = BFLOAT
    return capsule
