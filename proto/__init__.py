"""OTLP on the wire: bytes to spans and log records, and answers to bytes. Knows nothing of sessions, HTTP or gRPC.

    decode        a request body, protobuf or JSON -> the spans it holds, and those that cannot be kept
    decode_logs   the same for log records; decode_slices and decode_log_slices, a part of them at a time
    count_points  of a metrics request, how many data points it holds
    decompress    undoes a Content-Encoding, within a limit
    encode_*      the answers: export responses, google.rpc.Status, RetryInfo
    *from_wire    what a record could not hold in plain values, read back from `Span.wire` and its likes

Rooms above read the records of `proto.span` and `proto.log`. Ids are lower-case hex, times integer nanoseconds, bytes
stay bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from google.protobuf.message import DecodeError

from . import json as _json
from . import lenient as _lenient
from . import protobuf as _protobuf
from .compression import check_encoding, decompress
from .log import DecodedLogs
from .metrics import count_points
from .parts import check_parts
from .response import encode_status, encode_success, retry_info_bytes
from .span import Decoded
from .wire import from_wire, log_from_wire, resource_from_wire, scope_from_wire

__all__ = [
    "check_encoding",
    "count_points",
    "decode",
    "decode_log_slices",
    "decode_logs",
    "decode_slices",
    "decompress",
    "encode_status",
    "encode_success",
    "from_wire",
    "log_from_wire",
    "resource_from_wire",
    "retry_info_bytes",
    "scope_from_wire",
]


def decode(body: bytes, json: bool) -> Decoded:
    """Decode an ExportTraceServiceRequest, OTLP/JSON if `json`, else protobuf.

    Spans with unusable ids come back as `Decoded.rejected`, one by one. Raises UndecodableBody for everything that is
    no such request; an empty body is one in protobuf, not in JSON.
    """
    return next(decode_slices(body, json, sys.maxsize))


def decode_logs(body: bytes, json: bool) -> DecodedLogs:
    """Decode an ExportLogsServiceRequest, as `decode`; log records need no ids, but those they have must be usable."""
    return next(decode_log_slices(body, json, sys.maxsize))


def decode_slices(body: bytes, json: bool, size: int) -> Iterator[Decoded]:
    """Decode as `decode`, about `size` spans at a time, so that many small ones need not be in memory together.

    What is no request is mostly refused before the first slice, a value that cannot stand where it stands when its
    span's turn comes. Raises TooLarge for a body that would take too much memory, whatever its size.
    """
    check_parts(body, json, "Span")
    if json:
        return _json.decode(body, size)
    try:
        return _protobuf.decode(body, size)
    except DecodeError:
        return _lenient.decode(body, size)


def decode_log_slices(body: bytes, json: bool, size: int) -> Iterator[DecodedLogs]:
    """Decode as `decode_logs`, in slices as `decode_slices`."""
    check_parts(body, json, "LogRecord")
    if json:
        return _json.decode_logs(body, size)
    try:
        return _protobuf.decode_logs(body, size)
    except DecodeError:
        return _lenient.decode_logs(body, size)
