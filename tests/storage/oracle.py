"""What the model is, in plain Python: all spans in, all rows out, no increments. The store must agree with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.observation import AGGREGATES, LEVELS, Observation
from sidetrace.proto.span import Span
from sidetrace.storage.sqlite.rows import content

Model = dict[str, dict[str, Any]]


def model(spans: list[Span]) -> tuple[Model, Model, Model]:
    """Return (traces, sessions, users) by id."""
    kept: dict[tuple[str, str], Span] = {}
    for span in spans:
        held = kept.setdefault((span.trace_id, span.span_id), span)
        kept[span.trace_id, span.span_id] = max(held, span, key=content)
    mapper = Mapper()
    by_trace: dict[str, dict[str, Observation]] = defaultdict(dict)
    for span in kept.values():
        by_trace[span.trace_id][span.span_id] = mapper.map(span)
    traces = {trace_id: _trace(observations) for trace_id, observations in by_trace.items()}
    return traces, _group(traces, "session_id", "user_id"), _group(traces, "user_id", "session_id")


def _root_rank(o: Observation, observations: dict[str, Observation]) -> int:
    if o.root_rank < 3:
        return o.root_rank
    return 4 if o.span.parent_span_id in observations else 3


def _trace(observations: dict[str, Observation]) -> dict[str, Any]:
    def rank(o: Observation) -> int:
        return _root_rank(o, observations)

    rooted = sorted(
        observations.values(),
        key=lambda o: (rank(o), o.start_ns, [-byte for byte in o.span.span_id.encode()]),
    )
    best: dict[str, tuple[Any, Any, Observation]] = {}
    for o in observations.values():
        for field, (tier, value) in o.claims.items():
            place = (-tier, -rank(o), o.start_ns, o.span.span_id)
            if field not in best or place > best[field][0]:
                best[field] = (place, value, o)
    tokens = _counted(observations, lambda o: o.input_tokens or o.output_tokens or o.total_tokens)
    costs = [o.cost for o in _counted(observations, lambda o: o.cost) if o.cost is not None]
    starts = [o.start_ns for o in observations.values() if o.start_ns]
    fields = {field: value for field, (_, value, _) in best.items()}
    return {
        "name": fields.get("name") or next((o.name for o in rooted if o.name), None),
        "root_observation_id": rooted[0].span.span_id,
        "session_id": fields.get("session_id"),
        "user_id": fields.get("user_id"),
        "release": fields.get("release"),
        "version": fields.get("version"),
        "public": bool(fields.get("public")),
        "input": _payload(best.get("input"), rooted[0], rooted[0].input_key),
        "output": _payload(best.get("output"), rooted[0], rooted[0].output_key),
        "environment": fields.get("environment", "default"),
        "tags": sorted({tag for o in observations.values() for tag in o.tags}),
        "metadata": {field[9:]: value for field, value in fields.items() if field.startswith("metadata.")},
        "start_time_unix_nano": min(starts, default=0),
        "end_time_unix_nano": max(o.end_ns for o in observations.values()),
        "observation_count": len(observations),
        "error_count": sum(o.level == "ERROR" for o in observations.values()),
        "warning_count": sum(o.level == "WARNING" for o in observations.values()),
        "level": max((o.level for o in observations.values()), key=LEVELS.index),
        "input_tokens": sum(o.input_tokens for o in tokens),
        "output_tokens": sum(o.output_tokens for o in tokens),
        "total_tokens": sum(o.total_tokens for o in tokens),
        "calculated_total_cost": sum(costs) / 1e9 if costs else None,
    }


def _payload(claimed: tuple[Any, Any, Observation] | None, root: Observation, key: str | None) -> Any:
    """Return a trace's own input or output, else its root's."""
    o, key = (claimed[2], claimed[1]) if claimed else (root, key)
    return o.span.attributes[key] if key else None


def _counted(observations: dict[str, Observation], reported: Callable[[Observation], int | None]) -> list[Observation]:
    """Return the observations whose own numbers count: aggregates only with nothing reported below them."""
    below: set[str] = set()
    for o in observations.values():
        parent = o.span.parent_span_id if reported(o) else ""
        while parent in observations and parent not in below:
            below.add(parent)
            parent = observations[parent].span.parent_span_id
    return [o for o in observations.values() if not (o.type in AGGREGATES and o.span.span_id in below)]


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
