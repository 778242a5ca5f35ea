"""What `sidetrace metrics --where "QUESTION"` narrows numbers to: the conditions of a question in plain English."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from dateutil.tz import tzlocal

from ..errors import BadParameter
from ..query.find import Understanding, understand, words
from .output import clean, note

ASKED = frozenset(["traces", "observations"])
"""What numbers are of that a question can narrow."""


def conditions(text: str, views: Iterable[str], aloud: bool) -> dict[str, Understanding]:
    """Return what a question means for each view that numbers are of; say how it was understood if `aloud`.

    Raises BadParameter where a part of it is not understood or has no place here: an order, a number of rows, another
    view. Days are those of this machine's zone.
    """
    now = datetime.now(tzlocal())
    meant = {}
    for view in dict.fromkeys(views):
        if view not in ASKED:
            raise BadParameter("--where", "scores are told of all; ask in `sidetrace sql` for those of some")
        said = understand(text, now, view)
        if said.not_understood:
            left = ", ".join(repr(clean(part)) for part in said.not_understood)
            raise BadParameter("--where", " ".join(filter(None, (f"not understood: {left}.", said.hint))))
        if said.view != view:
            raise BadParameter("--where", f"this asks about {said.view}, and the numbers are of {view}; name neither")
        if said.order or said.limit is not None:
            raise BadParameter("--where", "numbers have no order and no number of rows; say conditions alone")
        meant[view] = said
        if aloud:
            note(f"Understood: {clean(words(said, now.tzinfo or tzlocal()))}")
    return meant
