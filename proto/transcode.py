"""Export requests in OTLP/JSON to the same in protobuf."""

from __future__ import annotations

import base64
from typing import Any

from ..errors import UndecodableBody
from . import decode, decode_logs
from .document import parse
from .encode import encode_logs, encode_spans
from .ids import is_hex

_IDS = frozenset({"traceId", "spanId", "trace_id", "span_id"})


def to_protobuf(signal: str, body: bytes) -> bytes:
    """Return an OTLP/JSON request of a signal ("traces", "logs", "metrics") in protobuf.

    Spans and log records with ids that cannot be used are left out. Raises UndecodableBody for what is no request, and
    TooLarge.
    """
    if signal == "traces":
        return encode_spans(decode(body, True).spans)
    if signal == "logs":
        return encode_logs(decode_logs(body, True).records)
    return _metrics(body)


def _metrics(body: bytes) -> bytes:
    """Write metrics by protobuf's own JSON reader, which has bytes in base64 where OTLP has ids in hex."""
    from google.protobuf.json_format import ParseDict, ParseError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    document = parse(body)
    if document is None:
        document = {}
    if type(document) is not dict:
        raise UndecodableBody("metrics in JSON: expected an object")
    try:
        request = ParseDict(_with_ids(document), ExportMetricsServiceRequest(), ignore_unknown_fields=True)
    except (ParseError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UndecodableBody(f"metrics in JSON that cannot be written in protobuf: {error}") from error
    encoded: bytes = request.SerializeToString()
    return encoded


def _with_ids(item: Any) -> Any:
    """Return a document with its ids (of exemplars) in base64."""
    if type(item) is dict:
        return {
            name: base64.b64encode(bytes.fromhex(value)).decode()
            if name in _IDS and isinstance(value, str) and is_hex(value)
            else _with_ids(value)
            for name, value in item.items()
        }
    return [_with_ids(member) for member in item] if type(item) is list else item
