"""Sessions: list, get, and the tree of one."""

from __future__ import annotations

from pydantic import Field

from ..query.sessions import FullSession, Sessions, get_session, list_sessions
from ..query.tree import SessionTree, session_tree
from .params import Instant, ListParams, Texts
from .route import Route


class SessionParams(ListParams):
    """The parameters of the list of sessions."""

    view = "sessions"

    user_id: str | None = Field(None, description="Has traces of this user.")
    from_timestamp: Instant | None = Field(None, description="Begun at or after.")
    to_timestamp: Instant | None = Field(None, description="Begun before.")
    tags: Texts = Field([], description="Has all of these; may be repeated.")


ROUTES = (
    Route(
        "GET", "/api/public/sessions", "List sessions, the latest begun first", Sessions,
        lambda call: list_sessions(call.store, call.params.question(call.project)), query=SessionParams,
    ),
    Route(
        "GET", "/api/public/sessions/{id}", "Get a session with all its traces", FullSession,
        lambda call: get_session(call.store, call.id, call.project), problems=(404,),
    ),
    Route(
        "GET", "/api/sessions/{id}/tree", "Get the tree of a session, with the cost of every branch", SessionTree,
        lambda call: session_tree(call.store, call.id, call.project), problems=(404,),
    ),
)  # fmt: skip
