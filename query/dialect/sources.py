"""What stands in FROM: views, WITH names, queries, VALUES, and functions that give rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from ...storage.columns import COLUMNS
from ...storage.selection import View
from . import casts, documents, times
from .intervals import Interval
from .pieces import NUMBERS, TIMES, Kind, Piece, name
from .scope import Scope, Source, folded, near

_KINDS: dict[str, Kind] = {
    "text": "text", "integer": "integer", "real": "real", "boolean": "boolean", "time": "instant", "list": "list",
    "object": "json", "payload": "payload",
}  # fmt: skip
"""What the kinds of the views' columns are here."""


def columns_of(view: View) -> list[tuple[str, Kind]]:
    """Return a view's columns and their kinds."""
    return [(column, _KINDS[kind]) for column, kind in COLUMNS[view].items()]


@dataclass(frozen=True, slots=True)
class Given:
    """The alias and the column names that a source was given."""

    alias: str
    columns: list[str]


def _given(node: exp.Expr, default: str) -> Given:
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias):
        columns = [folded(column if isinstance(column, exp.Identifier) else column.this) for column in alias.columns]
        return Given(folded(alias.this) or default, columns)
    return Given(folded(alias) or default, [])


def source(scope: Scope, node: exp.Expr) -> tuple[str, Source]:
    """Translate one item of FROM: its SQL, and its columns. Raises BadQuery."""
    if node.args.get("sample") is not None:
        raise scope.refuse(node, "TABLESAMPLE", "use WHERE random() < 0.1")
    if isinstance(node, exp.Subquery):
        return _query(scope, node, node.this, _given(node, _free(scope)))
    if isinstance(node, exp.Values):
        return _query(scope, node, node, _given(node, _free(scope)))
    if isinstance(node, exp.Unnest):
        return _unnest(scope, node)
    if isinstance(node, exp.Lateral):
        return _lateral(scope, node)
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Anonymous):
        given = _given(node, str(node.this.name).lower())
        return rows_of(scope, node.this, given, bool(node.args.get("ordinality")))
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        return _table(scope, node)
    raise scope.refuse(node, f"{scope.context.said(node)!r} cannot stand in FROM")


def _free(scope: Scope) -> str:
    return f"from_{len(scope.sources) + 1}"


def _table(scope: Scope, node: exp.Table) -> tuple[str, Source]:
    wanted, schema = folded(node.this), folded(node.args.get("db"))
    if schema not in ("", "public") or node.args.get("catalog") is not None:
        raise scope.refuse(node, f"no schema {schema!r}", f"the views are {', '.join(COLUMNS)}")
    given = _given(node, wanted)
    found = None if schema else scope.cte(wanted)
    sql, columns = found or (wanted, columns_of(wanted) if wanted in COLUMNS else [])
    if not columns:
        raise scope.refuse(node, f"no view {wanted!r}", near(wanted, [*COLUMNS, *scope.ctes]))
    if given.columns:
        chosen = ", ".join(
            f"{name(column)} AS {name(new)}" for (column, _), new in zip(columns, given.columns, strict=False)
        )
        rest = "".join(f", {name(column)}" for column, _ in columns[len(given.columns) :])
        sql = f"(SELECT {chosen}{rest} FROM {name(sql)})"
        columns = _renamed(columns, given.columns)
    else:
        sql = name(sql)
    # without an alias where none is needed: the store counts how often a WITH clause's name is used
    alias = "" if sql == name(given.alias) else f" AS {name(given.alias)}"
    return sql + alias, Source.of(given.alias, columns)


def _renamed(columns: list[tuple[str, Kind]], names: list[str]) -> list[tuple[str, Kind]]:
    return [(names[place] if place < len(names) else old, kind) for place, (old, kind) in enumerate(columns)]


def _query(scope: Scope, node: exp.Expr, query: exp.Expr, given: Given) -> tuple[str, Source]:
    outer = Scope(scope.context, scope.parent)  # a query in FROM does not see its neighbours
    outer.ctes = scope.ctes
    rows = outer.rows(query)
    columns, sql = rows.columns, rows.sql
    if given.columns:
        if len(given.columns) > len(columns):
            raise scope.refuse(node, f"{len(given.columns)} names for {len(columns)} columns")
        columns = _renamed(columns, given.columns)
        listed = ", ".join(name(column) for column, _ in columns)
        inner = name(f"{given.alias}_")
        sql = f"WITH {inner}({listed}) AS ({sql}) SELECT * FROM {inner}"
    return f"({sql}) AS {name(given.alias)}", Source.of(given.alias, columns)


def _lateral(scope: Scope, node: exp.Lateral) -> tuple[str, Source]:
    inner = node.this
    if isinstance(inner, exp.Subquery):
        raise scope.refuse(
            node.args.get("alias") or node,
            "LATERAL with a query inside",
            "use a query in SELECT, or row_number() OVER (PARTITION BY …) in a subquery",
        )
    if isinstance(inner, exp.Unnest):
        return _unnest(scope, inner, node)
    given = _given(node, str(inner.name).lower())
    return rows_of(scope, inner, given, bool(node.args.get("ordinality")))


def _unnest(scope: Scope, node: exp.Unnest, around: exp.Expr | None = None) -> tuple[str, Source]:
    given = _given(around if around is not None and around.args.get("alias") else node, "unnest")
    if len(node.expressions) != 1:
        raise scope.refuse(node, "unnest of several arrays", "unnest one at a time")
    place = node.args.get("offset")
    if isinstance(place, exp.Identifier):
        given = Given(given.alias, [*given.columns, folded(place)] if given.columns else [given.alias, folded(place)])
    sql, found = _elements(scope, node, scope.piece(node.expressions[0]), given, as_text=None, ordinality=bool(place))
    return sql, found


def rows_of(scope: Scope, node: exp.Anonymous, given: Given, ordinality: bool) -> tuple[str, Source]:
    """Translate a function that gives rows."""
    function = str(node.name).lower()
    pieces = [scope.piece(one) for one in node.expressions]
    if function == "generate_series":
        return _series(scope, node, pieces, given)
    short = function.removeprefix("jsonb_").removeprefix("json_")
    if len(pieces) != 1 or short not in (
        "unnest",
        "array_elements",
        "array_elements_text",
        "object_keys",
        "each",
        "each_text",
    ):
        raise scope.refuse(
            node,
            f"{function} cannot stand in FROM",
            "there are jsonb_array_elements, jsonb_each, unnest, generate_series",
        )
    if short == "unnest":
        return _elements(scope, node, pieces[0], given, as_text=None, ordinality=ordinality)
    if short.startswith("array_elements"):
        return _elements(scope, node, pieces[0], given, short.endswith("text"), ordinality)
    alias = name(given.alias)
    document = casts.as_document(scope, node, pieces[0])
    key = Piece(f"{alias}.key", "text")
    if short == "object_keys":
        column = given.columns[0] if given.columns else given.alias
        found = Source(given.alias, [(column, key)], whole=column)
    else:
        as_text = short.endswith("text")
        value = Piece(f"({documents.each(alias, as_text)})", "text" if as_text else "json", bare=f"{alias}.value")
        names = [*given.columns, "key", "value"][:2] if len(given.columns) >= 2 else ["key", "value"]
        found = Source(given.alias, list(zip(names, (key, value), strict=True)))
    return f"json_each({document.sql}) AS {alias}", found


def _elements(
    scope: Scope, node: exp.Expr, array: Piece, given: Given, as_text: bool | None, ordinality: bool
) -> tuple[str, Source]:
    """The items of an array: of a JSON one as text or JSON, of a Postgres one (`as_text` None) as they are."""
    if array.kind == "unknown":
        array = casts.literal(scope, node, array, "list")
    document = casts.as_document(scope, node, array)
    alias = name(given.alias)
    if as_text is None:
        items = documents.items(document) or [""]
        numbers = all(isinstance(item, int | float) for item in items)
        value = Piece(
            f"{alias}.value",
            ("integer" if all(isinstance(item, int) for item in items) else "real") if numbers else "text",
        )
    else:
        value = Piece(
            f"({documents.each(alias, as_text)})",
            "text" if as_text else "json",
            bare=f"{alias}.value" if as_text else "",
        )
    default = (
        given.alias
        if as_text is None or given.alias not in ("jsonb_array_elements", "jsonb_array_elements_text")
        else "value"
    )
    column = given.columns[0] if given.columns else default
    columns = [(column, value)]
    if column != "value" and as_text is not None:
        columns.append(("value", value))
    if ordinality:
        columns.insert(
            1, (given.columns[1] if len(given.columns) > 1 else "ordinality", Piece(f"({alias}.key + 1)", "integer"))
        )
    return f"json_each({document.sql}) AS {alias}", Source(given.alias, columns, whole=column)


def _series(scope: Scope, node: exp.Anonymous, pieces: list[Piece], given: Given) -> tuple[str, Source]:
    """`generate_series(first, last [, step])`, of numbers or of times."""
    if len(pieces) not in (2, 3):
        raise scope.refuse(node, "generate_series takes a first, a last and a step")
    column = given.columns[0] if given.columns else given.alias
    first, last = casts.unify(scope, node, pieces[:2])
    kind = first.kind
    if kind in TIMES:
        first, last = (
            casts.as_time(scope, node, side, "instant" if kind == "date" else kind) for side in (first, last)
        )
        step = casts.as_interval(scope, node, pieces[2]) if len(pieces) == 3 else None
        if step is None or not isinstance(step.value, Interval):
            raise scope.refuse(node, "a series of times wants a constant step", "write INTERVAL '1 hour'")
        down = step.value.total < 0
        empty = step.value.total == 0
        moved = times.sum_of(scope, node, Piece("v", first.kind), step, 1)
        next_ = moved.sql if moved is not None else "v"
    else:
        first, last = (casts.as_number(scope, node, side) for side in (first, last))
        step = casts.as_number(scope, node, pieces[2]) if len(pieces) == 3 else Piece("1", "integer", 1)
        if not isinstance(step.value, int | float) or first.kind not in NUMBERS:
            raise scope.refuse(node, "a series of numbers wants a constant step")
        down, empty = step.value < 0, step.value == 0
        next_ = f"v + {step.inner}"
    if empty:
        raise scope.refuse(node, "a series with a step of nothing never ends")
    inside = ">=" if down else "<="
    sql = (
        f"WITH RECURSIVE s(v, e) AS (SELECT {first.sql}, {last.sql} WHERE {first.inner} {inside} {last.inner}"
        f" UNION ALL SELECT {next_}, e FROM s WHERE {next_} {inside} e) SELECT v FROM s"
    )
    alias = name(given.alias)
    value = Piece(f"{alias}.v", first.kind)
    return f"({sql}) AS {alias}", Source(given.alias, [(column, value)], whole=column)
