"""The pipe between the trusted process and a worker: framed JSON for structure, raw bytes for tensors, no pickle.

A frame is `header length (4 bytes) · body length (8 bytes) · header (JSON) · body`. A value in the header is a node, a
list that starts with a letter: `["f", 0.5]`, `["l", [node, …]]`, `["T", "float32", [2, 3]]`. The bytes of tensors and
arrays stand in the body in the order in which their nodes stand in the header. Of a tensor's graph only that it has one
comes through: `["G", node]`.

Encoding is lenient: what has no form of its own becomes an opaque node with the name of its type. Decoding is strict:
everything that is not exactly as described raises WireError.
"""

import json
import socket
import struct
import time
from typing import Any, NamedTuple

MAX_HEADER = 1 << 20
MAX_BODY = 1 << 26
MAX_ELEMENTS = 1 << 22
"""Numbers in all tensors of a frame: a check makes copies of them in larger types."""
MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_ENTRIES = 1_000
MAX_TEXT = 20_000
MAX_AXES = 12
LARGEST = 2**63

_HEAD = struct.Struct(">IQ")
_FLOATS = ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
_NAMES = [*_FLOATS, "int8", "int16", "int32", "int64", "uint8", "bool"]


def __getattr__(name: str) -> dict[str, Any]:
    """TENSOR_TYPES and ARRAY_TYPES, at first use: whoever only sends frames needs neither torch nor NumPy."""
    if name == "TENSOR_TYPES":
        import torch

        found = {each: getattr(torch, each) for each in _NAMES}
    elif name == "ARRAY_TYPES":
        import numpy as np

        found = {each: np.dtype(each) for each in _NAMES if each != "bfloat16"}
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


class WireError(Exception):
    """A value or a frame that must not pass; the message completes "the answer is …"."""


class Opaque:
    """Stands for an object that cannot travel. Its class carries the name of the object's type."""


class Frame(NamedTuple):
    header: dict
    body: bytes


def send(sock: socket.socket, header: dict, body: bytes = b"") -> None:
    """Raises WireError when the frame is over a cap, OSError when the other side is gone or does not read."""
    text = json.dumps(header, ensure_ascii=True).encode("ascii")
    if len(text) > MAX_HEADER or len(body) > MAX_BODY:
        raise WireError("too large to send")
    sock.sendall(_HEAD.pack(len(text), len(body)) + text + body)


def receive(sock: socket.socket, deadline: float | None = None) -> Frame:
    """The next frame. Raises WireError, EOFError at the end of the stream, TimeoutError past `deadline` (monotonic)."""
    header_size, body_size = _HEAD.unpack(_exactly(sock, _HEAD.size, deadline))
    if header_size > MAX_HEADER or body_size > MAX_BODY:
        raise WireError(f"a frame of {header_size} + {body_size} bytes")
    text = _exactly(sock, header_size, deadline)
    return Frame(_parsed(text), _exactly(sock, body_size, deadline))


def _exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    buffer, filled = bytearray(size), 0
    while filled < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            sock.settimeout(left)
        got = sock.recv_into(memoryview(buffer)[filled:])
        if got == 0:
            raise EOFError
        filled += got
    return bytes(buffer)


def _parsed(text: bytes) -> dict:
    try:
        header = json.loads(text.decode("ascii"), object_pairs_hook=_no_repeats, parse_int=_small_int)
    except (ValueError, RecursionError, MemoryError) as error:
        raise WireError(f"no JSON: {type(error).__name__}") from None
    if not isinstance(header, dict):
        raise WireError("the header is no object")
    return header


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WireError("a key twice")
    return found


def _small_int(digits: str) -> int:
    if len(digits) > 20:
        raise WireError("an integer with too many digits")
    return int(digits)
