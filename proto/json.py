"""OTLP/JSON to spans and log records, through orjson; by way of protobuf messages it would cost twenty times as much.

What is accepted follows a Collector, not only the specification: lowerCamel or snake_case names, hex ids in any case,
enums by number or name, 64-bit integers as number or text, null for absent or empty, unknown names skipped.
Of two equal attribute keys the last wins in the plain reading, as in `protobuf`. Of two equal names in one JSON
object the last counts; only the arrays that lead to spans and log records are put together, so that none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, NamedTuple, TypeVar

from . import ids, scalars, tree
from .document import parse, parse_slowly
from .log import DecodedLogs, LogRecord
from .scalars import Misfit, array
from .schema import CAMEL, MAX_DEPTH, SNAKE, snake
from .span import Attributes, Decoded, Event, Link, Rejected, Resource, Scope, Span, Value

_VALUE_NAMES = CAMEL["AnyValue"]

_Read = TypeVar("_Read")


class _Envelope(NamedTuple):
    """The arrays of a request from the outside in: by resource, by scope, and what lies there."""

    groups: str
    parts: str
    items: str


_TRACES = _Envelope("resourceSpans", "scopeSpans", "spans")
_LOGS = _Envelope("resourceLogs", "scopeLogs", "logRecords")
_ENDINGS = {_TRACES: (b'pans"',), _LOGS: (b'ogs"', b'ecords"')}
_ENVELOPE_NAMES = {snake(name): name for name in (*_TRACES, *_LOGS, "schemaUrl") if snake(name) != name}


def decode(body: bytes, size: int) -> Iterator[Decoded]:
    """Decode an ExportTraceServiceRequest in OTLP/JSON, `size` spans at a time or a few more; at least once.

    `{}` and `null` hold no spans. Raises UndecodableBody for what is no JSON, and Misfit, which is one, for JSON of
    another shape: its text names the path, what was expected there and what came.
    """
    return (Decoded(*found) for found in _records(body, _TRACES, Reader().span, size))


def decode_logs(body: bytes, size: int) -> Iterator[DecodedLogs]:
    """Decode an ExportLogsServiceRequest in OTLP/JSON, as `decode`."""
    return (DecodedLogs(*found) for found in _records(body, _LOGS, Reader().log_record, size))


def _records(
    body: bytes, names: _Envelope, read: Callable[[Any, Resource, Scope], _Read | Rejected], size: int
) -> Iterator[tuple[list[_Read], list[Rejected]]]:
    """Yield what `read` makes of each item of a request, those that it rejects apart."""
    kept: list[_Read] = []
    rejected: list[Rejected] = []
    document = parse(body)
    if _comes_twice(body, document, names):
        document = parse_slowly(body)
    request = _named(document, _ENVELOPE_NAMES)
    for i, group in enumerate(part(request, names.groups, array)):
        if group == {}:
            continue
        try:
            within = _named(group, _ENVELOPE_NAMES)
            schema_url = take(within, "schemaUrl", scalars.text, "")
            resource = part(within, "resource", read_resource)
            resource.schema_url = schema_url
            for j, item in enumerate(part(within, names.parts, array)):
                try:
                    for found in _read_scoped(_named(item, _ENVELOPE_NAMES), names.items, resource, read):
                        if isinstance(found, Rejected):
                            rejected.append(found)
                        else:
                            kept.append(found)
                        if len(kept) + len(rejected) >= size:
                            yield kept, rejected
                            kept, rejected = [], []
                except Misfit as misfit:
                    raise misfit.under(f".{names.parts}", f"[{j}]") from None
        except Misfit as misfit:
            raise misfit.under(f".{names.groups}", f"[{i}]") from None
    yield kept, rejected


def _comes_twice(body: bytes, document: Any, names: _Envelope) -> bool:
    """Say whether an array of the envelope may have come twice in one object; the parsed document has the last.

    Each stands at most once in every object of the level above, so there are no more of it in the body, except where a
    text is its name. Its last letters are looked for first, since they are the same for most: half a ns a byte.
    """
    levels = [[document]]
    for name in names[:-1]:
        levels.append([inner for one in levels[-1] if type(one) is dict for inner in _either(one, name)])
    if sum(map(body.count, _ENDINGS[names])) <= sum(map(len, levels)):
        return False
    return any(
        sum(body.count(b'"%b"' % spelled.encode()) for spelled in {name, snake(name)}) > len(level)
        for name, level in zip(names, levels, strict=True)
    )


def _either(item: dict[str, Any], name: str) -> list[Any]:
    found = item.get(name, item.get(snake(name)))
    return found if type(found) is list else []


def _read_scoped(
    within: dict[str, Any], name: str, resource: Resource, read: Callable[[Any, Resource, Scope], _Read | Rejected]
) -> Iterator[_Read | Rejected]:
    scope = part(within, "scope", read_scope)
    scope.schema_url = take(within, "schemaUrl", scalars.text, "")
    for i, item in enumerate(part(within, name, array)):
        try:
            yield read(item, resource, scope)
        except Misfit as misfit:
            raise misfit.under(f".{name}", f"[{i}]") from None


def read_resource(item: Any) -> Resource:
    """Read a Resource object; its schema URL stands outside of it."""
    reader = Reader()
    item = _named(item, SNAKE["Resource"])
    attributes = part(item, "attributes", reader.attributes)
    dropped = take(item, "droppedAttributesCount", scalars.uint32, 0)
    inexact = reader.inexact or bool(item.get("entityRefs"))
    return Resource(attributes, dropped, wire=tree.write("Resource", item) if inexact else None)


def read_scope(item: Any) -> Scope:
    """Read an InstrumentationScope object; its schema URL stands outside of it."""
    reader = Reader()
    item = _named(item, SNAKE["InstrumentationScope"])
    name = take(item, "name", scalars.text, "")
    version = take(item, "version", scalars.text, "")
    attributes = part(item, "attributes", reader.attributes)
    dropped = take(item, "droppedAttributesCount", scalars.uint32, 0)
    wire = tree.write("InstrumentationScope", item) if reader.inexact else None
    return Scope(name, version, attributes, dropped, wire=wire)


def take(item: dict[str, Any], name: str, read: Callable[[Any], _Read], absent: _Read) -> _Read:
    """Return what `read` makes of a member, or `absent` where it is missing or null."""
    value = item.get(name)
    if value is None:
        return absent
    try:
        return read(value)
    except Misfit as misfit:
        raise misfit.under(f".{name}") from None


def part(item: dict[str, Any], name: str, read: Callable[[Any], _Read]) -> _Read:
    """Return what `read` makes of a member; it gets None where the member is missing or null."""
    try:
        return read(item.get(name))
    except Misfit as misfit:
        raise misfit.under(f".{name}") from None


class Reader:
    """Reads spans and log records; `inexact` turns True at what the plain record cannot hold, until the next one."""

    __slots__ = ("inexact",)

    def __init__(self) -> None:
        self.inexact = False

    def span(self, item: Any, resource: Resource, scope: Scope) -> Span | Rejected:
        """Read one Span object."""
        self.inexact = False
        item = _named(item, SNAKE["Span"])
        name = take(item, "name", scalars.text, "")
        trace_id = take(item, "traceId", scalars.text, "").lower()
        span_id = take(item, "spanId", scalars.text, "").lower()
        parent_span_id = take(item, "parentSpanId", scalars.text, "").lower()
        refusal = None
        if (
            len(trace_id) != 32
            or len(span_id) != 16
            or (parent_span_id and (len(parent_span_id) != 16 or parent_span_id == ids.NO_SPAN))
            or not ids.is_hex(trace_id + span_id + parent_span_id)
            or trace_id == ids.NO_TRACE
            or span_id == ids.NO_SPAN
        ):
            refusal = ids.refusal(name, trace_id, span_id, parent_span_id)
            parent_span_id = ""
        attributes = part(item, "attributes", self.attributes)
        code, message = part(item, "status", _status)
        links = part(item, "links", self._links)
        span = Span(
            trace_id,
            span_id,
            parent_span_id,
            name,
            take(item, "kind", scalars.kind, 0),
            take(item, "startTimeUnixNano", scalars.uint64, 0),
            take(item, "endTimeUnixNano", scalars.uint64, 0),
            attributes,
            resource,
            scope,
            part(item, "events", self._events),
            links,
            code,
            message,
            take(item, "traceState", scalars.text, ""),
            take(item, "flags", scalars.uint32, 0),
            take(item, "droppedAttributesCount", scalars.uint32, 0),
            take(item, "droppedEventsCount", scalars.uint32, 0),
            take(item, "droppedLinksCount", scalars.uint32, 0),
        )
        for link in links:
            for text in (link.trace_id, link.span_id):
                if not ids.is_hex(text):
                    refusal = refusal or ids.link_refusal(name, text)
        if refusal:
            return refusal
        if self.inexact:
            span.wire = tree.write("Span", item)
        return span

    def log_record(self, item: Any, resource: Resource, scope: Scope) -> LogRecord | Rejected:
        """Read one LogRecord object."""
        self.inexact = False
        item = _named(item, SNAKE["LogRecord"])
        trace_id = ids.optional(take(item, "traceId", scalars.text, "").lower())
        span_id = ids.optional(take(item, "spanId", scalars.text, "").lower())
        record = LogRecord(
            take(item, "timeUnixNano", scalars.uint64, 0),
            take(item, "observedTimeUnixNano", scalars.uint64, 0),
            take(item, "severityNumber", scalars.severity, 0),
            take(item, "severityText", scalars.text, ""),
            take(item, "eventName", scalars.text, ""),
            part(item, "body", self._other),
            part(item, "attributes", self.attributes),
            trace_id,
            span_id,
            take(item, "flags", scalars.uint32, 0),
            take(item, "droppedAttributesCount", scalars.uint32, 0),
            resource,
            scope,
        )
        if (trace_id and len(trace_id) != 32) or (span_id and len(span_id) != 16) or not ids.is_hex(trace_id + span_id):
            text = record.body if isinstance(record.body, str) else ""
            return ids.log_refusal(record.event_name or text, trace_id, span_id)
        if self.inexact:
            record.wire = tree.write("LogRecord", item)
        return record

    def attributes(self, items: Any) -> Attributes:
        """Read an array of KeyValue objects; of two equal keys the last wins (and the reading is inexact)."""
        if not items or type(items) is not list:
            array(items)
            return {}
        other = self._other
        try:
            found = {
                item["key"]: text
                if type(text := (value := item["value"]).get("stringValue")) is str and len(value) == 1
                else other(value)
                for item in items
            }
            "".join(found)  # the cheapest way to see that every key is a string
        except (KeyError, TypeError, AttributeError, Misfit):
            # A missing key or value, a null or something of another type: read again, slowly and with the path.
            return self._key_values(items, 0)
        if len(found) != len(items) or ("" in found and _keys_by_index(items)):
            self.inexact = True
        return found

    def _other(self, value: Any) -> Value:
        return self._value(value, 1)

    def _key_values(self, items: list[Any], depth: int, *where: str) -> Attributes:
        """Read KeyValue objects one by one, each just once: nested ones come this way only, or 2^depth readings."""
        found: Attributes = {}
        for i, raw in enumerate(items):
            try:
                item = _named(raw, SNAKE["KeyValue"])
                key = take(item, "key", scalars.text, "")
                try:
                    found[key] = self._value(item.get("value"), depth + 1)
                except Misfit as misfit:
                    raise misfit.under(".value") from None
            except Misfit as misfit:
                raise misfit.under(*where, f"[{i}]") from None
        if len(found) != len(items) or ("" in found and _keys_by_index(items)):
            self.inexact = True
        return found

    def _value(self, value: Any, depth: int) -> Value:
        if depth > MAX_DEPTH:
            raise tree.too_deep()
        if value is None:
            return None
        if type(value) is not dict:
            raise Misfit("an object", value)
        name = ""
        member = None
        for key, candidate in value.items():  # of two members the last counts
            if candidate is not None and key in _VALUE_NAMES:
                name = _VALUE_NAMES[key]
                member = candidate
        try:
            if name == "intValue":
                return scalars.int64(member)
            if name == "stringValue":
                return scalars.text(member)
            if name == "boolValue":
                return scalars.boolean(member)
            if name == "doubleValue":
                number = scalars.double(member)
                if not isfinite(number):
                    self.inexact = True
                return number
            if name == "arrayValue":
                return self._elements(_values(member), depth)
            if name == "kvlistValue":
                return self._key_values(_values(member), depth, ".values")
            if name == "bytesValue":
                self.inexact = True
                return scalars.binary(member)
            if name == "stringValueStrindex":
                self.inexact = True
                scalars.int32(member)
        except Misfit as misfit:
            raise misfit.under(f".{name}") from None
        return None

    def _elements(self, items: list[Any], depth: int) -> list[Value]:
        found: list[Value] = []
        try:
            for item in items:
                found.append(self._value(item, depth + 1))
        except Misfit as misfit:
            raise misfit.under(".values", f"[{len(found)}]") from None
        return found

    def _events(self, items: Any) -> list[Event]:
        return [self._under(i, self._event, item) for i, item in enumerate(array(items))]

    def _links(self, items: Any) -> list[Link]:
        return [self._under(i, self._link, item) for i, item in enumerate(array(items))]

    def _under(self, i: int, read: Callable[[Any], _Read], item: Any) -> _Read:
        try:
            return read(item)
        except Misfit as misfit:
            raise misfit.under(f"[{i}]") from None

    def _event(self, item: Any) -> Event:
        item = _named(item, SNAKE["Event"])
        return Event(
            take(item, "timeUnixNano", scalars.uint64, 0),
            take(item, "name", scalars.text, ""),
            part(item, "attributes", self.attributes),
            take(item, "droppedAttributesCount", scalars.uint32, 0),
        )

    def _link(self, item: Any) -> Link:
        item = _named(item, SNAKE["Link"])
        return Link(
            take(item, "traceId", scalars.text, "").lower(),
            take(item, "spanId", scalars.text, "").lower(),
            take(item, "traceState", scalars.text, ""),
            part(item, "attributes", self.attributes),
            take(item, "droppedAttributesCount", scalars.uint32, 0),
            take(item, "flags", scalars.uint32, 0),
        )


def _named(item: Any, snake: dict[str, str]) -> dict[str, Any]:
    """Return an object with the lowerCamel names only; null is an empty object."""
    if item is None:
        return {}
    if type(item) is not dict:
        raise Misfit("an object", item)
    if snake.keys().isdisjoint(item):
        return item
    names: dict[Any, Any] = item
    return {snake.get(name, name): value for name, value in names.items()}


def _status(item: Any) -> tuple[int, str]:
    item = _named(item, SNAKE["Status"])
    return take(item, "code", scalars.status_code, 0), take(item, "message", scalars.text, "")


def _values(item: Any) -> list[Any]:
    return part(_named(item, {}), "values", array)


def _keys_by_index(items: list[Any]) -> bool:
    """Whether a key stands in a string table (a profiles-only field, which has no meaning here)."""
    return any(item and (item.get("keyStrindex") or item.get("key_strindex")) for item in items)
