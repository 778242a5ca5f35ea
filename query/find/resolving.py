"""From clauses to the filter items of a view, in the units of the answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from ...mapping.observation import LEVELS, TYPES
from .clauses import Belongs, Clause, Compare, During, Keyed, Present, State
from .columns import FIELDS, MANY, MEASURES, SCORED, STATES, TIMES, UNITS
from .lexicon import ENVIRONMENTS, MODELS
from .trouble import Trouble
from .word import Quantity, Word

Item: TypeAlias = dict[str, Any]
"""A filter item `{type, column, operator, value, key?}`, or a group `{type: and|or, items}`, `{type: not, item}`."""

SAID = {"time": "seconds", "money": "dollars", "percent": "per cent", "number": "a number"}
VARIANTS = ("-2", "@2")
"""How the dated variants of a model go on after its name: gpt-4o-2024-08-06, claude-3-5-sonnet@20240620."""
SCORES = {"numberObject": "scores_avg", "categoryOptions": "score_categories", "booleanObject": "score_booleans"}
"""The columns of scores: the average, the categories, the verdicts."""
LACKING = {"is not null": "is null", "is set": "is not set"}


class Unanswerable(NamedTuple):
    """Words that no column of the view can answer."""

    word: Word


def resolve(view: str, clause: Clause) -> Item | Unanswerable:
    """Return what one clause says as a filter item of a view, or the words that the view has no column for.

    Groups and negations are the caller's. Raises Trouble for a wrong unit, level or type.
    """
    match clause:
        case During():
            return _during(view, clause)
        case Compare():
            return _compare(view, clause)
        case Belongs():
            return _belongs(view, clause)
        case Present(field, word, key):
            return _present(view, field, word, key)
        case State(what, word):
            return _state(view, what, word)
        case Keyed():
            return _keyed(view, clause)
    raise AssertionError(clause)


def negated(item: Item) -> Item:
    """Return the opposite of an item."""
    if item["type"] == "not":
        inner: Item = item["item"]
        return inner
    if item.get("operator") in LACKING:
        return {**item, "operator": LACKING[item["operator"]]}
    return {"type": "not", "item": item}


def group(type: str, items: list[Item]) -> Item:
    """Return items that must all hold ("and"), or one of them ("or"), as one."""
    return items[0] if len(items) == 1 else {"type": type, "items": items}


def measure(view: str, name: str) -> str | None:
    """Return the column of a measure, None where the view has none."""
    return MEASURES[view].get(name)


def _during(view: str, clause: During) -> Item:
    after, before = TIMES[view][clause.what]
    items = []
    if clause.range.start is not None:
        items.append(_item("datetime", after, ">=", _iso(clause.range.start)))
    if clause.range.end is not None:
        items.append(_item("datetime", before, "<", _iso(clause.range.end)))
    return group("and", items)


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _compare(view: str, clause: Compare) -> Item | Unanswerable:
    name, quantity = clause.measure or _implied(view, clause.quantity), clause.quantity
    if name == "latency ms":
        name, quantity = "latency", Quantity("time", quantity.amount * 0.001) if quantity.unit == "number" else quantity
    if view == "observations" and name == "errors":
        return _level_at_least(clause)
    column = measure(view, name)
    if column is None or name in ("time", "start"):
        return Unanswerable(clause.word)
    wanted = UNITS.get(name, "number")
    if quantity.unit not in (wanted, "number"):
        raise Trouble(f"{name} is measured in {SAID[wanted]}, not in {SAID[quantity.unit]}", clause.word)
    value = _plain(round(quantity.amount, 9))
    if clause.operator == "<>":
        return negated(_item("number", column, "=", value))
    return _item("number", column, clause.operator, value)


def _implied(view: str, quantity: Quantity) -> str:
    if quantity.unit == "time":
        return "duration" if view in ("sessions", "users") else "latency"
    return "cost" if quantity.unit == "money" else ""


def _plain(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def _level_at_least(clause: Compare) -> Item | Unanswerable:
    """An observation has one error or none: its level."""
    failed = _item("string", "level", "=", "ERROR")
    match clause.operator, clause.quantity.amount:
        case (">" | "<>", 0) | (">=" | "=", 1):
            return failed
        case ("=" | "<=", 0) | ("<", 1):
            return negated(failed)
    return Unanswerable(clause.word)


def _belongs(view: str, clause: Belongs) -> Item | Unanswerable:
    values = tuple(_lower(value) if clause.field in ("model", "environment") else value for value in clause.values)
    if clause.field == "text":
        if not all(values):
            return Unanswerable(clause.word)
        found = [_item("string", "text", "contains", value) for value in values]
        return group("and" if clause.every else "or", found)
    column = FIELDS[view].get(clause.field)
    if column is None:
        return Unanswerable(clause.word)
    if clause.operator != "=":
        return group("and" if clause.every else "or", [_item("string", column, clause.operator, one) for one in values])
    if clause.field in ("level", "type"):
        values = tuple(_known(value, LEVELS if clause.field == "level" else TYPES, clause) for value in values)
    if clause.field == "model":
        return group("and" if clause.every and column in MANY else "or", [_model(column, value) for value in values])
    if column in MANY:
        operator = "all of" if clause.every and len(values) > 1 else "any of"
        return _item("arrayOptions", column, operator, list(values))
    if len(values) == 1:
        return _item("string", column, "=", values[0])
    return _item("stringOptions", column, "any of", list(values))


def _lower(name: str) -> str:
    """Return a name that is known to be written in lower case so, where a whole question was typed in capitals."""
    lower = name.lower()
    return lower if name.isupper() and (lower in ENVIRONMENTS or lower.startswith(MODELS)) else name


def _known(value: str, known: tuple[str, ...], clause: Belongs) -> str:
    upper = value.upper()
    for word in (upper, upper.removesuffix("S")):
        if word in known:
            return word
    raise Trouble(f"no such {clause.field}; there are {', '.join(known)}", value)


def _model(column: str, name: str) -> Item:
    exact = _item("arrayOptions", column, "any of", [name]) if column in MANY else _item("string", column, "=", name)
    return group("or", [exact, *(_item("string", column, "starts with", name + end) for end in VARIANTS)])


def _present(view: str, field: str, word: Word, key: str) -> Item | Unanswerable:
    if key and field == "metadata":
        return _set("stringObject", "metadata", key)
    if key and field == "score" and view in SCORED:  # of whatever kind
        return group("or", [_set(type, column, key) for type, column in SCORES.items()])
    if (column := FIELDS[view].get(field)) and column != "id":
        if column in MANY:  # a member that contains nothing is any member
            return _item("string", column, "contains", "")
        return {"type": "null", "column": column, "operator": "is not null", "value": ""}
    counted = measure(view, field) or measure(view, f"{field}s")
    if counted is None:
        return Unanswerable(word)
    if field in UNITS:
        return {"type": "null", "column": counted, "operator": "is not null", "value": ""}
    return _item("number", counted, ">", 0)


def _state(view: str, what: str, word: Word) -> Item | Unanswerable:
    if view == "observations" and what in ("errors", "warnings"):
        return _item("string", "level", "=", what.upper().removesuffix("S"))
    column = STATES[view].get(what)
    if column is None:
        return Unanswerable(word)
    if what in ("errors", "warnings"):
        return _item("number", column, ">", 0)
    return _item("boolean", column, "=", True)


def _keyed(view: str, clause: Keyed) -> Item | Unanswerable:
    """Metadata or a score by its key: against a number, true or false, or texts."""
    places = [place for place in clause.places if place != "scores" or view in SCORED]
    if not places:
        return Unanswerable(clause.word)
    unlike = clause.operator == "<>"
    operator = "=" if unlike else clause.operator
    found: list[Item] = []
    for place in places:
        scores = place == "scores"
        if clause.number is not None:
            column = "scores_avg" if scores else "metadata"
            found.append(_item("numberObject", column, operator, _plain(clause.number), clause.key))
            continue
        for value in clause.values:
            if value.lower() in ("true", "false") and operator == "=":
                column = "score_booleans" if scores else "metadata"
                found.append(_item("booleanObject", column, "=", value.lower() == "true", clause.key))
            elif scores:
                found.append(_item("categoryOptions", "score_categories", "any of", [value], clause.key))
            else:
                found.append(_item("stringObject", "metadata", operator, value, clause.key))
    item = group("or", found)
    return negated(item) if unlike else item


def _set(type: str, column: str, key: str) -> Item:
    return {"type": type, "column": column, "operator": "is set", "value": "", "key": key}


def _item(type: str, column: str, operator: str, value: object, key: str = "") -> Item:
    item: Item = {"type": type, "column": column, "operator": operator, "value": value}
    return {**item, "key": key} if key else item
