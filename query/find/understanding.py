"""What a question means: the view it asks, filter items, an order, a limit, and the words that say nothing known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ...errors import BadParameter
from .trouble import Trouble

METRICS = "sums, averages and groups are not found but measured: sidetrace metrics"
"""The hint of a question that asks for metrics."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a question was understood.

    `filter` items must all hold: `{type, column, operator, value, key?}`, or groups `{type: and|or, items}` and
    `{type: not, item}`. `order` is (column, descending) or None. `not_understood` are the parts of the text that had no
    meaning, or that the view has no column for, in their order. `hint` says where else to ask, or which word perhaps
    was meant; "" mostly.
    """

    view: str
    filter: list[dict[str, Any]] = field(default_factory=list)
    order: tuple[str, bool] | None = None
    limit: int | None = None
    not_understood: list[str] = field(default_factory=list)
    hint: str = ""


def understand(text: str, now: datetime, view: str | None = None) -> Understanding:
    """Return what a question means as of `now`, an aware time in the asker's zone.

    `view` is what is looked for where the question names nothing; traces if None. Raises BadParameter, naming the
    words, for a question of which nothing is understood, a wrong unit, a day that does not exist, an operator that
    does not exist.
    """
    from .meaning import mean  # lark and dateutil are imported when somebody asks

    try:
        return mean(text, now, view)
    except Trouble as trouble:
        raise BadParameter("q", trouble.said(text)) from None


def warm() -> None:
    """Import and build what the first question needs (about 0.2 s), so that nobody waits for it."""
    understand("purple traces by alice with latency > 5s from yesterday", datetime.now(UTC))
