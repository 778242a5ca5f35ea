"""Marks: what people do to a session or trace, which is to bookmark it and to publish it by a link."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from ..errors import NotFound
from ..storage.selection import Condition, Selection
from .route import Call, Route

SHARE = "/share/"
"""Where the links of published sessions and traces begin; the token follows."""

Kind = Literal["session", "trace"]


class Marked(TypedDict):
    """The mark of a session or trace. `shareUrl` is the link that shows it without a key, null when not published.

    A trace that its own program called public has no link until somebody publishes it here.
    """

    id: str
    bookmarked: bool
    public: bool
    shareUrl: str | None


def _without_defaults(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1
    for member in schema["properties"].values():
        member.pop("default", None)


class Marking(BaseModel):
    """What to change; what is left out stays as it is, and one of the two must be there."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, json_schema_extra=_without_defaults, defer_build=True
    )

    bookmarked: bool = Field(False, description="Whether it is bookmarked.")
    public: bool = Field(False, description="Whether a link shows it without a key; false makes that link useless.")

    @model_validator(mode="after")
    def _changes_something(self) -> Marking:
        if not self.model_fields_set:
            raise ValueError("expected bookmarked, public, or both")
        return self


def _put(kind: Kind, call: Call) -> Marked:
    marking: Marking = call.body
    call.store.put_mark(call.project, kind, call.id, **marking.model_dump(exclude_unset=True)).result()
    return _get(kind, call)


def _get(kind: Kind, call: Call) -> Marked:
    where, columns = (Condition("id", "=", call.id),), ("id", "bookmarked", "public")
    view: Literal["sessions", "traces"] = "sessions" if kind == "session" else "traces"
    rows = call.store.select(Selection(view, call.project, where, columns=columns, limit=1)).rows
    if not rows:
        raise NotFound(f"no {kind} has the id {call.id!r}")
    share = call.store.mark(call.project, kind, call.id).share
    return {
        "id": call.id,
        "bookmarked": bool(rows[0]["bookmarked"]),
        "public": bool(rows[0]["public"]),
        "shareUrl": f"{call.base}{SHARE}{share}" if share else None,
    }


ROUTES = (
    Route(
        "PATCH", "/api/sessions/{id}", "Bookmark a session, or publish it by a link that needs no key", Marked,
        lambda call: _put("session", call), body=Marking, problems=(404, 503),
    ),
    Route(
        "GET", "/api/sessions/{id}/share", "Get the bookmark and the link of a session", Marked,
        lambda call: _get("session", call), problems=(404,),
    ),
    Route(
        "PATCH", "/api/traces/{id}", "Bookmark a trace, or publish it by a link that needs no key", Marked,
        lambda call: _put("trace", call), body=Marking, problems=(404, 503),
    ),
    Route(
        "GET", "/api/traces/{id}/share", "Get the bookmark and the link of a trace", Marked,
        lambda call: _get("trace", call), problems=(404,),
    ),
)  # fmt: skip
