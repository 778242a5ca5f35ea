"""What the endpoints take: query parameters and bodies, checked, as pydantic models that OpenAPI is made from.

Langfuse's manners (reference: langfuse.md, section 4): an unknown parameter is ignored, an empty one is its default.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_origin

import orjson
from multidict import MultiMapping
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic.alias_generators import to_camel

from ..errors import BadParameter, UndecodableBody
from ..mapping.observation import LEVELS, TYPES
from ..query.fields import SIMPLE
from ..query.filters import conditions, instant, order_by
from ..query.page import Question
from ..storage.selection import View

LAST_PAGE = 1_000_000_000
"""Bounds the page number, so that its offset fits the 64 bits of any engine."""

Given = TypeVar("Given", bound=BaseModel)


def _instant(value: object, info: ValidationInfo) -> object:
    return instant(to_camel(info.field_name or ""), value) if isinstance(value, str) else value


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return value

    return check


Instant = Annotated[datetime, BeforeValidator(_instant)]
Texts = Annotated[list[str], Field(max_length=100)]
ObservationType = Annotated[str, AfterValidator(_one_of(TYPES)), Field(json_schema_extra={"enum": list(TYPES)})]
Level = Annotated[str, AfterValidator(_one_of(LEVELS)), Field(json_schema_extra={"enum": list(LEVELS)})]


class Params(BaseModel):
    """Query parameters, by their camelCase names."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True)


class ListParams(Params):
    """What every list takes."""

    view: ClassVar[View]

    page: int = Field(1, ge=1, le=LAST_PAGE, description="The page, from 1.")
    limit: int = Field(50, ge=1, le=100, description="Items on a page.")
    environment: Texts = Field([], description="Any of these; may be repeated.")
    filter: str | None = Field(
        None,
        description="Langfuse filter items as a JSON list of {type, column, operator, value, key?}; "
        "an item overrides the simple parameters about its column.",
    )
    order_by: str | None = Field(None, description="FIELD.asc or FIELD.desc.")

    def question(self) -> Question:
        """Return what these parameters ask. Raises BadParameter."""
        given = self.model_dump(by_alias=True)
        simple = {name: given[name] for name in SIMPLE[self.view] if name in given}
        return Question(
            conditions(self.view, simple, self.filter), order_by(self.view, self.order_by), self.page, self.limit
        )


class TraceParams(ListParams):
    """The parameters of the list of traces."""

    view = "traces"

    user_id: str | None = None
    name: str | None = None
    session_id: str | None = None
    version: str | None = None
    release: str | None = None
    from_timestamp: Instant | None = Field(None, description="Started at or after.")
    to_timestamp: Instant | None = Field(None, description="Started before.")
    tags: Texts = Field([], description="All of these; may be repeated.")
    fields: str | None = Field(None, description="Comma list of core, io, scores, observations, metrics; else all.")


class ObservationParams(ListParams):
    """The parameters of the list of observations."""

    view = "observations"

    name: str | None = None
    user_id: str | None = Field(None, description="The user of the trace.")
    type: ObservationType | None = None
    trace_id: str | None = None
    level: Level | None = None
    parent_observation_id: str | None = None
    version: str | None = None
    from_start_time: Instant | None = Field(None, description="Started at or after.")
    to_start_time: Instant | None = Field(None, description="Started before.")


class SessionParams(ListParams):
    """The parameters of the list of sessions."""

    view = "sessions"

    user_id: str | None = Field(None, description="Has traces of this user.")
    from_timestamp: Instant | None = Field(None, description="Begun at or after.")
    to_timestamp: Instant | None = Field(None, description="Begun before.")
    tags: Texts = Field([], description="Has all of these; may be repeated.")


class UserParams(ListParams):
    """The parameters of the list of users."""

    view = "users"

    user_id: str | None = None
    from_timestamp: Instant | None = Field(None, description="First seen at or after.")
    to_timestamp: Instant | None = Field(None, description="First seen before.")
    tags: Texts = Field([], description="Has all of these; may be repeated.")


class SqlQuestion(BaseModel):
    """A question in SQL: one read-only statement over the public views."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    query: str = Field(min_length=1)
    dialect: Literal["postgres", "sqlite"] = Field("sqlite", description="Only sqlite is supported yet.")
    limit: int | None = Field(None, ge=1, description="Rows at most; the configuration's sql_rows when left out.")


def read_params(model: type[Given], query: MultiMapping[str]) -> Given:
    """Return the parameters of a query string. Raises BadParameter naming the one that cannot be used."""
    values: dict[str, Any] = {}
    for field, info in model.model_fields.items():
        name = info.alias or field
        given = [value for value in query.getall(name, []) if value]
        if get_origin(info.annotation) is list:
            values[name] = given
        elif len(given) > 1:
            raise BadParameter(name, f"takes one value, got {len(given)}")
        elif given:
            values[name] = given[0]
    return _checked(model, values)


def read_body(model: type[Given], body: bytes) -> Given:
    """Return a JSON body. Raises UndecodableBody, and BadParameter naming the key that cannot be used."""
    try:
        values = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UndecodableBody(f"the body is not JSON: {error}") from None
    if not isinstance(values, dict):
        raise UndecodableBody("the body must be a JSON object")
    return _checked(model, values)


def _checked(model: type[Given], values: dict[str, Any]) -> Given:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = str(first["loc"][0])
        got = f", got {values[name]!r}" if name in values and not isinstance(values[name], list) else ""
        raise BadParameter(name, first["msg"].removeprefix("Value error, ") + got[:100]) from None
