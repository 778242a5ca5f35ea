"""What an exporter is told: the export response of each signal and google.rpc.Status, in the encoding that it used.

google.rpc is not part of opentelemetry-proto, and its four small messages do not earn a dependency: they are written
field by field, and the tests read them with Google's own classes.
"""

from __future__ import annotations

import orjson

from .fields import lengthed, whole

_RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo"


_REJECTED = {"traces": "rejectedSpans", "logs": "rejectedLogRecords", "metrics": "rejectedDataPoints"}


def encode_success(rejected: int, message: str, json: bool, signal: str = "traces") -> bytes:
    """Return the export response of a signal, "traces", "logs" or "metrics"; in protobuf they are the same.

    `partial_success` stays unset without anything rejected and without a message (a message alone is a warning); it
    is b"" in protobuf then, and b"{}" in JSON.
    """
    if json:
        # int64 is text in JSON (protobuf.dev/programming-guides/json).
        partial = {_REJECTED[signal]: str(rejected)} if rejected else {}
        partial |= {"errorMessage": message} if message else {}
        return orjson.dumps({"partialSuccess": partial} if partial else {})
    payload = whole(1, rejected) + (lengthed(2, message.encode()) if message else b"")
    return lengthed(1, payload) if payload else b""


def encode_status(code: int, message: str, json: bool, retry_after: int | None = None) -> bytes:
    """Return a google.rpc.Status: a gRPC code, a text, and when to try again (whole seconds) as RetryInfo."""
    if json:
        status: dict[str, object] = {"code": code, "message": message}
        if retry_after is not None:
            status["details"] = [{"@type": _RETRY_INFO, "retryDelay": f"{retry_after}s"}]
        return orjson.dumps(status)
    encoded = whole(1, code) + (lengthed(2, message.encode()) if message else b"")
    if retry_after is not None:
        encoded += lengthed(3, lengthed(1, _RETRY_INFO.encode()) + lengthed(2, retry_info_bytes(retry_after)))
    return encoded


def retry_info_bytes(seconds: int) -> bytes:
    """Return a google.rpc.RetryInfo; the Python exporter reads it from the trailer `google.rpc.retryinfo-bin`."""
    return lengthed(1, whole(1, seconds))
