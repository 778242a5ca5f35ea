"""Every column, type and operator of filter items, against plain Python over the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.query.fields import FIELDS, kind_of
from sidetrace.query.filters import PRESENCE, TYPES, filter_conditions
from sidetrace.storage.columns import COLUMNS
from sidetrace.storage.selection import Row, Selection, View
from sidetrace.storage.sqlite.store import SqliteStore

from .world import make, trace_id

VIEWS: tuple[View, ...] = ("traces", "observations", "sessions", "users", "scores")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    opened = make(tmp_path_factory.mktemp("filters") / "world.db")
    yield opened
    opened.close()


def rows(store: SqliteStore, view: View) -> list[Row]:
    return store.select(Selection(view, limit=1000)).rows


class World:
    """All rows, and what is worked out from several of them, in plain Python."""

    def __init__(self, store: SqliteStore) -> None:
        self.rows = {view: rows(store, view) for view in VIEWS}

    def cell(self, view: View, row: Row, column: str) -> Any:
        if column == "bookmarked" and view in ("traces", "sessions"):
            return self.marked(row)
        if column in COLUMNS[view]:
            return row[column]
        match column:
            case "comment_count":
                return 0
            case "comment_content":
                return None
            case "prompt_number":
                return int(str(row["prompt_version"])) if row["prompt_version"] else None
            case "input_cost" | "output_cost":
                side = column.removesuffix("_cost")
                parts = [
                    amount
                    for one in self.observations(view, row)
                    if one["cost_counted"]
                    for kind, amount in one["cost_details"].items()
                    if side in kind
                ]
                return sum(parts) if parts else None
            case "default_count" | "debug_count":
                name = column.removesuffix("_count").upper()
                return sum(one["level"] == name for one in self.observations(view, row))
            case "models":
                return sorted({one["model"] for one in self.observations(view, row) if one["model"]})
            case "text":
                texts: list[Row] = [row]
                if view in ("sessions", "users"):
                    texts = [one for one in self.rows["traces"] if one[f"{view[:-1]}_id"] == row["id"]]
                return [one[side] for one in texts for side in ("name", "input", "output") if one[side] is not None]
            case "scores_avg" | "score_categories" | "score_booleans":
                return [score for score in self.rows["scores"] if self.scored(view, row, score)]
        raise AssertionError(f"what is {column} of {view}?")

    def marked(self, row: Row) -> bool:
        return row["id"] in (trace_id(2), "chat") or ("trace_count" in row and row["id"] == trace_id(5))

    def observations(self, view: View, row: Row) -> list[Any]:
        key = {"traces": "trace_id", "sessions": "session_id", "users": "user_id"}[view]
        return [one for one in self.rows["observations"] if one[key] == row["id"]]

    def scored(self, view: View, row: Row, score: Row) -> bool:
        match view:
            case "traces":
                return score["trace_id"] == row["id"]
            case "observations":
                return (score["trace_id"], score["observation_id"]) == (row["trace_id"], row["id"])
            case _:
                return score["session_id"] == row["id"]


def lower(text: str) -> str:
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def texts(cell: str | None, operator: str, value: str) -> bool:
    if cell is None:
        return operator == "does not contain"
    return {
        "=": cell == value,
        "contains": lower(value) in lower(cell),
        "matches": lower(value) in lower(cell),
        "does not contain": lower(value) not in lower(cell),
        "starts with": cell.startswith(value),
        "ends with": cell.endswith(value),
    }[operator]


def ordered(cell: Any, operator: str, value: Any) -> bool:
    compare: dict[str, Callable[[], bool]] = {
        "=": lambda: cell == value, ">": lambda: cell > value, "<": lambda: cell < value,
        ">=": lambda: cell >= value, "<=": lambda: cell <= value,
    }  # fmt: skip
    return cell is not None and bool(compare[operator]())


def member(cell: dict[str, Any], key: str) -> Any:
    if key in cell:
        return cell[key]
    for part in key.split("."):
        if not isinstance(cell, dict) or part not in cell:
            return None
        cell = cell[part]
    return cell


def as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def as_number(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(lower(value))
    return value if isinstance(value, bool) else None


def among(cells: set[str | None], operator: str, values: list[str]) -> bool:
    if operator == "all of":
        return set(values) <= cells
    return bool(cells & set(values)) == (operator == "any of")


def meets(type: str, operator: str, value: Any, key: str, cell: Any, scale: int) -> bool:
    """Say whether a cell meets a filter item."""
    match type:
        case "null":
            return (cell is None) == (operator == "is null")
        case "datetime":
            at = None if cell is None else datetime.fromisoformat(cell).replace(tzinfo=UTC)
            return ordered(at, operator, datetime.fromisoformat(value))
        case "string" if isinstance(cell, list):
            if operator == "does not contain":
                return not any(texts(each, "contains", value) for each in cell)
            return any(texts(each, operator, value) for each in cell)
        case "string":
            return texts(cell, operator, value)
        case "number":
            return ordered(cell, operator, value * scale)
        case "stringOptions":
            return among({cell}, operator, value)
        case "arrayOptions":
            return among(set(cell), operator, value)
        case "boolean":
            return bool(cell == value) == (operator == "=")
    if isinstance(cell, list):  # scores
        return of_scores(type, operator, value, [score for score in cell if score["name"] == key])
    inside = member(cell, key)
    if operator in PRESENCE:
        return (inside is None) == (operator == "is not set")
    match type:
        case "stringObject":
            if operator == "matches":
                return inside is not None and value in str(as_text(inside))
            return texts(as_text(inside), operator, value)
        case "numberObject":
            return ordered(as_number(inside), operator, value)
        case "booleanObject":
            return (as_boolean(inside) is value) == (operator == "=")
        case "categoryOptions":
            return among({as_text(inside)}, operator, value)
    raise AssertionError(type)


def of_scores(type: str, operator: str, value: Any, scores: list[Row]) -> bool:
    def of(data_type: str, column: str) -> list[Any]:
        return [score[column] for score in scores if score["data_type"] == data_type]

    if operator in PRESENCE:
        data_type = {"numberObject": "NUMERIC", "categoryOptions": "CATEGORICAL", "booleanObject": "BOOLEAN"}[type]
        return bool(of(data_type, "name")) == (operator == "is set")
    match type:
        case "numberObject":
            numbers = of("NUMERIC", "value")
            return ordered(sum(numbers) / len(numbers) if numbers else None, operator, value)
        case "categoryOptions":
            return among(set(of("CATEGORICAL", "string_value")), operator, value)
        case "booleanObject":
            return (value in map(bool, of("BOOLEAN", "value"))) == (operator == "=")
    raise AssertionError(type)


KEYS = {
    "metadata": ["region", "size", "ratio", "deep", "deep.a.b", "deep.n", "a.b", "flag", "nothing"],
    "model_parameters": ["temperature", "mode"],
    "attributes": ["session.id", "langfuse.trace.tags", "langfuse.internal.is_app_root"],
    "usage_details": ["input", "total"],
    "cost_details": ["output", "nothing"],
}
SCORE_KEYS = ["accuracy", "tone", "correct", "happy", "nothing"]
VALUES: dict[str, list[Any]] = {
    "stringObject": ["EU", "e", "u", "7", "0.15", "true", "c", "dotted", '{"a":{"b":"c"},"n":3}', "chat"],
    "numberObject": [7, 12, 0.15, 3, 2.5, 10, 0.25, 0.75, 0.5],
    "booleanObject": [True, False],
    "categoryOptions": [["EU", "us"], ["good"], ["bad", "lost"], ["7"], ["true"]],
    "boolean": [True, False],
    "null": [""],
}


def values(type: str, cells: list[Any], scale: int) -> list[Any]:
    """Return values to compare with: those that are there, their neighbours, and one that is not."""
    if type in VALUES:
        return VALUES[type]
    there = sorted({cell for cell in cells if cell is not None and not isinstance(cell, list)}, key=str)
    match type:
        case "datetime":
            at = [datetime.fromisoformat(cell).replace(tzinfo=UTC) for cell in there[:2]]
            return [time.isoformat() for each in at for time in (each, each + timedelta(milliseconds=1))]
        case "string":
            there = there or sorted({each for cell in cells for each in cell or ()})
            parts = [part for cell in there[:4] for part in (cell, cell[:2].upper(), cell[-2:])]
            return [*dict.fromkeys([*parts, "no such text 1"])]
        case "number":
            return [*dict.fromkeys([*(cell / scale for cell in there[:3]), 0, 0.5])]
        case "stringOptions":
            return [there[:1] or ["x"], [*there[1:3], "no such"]]
        case "arrayOptions":
            members = sorted({each for cell in cells for each in cell})
            return [members[:1], members[:2], [*members[1:2], "no such"]]
    raise AssertionError(type)


CASES = [
    pytest.param(view, name, type, id=f"{view}-{name}-{type}")
    for view in VIEWS
    for name, field in FIELDS[view].items()
    for type, told in TYPES.items()
    if kind_of(view, field.number if field.number and type == "number" else field.column) in told.kinds
]


@pytest.mark.parametrize(("view", "name", "type"), CASES)
def test_a_filter_item_finds_what_python_finds(store: SqliteStore, view: View, name: str, type: str) -> None:
    world, field = World(store), FIELDS[view][name]
    column = field.number if field.number and type == "number" else field.column
    cells = [world.cell(view, row, column) for row in world.rows[view]]
    keys = [""]
    if TYPES[type].keyed:
        keys = SCORE_KEYS if column not in COLUMNS[view] else KEYS[column]
    for operator in TYPES[type].operators:
        for key in keys:
            for value in values(type, cells, field.scale):
                if operator == "matches" and not any(map(str.isalnum, value)):
                    continue
                item = {"type": type, "column": name, "operator": operator, "value": value, "key": key}
                found = store.select(Selection(view, where=filter_conditions(view, json.dumps([item])), limit=1000))
                wanted = [
                    (row.get("trace_id"), row["id"])
                    for row, cell in zip(world.rows[view], cells, strict=True)
                    if meets(type, operator, value, key, cell, field.scale)
                ]
                assert [(row.get("trace_id"), row["id"]) for row in found.rows] == wanted, item
                assert found.total == len(wanted), item


@st.composite
def trees(draw: st.DrawFn, view: View, depth: int = 4) -> dict[str, Any]:
    """Draw an item of the table, or a group of them."""
    kind = draw(st.sampled_from(["item", "item", "item", "and", "or", "not"])) if depth else "item"
    if kind == "not":
        return {"type": "not", "item": draw(trees(view, depth - 1))}
    if kind != "item":
        return {"type": kind, "items": draw(st.lists(trees(view, depth - 1), min_size=1, max_size=3))}
    return draw(st.sampled_from(items(view)))


@cache
def items(view: View) -> list[dict[str, Any]]:
    """Return one item for each operator of each column."""
    world = World(STORES[0])
    made = []
    for name, field in FIELDS[view].items():
        for type, told in TYPES.items():
            column = field.number if field.number and type == "number" else field.column
            if kind_of(view, column) not in told.kinds or told.keyed:
                continue
            cells = [world.cell(view, row, column) for row in world.rows[view]]
            for operator in told.operators:
                value = values(type, cells, field.scale)[0]
                if operator != "matches" or any(map(str.isalnum, value)):
                    made.append({"type": type, "column": name, "operator": operator, "value": value})
    return made


def holds(world: World, view: View, row: Row, tree: dict[str, Any]) -> bool:
    """Say whether a row meets a filter tree."""
    match tree["type"]:
        case "and":
            return all(holds(world, view, row, each) for each in tree["items"])
        case "or":
            return any(holds(world, view, row, each) for each in tree["items"])
        case "not":
            return not holds(world, view, row, tree["item"])
    field = FIELDS[view][tree["column"]]
    column = field.number if field.number and tree["type"] == "number" else field.column
    cell = world.cell(view, row, column)
    return meets(tree["type"], tree["operator"], tree["value"], "", cell, field.scale)


STORES: list[SqliteStore] = []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("view", ["traces", "observations", "sessions", "users"])
def test_a_filter_tree_finds_what_python_finds(store: SqliteStore, view: View, data: st.DataObject) -> None:
    STORES[:] = [store]
    world = World(store)
    asked = data.draw(st.lists(trees(view), min_size=1, max_size=3))
    found = store.select(Selection(view, where=filter_conditions(view, json.dumps(asked)), limit=1000))
    wanted = [row for row in world.rows[view] if all(holds(world, view, row, each) for each in asked)]
    key = ("trace_id", "id")
    assert [tuple(row.get(k) for k in key) for row in found.rows] == [tuple(row.get(k) for k in key) for row in wanted]


def test_the_table_asks_what_tells_rows_apart(store: SqliteStore) -> None:
    """Otherwise two wrongs could agree: of each column that differs between rows, some question must, too."""
    world = World(store)
    same = {
        name
        for view in VIEWS
        for name, field in FIELDS[view].items()
        if len({str(world.cell(view, row, field.column)) for row in world.rows[view]}) < 2
    }
    written = {"createdAt", "updatedAt"}  # of scores: all written at once
    assert same - written == {"commentCount", "commentContent"}
