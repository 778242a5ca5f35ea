"""What `doctor` shows: the store's own counters, in the manner of the other answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain

from typing_extensions import TypedDict

from ..storage.forwarding import Exporter
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader, Tally
from .cells import iso, members, moment, text
from .remapping import Remap, shape_remap

FIELDS = {"session_id": "sessionId", "user_id": "userId"}

WITHOUT_SESSION = Selection(
    "traces",
    where=(Condition("session_id", "is null"),),
    order=(("timestamp", True),),
    columns=("id", "name", "user_id", "timestamp", "metadata"),
    limit=5,
)
"""The newest traces without a session, as examples."""


class Happened(TypedDict):
    """How often something happened, when last, and the newest example of it."""

    name: str
    count: int
    lastAt: str
    example: str


class Sessionless(TypedDict):
    """A trace that belongs to no session, and the metadata that it carried instead."""

    id: str
    name: str | None
    userId: str | None
    timestamp: str
    metadata: dict[str, object]


class SessionHint(TypedDict):
    """An attribute that may name a session, on how many of the newest traces without one, and how to use it.

    `configuration` is what to put into the configuration file, as YAML.
    """

    attribute: str
    traces: int
    example: str
    configuration: str


class Disagreement(TypedDict):
    """A trace whose spans name different sessions (`field` sessionId) or users (userId): the chosen one, the others."""

    traceId: str
    field: str
    chosen: str
    others: list[str]


class Unpriced(TypedDict):
    """A model without a price, and how many observations with tokens and without a cost name it."""

    model: str
    observations: int


class Door(TypedDict):
    """What came in by one door (`transport` grpc or http): how many `items` were accepted, how many refused.

    Metric points are accepted and not stored.
    """

    transport: str
    items: str
    accepted: int
    refused: int


class Happening(TypedDict):
    """How many `requests` sent on, and `items` in them, came to an `outcome` for a `reason`, with the newest example.

    `refused`: by the upstream, for good. `dropped`: given up here. `rejected`: items that the upstream did not take of
    a request that it did. `failed`: attempts after which the request waits on.
    """

    outcome: str
    reason: str
    requests: int
    items: int
    lastAt: str
    example: str


class Upstream(TypedDict):
    """An exporter: requests that wait for it, since when the oldest does, and what became of the others.

    `configured`: whether it was in the configuration at the last start; what waits for others waits on. `lastError` is
    the first of `troubles`, which begin with the newest.
    """

    exporter: str
    configured: bool
    waitingRequests: int
    waitingItems: int
    waitingBytes: int
    oldestWaiting: str | None
    sentRequests: int
    sentItems: int
    refusedRequests: int
    droppedRequests: int
    rejectedItems: int
    lastError: str | None
    troubles: list[Happening]


class Doctor(TypedDict):
    """What was received, stored and refused, by all projects or one.

    `location`, `sizeBytes`, `exporters` and `remap` are about the file, and null where it is asked about one project.
    `received` spans are `stored` + `repeated` + `replaced` + `rejected` ones. `rejections` counts spans and requests
    that were refused, by reason; `problems` what the mapping could not read. `sessionHints` come from the newest
    traces without a session, `disagreements` are the newest of `tracesWithDisagreement`. `eventsWithoutTrace`
    counts updates of the ingestion API without a trace id, whose observation no other event puts into a trace yet; some
    such observations are `observationsAwaited`.
    """

    location: str | None
    sizeBytes: int | None
    schemaVersion: int
    received: int
    stored: int
    repeated: int
    replaced: int
    rejected: int
    traces: int
    sessions: int
    users: int
    tracesWithoutSession: int
    newestTracesWithoutSession: list[Sessionless]
    sessionHints: list[SessionHint]
    tracesWithDisagreement: int
    disagreements: list[Disagreement]
    modelsWithoutPrice: list[Unpriced]
    eventsWithoutTrace: int
    observationsAwaited: list[str]
    doors: list[Door]
    exporters: list[Upstream] | None
    logRecords: int
    logRecordsStored: int
    remap: Remap | None
    rejections: list[Happened]
    problems: list[Happened]


def doctor(reader: Reader, project: str | None = None) -> Doctor:
    """Return the store's report, with the newest traces that lack a session; of all projects, or of one alone."""
    report = reader.report(project)
    projects, whole = (reader.projects(), True) if project is None else ([project], False)
    return {
        "location": report.location if whole else None,
        "sizeBytes": report.size_bytes if whole else None,
        "schemaVersion": report.schema_version,
        "received": report.received,
        "stored": report.stored,
        "repeated": report.repeated,
        "replaced": report.replaced,
        "rejected": report.received - report.stored - report.repeated - report.replaced,
        "traces": report.traces,
        "sessions": report.sessions,
        "users": report.users,
        "tracesWithoutSession": report.traces_without_session,
        "newestTracesWithoutSession": _without_session(reader, projects),
        "sessionHints": [
            {
                "attribute": hint.key,
                "traces": hint.traces,
                "example": hint.example,
                "configuration": f"mapping: {{session_id: [{_quoted(hint.key)}]}}",
            }
            for hint in report.lookalikes
        ],
        "tracesWithDisagreement": report.conflicting,
        "disagreements": [
            {
                "traceId": conflict.trace_id,
                "field": FIELDS[conflict.field],
                "chosen": conflict.chosen,
                "others": conflict.others,
            }
            for conflict in report.conflicts
        ],
        "modelsWithoutPrice": [{"model": model, "observations": number} for model, number in report.unpriced],
        "eventsWithoutTrace": report.waiting[0],
        "observationsAwaited": report.waiting[1],
        "doors": _doors(report.doors),
        "exporters": [_upstream(one) for one in report.exporters] if whole else None,
        "logRecords": report.logs_received,
        "logRecordsStored": report.logs_stored,
        "remap": shape_remap(report.remapping) if whole else None,
        "rejections": [_happened(tally) for tally in report.rejections],
        "problems": [_happened(tally) for tally in report.problems],
    }


def _without_session(reader: Reader, projects: list[str]) -> list[Sessionless]:
    rows = chain.from_iterable(reader.select(replace(WITHOUT_SESSION, project=one)).rows for one in projects)
    newest = sorted(rows, key=lambda row: str(row["timestamp"]), reverse=True)
    return [_sessionless(row) for row in newest[: WITHOUT_SESSION.limit]]


def _doors(tallies: list[Tally]) -> list[Door]:
    """Sort counters such as `grpc accepted spans` by door."""
    counts = {tuple(tally.name.split(" ", 2)): tally.count for tally in tallies}
    return [
        {
            "transport": transport,
            "items": items,
            "accepted": counts.get((transport, "accepted", items), 0),
            "refused": counts.get((transport, "refused", items), 0),
        }
        for transport, items in sorted({(name[0], name[2]) for name in counts})
    ]


def _upstream(exporter: Exporter) -> Upstream:
    ended = [one for one in exporter.forwarded if one.outcome != "sent"]
    newest = ended[0] if ended else None

    def requests(outcome: str) -> int:
        return sum(one.requests for one in exporter.forwarded if one.outcome == outcome)

    def items(outcome: str) -> int:
        return sum(one.items for one in exporter.forwarded if one.outcome == outcome)

    return {
        "exporter": exporter.name,
        "configured": exporter.active,
        "waitingRequests": exporter.waiting,
        "waitingItems": exporter.waiting_items,
        "waitingBytes": exporter.waiting_bytes,
        "oldestWaiting": iso(exporter.oldest),
        "sentRequests": requests("sent"),
        "sentItems": items("sent"),
        "refusedRequests": requests("refused"),
        "droppedRequests": requests("dropped"),
        "rejectedItems": items("rejected"),
        "lastError": f"{newest.reason}: {newest.example}" if newest else None,
        "troubles": [
            {
                "outcome": one.outcome,
                "reason": one.reason,
                "requests": one.requests,
                "items": one.items,
                "lastAt": iso(one.last_at) or "",
                "example": one.example,
            }
            for one in ended
        ],
    }


def _quoted(key: str) -> str:
    """Return an attribute key as a YAML flow sequence can hold it."""
    return key if re.fullmatch(r"[A-Za-z_][\w.-]*", key, re.ASCII) else json.dumps(key)


def _happened(tally: Tally) -> Happened:
    return {"name": tally.name, "count": tally.count, "lastAt": iso(tally.last_at) or "", "example": tally.example}


def _sessionless(row: Row) -> Sessionless:
    return {
        "id": str(row["id"]),
        "name": text(row["name"]),
        "userId": text(row["user_id"]),
        "timestamp": moment(row["timestamp"]),
        "metadata": members(row["metadata"]),
    }
