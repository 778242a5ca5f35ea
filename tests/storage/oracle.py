"""What the model is, in plain Python: all spans, log records and events in, all rows out, no increments.

The store must agree with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sidetrace.mapping import legacy
from sidetrace.mapping.logs import LogMeaning, joined
from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import AGGREGATES, LEVELS, Observation
from sidetrace.proto.log import LogRecord
from sidetrace.proto.span import Span
from sidetrace.storage.sqlite.rows import content
from sidetrace.storage.store import Event

Model = dict[str, dict[str, Any]]


def homes(events: Sequence[Event]) -> dict[str, str]:
    """Return the trace of each observation that updates without one are about: the smallest that others name."""
    found: dict[str, str] = {}
    for event in events:
        if event.trace_id and event.type != "trace-create":
            found[event.entity_id] = min(event.trace_id, found.get(event.entity_id, event.trace_id))
    return found


def _told(events: Sequence[Event]) -> dict[tuple[str, str, str], list[legacy.Event]]:
    """Return what events say about each (kind, trace, id)."""
    home, told = homes(events), defaultdict(list)
    for event in events:
        kind = "trace" if event.type == "trace-create" else "observation"
        trace_id = event.trace_id or home.get(event.entity_id, "")
        if trace_id:
            told[kind, trace_id, event.entity_id].append((event.time_ns, event.id, event.type, event.body))
    return told


def model(
    spans: list[Span], records: Sequence[LogRecord] = (), events: Sequence[Event] = ()
) -> tuple[Model, Model, Model]:
    """Return (traces, sessions, users) by id."""
    kept: dict[tuple[str, str], Span] = {}
    for span in spans:
        held = kept.setdefault((span.trace_id, span.span_id), span)
        kept[span.trace_id, span.span_id] = max(held, span, key=content)
    mapper = Mapper()
    by_trace: dict[str, dict[str, Observation]] = defaultdict(dict)
    for span in kept.values():
        by_trace[span.trace_id][span.span_id] = mapper.map(span)
    for (kind, trace_id, id), told in _told(events).items():
        if (trace_id, id) in kept:
            by_trace[trace_id][id] = legacy.heed(mapper, kept[trace_id, id], told)
        else:
            folded = legacy.fold(kind, trace_id, id, told)
            by_trace[trace_id][folded.span_id] = mapper.map(folded)
    reported = {
        o.response_id for observations in by_trace.values() for o in observations.values() if _owns(o) and not o.native
    }
    logs: dict[str, list[tuple[LogRecord, LogMeaning]]] = defaultdict(list)
    for record in sorted({repr(record): record for record in records}.values(), key=lambda record: record.time_ns):
        logs[record.trace_id].append((record, mapper.map_log(record)))
    traces = {trace_id: _trace(observations, reported, logs[trace_id]) for trace_id, observations in by_trace.items()}
    return traces, _group(traces, "session_id", "user_id"), _group(traces, "user_id", "session_id")


def _root_rank(o: Observation, observations: dict[str, Observation]) -> int:
    if legacy.is_trace(o.span):
        return 4
    if o.root_rank < 3:
        return o.root_rank
    return 4 if o.span.parent_span_id in observations else 3


def _owns(o: Observation) -> bool:
    """Say whether an observation reports a call of its own."""
    return o.type not in AGGREGATES and bool(_tokens(o) or o.cost)


def _shows(o: Observation) -> bool:
    """Say whether an observation reports tokens by which another report may be the same call; a total tells nothing."""
    return _owns(o) and bool(o.input_tokens or o.output_tokens)


def _tokens(o: Observation) -> int:
    return o.input_tokens or o.output_tokens or o.total_tokens


def _trace(
    observations: dict[str, Observation], reported: set[str | None], logs: list[tuple[LogRecord, LogMeaning]]
) -> dict[str, Any]:
    def rank(o: Observation) -> int:
        return _root_rank(o, observations)

    rooted = sorted(
        observations.values(),
        key=lambda o: (rank(o), o.start_ns, [-byte for byte in o.span.span_id.encode()]),
    )
    best: dict[str, tuple[Any, Any, Observation]] = {}
    for o in observations.values():
        for field, (tier, value) in o.claims.items():
            said_rank = -1 if legacy.is_trace(o.span) else rank(o)
            place = (-tier, -said_rank, o.start_ns, o.span.span_id)
            if field not in best or place > best[field][0]:
                best[field] = (place, value, o)
    for record, told in logs:
        for field, (tier, value) in told.claims.items():
            place = (-tier, -4, record.time_ns, record.span_id)
            if field not in best or place > best[field][0]:
                best[field] = (place, value, rooted[0])
    tokens = _counted(observations, _tokens, reported)
    costs = [o.cost for o in _counted(observations, lambda o: o.cost, reported) if o.cost is not None]
    starts = [o.start_ns for o in observations.values() if o.start_ns]
    ends = [o.end_ns for o in observations.values() if o.start_ns and not legacy.is_trace(o.span)]
    fields = {field: value for field, (_, value, _) in best.items()}
    return {
        "name": fields.get("name") or next((o.name for o in rooted if o.name), None),
        "root_observation_id": None if legacy.is_trace(rooted[0].span) else rooted[0].span.span_id,
        "session_id": fields.get("session_id"),
        "user_id": fields.get("user_id"),
        "release": fields.get("release"),
        "version": fields.get("version"),
        "public": bool(fields.get("public")),
        "input": _payload(best.get("input"), rooted[0], "input", observations, logs),
        "output": _payload(best.get("output"), rooted[0], "output", observations, logs),
        "environment": fields.get("environment", "default"),
        "tags": sorted({tag for o in observations.values() for tag in o.tags}),
        "metadata": {field[9:]: value for field, value in fields.items() if field.startswith("metadata.")},
        "start_time_unix_nano": min(starts, default=0),
        "end_time_unix_nano": max(ends or [o.end_ns for o in observations.values()]),
        "observation_count": sum(not legacy.is_trace(o.span) for o in observations.values()),
        "error_count": sum(o.level == "ERROR" for o in observations.values()),
        "warning_count": sum(o.level == "WARNING" for o in observations.values()),
        "level": max((o.level for o in observations.values()), key=LEVELS.index),
        "input_tokens": sum(o.input_tokens for o in tokens),
        "output_tokens": sum(o.output_tokens for o in tokens),
        "total_tokens": sum(o.total_tokens for o in tokens),
        "calculated_total_cost": sum(costs) / 1e9 if costs else None,
    }


def _payload(
    claimed: tuple[Any, Any, Observation] | None,
    root: Observation,
    side: str,
    observations: dict[str, Observation],
    logs: list[tuple[LogRecord, LogMeaning]],
) -> Any:
    """Return a trace's own input or output, else its root's, else what log records say for its root."""
    if claimed:
        return claimed[2].span.attributes[claimed[1]]
    key, made = (root.input_key, root.input_made) if side == "input" else (root.output_key, root.output_made)
    if made is not None:
        return made
    if key:
        return root.span.attributes[key]
    told = [meaning for record, meaning in logs if _target(record, meaning, observations) == root.span.span_id]
    return joined(told)[side == "output"]


def _target(record: LogRecord, told: LogMeaning, observations: dict[str, Observation]) -> str:
    """Return the observation that a record belongs to: its span, unless another one is the call that it names."""
    named = observations.get(record.span_id)
    if told.response_id and (named is None or named.response_id != told.response_id):
        rivals = [o for o in observations.values() if o.response_id == told.response_id and _owns(o) and _tokens(o)]
        if rivals:
            return min(rivals, key=_preference).span.span_id
    return record.span_id


def _preference(o: Observation) -> tuple[bool, bool, int, str]:
    """Return what the reports of one call are chosen by: an instrumentation's first, then one with content."""
    return o.native, not (o.input_key or o.output_key), o.start_ns, o.span.span_id


def _counted(
    observations: dict[str, Observation],
    reported: Callable[[Observation], int | None],
    elsewhere: set[str | None],
) -> list[Observation]:
    """Return the observations whose own numbers count (attributes.md, section 6)."""
    below: set[str] = set()
    doubled: set[str] = set()
    for o in observations.values():
        parent, seen = o.span.parent_span_id, set()
        while parent in observations and parent not in seen:
            seen.add(parent)
            above = observations[parent]
            if reported(o):
                below.add(parent)
            parent = above.span.parent_span_id
        if not _shows(o):
            continue
        parent, seen = o.span.parent_span_id, set()
        while parent in observations and parent not in seen:
            seen.add(parent)
            above = observations[parent]
            if _shows(above):
                same = (above.input_tokens, above.output_tokens) == (o.input_tokens, o.output_tokens)
                if same and (above.response_id is None or o.response_id is None):
                    doubled.add(parent)
                break
            parent = above.span.parent_span_id
    calls: dict[str, list[Observation]] = defaultdict(list)
    for o in observations.values():
        if o.response_id is not None and _owns(o):
            calls[o.response_id].append(o)
    counted = []
    for o in observations.values():
        rivals = [one for one in calls.get(o.response_id or "", []) if reported(one)]
        yields = o.type in AGGREGATES or o.span.span_id in doubled
        counts = not (yields and o.span.span_id in below)
        if _owns(o) and o.response_id is not None:
            if o.native and o.response_id in elsewhere:
                counts = False
            if reported(o) and min(rivals, key=_preference) is not o:
                counts = False
        if counts:
            counted.append(o)
    return counted


SUMS = ("observation_count", "error_count", "input_tokens", "output_tokens", "total_tokens")


def _group(traces: Model, key: str, other: str) -> Model:
    groups: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for trace_id, trace in traces.items():
        if trace[key] is not None:
            groups[trace[key]].append((trace_id, trace))
    return {name: _rollup(members, other) for name, members in groups.items()}


def _rollup(members: list[tuple[str, dict[str, Any]]], other: str) -> dict[str, Any]:
    members = sorted(members, key=lambda member: (member[1]["start_time_unix_nano"], member[0]))
    traces = [trace for _, trace in members]
    costs = [
        round(trace["calculated_total_cost"] * 1e9) for trace in traces if trace["calculated_total_cost"] is not None
    ]
    others = sorted({trace[other] for trace in traces if trace[other] is not None})
    starts = [trace["start_time_unix_nano"] for trace in traces if trace["start_time_unix_nano"]]
    return {
        "trace_count": len(traces),
        **{name: sum(trace[name] for trace in traces) for name in SUMS},
        "calculated_total_cost": sum(costs) / 1e9 if costs else None,
        "latency_ms": sum((t["end_time_unix_nano"] - t["start_time_unix_nano"]) // 1000 for t in traces) / 1e3,
        "first_time_unix_nano": min(starts, default=0),
        "last_time_unix_nano": max(trace["end_time_unix_nano"] for trace in traces),
        "tags": sorted({tag for trace in traces for tag in trace["tags"]}),
        "metadata": {key: value for trace in traces for key, value in trace["metadata"].items()},
        "environment": traces[-1]["environment"],
        "user_ids" if other == "user_id" else "session_ids": others,
    }
