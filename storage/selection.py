"""What a reader asks of a store: a view, conditions, an order, a page. Plain data, no engine in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

SqlFunction: TypeAlias = tuple[str, int, Callable[..., Any], Literal["scalar", "aggregate", "window"], bool]
"""A function that a question in SQL calls: name, arity (-1: any), callable or class, kind, whether deterministic."""

View: TypeAlias = Literal["traces", "observations", "sessions", "users", "logs", "scores"]
Scalar: TypeAlias = "str | int | float | bool | datetime | None"
Operator: TypeAlias = Literal[
    "=", "<>", "<", "<=", ">", ">=",
    "contains", "does not contain", "starts with", "ends with", "matches",
    "any of", "none of", "all of", "is null", "is not null",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column of the view; all conditions of a selection must hold.

    `value` is a scalar, or a tuple of texts (of numbers, on number columns) for "any of", "none of" and "all of" (the
    last only on list columns, where they compare members); `key` names a (dotted) key inside an object column such as
    metadata, or the name of a score. Inside metadata a text is compared with the member as text, a number with members
    that are or read as numbers, a boolean likewise; a member that is null counts as absent. Times are aware datetimes.
    Operators as in Langfuse's filter JSON (reference: langfuse.md, section 4.7): "contains" takes no notice of the case
    of ASCII letters; "matches" is the same on columns, and inside metadata heeds case; what is absent meets "<>",
    "none of" and "does not contain", and no other comparison. On a list of texts the comparisons of texts ask for a
    member that meets them, "does not contain" for none that contains it.
    """

    column: str
    operator: Operator
    value: Scalar | tuple[str | float, ...] = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold; what cannot be said of a row, because something is absent, does not hold either."""

    item: Expression


Expression: TypeAlias = "Condition | AllOf | AnyOf | Not"


def conditions_in(expressions: Iterable[Expression]) -> Iterator[Condition]:
    """Yield every condition of a filter tree, however deep."""
    waiting = list(expressions)
    while waiting:
        match waiting.pop():
            case AllOf(items) | AnyOf(items):
                waiting.extend(items)
            case Not(item):
                waiting.append(item)
            case condition:
                yield condition


def rewritten(expression: Expression, change: Callable[[Condition], Condition]) -> Expression:
    """Return a filter tree with each of its conditions changed."""
    match expression:
        case AllOf(items):
            return AllOf(tuple(rewritten(item, change) for item in items))
        case AnyOf(items):
            return AnyOf(tuple(rewritten(item, change) for item in items))
        case Not(item):
            return Not(rewritten(item, change))
    return change(expression)


@dataclass(frozen=True, slots=True)
class Selection:
    """A page of a view: which rows, in which order.

    `columns` names the columns wanted (empty: all of the view's); `order` holds (column, descending) pairs and is
    completed by the id, so that pages never overlap; `limit` 0 asks for no rows, only the total. `after` holds the
    values of the columns of `order` and the id of one row, and asks for the rows behind it, all of one direction: a
    page that stays where it is while rows arrive. Without `counted` nobody counts the rows there are.
    """

    view: View
    project: str = "default"
    where: tuple[Expression, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    columns: tuple[str, ...] = ()
    limit: int = 50
    offset: int = 0
    after: tuple[str | int, ...] = ()
    counted: bool = True


Cell: TypeAlias = "str | int | float | bool | list[object] | dict[str, object] | None"
Row: TypeAlias = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a selection, and how many rows it has in all (0 where nobody counted); `at_least`: there may be more.

    Cells by the column's kind (`storage.columns`): time columns are text `YYYY-MM-DD HH:MM:SS.sss` in UTC, list and
    object columns are Python lists and dicts, booleans are bool; input, output and other texts are as they came.
    """

    rows: list[Row]
    total: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The answer to SQL: column names with their types, rows, and whether a limit cut it."""

    columns: list[tuple[str, str]]
    rows: list[tuple[object, ...]]
    truncated: bool
    elapsed_ms: float
