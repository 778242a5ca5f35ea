"""Sessions in Langfuse's shape, with totals beside it (reference: langfuse.md, section 4.2)."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Selection
from ..storage.store import Reader
from .cells import texts
from .page import Meta, Question
from .scores import scores_by
from .totals import Totals, totals
from .traces import Trace, traces_of


class Session(Totals):
    """One session with its totals."""


class FullSession(Session):
    """One session with its totals and all its traces, by start."""

    traces: list[Trace]


class Sessions(TypedDict):
    """A page of sessions."""

    data: list[Session]
    meta: Meta


def list_sessions(reader: Reader, question: Question) -> Sessions:
    """Return a page of sessions, by default the latest begun first."""
    page = question.select(reader, "sessions", (), "first_timestamp")
    scores = scores_by(reader, "session_id", [str(row["id"]) for row in page.rows], question.project)
    data: list[Session] = [{**totals(row, texts(row["user_ids"]), scores[str(row["id"])])} for row in page.rows]
    return {"data": data, "meta": question.meta(page.total, page.at_least)}


def get_session(reader: Reader, session_id: str, project: str = "default") -> FullSession:
    """Return a session with all its traces, inputs and outputs included. Raises NotFound."""
    where = (Condition("id", "=", session_id),)
    rows = reader.select(Selection("sessions", project=project, where=where, limit=1, counted=False)).rows
    if not rows:
        raise NotFound(f"no session has the id {session_id!r}")
    scores = scores_by(reader, "session_id", [session_id], project)[session_id]
    return {**totals(rows[0], texts(rows[0]["user_ids"]), scores), "traces": traces_of(reader, session_id, project)}
