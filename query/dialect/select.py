"""One SELECT: FROM and joins, columns, WHERE, GROUP BY, windows, DISTINCT ON."""

from __future__ import annotations

from sqlglot import exp

from . import aggregates, casts, sources
from .clauses import direction, limit, order_by, with_clause
from .pieces import Kind, Piece, name
from .scope import Rows, Scope, Source, folded
from .titles import title

_PARTS = frozenset(
    {
        "with_",
        "distinct",
        "expressions",
        "from_",
        "joins",
        "where",
        "group",
        "having",
        "windows",
        "order",
        "limit",
        "offset",
    }
)
_NOT_HERE = {"into": "SELECT INTO writes a table", "locks": "FOR UPDATE locks rows"}


class Select:
    """One SELECT on its way to SQLite."""

    def __init__(self, around: Scope, node: exp.Select, top: bool) -> None:
        self.node = node
        self.top = top
        self._extra = ""
        self._sets: list[tuple[exp.Anonymous, Piece]] = []
        self.scope = Scope(around.context, around)
        for part, value in node.args.items():
            if value and part not in _PARTS:
                raise self.scope.refuse(
                    value[0] if isinstance(value, list) else value if isinstance(value, exp.Expr) else node,
                    _NOT_HERE.get(part, f"{part.rstrip('_').upper()} is not possible"),
                    "only SELECT is allowed" if part in _NOT_HERE else "",
                )

    def rows(self) -> Rows:
        """Translate it. Raises BadQuery."""
        scope, node = self.scope, self.node
        with_ = with_clause(scope, node)
        from_ = self._from()
        for window in node.args.get("windows") or []:
            scope.windows.add(folded(window.this))
        scope.unroll = self._unrolled
        columns = self._columns()
        scope.outputs = columns
        body = (f" FROM {from_}" if from_ else "") + self._where() + self._group()
        if node.args.get("windows"):
            named_windows = (
                f"{name(folded(one.this))} AS ({aggregates.window_body(scope, one)})" for one in node.args["windows"]
            )
            body += f" WINDOW {', '.join(named_windows)}"
        distinct = node.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            sql = self._distinct_on(columns, body, distinct.args["on"])
        else:
            written = frozenset(named for named, piece in columns if self.top and piece.kind == "interval")
            listed = ", ".join(f"{self._shown(piece)} AS {name(named)}" for named, piece in columns)
            sql = f"SELECT {'DISTINCT ' if distinct is not None else ''}{listed}{body}"
            sql += order_by(scope, node, written) + limit(scope, node)
        kinds: list[tuple[str, Kind]] = [
            (named, "text" if piece.kind == "unknown" else piece.kind) for named, piece in columns
        ]
        return Rows(with_ + sql, kinds)

    def _shown(self, piece: Piece) -> str:
        """A column of the answer; intervals as Postgres writes them, in the outermost query."""
        return casts.as_text(self.scope, piece).sql if self.top and piece.kind == "interval" else piece.sql

    def _from(self) -> str:
        scope, node = self.scope, self.node
        first = node.args.get("from_")
        if first is None:
            return ""
        sql, source = sources.source(scope, first.this)
        self._enter(first.this, source)
        joins = list(first.this.args.get("joins") or []) + list(node.args.get("joins") or [])
        for join in joins:
            sql += self._join(join)
        return sql

    def _enter(self, node: exp.Expr, source: Source) -> None:
        if any(known.alias == source.alias for known in self.scope.sources):
            raise self.scope.refuse(node, f"{source.alias!r} stands in FROM twice", "give one of them an alias")
        self.scope.sources.append(source)

    def _join(self, join: exp.Join) -> str:
        scope = self.scope
        sql, source = sources.source(scope, join.this)
        if join.this.args.get("joins"):
            raise scope.refuse(join.this, "joins in brackets", "write them one after the other")
        before = [column for known in scope.sources for column, _ in known.columns]
        self._enter(join.this, source)
        method, side, kind = (str(join.args.get(part) or "").upper() for part in ("method", "side", "kind"))
        if method not in ("", "NATURAL") or kind not in ("", "INNER", "OUTER", "CROSS"):
            raise scope.refuse(join, f"{method or kind} JOIN")
        using = [folded(column) for column in join.args.get("using") or []]
        if method == "NATURAL":
            using = [column for column, _ in source.columns if column in before]
        on = join.args.get("on")
        if not (method or side or kind or using or on is not None):
            return f", {sql}"
        words = " ".join(word for word in (side, kind or "", "JOIN") if word)
        if using:
            scope.shared.update(using)
            return f" {words} {sql} USING ({', '.join(name(column) for column in using)})"
        return f" {words} {sql}" + (f" ON {casts.as_truth(scope, on).sql}" if on is not None else "")

    def _columns(self) -> list[tuple[str, Piece]]:
        """The columns of the answer, `*` written out, sets unrolled into FROM."""
        found: list[tuple[str, Piece]] = []
        for node in self.node.expressions:
            if isinstance(node, exp.Star):
                found += self._star(node, "")
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                found += self._star(node, folded(node.args["table"]))
            else:
                alias = folded(node.args["alias"]) if isinstance(node, exp.Alias) else ""
                inner = node.this if isinstance(node, exp.Alias) else node
                found.append((alias or title(inner), self.scope.piece(inner)))
        if not found:
            raise self.scope.refuse(self.node, "SELECT of no columns")
        return found

    def _star(self, node: exp.Expr, table: str) -> list[tuple[str, Piece]]:
        if not self.scope.sources:
            raise self.scope.refuse(node, "SELECT * without FROM")
        if table and all(source.alias != table for source in self.scope.sources):
            raise self.scope.refuse(node, f"no view or alias {table!r} in this FROM")
        taken: set[str] = set()
        found = []
        for source in self.scope.sources:
            for column, piece in source.columns:
                if table in ("", source.alias) and not (not table and column in self.scope.shared and column in taken):
                    taken.add(column)
                    found.append((column, piece))
        return found

    def _unrolled(self, node: exp.Anonymous) -> Piece:
        """A function that gives rows, inside a column: it goes into FROM, where SQLite has it."""
        scope = self.scope
        known = next((piece for one, piece in self._sets if one == node), None)
        if known is not None:
            return known
        if self._sets or scope.outputs:
            raise scope.refuse(node, "two columns that give rows", "put one of them into FROM")
        if self.node.args.get("group") is not None and not self._grouped(node):
            raise scope.refuse(
                node, f"{node.name} gives rows and is not in GROUP BY", "put it into FROM, or group by it"
            )
        given = sources.Given(f"rows_of_{node.name}".lower(), [])
        self._extra, source = sources.rows_of(scope, node, given, ordinality=False)
        self._sets.append((node, source.columns[0][1]))
        return source.columns[0][1]

    def _grouped(self, node: exp.Anonymous) -> bool:
        """Whether GROUP BY names the column that a function stands in, by its place, its alias, or its text."""
        place, column = next(
            (place, one)
            for place, one in enumerate(self.node.expressions, 1)
            if any(part is node for part in one.walk())
        )
        inner = column.this if isinstance(column, exp.Alias) else column
        names = {folded(column.args["alias"]) if isinstance(column, exp.Alias) else title(inner)}
        return any(
            one in (node, inner)
            or one.name == str(place)
            or (isinstance(one, exp.Column) and folded(one.this) in names)
            for one in self.node.args["group"].expressions
        )

    def _where(self) -> str:
        extra = (", " if self.scope.sources else " FROM ") + self._extra if self._extra else ""
        where = self.node.args.get("where")
        return extra + (f" WHERE {casts.as_truth(self.scope, where.this).sql}" if where is not None else "")

    def _group(self) -> str:
        group, having = self.node.args.get("group"), self.node.args.get("having")
        sql = ""
        if group is not None:
            if not group.expressions and not any(group.args.values()):
                raise self.scope.refuse(self.node, "GROUP BY of nothing")
            for part in ("grouping_sets", "cube", "rollup", "totals", "all"):
                if group.args.get(part):
                    raise self.scope.refuse(
                        group, f"GROUP BY {part.replace('_', ' ').upper()}", "use UNION ALL of two questions"
                    )
            sql = " GROUP BY " + ", ".join(self._group_key(one) for one in group.expressions)
        if having is not None:
            sql += f" HAVING {casts.as_truth(self.scope, having.this).sql}"
        return sql

    def _group_key(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Rollup | exp.Cube | exp.GroupingSets | exp.Tuple):
            raise self.scope.refuse(node, "GROUP BY of several sets", "use UNION ALL of two questions")
        if isinstance(node, exp.Literal) and not node.is_string:
            if not node.name.isdigit() or not 1 <= int(node.name) <= len(self.scope.outputs):
                raise self.scope.refuse(node, f"there is no column {node.name} to group by")
            return str(int(node.name))
        if isinstance(node, exp.Column) and not node.args.get("table"):
            wanted = folded(node.this)
            known = any(source.find(wanted) is not None for source in self.scope.sources)
            if not known and self.scope.output(wanted) is not None:
                return name(wanted)
        piece = self.scope.piece(node)
        return piece.inner if piece.value is None else "NULL"  # SQLite takes a bare number for a place

    def _distinct_on(self, columns: list[tuple[str, Piece]], body: str, on: exp.Expr) -> str:
        """DISTINCT ON: the first row, in the question's order, of each combination of some values."""
        scope, order = self.scope, self.node.args.get("order")
        values = on.expressions if isinstance(on, exp.Tuple) else [on]
        keys = [self._on_key(one) for one in values]
        items = order.expressions if order is not None else []
        sorts = [(self._on_key(item.this), item) for item in items]
        ordered = ", ".join(key + direction(item) for key, item in sorts)
        inner = [f"{piece.sql} AS c{place}" for place, (_, piece) in enumerate(columns)]
        inner += [f"{key} AS o{place}" for place, (key, _) in enumerate(sorts)]
        window = f"PARTITION BY {', '.join(keys)}" + (f" ORDER BY {ordered}" if ordered else "")
        inner.append(f"row_number() OVER ({window}) AS n")
        shown = ", ".join(
            f"{self._shown(Piece(f'c{place}', piece.kind))} AS {name(named)}"
            for place, (named, piece) in enumerate(columns)
        )
        outer = ", ".join(f"o{place}{direction(item)}" for place, (_, item) in enumerate(sorts))
        sql = f"SELECT {shown} FROM (SELECT {', '.join(inner)}{body}) WHERE n = 1"
        return sql + (f" ORDER BY {outer}" if outer else "") + limit(scope, self.node)

    def _on_key(self, node: exp.Expr) -> str:
        """What DISTINCT ON and its ORDER BY mean: a place, a column of the answer, or an expression."""
        outputs = self.scope.outputs
        if isinstance(node, exp.Literal) and node.name.isdigit() and 1 <= int(node.name) <= len(outputs):
            return outputs[int(node.name) - 1][1].inner
        if isinstance(node, exp.Column) and not node.args.get("table"):
            found = self.scope.output(folded(node.this))
            if found is not None:
                return found.inner
        return self.scope.piece(node).inner
