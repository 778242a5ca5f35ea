"""What a scalar function is in the tables of `calls`, `time_calls` and `json_calls`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .pieces import Piece
from .scope import Scope

if TYPE_CHECKING:
    from sqlglot import exp

Handler: TypeAlias = Callable[[Scope, "exp.Expr", list[Piece]], Piece]


class Scalar(NamedTuple):
    """How many arguments a function takes, and what makes SQL of them."""

    least: int
    most: int
    handler: Handler
