"""Spans and observations as rows, and back: everything a span said survives the way there and back."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

import orjson

from ...mapping import flat
from ...mapping.observation import LEVELS, Observation
from ...mapping.values import plain
from ...proto import from_wire, resource_from_wire, scope_from_wire
from ...proto.span import Attributes, Event, Link, Resource, Scope, Span
from .lineage import Node

Row: TypeAlias = tuple[Any, ...]

SPAN_COLUMNS = (
    "ref", "resource_ref", "scope_ref", "attributes", "input_key", "output_key", "input", "output", "events", "links",
    "name", "kind", "start_ns", "end_ns", "status_code", "status_message", "trace_state", "flags",
    "dropped_attributes_count", "dropped_events_count", "dropped_links_count", "wire", "joined",
)  # fmt: skip
OBSERVATION_COLUMNS = (
    "ref", "trace_ref", "id", "parent_id", "start_ns", "end_ns", "completion_start_ns", "type", "name", "level",
    "status_message", "usage_below", "counted", "input_tokens", "output_tokens", "total_tokens", "cost", "model",
    "model_parameters", "metadata", "usage_details", "cost_details", "prompt_name", "prompt_version", "version",
    "environment", "response_id", "call_kind", "chosen", "pairs_below", "priced",
)  # fmt: skip

PAYLOAD_KEY = re.compile(r"[A-Za-z0-9_.:-]+")

LEVEL_NUMBER = {level: number for number, level in enumerate(LEVELS)}


@lru_cache(4096)
def fits_path(key: str) -> bool:
    """Say whether a key can stand inside a JSON path of the views; all that vocabularies name as payloads do."""
    return PAYLOAD_KEY.fullmatch(key) is not None


def to_json(value: Any) -> str:
    """Return compact JSON text; byte values as base64, NaN and infinities as text (the span then keeps its wire)."""
    try:
        return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        return orjson.dumps(plain(value)).decode()


def attributes_json(attributes: Attributes, wire: bytes | None) -> str:
    """Return the JSON text of attributes; a record without `wire` is one that JSON holds as it is (`Span.wire`)."""
    return orjson.dumps(attributes if wire is None else plain(attributes)).decode()


def _events_json(events: list[Event]) -> str | None:
    if not events:
        return None
    return to_json([[e.time_ns, e.name, plain(e.attributes), e.dropped_attributes_count] for e in events])


def _links_json(links: list[Link]) -> str | None:
    if not links:
        return None
    return to_json(
        [
            [x.trace_id, x.span_id, x.trace_state, plain(x.attributes), x.dropped_attributes_count, x.flags]
            for x in links
        ]
    )


def signed(number: int) -> int:
    """Return an unsigned 64-bit number as SQLite can hold it."""
    return number - 2**64 if number >= 2**63 else number


def unsigned(number: int) -> int:
    """Undo `signed`."""
    return number + 2**64 if number < 0 else number


def _payload(attributes: Attributes, key: str) -> tuple[str | None, str | None]:
    """Take the text of an input or output out of `attributes`, and return it with the key that gives it back.

    Of flattened attributes it is the tree that they spell, as JSON. Where the tree does not give all of them back
    exactly, they stay, and the tree is kept beside them without a key. What is no text stays where it is.
    """
    if key.endswith("*"):
        prefix = key[:-1]
        tree = flat.gather(attributes, prefix)
        if not flat.exact(attributes, prefix, tree):
            return to_json(tree), None
        for name in [name for name in attributes if name.startswith(prefix)]:
            del attributes[name]
        return to_json(tree), key
    value = attributes.get(key)
    if isinstance(value, str) and fits_path(key):
        del attributes[key]
        return value, key
    return None, key


def span_row(
    o: Observation, ref: int, resource_ref: int, scope_ref: int, key_ref: Callable[[str], int], joined: int
) -> Row:
    """Return the values of `SPAN_COLUMNS` for an observation's span; `joined` says what log records put there."""
    s = o.span
    attributes = s.attributes
    given, output, input_key, output_key = o.input_made, o.output_made, o.input_key, o.output_key
    if input_key is not None or output_key is not None:
        attributes = attributes.copy()
        if input_key is not None:
            given, input_key = _payload(attributes, input_key)
        if output_key == o.input_key and output_key is not None:
            output = given  # one attribute is both
            output_key = None if given is not None else output_key
        elif output_key is not None:
            output, output_key = _payload(attributes, output_key)
    return (
        ref,
        resource_ref,
        scope_ref,
        attributes_json(attributes, s.wire),
        None if input_key is None else key_ref(input_key),
        None if output_key is None else key_ref(output_key),
        given,
        output,
        _events_json(s.events) if s.events else None,
        _links_json(s.links) if s.links else None,
        None if s.name == o.name else s.name,
        s.kind or None,
        None if s.start_ns == o.start_ns else signed(s.start_ns),
        None if s.end_ns == o.end_ns else signed(s.end_ns),
        s.status_code or None,
        s.status_message or None,
        s.trace_state or None,
        s.flags or None,
        s.dropped_attributes_count or None,
        s.dropped_events_count or None,
        s.dropped_links_count or None,
        s.wire,
        joined or None,
    )


def observation_row(o: Observation, node: Node, trace_ref: int) -> Row:
    """Return the values of `OBSERVATION_COLUMNS` for an observation and its place in the trace."""
    usage, call = o.usage_details, node.response_id is not None
    return (
        node.ref,
        trace_ref,
        o.span.span_id,
        o.span.parent_span_id or None,
        o.start_ns,
        o.end_ns,
        o.completion_start_ns,
        o.type,
        o.name,
        LEVEL_NUMBER[o.level],
        o.status_message or None,
        node.below,
        node.counted,
        o.input_tokens if usage else None,
        o.output_tokens if usage else None,
        o.total_tokens if usage else None,
        o.cost,
        o.model,
        to_json(o.model_parameters) if o.model_parameters else None,
        to_json(o.metadata) if o.metadata else None,
        to_json(usage) if usage else None,
        to_json(o.cost_details) if o.cost_details else None,
        o.prompt_name,
        o.prompt_version,
        o.version,
        o.environment,
        o.response_id,
        node.call_kind if call else None,
        node.chosen if call else None,
        node.pairs or None,
        1 if o.priced else None,
    )


def resource_row(resource: Resource) -> Row:
    """Return (digest, attributes, dropped_attributes_count, schema_url, wire)."""
    row = (
        attributes_json(resource.attributes, resource.wire),
        resource.dropped_attributes_count,
        resource.schema_url,
        resource.wire,
    )
    return (digest(row), *row)


def scope_row(scope: Scope) -> Row:
    """Return (digest, name, version, attributes, dropped_attributes_count, schema_url, wire)."""
    row = (
        scope.name,
        scope.version,
        attributes_json(scope.attributes, scope.wire),
        scope.dropped_attributes_count,
        scope.schema_url,
        scope.wire,
    )
    return (digest(row), *row)


def digest(row: Row) -> bytes:
    """Return 16 bytes that stand for a row's content."""
    return hashlib.blake2b(repr(row).encode(), digest_size=16).digest()


def content(span: Span) -> bytes:
    """Return bytes that are equal for two spans exactly when they say the same, and that order those that do not.

    The later end comes last, so that of two versions of a span the more complete one is kept whatever their order.
    """
    end = span.end_ns.to_bytes(8, "big")
    said = [
        span.name, span.kind, span.start_ns, span.parent_span_id, plain(span.attributes),
        [[e.time_ns, e.name, plain(e.attributes), e.dropped_attributes_count] for e in span.events],
        [[x.trace_id, x.span_id, x.trace_state, plain(x.attributes), x.dropped_attributes_count, x.flags]
         for x in span.links],
        span.status_code, span.status_message, span.trace_state, span.flags, span.dropped_attributes_count,
        span.dropped_events_count, span.dropped_links_count,
        plain(span.resource.attributes), span.resource.schema_url,
        span.scope.name, span.scope.version, plain(span.scope.attributes), span.scope.schema_url,
    ]  # fmt: skip
    return end + orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


_SPANS = """
SELECT o.id, o.parent_id, o.name AS observation_name, o.start_ns AS observation_start, o.end_ns AS observation_end,
       i.key AS input_name, j.key AS output_name, s.*
FROM {source} JOIN span s ON s.ref = o.ref
LEFT JOIN attribute_key i ON i.ref = s.input_key LEFT JOIN attribute_key j ON j.ref = s.output_key
WHERE o.trace_ref = ?1 ORDER BY o.ref
"""
SPANS_OF_TRACE = _SPANS.format(source="observation o")
# without the cross join SQLite would look through the whole trace
SPANS_NAMED = _SPANS.format(source="json_each(?2) n CROSS JOIN observation o ON o.trace_ref = ?1 AND o.id = n.value")


class Restorer:
    """Reads stored spans back as the records they came as."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._resources: dict[int, Resource] = {}
        self._scopes: dict[int, Scope] = {}

    def spans(self, trace_ref: int, trace_id: str, ids: Iterable[str] | None = None) -> list[Span]:
        """Return the stored spans of a trace, or those of the given ids."""
        if ids is None:
            cursor = self._db.execute(SPANS_OF_TRACE, (trace_ref,))
        else:
            cursor = self._db.execute(SPANS_NAMED, (trace_ref, orjson.dumps(list(ids)).decode()))
        names = [column[0] for column in cursor.description]
        return [self._span(trace_id, dict(zip(names, row, strict=True))) for row in cursor]

    def _span(self, trace_id: str, row: dict[str, Any]) -> Span:
        resource, scope = self.resource(row["resource_ref"]), self.scope(row["scope_ref"])
        if row["wire"] is not None:
            return from_wire(row["wire"], resource, scope)
        attributes = orjson.loads(row["attributes"])
        for side in ("input", "output"):
            key = row[f"{side}_name"]
            if row[side] is not None and key is not None:
                if key.endswith("*"):
                    attributes |= flat.scatter(orjson.loads(row[side]), key[:-1])
                else:
                    attributes[key] = row[side]
        return Span(
            trace_id=trace_id,
            span_id=row["id"],
            parent_span_id=row["parent_id"] or "",
            name=row["observation_name"] if row["name"] is None else row["name"],
            kind=row["kind"] or 0,
            start_ns=row["observation_start"] if row["start_ns"] is None else unsigned(row["start_ns"]),
            end_ns=row["observation_end"] if row["end_ns"] is None else unsigned(row["end_ns"]),
            attributes=attributes,
            resource=resource,
            scope=scope,
            events=[Event(*event) for event in orjson.loads(row["events"] or "[]")],
            links=[Link(*link) for link in orjson.loads(row["links"] or "[]")],
            status_code=row["status_code"] or 0,
            status_message=row["status_message"] or "",
            trace_state=row["trace_state"] or "",
            flags=row["flags"] or 0,
            dropped_attributes_count=row["dropped_attributes_count"] or 0,
            dropped_events_count=row["dropped_events_count"] or 0,
            dropped_links_count=row["dropped_links_count"] or 0,
        )

    def resource(self, ref: int) -> Resource:
        """Return a stored resource."""
        if ref not in self._resources:
            attributes, dropped, schema_url, wire = self._db.execute(
                "SELECT attributes, dropped_attributes_count, schema_url, wire FROM resource WHERE ref = ?", (ref,)
            ).fetchone()
            if wire is not None:
                self._resources[ref] = resource_from_wire(wire, schema_url)
            else:
                self._resources[ref] = Resource(orjson.loads(attributes), dropped, schema_url)
        return self._resources[ref]

    def scope(self, ref: int) -> Scope:
        """Return a stored scope."""
        if ref not in self._scopes:
            name, version, attributes, dropped, schema_url, wire = self._db.execute(
                "SELECT name, version, attributes, dropped_attributes_count, schema_url, wire FROM scope WHERE ref = ?",
                (ref,),
            ).fetchone()
            if wire is not None:
                self._scopes[ref] = scope_from_wire(wire, schema_url)
            else:
                self._scopes[ref] = Scope(name, version, orjson.loads(attributes), dropped, schema_url)
        return self._scopes[ref]
