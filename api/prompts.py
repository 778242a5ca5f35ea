"""Prompts, which are not managed here: none is ever found, and the SDKs use the fallback that they were given."""

from __future__ import annotations

from pydantic import Field
from typing_extensions import TypedDict

from ..errors import NotFound
from ..query.page import Meta
from .params import LAST_PAGE, Params
from .route import Call, Route


class PromptParams(Params):
    """The parameters of the list of prompts."""

    page: int = Field(1, ge=1, le=LAST_PAGE, description="The page, from 1.")
    limit: int = Field(50, ge=1, le=100, description="Items on a page.")


class Prompts(TypedDict):
    """A list of prompts, always empty."""

    data: list[object]
    meta: Meta


def _list(call: Call) -> Prompts:
    params: PromptParams = call.params
    return {"data": [], "meta": {"page": params.page, "limit": params.limit, "totalItems": 0, "totalPages": 0}}


def _get(call: Call) -> dict[str, object]:
    raise NotFound(f"no prompt is named {call.id!r}: prompts are not managed here; give the SDK a fallback")


ROUTES = (
    Route("GET", "/api/public/v2/prompts", "List prompts: there are none here", Prompts, _list, query=PromptParams),
    Route(
        "GET", "/api/public/v2/prompts/{id}", "Get a prompt: there are none here, so always 404",
        dict[str, object], _get, problems=(404,),
    ),
)  # fmt: skip
