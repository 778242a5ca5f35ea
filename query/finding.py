"""Questions in plain English or in operators, answered: how they were understood, then the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from typing_extensions import TypedDict

from ..storage.selection import View
from ..storage.store import Reader
from .fields import FIELDS
from .filters import item_conditions, order_by
from .observations import Observations, list_observations
from .page import Meta, Question
from .sessions import Sessions, list_sessions
from .traces import Traces, list_traces
from .users import Users, list_users

LISTS: Mapping[str, Callable[[Reader, Question], Traces | Observations | Sessions | Users]] = {
    "traces": list_traces,
    "observations": list_observations,
    "sessions": list_sessions,
    "users": list_users,
}


class Found(TypedDict):
    """How a question was understood, and what it finds.

    `understood` says it in words, `filter` as Langfuse filter items (beside them groups `{type: and|or, items}` and
    `{type: not, item}`), `orderBy` as `column.asc` or `column.desc`. `notUnderstood` lists what had no meaning, or no
    column in the view; `hint` says where to ask for it, "" mostly. `data` holds what the list of the view would.
    """

    view: str
    understood: str
    filter: list[dict[str, Any]]
    orderBy: str | None
    notUnderstood: list[str]
    hint: str
    data: list[Any]
    meta: Meta


def find(reader: Reader, text: str, now: datetime, limit: int, project: str) -> Found:
    """Answer a question as of `now`, an aware time in the asker's zone; `limit` holds where it asks for no number.

    Raises BadParameter, naming the words, where nothing in it is understood or something in it cannot be.
    """
    from .find import understand, words  # takes 15 ms, which a start need not wait for

    asked = understand(text, now)
    view = cast(View, asked.view)
    where = item_conditions(view, asked.filter, FIELDS[view])
    order = f"{asked.order[0]}.{'desc' if asked.order[1] else 'asc'}" if asked.order else None
    question = Question(where, order_by(view, order), 1, asked.limit or limit, project)
    page = LISTS[view](reader, question)
    return {
        "view": view,
        "understood": words(asked, cast(Any, now.tzinfo)),
        "filter": asked.filter,
        "orderBy": order,
        "notUnderstood": asked.not_understood,
        "hint": asked.hint,
        "data": [*page["data"]],
        "meta": page["meta"],
    }
