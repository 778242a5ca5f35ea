"""Users: the same totals as a session's, for what Langfuse has no endpoint for (design, section 5)."""

from __future__ import annotations

from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.columns import COLUMNS
from ..storage.selection import Condition, Row, Selection
from ..storage.store import Reader
from .cells import count, texts
from .page import Meta, Question
from .totals import Totals, totals

LISTED = tuple(column for column in COLUMNS["users"] if column != "session_ids")
"""All but the session ids, of which a user may have very many."""


class User(Totals):
    """One user with their totals; `bookmarked`, `public` and `scores` are there for likeness with a session."""

    countSessions: int


class FullUser(User):
    """One user with their totals and the ids of their sessions."""

    sessionIds: list[str]


class Users(TypedDict):
    """A page of users."""

    data: list[User]
    meta: Meta


def list_users(reader: Reader, question: Question) -> Users:
    """Return a page of users, by default the last active first."""
    page = question.select(reader, "users", LISTED, "last_timestamp")
    return {"data": [_user(row) for row in page.rows], "meta": question.meta(page.total, page.at_least)}


def get_user(reader: Reader, user_id: str, project: str = "default") -> FullUser:
    """Return a user with the ids of their sessions. Raises NotFound."""
    where = (Condition("id", "=", user_id),)
    rows = reader.select(Selection("users", project=project, where=where, limit=1, counted=False)).rows
    if not rows:
        raise NotFound(f"no user has the id {user_id!r}")
    return {**_user(rows[0]), "sessionIds": texts(rows[0]["session_ids"])}


def _user(row: Row) -> User:
    return {**totals(row, [str(row["id"])], []), "countSessions": count(row["session_count"])}
