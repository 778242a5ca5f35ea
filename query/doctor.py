"""What `doctor` shows: the store's own counters, in the manner of the other answers."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader, Tally
from .cells import iso, members, moment, text

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


class Doctor(TypedDict):
    """What was received, stored and refused.

    `received` spans are `stored` + `repeated` + `replaced` + `rejected` ones. `rejections` counts spans and requests
    that were refused, by reason; `problems` what the mapping could not read.
    """

    location: str
    sizeBytes: int
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
    rejections: list[Happened]
    problems: list[Happened]


def doctor(reader: Reader) -> Doctor:
    """Return the store's report, with the newest traces that lack a session."""
    report = reader.report()
    return {
        "location": report.location,
        "sizeBytes": report.size_bytes,
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
        "newestTracesWithoutSession": [_sessionless(row) for row in reader.select(WITHOUT_SESSION).rows],
        "rejections": [_happened(tally) for tally in report.rejections],
        "problems": [_happened(tally) for tally in report.problems],
    }


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
