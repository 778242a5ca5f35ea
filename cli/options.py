"""The options that commands share, and how they are read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from ..storage.selection import Condition

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def ago(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Return the aware time that lies a duration like `24h` before now; refuse anything else, naming the option."""
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,9})([smhdw])", value.strip(), re.ASCII)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a duration like 90s, 30m, 24h, 7d or 2w")
    try:
        return datetime.now(UTC) - timedelta(**{UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise click.BadParameter(f"{value!r} is longer ago than the calendar reaches") from None


def text(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return a text as it was given; refuse bytes that are none, which no id can hold."""
    if value is not None and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise click.BadParameter("is not UTF-8")
    return value


def texts(context: click.Context, option: click.Parameter, value: tuple[str, ...]) -> str | None:
    """Return words given one by one as one text, so that a question needs no quotation marks; refuse as `text`."""
    return text(context, option, " ".join(value))


def active(since: datetime | None) -> tuple[Condition, ...]:
    """Return the condition that a session or user was active at or after `since`, none for None."""
    return (Condition("last_timestamp", ">=", since),) if since else ()


db = click.option(
    "--db",
    metavar="PATH",
    envvar="SIDETRACE_DB",
    type=click.Path(path_type=Path),
    help="The database file; else SIDETRACE_DB, else the one in the user data directory.",
)
project = click.option(
    "--project",
    metavar="NAME",
    callback=text,
    help="The project; else the only one of the file, or `default` where there are several.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print what the HTTP endpoint answers.")
since = click.option("--since", callback=ago, metavar="24h", help="Only what is not older than 90s, 30m, 24h, 7d, 2w.")
limit = click.option(
    "--limit", metavar="N", type=click.IntRange(min=1), default=50, show_default=True, help="Rows at most."
)
user = click.option("--user", callback=text, metavar="U", help="Only those of this user id.")
session = click.option("--session", callback=text, metavar="S", help="Only those of this session id.")
