"""OTLP on the wire: bytes to spans and log records, and answers to bytes. Knows nothing of sessions, HTTP or gRPC.

    decode        a request body, protobuf or JSON -> the spans it holds, and those that cannot be kept
    decode_logs   the same for log records
    decompress    undoes a Content-Encoding, within a limit
    encode_*      the answers: export responses, google.rpc.Status, RetryInfo
    *from_wire    what a record could not hold in plain values, read back from `Span.wire` and its likes

Rooms above read the records of `proto.span` and `proto.log`. Ids are lower-case hex, times integer nanoseconds, bytes
stay bytes.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError

from . import json as _json
from . import lenient as _lenient
from . import protobuf as _protobuf
from .compression import decompress
from .log import DecodedLogs
from .response import encode_status, encode_success, retry_info_bytes
from .span import Decoded
from .wire import from_wire, log_from_wire, resource_from_wire, scope_from_wire

__all__ = [
    "decode",
    "decode_logs",
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
    if json:
        return _json.decode(body)
    try:
        return _protobuf.decode(body)
    except DecodeError:
        return _lenient.decode(body)


def decode_logs(body: bytes, json: bool) -> DecodedLogs:
    """Decode an ExportLogsServiceRequest, as `decode`; log records need no ids, but those they have must be usable."""
    if json:
        return _json.decode_logs(body)
    try:
        return _protobuf.decode_logs(body)
    except DecodeError:
        return _lenient.decode_logs(body)
