"""The messages of observations in one form: role, parts, tool calls and tool results, whoever sent them.

Input and output stay as they came in `query.observations`; this reads them for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from typing_extensions import TypedDict

from ..errors import NotFound
from ..mapping.messages import Message, Tool, conversation
from ..mapping.observation import Json
from ..proto.span import Value
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import members, moment, number, text
from .page import EVERY

COLUMNS = (
    "id", "trace_id", "type", "name", "model", "start_time", "latency_ms", "calculated_total_cost", "input", "output",
    "attributes",
)  # fmt: skip


class Messages(TypedDict):
    """What went into an observation and what came out, as messages; null where that is no conversation.

    `startTime` is ISO 8601, `latencyMs` in milliseconds, `cost` in USD. `tools` are those that were offered.
    """

    id: str
    traceId: str
    type: str
    name: str | None
    model: str | None
    startTime: str
    latencyMs: float | None
    cost: float | None
    input: list[Message] | None
    output: list[Message] | None
    tools: list[Tool]


def observation_messages(reader: Reader, observation_id: str, project: str = "default") -> Messages:
    """Return the messages of an observation; of several with one id, of the first started. Raises NotFound."""
    where = (Condition("id", "=", observation_id),)
    order = (("start_time", False), ("trace_id", False))
    rows = reader.select(
        Selection("observations", project=project, where=where, order=order, columns=COLUMNS, limit=1)
    ).rows
    if not rows:
        raise NotFound(f"no observation has the id {observation_id!r}")
    return _messages(rows[0])


def trace_messages(reader: Reader, trace_id: str, project: str = "default") -> list[Messages]:
    """Return the messages of a trace's generations, by start. Raises NotFound where there is no such trace."""
    here = Selection("traces", project, (Condition("id", "=", trace_id),), columns=("id",), limit=1)
    if not reader.select(here).rows:
        raise NotFound(f"no trace has the id {trace_id!r}")
    where = (Condition("trace_id", "=", trace_id), Condition("type", "=", "GENERATION"))
    order = (("start_time", False), ("id", False))
    rows = reader.select(Selection("observations", project, where, order, COLUMNS, EVERY)).rows
    return [_messages(row) for row in rows]


def _messages(row: Row) -> Messages:
    attributes = cast("Mapping[str, Value]", members(row["attributes"]))
    read = conversation(cast("Json", row["input"]), cast("Json", row["output"]), attributes)
    return {
        "id": str(row["id"]),
        "traceId": str(row["trace_id"]),
        "type": str(row["type"]),
        "name": text(row["name"]),
        "model": text(row["model"]),
        "startTime": moment(row["start_time"]),
        "latencyMs": number(row["latency_ms"]),
        "cost": number(row["calculated_total_cost"]),
        **read,
    }
