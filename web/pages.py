"""What each page shows: the rows it reads, and the template that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..api.health import own_version
from ..errors import NotFound
from ..storage.selection import Condition, Page, Row, Selection
from ..storage.store import Reader
from .outline import LINES, Outline, full_outline, outline
from .texts import Block, Budget, Members
from .words import FILTERS, brief

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent

NEWEST = 20
"""Sessions, and traces without one, that the first page lists."""

CARDS = 50
"""Traces that a page of a session shows."""

SCORES = 200
"""Scores that a page shows."""

LISTED = ("id", "name", "timestamp", "user_id", "latency_ms", "calculated_total_cost", "level")


@dataclass(frozen=True, slots=True)
class Visit:
    """A call of a page: what it reads from, the visitor's project, what it is about, and which page of that.

    `id` is what the path names: a session, a trace, or the token of a link. A visitor who came by a link is `shown`
    that one thing and nothing that leads elsewhere.
    """

    reader: Reader
    project: str
    id: str = ""
    page: int = 1
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A trace on the page of its session."""

    trace: Row
    sides: list[Block]
    tree: Outline


def home(visit: Visit) -> str:
    """Return the first page: what runs here, and what arrived last."""
    newest = Selection("sessions", visit.project, (), (("last_timestamp", True),), limit=NEWEST)
    alone = (Condition("session_id", "is null"),)
    traces = Selection("traces", visit.project, alone, (("timestamp", True),), LISTED, NEWEST)
    return _render(
        "home.html", visit, version=own_version(), sessions=visit.reader.select(newest),
        traces=visit.reader.select(traces),
    )  # fmt: skip


def session(visit: Visit) -> str:
    """Return the page of a session: its totals, and its traces in the order of time. Raises NotFound."""
    row = _one(visit, "sessions", "session")
    budget = Budget()
    where, order = (Condition("session_id", "=", visit.id),), (("timestamp", False),)
    traces = visit.reader.select(
        Selection("traces", visit.project, where, order, limit=CARDS, offset=(visit.page - 1) * CARDS)
    )
    return _render(
        "session.html", visit, session=row, metadata=_members(budget, row), scores=_scores(visit, "session_id"),
        cards=_cards(visit, traces.rows, budget), total=traces.total, pages=-(-traces.total // CARDS),
        share=_link(visit, "session"),
    )  # fmt: skip


def trace(visit: Visit) -> str:
    """Return the page of a trace: what it says of itself, and all its observations. Raises NotFound."""
    row = _one(visit, "traces", "trace")
    budget = Budget()
    return _render(
        "trace.html", visit, trace=row, sides=budget.sides(row["input"], row["output"]),
        metadata=_members(budget, row), scores=_scores(visit, "trace_id"),
        tree=full_outline(visit.reader, visit.project, row, budget), share=_link(visit, "trace"),
    )  # fmt: skip


def shared(visit: Visit) -> str:
    """Return what a link shows: that session or trace alone. Raises NotFound for an unknown or revoked link."""
    target = visit.reader.shared(visit.id)
    if target is None:
        raise NotFound("this link shows nothing, or nothing any more")
    page = session if target.kind == "session" else trace
    try:
        return page(Visit(visit.reader, target.project, target.id, visit.page, shown=True))
    except NotFound:
        raise NotFound("this link shows nothing, or nothing any more") from None


def problem(status: int, message: str, shown: bool) -> str:
    """Return the page that says what went wrong."""
    template = _environment().get_template("problem.html")
    return template.render(status=status, phrase=HTTPStatus(status).phrase, message=message, shown=shown)


def _one(visit: Visit, view: Literal["sessions", "traces"], noun: str) -> Row:
    rows = visit.reader.select(Selection(view, visit.project, (Condition("id", "=", visit.id),), limit=1)).rows
    if not rows:
        raise NotFound(f"no {noun} has the id {brief(visit.id)!r}")
    return rows[0]


def _cards(visit: Visit, traces: list[Row], budget: Budget) -> list[Card]:
    cards = []
    left = LINES
    for row in traces:
        observations = row["observation_count"]
        size = observations if isinstance(observations, int) else 0
        if size <= left:
            tree = outline(visit.reader, visit.project, str(row["id"]), None)
            left -= size
        else:
            tree = Outline([], size)
        cards.append(Card(row, budget.sides(row["input"], row["output"]), tree))
    return cards


def _members(budget: Budget, row: Row) -> Members | None:
    metadata = row["metadata"]
    return budget.members(metadata) if isinstance(metadata, dict) and metadata else None


def _scores(visit: Visit, target: Literal["session_id", "trace_id"]) -> Page:
    where = (Condition(target, "=", visit.id),)
    return visit.reader.select(Selection("scores", visit.project, where, (("timestamp", False),), limit=SCORES))


def _link(visit: Visit, kind: Literal["session", "trace"]) -> str | None:
    return None if visit.shown else visit.reader.mark(visit.project, kind, visit.id).share


def _render(template: str, visit: Visit, **values: Any) -> str:
    return _environment().get_template(template).render(visit=visit, shown=visit.shown, **values)


@cache
def _environment() -> Environment:
    # imported when the first page is asked for: a receiver that nobody looks at does without its 4 MiB
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    environment.filters.update(FILTERS)
    return environment


PAGES: dict[str, Callable[[Visit], str]] = {
    "/": home,
    "/sessions/{id}": session,
    "/traces/{id}": trace,
    "/project/{project}/sessions/{id}": session,
    "/project/{project}/traces/{id}": trace,
    "/share/{id}": shared,
}
"""Every page by its path. `/project/{project}/traces/{id}` is what Langfuse's SDKs build (langfuse.md, section 3.7)."""
