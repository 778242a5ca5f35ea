"""Where to ask what a view has no column for: the hint beside what was not understood."""

from __future__ import annotations

from .clauses import Belongs, Clause, Compare, Keyed, Present, State
from .columns import FIELDS
from .resolving import Unanswerable, resolve

CALLED = {"status": "status message", "text": "text to look in", "first token": "time to first token",
          "token speed": "tokens per second"}  # fmt: skip
ADVICE = {
    "metadata": "Name the key in the metadata, such as: with metadata plan.",
    "score": "Compare the score, such as: relevance score < 0.5; or name it: with a relevance score.",
}
"""For what no view says, which question comes near."""


def elsewhere(view: str, clause: Clause) -> str:
    """Return which views can answer what this one cannot, "" for none."""
    if isinstance(clause, Present) and clause.field in ADVICE and not clause.key:
        return ADVICE[clause.field]
    called = _called(clause)
    others = [
        other
        for other in FIELDS
        if other != view
        and not (isinstance(clause, Belongs) and FIELDS[other].get(clause.field) == "id")
        and not isinstance(resolve(other, clause), Unanswerable)
    ]
    if not called or not others:
        return ""
    *first, last = others
    return f"{view.capitalize()} have no {called}, but {', '.join(first)}{' and ' if first else ''}{last} do."


def _called(clause: Clause) -> str:
    match clause:
        case Belongs(field) | Present(field):
            return CALLED.get(field, field)
        case Compare(measure):
            return CALLED.get(measure, measure)
        case State(what):
            return what
        case Keyed():
            return "scores"
    return ""
