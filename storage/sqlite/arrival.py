"""What one commit is given, and what of it arrives for each trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...mapping.observation import AGGREGATES, Observation
from ...proto.log import LogRecord
from ...proto.span import Rejected
from ..forwarding import Copy
from .amending import Amended
from .calls import Native
from .claims import Outcome
from .lineage import Node
from .logs import Log
from .membership import Members
from .rollups import SESSION, USER, Key
from .traces import TraceRow


def reports_call(o: Observation) -> bool:
    """Say whether an observation is the report of a model call: of tokens or cost that may be its own."""
    tokens = o.input_tokens or o.output_tokens or o.total_tokens
    return o.type not in AGGREGATES and bool(tokens or o.cost)


@dataclass(slots=True)
class Request:
    """What one caller asks to have written."""

    project: str
    observations: list[Observation]
    rejected: list[Rejected]
    records: Sequence[LogRecord] = ()
    copy: Copy | None = None
    """Of the whole, to be sent on."""

    @property
    def size(self) -> int:
        """The number of spans and log records."""
        return len(self.observations) + len(self.records)


@dataclass(slots=True)
class Arrival:
    """What one commit brings for one trace."""

    project_ref: int
    trace_id: str
    observations: dict[str, Observation] = field(default_factory=dict)
    origin: dict[str, int] = field(default_factory=dict)
    """Which request brought each observation."""
    row: TraceRow | None = None
    before: TraceRow | None = None
    known: dict[str, Node] = field(default_factory=dict)
    """Observations of the file that the arriving ones name, by id."""
    looked_up: set[str] | None = None
    """The ids that they name; None for a trace of which the file holds no observations."""
    amended: dict[str, Amended] = field(default_factory=dict)
    """Observations of the file whose place arriving ones take, by id; their rows are deleted."""
    described: bool = False
    """Whether there are ingestion events about observations of the trace."""
    members: Members | None = None
    """The tags and metadata keys that a rebuilt trace had."""
    logs: list[Log] = field(default_factory=list)
    """Log records that are new."""
    yielding: set[str] = field(default_factory=set)
    """Response ids of arriving native reports whose calls an instrumentation reports."""
    flips: list[Native] = field(default_factory=list)
    """Native reports of the file that must yield from now on, or no longer."""
    lost: set[str] = field(default_factory=set)
    """Response ids that the trace reported before it was taken apart."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, as for log records of a trace that the file does not know."""
        return not (self.observations or self.flips or (self.logs and self.before is not None))

    def reports(self, native: bool) -> set[str]:
        """Return the response ids of calls that arriving observations report, natively or not."""
        return {
            o.response_id
            for o in self.observations.values()
            if o.response_id is not None and o.native is native and reports_call(o)
        }


class Folded(NamedTuple):
    """A trace brought up to date, whose session and user are not yet."""

    arrival: Arrival
    row: TraceRow
    outcome: Outcome
    exists: bool

    def rollups(self) -> Iterator[Key]:
        """Yield the session and user that the trace is settled to belong to by this commit."""
        for kind in (SESSION, USER):
            name = self.outcome.now.get(f"{kind}_id")
            if isinstance(name, str):
                yield self.row.project_ref, kind, name
