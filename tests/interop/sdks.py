"""The OpenTelemetry SDKs and what must be stored of the program that each of them runs (`programs/sdk.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from ..running import Running

GRPC, PROTOBUF, JSON = "grpc", "http/protobuf", "http/json"


class Sdk(NamedTuple):
    """An SDK: what it calls its language, where its program runs, and the protocols that its exporters speak."""

    language: str
    environment: str
    program: str
    protocols: tuple[str, ...]


SDKS = (
    Sdk("python", "opentelemetry-python", "sdk.py", (GRPC, PROTOBUF)),
    Sdk("python", "opentelemetry-python-json", "sdk.py", (JSON,)),
    Sdk("nodejs", "opentelemetry-js", "sdk.mjs", (GRPC, PROTOBUF, JSON)),
    Sdk("go", "go", "sdk_go", (GRPC, PROTOBUF)),
    Sdk("java", "java", "sdk_java", (GRPC, PROTOBUF)),
    Sdk("rust", "rust", "sdk_rust", (GRPC, PROTOBUF, JSON)),
)

METADATA = {"plan": "pro", "city": "Zürich ☂", "seats": 3, "share": 0.5, "trial": True, "rooms": [1, 2]}
TAGS = ["beta", "weather"]

Ids = Mapping[str, list[str]]
"""Trace and span of what a program made, by name."""


def check(server: Running, ids: Ids, language: str) -> None:
    """Check all that was told: two traces of a session by two users, with a model call in the first."""
    session = server.one("sessions", "sess-42")
    assert [trace["id"] for trace in session["traces"]] == [ids["forecast"][0], ids["summary"][0]]
    assert (session["countTraces"], session["countObservations"], session["errorCount"]) == (2, 3, 1)
    assert (session["userIds"], session["tags"]) == (["user-7", "user-8"], TAGS)
    check_metadata(session)
    assert (session["inputTokens"], session["outputTokens"]) == (30, 12)
    for name, user, level in (("forecast", "user-7", "DEFAULT"), ("summary", "user-8", "ERROR")):
        trace = server.one("traces", ids[name][0])
        assert (trace["name"], trace["userId"], trace["sessionId"]) == (name, user, "sess-42")
        assert (trace["tags"], trace["level"]) == (TAGS, level)
        check_metadata(trace)
        assert [one["id"] for one in server.rows("traces", userId=user)] == [trace["id"]]
    assert len(server.rows("traces", tags="weather")) == 2

    stored = {one["name"]: one for one in server.rows("observations")}
    assert {name: [one["traceId"], one["id"]] for name, one in stored.items()} == ids
    forecast, call, summary = stored["forecast"], stored["call"], stored["summary"]
    assert [one["parentObservationId"] for one in (forecast, call, summary)] == [None, forecast["id"], None]
    assert [one["type"] for one in (forecast, call, summary)] == ["SPAN", "GENERATION", "SPAN"]
    assert (call["model"], call["promptTokens"], call["completionTokens"]) == ("gpt-4o-mini", 30, 12)
    assert summary["statusMessage"] == "no umbrella"
    assert forecast["startTime"] <= call["startTime"] <= call["endTime"] <= forecast["endTime"]
    check_as_sent(server, ids, language)

    doctor = server.doctor()
    assert (doctor["stored"], doctor["rejected"], doctor["rejections"], doctor["problems"]) == (3, 0, [], [])


def check_metadata(told: Any) -> None:
    """Check the metadata of a session or a trace: each value of its type, beside what the resource tells."""
    found = {key: told["metadata"].get(key) for key in METADATA}
    assert json.dumps(found, sort_keys=True) == json.dumps(METADATA, sort_keys=True), "True is not 1 here"


def check_as_sent(server: Running, ids: Ids, language: str) -> None:
    """Check what has a place only in OpenTelemetry: kinds, events, links, the scope and the resource."""
    rows = server.sql("SELECT name, kind, events, links, scope_name, resource FROM observations")
    sent = {name: (kind, json.loads(events), json.loads(links)) for name, kind, events, links, _, _ in rows}
    assert {name: kind for name, (kind, _, _) in sent.items()} == {"forecast": 2, "call": 3, "summary": 1}
    assert {scope for *_, scope, _ in rows} == {"app"}
    assert {json.loads(resource)["telemetry.sdk.language"] for *_, resource in rows} == {language}
    (asked,), (link,) = sent["call"][1], sent["summary"][2]
    assert asked[1:] == ["asked", {"of": "Paris"}, 0]
    assert link[:4] == [*ids["forecast"], "", {}]
    ((_, name, attributes, _),) = sent["summary"][1]
    assert (name, attributes["exception.message"]) == ("exception", "no umbrella")
