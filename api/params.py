"""What the endpoints take: query parameters and bodies, checked, as pydantic models that OpenAPI is made from.

Langfuse's manners (reference: langfuse.md, section 4): an unknown parameter is ignored, an empty one is its default,
unless a model says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, get_origin

import orjson
from multidict import MultiMapping
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel

from ..errors import BadParameter, UndecodableBody
from ..mapping.observation import LEVELS, TYPES
from ..query.fields import SIMPLE
from ..query.filters import conditions, instant, order_by
from ..query.page import Question
from ..storage.selection import Expression, View

LAST_PAGE = 1_000_000_000
"""Bounds the page number, so that its offset fits the 64 bits of any engine."""

Given = TypeVar("Given", bound=BaseModel)


def _instant(value: object, info: ValidationInfo) -> object:
    return instant(to_camel(info.field_name or ""), value) if isinstance(value, str) else value


def one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    """Return a check that a text is one of some words."""

    def check(value: str) -> str:
        if value not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return value

    return check


def _members(text: object) -> object:
    if not isinstance(text, str):
        return text
    members = (member.strip() for member in text.split(","))
    return tuple(member for member in members if member)


Instant = Annotated[datetime, BeforeValidator(_instant)]
Texts = Annotated[list[str], Field(max_length=100)]
Listed = Annotated[
    tuple[str, ...],
    BeforeValidator(_members),
    Field(max_length=1000),
    WithJsonSchema({"type": "string"}, mode="validation"),
]
"""A comma list."""
ObservationType = Annotated[str, AfterValidator(one_of(TYPES)), Field(json_schema_extra={"enum": list(TYPES)})]
Level = Annotated[str, AfterValidator(one_of(LEVELS)), Field(json_schema_extra={"enum": list(LEVELS)})]


class Params(BaseModel):
    """Query parameters, by their camelCase names."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True, defer_build=True)

    empties: ClassVar[frozenset[str]] = frozenset()
    """Parameters that say something by being empty."""


class FilterParams(Params):
    """What every list takes that can be filtered by its own parameters and by filter items."""

    view: ClassVar[View]

    environment: Texts = Field([], description="Any of these; may be repeated.")
    filter: str | None = Field(
        None,
        description="Langfuse filter items as a JSON list of {type, column, operator, value, key?}; "
        "an item overrides the simple parameters about its column.",
    )

    def where(self) -> tuple[Expression, ...]:
        """Return the conditions that these parameters make together. Raises BadParameter."""
        given = self.model_dump(by_alias=True)
        simple = {name: given[name] for name in SIMPLE[self.view] if name in given}
        return conditions(self.view, simple, self.filter)


class ListParams(FilterParams):
    """What every list takes that has pages and an order."""

    page: int = Field(1, ge=1, le=LAST_PAGE, description="The page, from 1.")
    limit: int = Field(50, ge=1, le=100, description="Items on a page.")
    order_by: str | None = Field(None, description="FIELD.asc or FIELD.desc.")

    def question(self, project: str) -> Question:
        """Return what these parameters ask of a project. Raises BadParameter."""
        return Question(self.where(), order_by(self.view, self.order_by), self.page, self.limit, project)


def read_params(model: type[Given], query: MultiMapping[str]) -> Given:
    """Return the parameters of a query string. Raises BadParameter naming the one that cannot be used."""
    values: dict[str, Any] = {}
    names = {info.alias or field: info for field, info in model.model_fields.items()}
    if model.model_config.get("extra") == "forbid" and (unknown := [name for name in query if name not in names]):
        raise BadParameter(unknown[0], f"unknown parameter; there are {', '.join(names)}")
    empties = model.empties if issubclass(model, Params) else ()
    for name, info in names.items():
        given = [value for value in query.getall(name, []) if value or name in empties]
        if get_origin(info.annotation) is list:
            values[name] = given
        elif len(given) > 1:
            raise BadParameter(name, f"takes one value, got {len(given)}")
        elif given:
            values[name] = given[0]
    checked: Given = _checked(adapter(model), values)
    return checked


def read_body(kind: Any, body: bytes) -> Any:
    """Return a JSON body of the type `kind`, read by its own `loads` where it has one.

    Raises UndecodableBody, and BadParameter naming what cannot be used.
    """
    try:
        values = getattr(kind, "loads", orjson.loads)(body)
    except orjson.JSONDecodeError as error:
        raise UndecodableBody(f"the body is not JSON: {error}") from None
    return _checked(adapter(kind), values)


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what checks a value of a type, made when it is asked for: all of them together take 60 ms of a start."""
    return TypeAdapter(kind)


def _checked(kind: TypeAdapter[Any], values: object) -> Any:
    try:
        return kind.validate_python(values)
    except ValidationError as error:
        raise bad_parameter(error) from None


def bad_parameter(error: ValidationError) -> BadParameter:
    """Return the first thing that is wrong: where (dotted), what, and what was there instead."""
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(map(str, first["loc"])) or "body"
    scalar = not isinstance(first["input"], list | dict) and first["type"] != "missing"
    got = f", got {first['input']!r}" if scalar else ""
    return BadParameter(name, first["msg"].removeprefix("Value error, ") + got[:100])
