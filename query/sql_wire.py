"""What the server and the process that answers SQL say to each other over two pipes.

A frame is its kind, whether it is the last of its process, the length of its body, and the body. The process says READY
once; then it answers each QUESTION with one ANSWER (an `SqlAnswer` in JSON) or ERROR.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, NamedTuple

import orjson

from .. import errors

if TYPE_CHECKING:
    from .dialect import Dialect

READY, QUESTION, ANSWER, ERROR = b"r", b"q", b"a", b"e"

_HEADER = struct.Struct("!c?Q")


class Question(NamedTuple):
    """One read-only statement, for at most `limit` rows in `seconds`, over all projects or as if there were one.

    `dialect` None: told by what the statement says.
    """

    query: str
    limit: int
    seconds: float
    project: str | None = None
    dialect: Dialect | None = None


class Frame(NamedTuple):
    """One message; after the `last` of a process there is nothing more to be had from it."""

    kind: bytes
    body: bytes = b""
    last: bool = False


def send(stream: IO[bytes], frame: Frame) -> None:
    """Write a frame. Raises BrokenPipeError where nobody reads any more."""
    stream.write(_HEADER.pack(frame.kind, frame.last, len(frame.body)))
    stream.write(frame.body)
    stream.flush()


def receive(stream: IO[bytes]) -> Frame | None:
    """Read a frame; None where the other side is gone."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, last, length = _HEADER.unpack(header)
    body = stream.read(length)
    return Frame(kind, body, last) if len(body) == length else None


def ask(question: Question) -> Frame:
    """Return a question as a frame."""
    return Frame(QUESTION, orjson.dumps(tuple(question)))


def asked(frame: Frame) -> Question:
    """Return the question of a frame."""
    return Question(*orjson.loads(frame.body))


def tell(error: errors.SidetraceError) -> bytes:
    """Return an error of ours as the body of a frame."""
    return orjson.dumps((type(error).__name__, str(error)))


def told(body: bytes) -> errors.SidetraceError:
    """Return the error that `tell` wrote."""
    name, message = orjson.loads(body)
    error: errors.SidetraceError = getattr(errors, name)(message)
    return error
