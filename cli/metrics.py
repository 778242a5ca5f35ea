"""`sidetrace metrics`: counts, latencies, tokens, cost and error rates, of all or by group and piece of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

import click

from ..client_metrics import COUNTS, SHORT_GROUPS, MetricQuestion, question, unit
from ..errors import BadParameter
from ..query.metrics import MOST_ROWS, TIME, Granularity, MetricsQuestion, ask_metrics
from ..query.metrics_table import MetricsView
from ..storage.aggregation import Function
from ..storage.store import Reader
from . import options
from .database import project_of, reading
from .output import Column, dollars, note, show_json, show_table, word

LATENCIES = ("latency_avg", "latency_p50", "latency_p95", "latency_p99")
OVERVIEW = (
    "trace_count", "session_count", "user_count", "error_rate", *LATENCIES, "total_tokens", "total_cost",
)  # fmt: skip
"""What is told when no metric is named."""

SPREAD = {"latency": LATENCIES}
"""Names that stand for several metrics here."""

PER = ("hour", "day", "week", "month")
PARAMETERS = {"metric_name": "NAME", "group_by": "--by", "view": "--view", "q": "--where", "filters": "--where"}
"""How the parts of a question are called on the command line."""

Key: TypeAlias = tuple[str | None, str | None]
"""What a row is about: its group and its piece of time, None without."""
Row: TypeAlias = dict[str, Any]


class Asked(NamedTuple):
    """Metrics by name, what they are grouped by, from when until when, and how many rows are wanted.

    `where`: filter items by view.
    """

    names: Sequence[str]
    by: str | None
    per: str | None
    view: str | None
    since: datetime | None
    until: datetime | None
    limit: int
    where: Mapping[str, Sequence[Mapping[str, Any]]] = {}


def instant(context: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """Return the aware time of a duration before now or of an ISO 8601 text (UTC without an offset); refuse others."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value.strip())
    except ValueError:
        try:
            return options.ago(context, option, value)
        except click.BadParameter as error:
            raise click.BadParameter(f"{error.message}, nor a time like 2026-11-20 or 2026-11-20T09:30Z") from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


@click.command(short_help="Count, add up and compare, by user, model, day and more.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option(
    "--by",
    metavar="GROUP",
    callback=options.text,
    help="user, session, name, model, tag, environment, release, version, metadata.KEY and more (docs/client.md).",
)
@click.option("--per", type=click.Choice(PER), help="A row for each piece of time, in UTC; weeks begin on Monday.")
@click.option("--since", callback=instant, metavar="7d", help="Only what began since: 24h, 7d, 2w, or 2026-11-20.")
@click.option("--until", callback=instant, metavar="1d", help="Only what began before, likewise.")
@click.option(
    "--where",
    metavar="QUESTION",
    callback=options.text,
    help="Only of what it says, as in `sidetrace find`: 'failed in production', 'user:ann -tag:test'.",
)
@click.option(
    "--view", type=click.Choice(("traces", "observations")), help="What to tell of; else what NAME and --by ask for."
)
@options.limit
@options.project
@click.option("--json", "as_json", is_flag=True, help="Print {data: [{GROUP, time, NAME, …}]}.")
@options.db
def command(
    names: tuple[str, ...], by: str | None, per: str | None, since: datetime | None, until: datetime | None,
    where: str | None, view: str | None, limit: int, project: str | None, as_json: bool, db: Path | None,
) -> None:  # fmt: skip
    """Show numbers about traces: without NAME an overview, or trace_count, latency, cost, tokens, error_rate …

    Names and groups are those of docs/client.md. Latencies are milliseconds: `latency` shows the average, p50, p95 and
    p99; `latency_max`, `cost_avg` and the like are one number. Without --since and --until it is all there is.
    """
    wanted = dict.fromkeys(each for name in names or OVERVIEW for each in SPREAD.get(name, (name,)))
    group = SHORT_GROUPS.get(by, by) if by else by
    if since and until and since >= until:
        raise BadParameter("--until", "must be after --since")
    asked = Asked(tuple(wanted), group, per, view, since, until, limit)
    try:
        # names first: they are wrong whether there is a file or not
        questions = [question(name, group, view) for name in asked.names]
        if where is not None:
            from .metrics_where import conditions  # brings the grammar

            meant = conditions(where, [each.view for each in questions], aloud=not as_json)
            asked = asked._replace(where={name: said.filter for name, said in meant.items()})
        with reading(db) as reader:
            rows, more = tell(reader, asked, questions, project_of(reader, project))
    except BadParameter as error:
        raise BadParameter(PARAMETERS.get(error.name, error.name), error.problem) from None
    if as_json:
        show_json({"data": rows})
    elif rows:
        show_table(_columns(asked, rows), rows)
    else:
        note("nothing in that time" if since or until else "nothing")
    if more:
        note(f"these are the {'newest' if per else 'first'} {limit:,} rows; --limit {limit * 10} shows more")


def tell(reader: Reader, asked: Asked, questions: Sequence[MetricQuestion], project: str) -> tuple[list[Row], bool]:
    """Return a row for each group and piece of time, and whether there are more than `asked.limit`.

    Rows come by time, then by the first metric, the largest first and what has no group last. Of pieces of time the
    newest are kept. Raises BadParameter where a question has too many answers to be put beside another.
    """
    together: dict[tuple[str, str | None], list[tuple[str, MetricQuestion]]] = {}
    for name, each in zip(asked.names, questions, strict=True):
        together.setdefault((each.view, each.score), []).append((name, each))
    # only the answer to a single question can be cut in the store
    cut = asked.limit + 1 if len(together) == 1 and asked.limit < MOST_ROWS else None
    found: dict[Key, Row] = {}
    for part in together.values():
        for key, values in _answers(reader, asked, part, project, cut):
            found.setdefault(key, {}).update(values)
    first = asked.names[0]

    def place(key: Key) -> tuple[bool, bool, float, str]:
        value = found[key].get(first)
        return key[0] is None, value is None, -(value or 0), key[0] or ""

    order = sorted(found, key=place)
    if asked.per:
        order.sort(key=lambda key: key[1] or "", reverse=True)
    more = len(order) > asked.limit
    order = order[: asked.limit]
    if asked.per:
        order.sort(key=lambda key: key[1] or "")
    return [_row(asked, key, found[key]) for key in order], more


def _answers(
    reader: Reader, asked: Asked, part: Sequence[tuple[str, MetricQuestion]], project: str, cut: int | None
) -> list[tuple[Key, Row]]:
    """Return the values of metrics of one view, by what they are about; `cut` is how many in the store's order."""
    one = part[0][1]
    metrics = {(each.measure, each.aggregation): f"{each.aggregation}_{each.measure}" for _, each in part}
    query = one.query("", "", asked.per, asked.where.get(one.view, ()))
    newest = ((TIME, True),) if asked.per else ()
    wanted = MetricsQuestion(
        cast(MetricsView, one.view),
        asked.since,
        asked.until,
        dimensions=(one.dimension,) if one.dimension else (),
        metrics=cast("tuple[tuple[str, Function], ...]", tuple(metrics)),
        filters=query["filters"],
        granularity=cast("Granularity | None", asked.per),
        order=(*newest, (next(iter(metrics.values())), True)),
        row_limit=cut,
    )
    try:
        data = ask_metrics(reader, wanted, project)["data"]
    except BadParameter as error:
        if error.name != "config.row_limit":
            raise
        raise BadParameter("--by", f"more than {MOST_ROWS:,} rows; name fewer metrics, or say --since") from None
    return [
        (
            (_text(row.get(one.dimension or "")), _text(row.get(TIME))),
            {name: row[metrics[each.measure, each.aggregation]] for name, each in part},
        )
        for row in data
    ]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _row(asked: Asked, key: Key, values: Row) -> Row:
    about = {**({asked.by: key[0]} if asked.by else {}), **({"time": key[1]} if asked.per else {})}
    return {**about, **{name: _known(name, values.get(name)) for name in asked.names}}


def _known(name: str, value: object) -> object:
    return 0 if value is None and name in COUNTS else value


def _columns(asked: Asked, rows: Sequence[Row]) -> list[Column]:
    """Return the columns of the table: time, group, then the metrics with their units."""
    columns = []
    if asked.per:
        columns.append(Column("time (UTC)", lambda row: word(row["time"])))
    if by := asked.by:
        columns.append(Column(word(by), lambda row: word(row[by]) if row[by] is not None else "-", folds=True))
    return columns + [_column(name) for name in asked.names]


def _column(name: str) -> Column:
    told = unit(name)
    if told == "USD":
        return Column(name, lambda row: dollars(row[name]), right=True)
    if told.startswith("share"):
        return Column(name, lambda row: "" if row[name] is None else f"{row[name]:.2%}", right=True)
    heading = f"{word(name)} (ms)" if told == "milliseconds" else word(name)
    return Column(heading, lambda row: _number(row[name]), right=True)


def _number(value: float | None) -> str:
    """Return a number with commas between the thousands, and decimals only where it has some."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
