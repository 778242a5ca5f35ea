"""From what a caller writes to storage conditions: simple parameters, Langfuse's filter JSON, `orderBy`.

Filter items are `{type, column, operator, value, key?}` (reference: langfuse.md, section 4.7).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, cast

import orjson

from ..errors import BadParameter
from ..storage.columns import BY_NAME, Kind
from ..storage.selection import AllOf, AnyOf, Condition, Expression, Not, Operator, Scalar, View, conditions_in
from .fields import FIELDS, SIMPLE, Field, kind_of

MOST_ITEMS = 100
"""Filter items in one question, those in groups included."""
DEEPEST = 20
"""How deep groups may lie in each other; SQLite's own parser ends at 100 levels of expressions."""

LARGEST_INTEGER = 2**63
"""Integers from here on are compared as floating point numbers; no engine has larger ones."""

TEXT_OPERATORS = ("=", "contains", "does not contain", "starts with", "ends with", "matches")
NUMBER_OPERATORS = ("=", ">", "<", ">=", "<=")
PRESENCE: dict[str, Operator] = {"is set": "is not null", "is not set": "is null"}
"""What asks for a key inside an object, or for a score of a name and the type's kind, whatever its value."""
PAGES_ONLY = frozenset({"positionInTrace"})
"""Types that only Langfuse's pages know."""


UNSORTED: tuple[Kind, ...] = ("list", "object", "payload", *BY_NAME)
"""Kinds of columns that have no order."""


class Type(NamedTuple):
    """A type of filter item: its operators, the kinds of column it takes, whether it needs a key."""

    operators: tuple[str, ...]
    kinds: tuple[Kind, ...]
    keyed: bool = False


TYPES: dict[str, Type] = {
    "datetime": Type((">", "<", ">=", "<="), ("time",)),
    "string": Type(TEXT_OPERATORS, ("text", "payload", "list")),
    "number": Type(NUMBER_OPERATORS, ("integer", "real")),
    "stringOptions": Type(("any of", "none of"), ("text",)),
    "categoryOptions": Type(("any of", "none of", *PRESENCE), ("object", "categories"), keyed=True),
    "arrayOptions": Type(("any of", "none of", "all of"), ("list",)),
    "stringObject": Type((*TEXT_OPERATORS, *PRESENCE), ("object",), keyed=True),
    "numberObject": Type((*NUMBER_OPERATORS, *PRESENCE), ("object", "averages"), keyed=True),
    "booleanObject": Type(("=", "<>", *PRESENCE), ("object", "verdicts"), keyed=True),
    "boolean": Type(("=", "<>"), ("boolean",)),
    "null": Type(("is null", "is not null"), ("text", "integer", "real", "time", "payload", "boolean")),
}


def conditions(view: View, simple: Mapping[str, object], filter: str | None = None) -> tuple[Expression, ...]:
    """Return the conditions that simple parameters and a filter JSON text make together.

    `simple` maps the names of `SIMPLE` to a text, several texts, a boolean or an aware datetime; None and no texts ask
    nothing. A filter item overrides the simple parameters about its own field. Raises BadParameter.
    """
    items = filter_conditions(view, filter) if filter else ()
    settled = {item.column for item in items if isinstance(item, Condition)}
    plain = (
        _simple(view, name, value)
        for name, value in simple.items()
        if value is not None and value != [] and value != ()
    )
    return (*(condition for condition in plain if condition.column not in settled), *items)


def filter_conditions(view: View, text: str) -> tuple[Expression, ...]:
    """Return the conditions of a filter JSON text. Raises BadParameter that names `filter` and the item."""
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadParameter("filter", f"not JSON: {error}") from None
    if not isinstance(items, list):
        raise BadParameter("filter", "expected a JSON list of items {type, column, operator, value, key?}")
    return item_conditions(view, items, FIELDS[view])


def item_conditions(view: View, items: Sequence[object], fields: Mapping[str, Field]) -> tuple[Expression, ...]:
    """Return the conditions of filter items whose columns are named as in `fields`. Raises BadParameter as above.

    Beside Langfuse's items there are groups, `{type: "and" | "or", items: […]}` and `{type: "not", item: …}`.
    """
    made = tuple(_expression(view, fields, f"item {place}", item, 0) for place, item in enumerate(items, 1))
    count = sum(1 for _ in conditions_in(made))
    if count > MOST_ITEMS:
        raise BadParameter("filter", f"at most {MOST_ITEMS} items, got {count}")
    return made


def _expression(view: View, fields: Mapping[str, Field], where: str, item: object, depth: int) -> Expression:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind not in ("and", "or", "not"):
        return _item(view, fields, where, item)
    if depth == DEEPEST:
        raise BadParameter("filter", f"{where}: groups may lie {DEEPEST} deep in each other")
    assert isinstance(item, dict)
    if kind == "not":
        return Not(_expression(view, fields, f"{where}, item", item.get("item"), depth + 1))
    inner = item.get("items")
    if not isinstance(inner, list) or not inner or len(inner) > MOST_ITEMS:
        raise BadParameter("filter", f"{where}: items must be a list of 1 to {MOST_ITEMS} items")
    made = tuple(
        _expression(view, fields, f"{where}, item {place}", each, depth + 1) for place, each in enumerate(inner, 1)
    )
    return AllOf(made) if kind == "and" else AnyOf(made)


def order_by(view: View, text: str | None) -> tuple[tuple[str, bool], ...]:
    """Return the order that `field.asc` or `field.desc` asks for; none when there is no text. Raises BadParameter."""
    if not text:
        return ()
    name, _, direction = text.rpartition(".")
    if direction not in ("asc", "desc"):
        raise BadParameter("orderBy", f"expected FIELD.asc or FIELD.desc, got {text!r}")
    field = FIELDS[view].get(name)
    if field is None or kind_of(view, field.column) in UNSORTED:
        sortable = [key for key, each in FIELDS[view].items() if kind_of(view, each.column) not in UNSORTED]
        raise BadParameter("orderBy", f"{view} cannot be ordered by {name!r}, only by {', '.join(sorted(sortable))}")
    return ((field.column, direction == "desc"),)


def instant(name: str, text: str) -> datetime:
    """Return an ISO 8601 time as an aware UTC datetime; without an offset it is UTC. Raises BadParameter."""
    try:
        time = datetime.fromisoformat(text)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadParameter(name, f"expected an ISO 8601 time such as 2026-11-20T09:55:54Z, got {text!r}") from None


def _simple(view: View, name: str, value: object) -> Condition:
    known = SIMPLE[view].get(name)
    if known is None:
        raise BadParameter(name, f"{view} take {', '.join(sorted(SIMPLE[view]))}")
    field, operator = known
    if operator in ("any of", "all of"):
        value = tuple(value) if isinstance(value, list | tuple) else (value,)
    return Condition(FIELDS[view][field].column, operator, cast("Scalar | tuple[str, ...]", value))


def _item(view: View, fields: Mapping[str, Field], where: str, item: object) -> Condition:
    if not isinstance(item, dict):
        raise BadParameter("filter", f"{where}: expected an object {{type, column, operator, value, key?}}")
    name = _word(where, item, "type")
    if name in PAGES_ONLY:
        raise BadParameter("filter", f"{where}: type {name!r} is for Langfuse's pages alone; filter by other columns")
    kind = TYPES.get(name)
    if kind is None:
        raise BadParameter("filter", f"{where}: unknown type {name!r}; known: {', '.join(TYPES)}")
    column = _word(where, item, "column")
    field = fields.get(column)
    if field is None:
        raise BadParameter("filter", f"{where}: {view} have no column {column!r}; known: {', '.join(sorted(fields))}")
    operator = _word(where, item, "operator")
    if operator not in kind.operators:
        raise BadParameter("filter", f"{where}: {name} takes {', '.join(kind.operators)}, not {operator!r}")
    stored = _column(field, name)
    if kind_of(view, stored) not in kind.kinds:
        fitting = [each for each, takes in TYPES.items() if kind_of(view, _column(field, each)) in takes.kinds]
        raise BadParameter("filter", f"{where}: column {column!r} takes type {' or '.join(fitting)}, not {name!r}")
    key = _word(where, item, "key") if kind.keyed else ""
    if operator in PRESENCE:
        return Condition(stored, PRESENCE[operator], key=key)
    value = _value(where, item, field)
    if operator == "matches" and not any(character.isalnum() for character in str(value)):
        raise BadParameter("filter", f"{where}: value must hold a letter or a digit for 'matches', got {value!r}")
    return Condition(stored, cast(Operator, operator), value, key)


def _column(field: Field, type: str) -> str:
    return field.number if field.number and type == "number" else field.column


def _word(where: str, item: dict[str, object], name: str) -> str:
    word = item.get(name)
    if not isinstance(word, str) or not word:
        raise BadParameter("filter", f"{where}: {name} must be a text, got {word!r}")
    return word


def _value(where: str, item: dict[str, object], field: Field) -> Scalar | tuple[str, ...]:
    value = item.get("value")
    match item["type"]:
        case "null":
            return None
        case "datetime":
            if isinstance(value, str):
                return instant("filter", value)
            expected = "an ISO 8601 time"
        case "string" | "stringObject":
            if isinstance(value, str):
                return value
            expected = "a text"
        case "number" | "numberObject":
            if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                number = value * field.scale
                return number if abs(number) < LARGEST_INTEGER else float(number)
            expected = "a number"
        case "boolean" | "booleanObject":
            if isinstance(value, bool):
                return value
            expected = "true or false"
        case _:
            if isinstance(value, list) and value and all(isinstance(member, str) for member in value):
                return tuple(value)
            expected = "a list of at least one text"
    raise BadParameter("filter", f"{where}: value must be {expected}, got {value!r}")
