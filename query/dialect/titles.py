"""What Postgres calls a column of an answer that was given no name."""

from __future__ import annotations

from sqlglot import exp

from .scope import folded

_TYPES = {
    "int": "int4", "bigint": "int8", "smallint": "int2", "decimal": "numeric", "double": "float8", "float": "float4",
    "boolean": "bool", "char": "bpchar",
}  # fmt: skip


def title(node: exp.Expr) -> str:
    """The name that Postgres gives to a column without one."""
    while isinstance(node, exp.Paren | exp.Filter | exp.Window | exp.WithinGroup | exp.Collate):
        node = node.this
    match node:
        case exp.Column():
            return folded(node.this)
        case exp.Anonymous():
            return str(node.name).lower()
        case exp.Cast():
            inner, to = title(node.this), str(getattr(node.args["to"].this, "value", "")).lower()
            return (
                inner if not to or (inner != "?column?" and not isinstance(node.this, exp.Cast)) else _TYPES.get(to, to)
            )
        case exp.Case() if node.args.get("default") is not None and title(node.args["default"]) != "?column?":
            return title(node.args["default"])
        case exp.Bracket():
            return title(node.this)
        case exp.Interval() | exp.Extract() | exp.Exists() | exp.Case() | exp.Substring() | exp.Array():
            return type(node).__name__.lower()
        case exp.StrPosition():
            return "position"
        case exp.Trim():
            return {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position") or "").upper(), "btrim")
        case exp.AtTimeZone():
            return "timezone"
        case exp.CurrentDate() | exp.CurrentTimestamp() | exp.CurrentTime() | exp.Localtimestamp():
            return str(node.sql("postgres")).lower().partition("(")[0]
        case exp.Subquery() if isinstance(node.this, exp.Select) and len(node.this.expressions) == 1:
            only = node.this.expressions[0]
            return folded(only.args["alias"]) if isinstance(only, exp.Alias) else title(only)
        case _:
            return "?column?"
