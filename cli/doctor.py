"""`sidetrace doctor`: what was received, stored and refused, and why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..query.doctor import Doctor, doctor
from . import options
from .database import reading
from .output import Column, clean, moment, number, show, show_facts, show_json, show_table, word

TALLIES = (
    Column("count", lambda tally: number(tally["count"]), right=True),
    Column("what", lambda tally: clean(tally["name"]), folds=True),
    Column("last (UTC)", lambda tally: moment(tally["lastAt"])),
    Column("newest example", lambda tally: clean(tally["example"]), folds=True),
)
DOORS = (
    Column("door", lambda door: door["transport"]),
    Column("what", lambda door: door["items"]),
    Column("accepted", lambda door: number(door["accepted"]), right=True),
    Column("refused", lambda door: number(door["refused"]), right=True),
)
UPSTREAMS = (
    Column("exporter", lambda one: clean(one["exporter"]), folds=True),
    Column("wait", lambda one: number(one["waitingRequests"]), right=True),
    Column("size", lambda one: size(one["waitingBytes"]), right=True),
    Column("since (UTC)", lambda one: moment(one["oldestWaiting"]) if one["oldestWaiting"] else ""),
    Column("sent", lambda one: number(one["sentRequests"]), right=True),
    Column("refused", lambda one: number(one["refusedRequests"]), right=True),
    Column("dropped", lambda one: number(one["droppedRequests"]), right=True),
    Column("", lambda one: "" if one["configured"] else "not configured"),
)
TROUBLES = (
    Column("exporter", lambda one: clean(one["exporter"]), folds=True),
    Column("what", lambda one: one["outcome"]),
    Column("requests", lambda one: number(one["requests"]), right=True),
    Column("items", lambda one: number(one["items"]), right=True),
    Column("why", lambda one: clean(one["reason"]), folds=True),
    Column("last (UTC)", lambda one: moment(one["lastAt"])),
    Column("newest example", lambda one: clean(one["example"]), folds=True),
)
HINTS = (
    Column("traces", lambda hint: number(hint["traces"]), right=True),
    Column("attribute", lambda hint: clean(hint["attribute"]), folds=True),
    Column("for example", lambda hint: clean(hint["example"]), folds=True),
    Column("in the configuration", lambda hint: clean(hint["configuration"]), folds=True),
)
DISAGREEMENTS = (
    Column("trace", lambda one: clean(one["traceId"]), folds=True),
    Column("field", lambda one: one["field"]),
    Column("chosen", lambda one: clean(one["chosen"]), folds=True),
    Column("others", lambda one: word(one["others"]), folds=True),
)
MODELS = (
    Column("observations", lambda one: number(one["observations"]), right=True),
    Column("model", lambda one: clean(one["model"]), folds=True),
)
TRACES = (
    Column("trace", lambda trace: clean(trace["id"]), folds=True),
    Column("name", lambda trace: word(trace["name"]), folds=True),
    Column("user", lambda trace: word(trace["userId"]), folds=True),
    Column("metadata", lambda trace: word(sorted(trace["metadata"])), folds=True),
    Column("time (UTC)", lambda trace: moment(trace["timestamp"])),
)


@click.command(short_help="Show what was received, stored and refused, and why.")
@options.as_json
@options.db
def command(as_json: bool, db: Path | None) -> None:
    """Show what was received, stored and refused, and why; with or without a running receiver."""
    with reading(db) as reader:
        findings = doctor(reader)
    if as_json:
        show_json(findings)
    else:
        show_findings(findings)


def show_findings(findings: Doctor) -> None:
    """Print the findings: counters first, then what is wrong, each with an example."""
    show_facts(
        {
            "database": clean(findings["location"]),
            "size": f"{size(findings['sizeBytes'] or 0)}, schema {findings['schemaVersion']}",
            "spans received": number(findings["received"]),
            "stored": number(findings["stored"]),
            "repeated": f"{number(findings['repeated'])} (sent again, stored already)",
            "replaced": f"{number(findings['replaced'])} (another version of a span that was stored)",
            "rejected": number(findings["rejected"]),
            "traces": number(findings["traces"]),
            "without a session": number(findings["tracesWithoutSession"]),
            "sessions": number(findings["sessions"]),
            "users": number(findings["users"]),
            **facts(findings),
        }
    )
    upstreams = findings["exporters"] or []
    troubles = [{"exporter": one["exporter"], **trouble} for one in upstreams for trouble in one["troubles"]]
    tables: tuple[tuple[str, tuple[Column, ...], Sequence[Any]], ...] = (
        ("By door (metric points are not stored)", DOORS, findings["doors"]),
        ("Sent on, in requests", UPSTREAMS, upstreams),
        ("What was not taken upstream (failed: tried again)", TROUBLES, troubles),
        ("Refused spans and requests", TALLIES, findings["rejections"]),
        ("Attributes that could not be read", TALLIES, findings["problems"]),
        ("Newest traces without a session", TRACES, findings["newestTracesWithoutSession"]),
        ("Attributes on them that may name a session", HINTS, findings["sessionHints"]),
        ("Traces whose spans disagree", DISAGREEMENTS, findings["disagreements"]),
        ("Models without a price", MODELS, findings["modelsWithoutPrice"]),
    )
    for heading, columns, records in tables:
        if records:
            show(f"\n{heading}:")
            show_table(columns, records)


def facts(findings: Doctor) -> dict[str, str]:
    """Return the lines that only some databases have."""
    lines = {}
    if findings["tracesWithDisagreement"]:
        lines["spans disagree in"] = f"{number(findings['tracesWithDisagreement'])} traces about session or user"
    if findings["eventsWithoutTrace"]:
        awaited = ", ".join(map(clean, findings["observationsAwaited"]))
        lines["events without a trace"] = f"{number(findings['eventsWithoutTrace'])}, of observations such as {awaited}"
    if findings["logRecords"]:
        lines["log records"] = f"{number(findings['logRecords'])}, stored {number(findings['logRecordsStored'])}"
    if (remap := findings["remap"]) and remap["running"]:
        lines["remap"] = f"{number(remap['done'])} of {number(remap['total'])} spans"
    return lines


def size(count: int) -> str:
    """Return a number of bytes in the largest unit that it fills: `4.2 MiB`."""
    amount, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024 or unit == "TiB":
            break
        amount /= 1024
    return f"{count} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
