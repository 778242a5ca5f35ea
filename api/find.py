"""Questions in plain English or in operators."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field

from ..errors import BadParameter
from ..query.finding import Found, find
from .params import Params
from .route import Call, Route


class FindParams(Params):
    """The parameters of a question."""

    q: str = Field(description="The question, such as: traces with latency > 5s from yesterday.", max_length=2000)
    limit: int = Field(50, ge=1, le=1000, description="Rows at most, where the question asks for no number of them.")
    timezone: str | None = Field(
        None, description="The asker's zone, such as Europe/Berlin; the server's when left out."
    )


def _find(call: Call) -> Found:
    params: FindParams = call.params
    return find(call.store, params.q, _now(params.timezone), params.limit, call.project)


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
        "GET", "/api/find", "Ask in plain English or in operators; says how it was understood", Found,
        _find, query=FindParams,
    ),
)  # fmt: skip
