"""What a log record says about the span that it belongs to: messages, a session or user, a judgement.

Source: semantic-conventions-genai events; attributes.md, sections 0 (rule 6), 3 and 4.1. Where the span says the same,
the span wins; log records only fill gaps (section 5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..proto.log import LogRecord
from .evaluation import Evaluation
from .observation import Claims, Json
from .values import plain, structure, text, to_json
from .vocabularies.genai import CHOICE, DETAILS, EVALUATION, MESSAGE_EVENTS, evaluation, said

IDS = ("session_id", "user_id")
"""The claims that are taken from log records."""


@dataclass(slots=True)
class LogMeaning:
    """What one log record means.

    `name` and `body` are a message's, as `genai.said` reads them; "" and None for other records. `claims` as of a
    span, of a session and user only. `response_id` names the model call where the span id does not.
    """

    name: str = ""
    body: Json = None
    claims: Claims = field(default_factory=dict)
    evaluation: Evaluation | None = None
    response_id: str | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)


def event_name(record: LogRecord) -> str:
    """Return the name of the event that a record is, "" for one that is none."""
    return record.event_name or text(record.attributes.get("event.name")) or ""


def response_id(record: LogRecord) -> str | None:
    """Return the response id that a record names."""
    return text(record.attributes.get("gen_ai.response.id"))


def meaning(record: LogRecord, claims: Claims) -> LogMeaning:
    """Return what a record means; `claims` are those that its attributes make."""
    said_by_log = {name: claim for name, claim in claims.items() if name in IDS}
    told = LogMeaning(claims=said_by_log, response_id=response_id(record))
    name = event_name(record)
    if name == DETAILS:
        told.name, told.body = name, plain(record.attributes)
    elif name in MESSAGE_EVENTS or name == CHOICE:
        told.name, told.body = name, _body(record)
    elif name == EVALUATION:
        told.evaluation = evaluation(record.attributes, record.time_ns or record.observed_time_ns)
    return told


def _body(record: LogRecord) -> Json:
    """Return a message event's fields, which are its body or, without one, its attributes."""
    if record.body is None or record.body == "":
        return {key: structure(value) for key, value in record.attributes.items()}
    body = structure(record.body)
    if isinstance(body, dict):
        return {key: structure(value) if isinstance(value, str) else value for key, value in body.items()}
    return body


def joined(meanings: Iterable[LogMeaning]) -> tuple[str | None, str | None]:
    """Return the input and output texts that records, in their order, put together."""
    given, output = said((told.name, told.body) for told in meanings if told.name)
    return (to_json(given) if given else None), (to_json(output) if output else None)
