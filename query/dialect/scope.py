"""Which names mean what: the sources of a SELECT, their columns, and the questions around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ...errors import BadQuery
from .pieces import Kind, Piece, name
from .pointing import refusal

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True, slots=True)
class Rows:
    """A translated query: its SQL and its columns in order."""

    sql: str
    columns: list[tuple[str, Kind]]


@dataclass(slots=True)
class Source:
    """Something a SELECT reads from: the name it goes by, and its columns in order."""

    alias: str
    columns: list[tuple[str, Piece]]
    whole: str = ""
    """The column that the source's own name stands for, as in `unnest(tags) AS tag`."""

    @classmethod
    def of(cls, alias: str, columns: list[tuple[str, Kind]]) -> Source:
        """Return a source whose columns are called in SQLite as in Postgres."""
        return cls(alias, [(column, Piece(f"{name(alias)}.{name(column)}", kind)) for column, kind in columns])

    def find(self, column: str) -> Piece | None:
        """Return a column, None when there is none."""
        return next((piece for known, piece in self.columns if known == column), None)


@dataclass(slots=True)
class Context:
    """What a whole translation shares: the text, the clock, and which functions it came to need."""

    query: str
    now: datetime
    zone: tzinfo
    emit: Callable[[Scope, exp.Expr], Piece]
    ask: Callable[[Scope, exp.Expr], Rows]
    used: set[str] = field(default_factory=set)

    @property
    def local(self) -> bool:
        """Whether the asker's days are other than UTC's."""
        return self.zone is not UTC and str(self.zone) not in ("UTC", "Etc/UTC")

    def call(self, function: str, *arguments: str) -> str:
        """Return a call of one of our own functions, and remember that it is needed."""
        self.used.add(function)
        return f"{function}({', '.join(arguments)})"

    def refuse(self, node: exp.Expr | None, problem: str, instead: str = "") -> BadQuery:
        """Return the error that points at a part of the query."""
        place = offset(node)
        while place is None and node is not None:
            node = node.parent
            place = offset(node)
        return refusal(self.query, place, problem, instead)

    def said(self, node: exp.Expr) -> str:
        """Return a part of the query as it was written, cut to a length that fits a message."""
        begins, ends = offset(node), max((one.meta["end"] for one in node.walk() if "end" in one.meta), default=-1)
        written = " ".join(self.query[begins : ends + 1].split()) if begins is not None else ""
        return written if len(written) <= 60 else f"{written[:57]}…"


def offset(node: exp.Expr | None) -> int | None:
    """Return where in the query a part begins."""
    starts = [one.meta["start"] for one in node.walk() if "start" in one.meta] if node is not None else []
    return min(starts, default=None)


class Scope:
    """One SELECT's names. Names it does not know are looked for in the one around it."""

    def __init__(self, context: Context, parent: Scope | None = None) -> None:
        self.context = context
        self.parent = parent
        self.sources: list[Source] = []
        self.shared: set[str] = set()
        """Columns joined by USING, which are one."""
        self.outputs: list[tuple[str, Piece]] = []
        """Columns of the answer in order, for GROUP BY and ORDER BY."""
        self.ctes: dict[str, tuple[str, list[tuple[str, Kind]]]] = {}
        self.windows: set[str] = set()
        self.unroll: Callable[[exp.Anonymous], Piece] | None = None
        """What makes a source of a function that gives rows, where one may stand in an expression."""

    def piece(self, node: exp.Expr | None) -> Piece:
        """Translate an expression."""
        if node is None:
            return Piece("NULL", "null")
        return self.context.emit(self, node)

    def rows(self, node: exp.Expr) -> Rows:
        """Translate a query inside this one."""
        return self.context.ask(self, node)

    def call(self, function: str, *arguments: str) -> str:
        """As `Context.call`."""
        return self.context.call(function, *arguments)

    def refuse(self, node: exp.Expr | None, problem: str, instead: str = "") -> BadQuery:
        """As `Context.refuse`."""
        return self.context.refuse(node, problem, instead)

    def output(self, identifier: str) -> Piece | None:
        """Return a column of the answer by its name."""
        return next((piece for named, piece in self.outputs if named == identifier), None)

    def cte(self, identifier: str) -> tuple[str, list[tuple[str, Kind]]] | None:
        """Return what a WITH clause's name stands for: its name in SQLite and its columns."""
        found = self.ctes.get(identifier)
        return found or (self.parent.cte(identifier) if self.parent else None)

    def column(self, node: exp.Column) -> Piece:
        """Return the column that a name means here. Raises BadQuery."""
        wanted, table = folded(node.this), folded(node.args.get("table"))
        if node.args.get("db") is not None and folded(node.args["db"]) != "public":
            raise self.refuse(node, f"no schema {folded(node.args['db'])!r}")
        found = self._look(node, wanted, table)
        if found is not None:
            return found
        if table and not self._known(table):
            raise self.refuse(node, f"no view or alias {table!r} in this FROM", near(table, self._aliases()))
        columns = [column for source in self._all() for column, _ in source.columns if table in ("", source.alias)]
        raise self.refuse(node, f"no column {wanted!r}{f' in {table}' if table else ''}", near(wanted, columns))

    def _look(self, node: exp.Column, wanted: str, table: str) -> Piece | None:
        found = [
            (source, piece)
            for source in self.sources
            if table in ("", source.alias) and (piece := source.find(wanted)) is not None
        ]
        if len(found) > 1 and wanted not in self.shared:
            names = " or ".join(f"{source.alias}.{wanted}" for source, _ in found)
            raise self.refuse(node, f"{wanted!r} is in several sources", f"write {names}")
        if found:
            return found[0][1]
        if not table:
            for source in self.sources:
                if source.alias == wanted and source.whole and (piece := source.find(source.whole)):
                    return piece
        return self.parent._look(node, wanted, table) if self.parent else None

    def _all(self) -> list[Source]:
        return self.sources + (self.parent._all() if self.parent else [])

    def _aliases(self) -> list[str]:
        return [source.alias for source in self._all()]

    def _known(self, alias: str) -> bool:
        return alias in self._aliases()


def folded(identifier: exp.Expr | str | None) -> str:
    """Return a name as Postgres reads it: in small letters unless it stands in quotes."""
    if identifier is None or isinstance(identifier, str):
        return (identifier or "").lower()
    spelled = str(identifier.name)
    return spelled if identifier.args.get("quoted") else spelled.lower()


def near(wanted: str, known: list[str]) -> str:
    """Return what a wrong name may have meant, for an error."""
    close = get_close_matches(wanted, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"there are {', '.join(sorted(set(known))[:40])}" if known else ""
