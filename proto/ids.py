"""The id rules (design, section 6): a span or log record whose ids cannot be used is refused alone; its batch is kept.

Ids are compared as lower-case hex text. Both decoders test the common, valid case themselves, inline; `refusal` and
`log_refusal` say what was wrong with the others.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .span import Rejected

NO_TRACE = "0" * 32
NO_SPAN = "0" * 16
TRACE_DIGITS = len(NO_TRACE)
SPAN_DIGITS = len(NO_SPAN)

_SHOWN = 80

is_hex = re.compile("(?:[0-9a-fA-F]{2})*").fullmatch
"""Match text that is whole bytes in hex, in any case; empty text is."""


def optional(text: str) -> str:
    """Return an id that may be missing, or "" where it is: empty, or zeros only, whatever their number."""
    return text if text.strip("0") else ""


def refusal(name: str, trace_id: str, span_id: str, parent_span_id: str) -> Rejected | None:
    """Return why a span with these ids (hex text, or what came in its place) cannot be kept, or None if it can.

    The reason is one of "invalid trace_id", "invalid span_id" and "invalid parent_span_id"; the detail names the
    span and shows the id.
    """
    cut = slice(_SHOWN + 1)  # enough to see that there was more
    return _refusal(name[cut], trace_id[cut], span_id[cut], optional(parent_span_id)[cut])


@lru_cache(maxsize=256)  # a body of 20 MiB can hold ten million empty spans: they share one record
def _refusal(name: str, trace_id: str, span_id: str, parent_span_id: str) -> Rejected | None:
    what = f"span {_shown(name)}"
    problem = _problem(trace_id, TRACE_DIGITS)
    if problem:
        return _rejected("trace_id", what, problem)
    problem = _problem(span_id, SPAN_DIGITS)
    if problem:
        return _rejected("span_id", what, f"{problem} in trace {trace_id}")
    if parent_span_id:
        problem = _problem(parent_span_id, SPAN_DIGITS)
        if problem:
            return _rejected("parent_span_id", what, f"{problem} on span {span_id} of trace {trace_id}")
    return None


def log_refusal(name: str, trace_id: str, span_id: str) -> Rejected:
    """Return the refusal of a log record, one of whose ids (neither zeros) is no id.

    The reason is "invalid trace_id" or "invalid span_id"; the detail names the record, by its event or the beginning
    of its text, and shows the id.
    """
    cut = slice(_SHOWN + 1)
    return _log_refusal(name[cut], trace_id[cut], span_id[cut])


@lru_cache(maxsize=256)
def _log_refusal(name: str, trace_id: str, span_id: str) -> Rejected:
    what = f"log record {_shown(name)}"
    problem = _problem(trace_id, TRACE_DIGITS) if trace_id else ""
    if problem:
        return _rejected("trace_id", what, problem)
    where = f" in trace {trace_id}" if trace_id else ""
    return _rejected("span_id", what, _problem(span_id, SPAN_DIGITS) + where)


def link_refusal(name: str, text: str) -> Rejected:
    """Return the refusal of a span that links to an id which is no hex text (only JSON can say that)."""
    return _rejected("link id", f"span {_shown(name)}", f"{_shown(text)} (expected hex digits)")


def _problem(text: str, digits: int) -> str:
    if not text:
        return "missing"
    if len(text) != digits or not is_hex(text):
        return f"{_shown(text)} (expected {digits} hex digits)"
    return "" if text.strip("0") else "all zeros"


def _rejected(field: str, what: str, problem: str) -> Rejected:
    return Rejected(f"invalid {field}", f"{what}: {field} is {problem}")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
