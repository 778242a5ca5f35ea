"""Questions in plain English or in operators."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from ..errors import BadParameter
from ..query.finding import Found, find
from ..query.saved import saved_text
from .params import Params
from .route import Call, Route


class FindParams(Params):
    """The parameters of a question: `q`, or `saved`."""

    q: str | None = Field(
        None, description="The question, such as: traces with latency > 5s from yesterday.", max_length=2000
    )
    saved: str | None = Field(None, description="The name of a saved question (/api/saved), instead of `q`.")
    limit: int = Field(50, ge=1, le=1000, description="Rows at most, where the question asks for no number of them.")
    timezone: str | None = Field(
        None, description="The asker's zone, such as Europe/Berlin; the server's when left out."
    )


def _find(call: Call) -> Found:
    params: FindParams = call.params
    text = _text(call, params)
    return find(call.store, text, _now(params.timezone), params.limit, call.project)


def _text(call: Call, params: FindParams) -> str:
    if params.q is not None and params.saved is not None:
        raise BadParameter("saved", "takes the place of q; give one of them")
    if params.saved is not None:
        return saved_text(call.store, call.project, params.saved)
    if params.q is None:
        raise BadParameter("q", "ask something, such as: traces with latency > 5s from yesterday; or give saved=NAME")
    return params.q


def _now(name: str | None) -> datetime:
    if name is None:
        from dateutil.tz import tzlocal  # takes 20 ms, and knows the zone's changes, which a fixed offset does not

        return datetime.now(tzlocal())
    try:
        return datetime.now(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadParameter("timezone", f"no such zone: {name!r}; for example Europe/Berlin") from None


ROUTES = (
    Route(
        "GET", "/api/find", "Ask in plain English, in operators, or what was saved; says how it was understood", Found,
        _find, query=FindParams,
    ),
)  # fmt: skip
