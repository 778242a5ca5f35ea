"""How answers look: tables, trees, facts, JSON and CSV, in a terminal and in a pipe.

What came over the wire is never trusted: names and ids are printed with their control characters escaped, so that
no span can move a cursor, hide text or forge a row; and as plain text, so that nothing in them is markup.
"""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import click
import orjson

from ..query.encode import encode

Record: TypeAlias = Mapping[str, Any]

# C0, DEL and C1 control terminals; U+2028/9 break lines; the bidirectional controls reorder what stands around them;
# surrogates cannot be written as UTF-8 at all.
_UNSAFE = [
    *range(0x20), *range(0x7F, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A),
    *range(0xD800, 0xE000), 0xFEFF,
]  # fmt: skip
_ESCAPED = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _UNSAFE}
_ESCAPED |= {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
# JSON has escaped C0 already, and its own line breaks must stay.
_ESCAPED_JSON = {code: f"\\u{code:04x}" for code in _UNSAFE if code >= 0x7F}


FOLDED = 12
"""Characters that a column of ids or names keeps in a narrow terminal."""


class Column(NamedTuple):
    """A column of a table: its heading, the text of its cell for a record, where it stands, and whether it may fold."""

    heading: str
    cell: Callable[[Any], str]
    right: bool = False
    folds: bool = False


def clean(text: object) -> str:
    """Return `text` with every character escaped that a terminal would act on instead of showing it."""
    return str(text).translate(_ESCAPED)


def word(value: object) -> str:
    """Return a value in words: nothing for null, yes and no, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(clean, value))
    return clean(value)


def number(value: int) -> str:
    """Return a count with commas between the thousands."""
    return f"{value:,}"


def seconds(value: object) -> str:
    """Return seconds with one decimal, below 0.05 with three (`15.2s`, `0.012s`); nothing for null."""
    if not isinstance(value, int | float):
        return ""
    return f"{value:.1f}s" if value >= 0.05 else f"{value:.3f}s"


def dollars(value: object) -> str:
    """Return USD with two decimals, below a cent with two significant digits (`$0.23`, `$0.000016`); nothing for null.

    Null is a cost that nobody knows; a known zero is `$0.00`.
    """
    if not isinstance(value, int | float):
        return ""
    decimals = 1 - math.floor(math.log10(value)) if 0 < value < 0.01 else 2
    return f"${value:.{decimals}f}"


def moment(value: object) -> str:
    """Return an ISO 8601 or stored time to the second, as `YYYY-MM-DD HH:MM:SS` in UTC; nothing for null."""
    return clean(value)[:19].replace("T", " ") if value else ""


def show(*lines: str) -> None:
    """Print lines on standard output."""
    _write(f"{line}\n" for line in lines)


def _write(pieces: Iterable[str]) -> None:
    sys.stdout.writelines(pieces)
    sys.stdout.flush()  # here and not at exit, where a reader that has gone would cost a traceback


def note(text: str) -> None:
    """Print a remark on standard error, so that what is piped on holds the answer alone."""
    click.echo(text, err=True)


def show_json(value: object) -> None:
    """Print JSON, indented and lossless: characters a terminal would act on are written as `\\uXXXX`."""
    try:
        body = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:
        body = encode(value)  # in one line: bytes from SQL, or deeper than orjson goes
    show(body.decode().translate(_ESCAPED_JSON))


def show_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print CSV (RFC 4180) with a heading line: as it is into a pipe or file, escaped in a terminal."""
    guard = clean if sys.stdout.isatty() else str
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([guard(heading) for heading in headings])
    writer.writerows([["" if value is None else guard(value) for value in row] for row in rows])
    _write([lines.getvalue()])


def show_list(page: Record, columns: Sequence[Column], plural: str, as_json: bool, *, fixed: bool = False) -> None:
    """Print a page of a list, `data` and `meta`: as JSON, or as a table with a remark where it does not hold all.

    `fixed` says that --limit cannot make it longer.
    """
    if as_json:
        show_json(page)
        return
    shown, total = len(page["data"]), page["meta"]["totalItems"]
    if shown:
        show_table(columns, page["data"])
    if not total:
        note(f"no {plural}")
    elif page["meta"].get("totalIsAtLeast"):
        note(f"the first {shown:,} {plural}; --limit {10 * shown} shows more, if there are more")
    elif shown < total:
        note(f"{shown:,} of {total:,} {plural}" + ("" if fixed else f"; --limit {total} shows all"))


def show_table(columns: Sequence[Column], records: Iterable[object]) -> None:
    """Print a table: drawn and folded to its width in a terminal, else aligned and in full width."""
    rows = [[column.cell(record) for column in columns] for record in records]
    if sys.stdout.isatty():
        _draw(columns, rows)
        return
    widths = [max(map(len, cells)) for cells in zip([column.heading for column in columns], *rows, strict=True)]
    aligned = (
        "  ".join(
            cell.rjust(width) if column.right else cell.ljust(width)
            for column, cell, width in zip(columns, cells, widths, strict=True)
        )
        for cells in [[column.heading for column in columns], *rows]
    )
    _write(f"{line.rstrip()}\n" for line in aligned)


def _draw(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", padding=(0, 1, 0, 0))
    least = 0
    for place, column in enumerate(columns):
        widest = max(map(len, [column.heading, *(row[place] for row in rows)]))
        narrowest = min(widest, FOLDED) if column.folds else widest
        least += narrowest + 2
        # Folded, so that no id is cut.
        table.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=not column.folds,
            min_width=narrowest,
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console = Console()
    # A terminal too narrow for the figures wraps the lines itself, rather than the table every number.
    console.width = max(console.width, least + 1)
    console.print(table)


def show_facts(facts: Mapping[str, str]) -> None:
    """Print labels with their values, one a line, aligned."""
    width = max(map(len, facts)) + 2
    show(*(f"{label}:".ljust(width) + value for label, value in facts.items()))


def show_tree(title: str, children: Sequence[Record]) -> None:
    """Print a title and the records below it, each with its `children`, as design section 5 draws them.

    A record has name, id, latencyMs (null where unknown), cost (USD, null where unknown) and children.
    """
    show(title)
    _write(f"{line}\n" for line in _branches(children))


def _branches(children: Sequence[Record]) -> Iterator[str]:
    # A stack, not recursion: agents that call themselves nest deeper than Python does.
    waiting = [(child, "", child is children[-1]) for child in reversed(children)]
    while waiting:
        record, margin, last = waiting.pop()
        yield f"{margin}{'└── ' if last else '├── '}{titled(record['name'] or record['id'], record)}"
        margin += "    " if last else "│   "
        below = record["children"]
        waiting.extend((child, margin, child is below[-1]) for child in reversed(below))


def titled(name: str, record: Record) -> str:
    """Return `NAME (SECONDS, COST)` for a record's `latencyMs` and `cost`, leaving out what is null."""
    latency = record["latencyMs"]
    known = [seconds(None if latency is None else latency / 1000), dollars(record["cost"])]
    facts = ", ".join(filter(None, known))
    return f"{clean(name).strip()} ({facts})" if facts else clean(name).strip()
