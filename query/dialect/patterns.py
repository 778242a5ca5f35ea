"""LIKE, ILIKE, regular expressions: case-sensitive where Postgres is, which SQLite's LIKE is not."""

from __future__ import annotations

from sqlglot import exp

from . import casts
from . import regex as engine
from .pieces import Piece, quoted
from .scope import Scope

_SIMILAR = {"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}
"""What the signs of SIMILAR TO are in a regular expression; the others are the same."""


def like(scope: Scope, node: exp.Expr) -> Piece:
    """Translate LIKE and ILIKE, with ESCAPE, NOT, and ANY or ALL of a list."""
    escape = "\\"
    if isinstance(node, exp.Escape):
        escape = node.args["expression"].name
        node = node.this
    insensitive = isinstance(node, exp.ILike)
    value, wanted = casts.as_text(scope, scope.piece(node.this)), node.args["expression"]
    several, every = _several(wanted)
    if several is None:
        found = _one(scope, node, value, scope.piece(wanted), escape, insensitive)
    else:
        parts = [_one(scope, node, value, scope.piece(one), escape, insensitive).inner for one in several]
        found = Piece((" AND " if every else " OR ").join(parts) or "0", "boolean", tight=False)
    return Piece(f"NOT {found.inner}", "boolean", tight=False) if node.args.get("negate") else found


def _several(node: exp.Expr) -> tuple[list[exp.Expr] | None, bool]:
    """The patterns of `ANY (ARRAY[…])` or ALL, and whether it is ALL; None for one pattern."""
    every = isinstance(node, exp.All) or (isinstance(node, exp.Anonymous) and str(node.this).upper() == "ALL")
    if not every and not isinstance(node, exp.Any):
        return None, False
    inside = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    while isinstance(inside, exp.Paren):
        inside = inside.this
    return (inside.expressions if isinstance(inside, exp.Array | exp.Tuple) else [inside]), every


def _one(scope: Scope, node: exp.Expr, value: Piece, pattern: Piece, escape: str, insensitive: bool) -> Piece:
    said = pattern.value if isinstance(pattern.value, str) else None
    if said is None:
        if insensitive:
            return Piece(f"{value.inner} LIKE {pattern.inner} ESCAPE '\\'", "boolean", tight=False)
        glob = pattern.sql
        for old, new in (("[", "[[]"), ("*", "[*]"), ("?", "[?]"), ("%", "*"), ("_", "?")):
            glob = f"replace({glob}, {quoted(old)}, {quoted(new)})"
        return Piece(f"{value.inner} GLOB {glob}", "boolean", tight=False)
    if insensitive and said.isascii():
        ending = f" ESCAPE {quoted(escape)}" if escape and escape in said else ""
        return Piece(f"{value.inner} LIKE {quoted(said)}{ending}", "boolean", tight=False)
    parts = _parts(said, escape)
    if insensitive:  # SQLite folds the case of ASCII alone
        expression = (
            "^"
            + "".join(
                {"%": ".*", "_": "."}.get(part, _literally(part)) if wild else _literally(part) for part, wild in parts
            )
            + "$"
        )
        return Piece(scope.call("pg_regex", value.sql, quoted(expression), "1"), "boolean")
    glob = "".join(
        {"%": "*", "_": "?"}[part] if wild else f"[{part}]" if part in "*?[" else part for part, wild in parts
    )
    return Piece(f"{value.inner} GLOB {quoted(glob)}", "boolean", tight=False)


def _parts(pattern: str, escape: str) -> list[tuple[str, bool]]:
    """The characters of a pattern, and whether each stands for others."""
    parts: list[tuple[str, bool]] = []
    rest = iter(pattern)
    for character in rest:
        if escape and character == escape:
            parts.append((next(rest, escape), False))
        else:
            parts.append((character, character in "%_"))
    return parts


def _literally(character: str) -> str:
    return character if character.isalnum() or character.isspace() else f"\\{character}"


def regex(scope: Scope, node: exp.Expr) -> Piece:
    """Translate `~`, `~*` and SIMILAR TO; NOT stands around them. Raises BadQuery for a broken pattern."""
    value, pattern = casts.as_text(scope, scope.piece(node.this)), scope.piece(node.args["expression"])
    insensitive = isinstance(node, exp.RegexpILike)
    sql = pattern.sql
    if isinstance(pattern.value, str):
        said = pattern.value
        if isinstance(node, exp.SimilarTo):
            said = (
                "^(?:"
                + "".join({"%": ".*", "_": ".", ".": "\\.", "^": "\\^", "$": "\\$"}.get(c, c) for c in said)
                + ")$"
            )
            sql = quoted(said)
        if said.startswith(("(?i)", "***=")):
            raise scope.refuse(node, "options inside a pattern", "write ~* for any case")
        try:
            engine.compiled(said, insensitive)
        except engine.BadPattern as error:
            raise scope.refuse(node, str(error)) from None
    elif isinstance(node, exp.SimilarTo):
        raise scope.refuse(node, "SIMILAR TO takes a constant pattern")
    return Piece(scope.call("pg_regex", value.sql, sql, str(int(insensitive))), "boolean")


def starts_with(scope: Scope, node: exp.Expr) -> Piece:
    """Translate `x ^@ y`."""
    return begins(scope, scope.piece(node.this), scope.piece(node.args["expression"]))


def begins(scope: Scope, value: Piece, start: Piece) -> Piece:
    """Return whether a text starts with another."""
    value, start = casts.as_text(scope, value), casts.as_text(scope, start)
    return Piece(f"substr({value.sql}, 1, length({start.sql})) = {start.inner}", "boolean", tight=False)
