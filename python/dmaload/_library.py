# SPDX-License-Identifier: MIT
"""Load the C libraries, and own their objects.

ctypes releases Python's global lock in each call of a ctypes.CDLL, so other threads run meanwhile.
The C libraries call Python only for a transform, and to ask if a load of a stream shall go on.
"""

import ctypes
import functools
import operator
import re
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from . import _abi, _callbacks, _prototypes
from .errors import Error


def prototypes(text: str) -> Iterator[tuple[str, Any, list[Any]]]:
    """Yield the name, the type of the result and the types of the arguments of each declaration."""
    for declaration in " ".join(text.split()).split(";")[:-1]:
        match = re.fullmatch(r"(.*?)(\w+)\((.*)\)", declaration.strip())
        assert match is not None, declaration
        result, name, arguments = match.groups()
        types = [] if arguments == "void" else [_type_of(each) for each in arguments.split(", ")]
        yield name, _type_of(result.strip()), types


def _type_of(text: str) -> Any:
    if text == "const char *":
        return ctypes.c_char_p
    return ctypes.c_void_p if text.endswith(("*", "]")) else _prototypes.VALUES[text]


def _open(soname: str, declarations: str) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(soname)
    except OSError as reason:
        raise ImportError(f"{reason}; install it, run ldconfig as root, or name its folder in "
                          "LD_LIBRARY_PATH") from reason
    for name, result, arguments in prototypes(declarations):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


library = _open(_abi.SONAME, _prototypes.PROTOTYPES)


@functools.lru_cache(maxsize=None)
def digest_library() -> ctypes.CDLL:
    """Return libdmaload-digest, which is loaded when it is needed first."""
    return _open(_abi.DIGEST_SONAME, _prototypes.DIGEST_PROTOTYPES)


@functools.lru_cache(maxsize=None)
def models_library() -> ctypes.CDLL:
    """Return libdmaload-models, in the same way."""
    return _open(_abi.MODELS_SONAME, _prototypes.MODELS_PROTOTYPES)


class Pointer:
    """Own a C object, which is destroyed with the last reference.

    A call that gets the Pointer as an argument keeps a reference. So no object is destroyed while
    a thread uses it. keep is released after the object.

    Objects that exist when the interpreter exits are not destroyed, since daemon threads may use
    them. The kernel frees them.
    """

    def __init__(self, value: ctypes.c_void_p, destroy: Callable[..., Any],
                 *keep: object) -> None:
        self._as_parameter_ = value
        weakref.finalize(self, _callbacks.destroy_soon, destroy, value, keep).atexit = False

    @property
    def value(self) -> int:
        """Return the address."""
        return self._as_parameter_.value or 0


def check(code: int, error: _abi.CError) -> int:
    """Return a result, or raise it with its message if it is an error."""
    if code < 0:
        raise Error(code, error.message.decode())
    return code


def create(function: Callable[..., int], destroy: Callable[..., Any], *arguments: Any,
           keep: tuple[object, ...] = ()) -> Pointer:
    """Call a constructor: a function that begins with an out parameter and ends with an error."""
    out, error = ctypes.c_void_p(), _abi.CError()
    check(function(ctypes.byref(out), *arguments, ctypes.byref(error)), error)
    return Pointer(out, destroy, *keep)


def call(function: Callable[..., int], *arguments: Any) -> int:
    """Call a function that ends with an error; return its result."""
    error = _abi.CError()
    return check(function(*arguments, ctypes.byref(error)), error)


def text_of(value: bytes | None) -> str:
    """Return a string of the library; other bytes than UTF-8 are escaped."""
    return (value or b"").decode(errors="backslashreplace")


def encode(text: str | bytes) -> bytes:
    """Return an argument as a string of C; it must not have a NUL."""
    value = text.encode() if isinstance(text, str) else text
    if b"\0" in value:
        raise ValueError("the argument has a NUL")
    return value


def whole(what: str, value: Any, bits: int = 64) -> int:
    """Return a number that C can hold without a sign; ctypes would cut off what is too large."""
    number = operator.index(value)
    if not 0 <= number < 2**bits:
        raise ValueError(f"{what} is {number}, and not from 0 to 2**{bits} - 1")
    return number


def known(value: int) -> int | None:
    """Return a figure of the library; None if the kernel does not report it."""
    return None if value == _abi.UNKNOWN else value
