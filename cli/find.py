"""`sidetrace find "TEXT"`: questions in plain English or in operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from ..query.finding import Found, find
from ..query.saved import list_saved, saved_text
from . import options, sessions, traces, users
from .database import place, project_of, reading
from .output import Column, clean, dollars, moment, note, number, seconds, show, show_list, word

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
@click.argument("question", metavar="TEXT", nargs=-1, callback=options.texts)
@click.option(
    "--save", metavar="NAME", callback=options.text, help="Save TEXT under this name, in the place of another."
)
@click.option("--saved", metavar="NAME", callback=options.text, help="Ask what was saved under this name, anew.")
@options.limit
@options.project
@options.as_json
@options.db
def command(
    question: str, save: str | None, saved: str | None, limit: int, project: str | None, as_json: bool, db: Path | None
) -> None:
    """Find traces, sessions, users or observations.

    For example: traces with latency > 5s from yesterday. Or: user:alice cost:>0.10 -tag:staging. Prints how the
    question was understood, what of it was not, and then the rows. Days are those of this machine's zone, and a saved
    question means the yesterday of the day when it is asked.
    """
    from dateutil.tz import tzlocal

    if (saved is None) == (not question.strip()):
        raise click.UsageError("ask one question: TEXT, or --saved NAME (`sidetrace saved` lists the names)")
    with reading(db) as reader:
        project = project_of(reader, project)
        text = question if saved is None else saved_text(reader, project, saved)
        found = find(reader, text, datetime.now(tzlocal()), limit, project)
        before = {each["name"]: each["query"] for each in list_saved(reader, project)["data"]} if save else {}
    if save is not None:
        _save(place(db), project, save, text, before)
    if not as_json:
        _explain(found)
    own = found["meta"]["limit"] != limit  # the question's own number of rows
    show_list(found, COLUMNS[found["view"]], found["view"], as_json, fixed=own)


def _save(path: Path, project: str, name: str, text: str, before: Mapping[str, str]) -> None:
    from .saving import save  # brings the writer

    done = save(path, project, name, text)
    was = before.get(done["name"], done["query"])
    note(clean(f"saved as {done['name']!r}" + ("" if was == done["query"] else f", in the place of: {was}")))


def _explain(found: Found) -> None:
    show(f"Understood: {clean(found['understood'])}")
    if found["notUnderstood"]:
        show(f"Not understood: {', '.join(repr(clean(words)) for words in found['notUnderstood'])}")
    if found["hint"]:
        show(clean(found["hint"]))
