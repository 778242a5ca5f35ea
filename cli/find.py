"""`sidetrace find "TEXT"`: questions in plain English or in operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from ..query.finding import Found, find
from . import options, sessions, traces, users
from .database import project_of, reading
from .output import Column, clean, dollars, moment, number, seconds, show, show_list, word

OBSERVATIONS = (
    Column("observation", lambda one: clean(one["id"]), folds=True),
    Column("type", lambda one: clean(one["type"])),
    Column("name", lambda one: word(one["name"]), folds=True),
    Column("model", lambda one: word(one["model"]), folds=True),
    Column("trace", lambda one: clean(one["traceId"]), folds=True),
    Column("level", lambda one: clean(one["level"])),
    Column("latency", lambda one: seconds(one["latency"]), right=True),
    Column("tokens", lambda one: number(one["totalTokens"]), right=True),
    Column("cost", lambda one: dollars(one["calculatedTotalCost"]), right=True),
    Column("time (UTC)", lambda one: moment(one["startTime"])),
)
COLUMNS: Mapping[str, Sequence[Column]] = {
    "traces": traces.COLUMNS,
    "sessions": sessions.COLUMNS,
    "users": users.COLUMNS,
    "observations": OBSERVATIONS,
}


@click.command(
    short_help="Ask in plain English or in operators.",
    context_settings={"ignore_unknown_options": True},  # -tag:staging
)
@click.argument("question", metavar="TEXT", nargs=-1, required=True, callback=options.texts)
@options.limit
@options.project
@options.as_json
@options.db
def command(question: str, limit: int, project: str | None, as_json: bool, db: Path | None) -> None:
    """Find traces, sessions, users or observations.

    For example: traces with latency > 5s from yesterday. Or: user:alice cost:>0.10 -tag:staging. Prints how the
    question was understood, what of it was not, and then the rows. Days are those of this machine's zone.
    """
    from dateutil.tz import tzlocal

    with reading(db) as reader:
        found = find(reader, question, datetime.now(tzlocal()), limit, project_of(reader, project))
    if not as_json:
        _explain(found)
    show_list(found, COLUMNS[found["view"]], found["view"], as_json)


def _explain(found: Found) -> None:
    show(f"Understood: {clean(found['understood'])}")
    if found["notUnderstood"]:
        show(f"Not understood: {', '.join(repr(clean(words)) for words in found['notUnderstood'])}")
    if found["hint"]:
        show(clean(found["hint"]))
