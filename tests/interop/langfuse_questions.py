"""What is asked through every Langfuse SDK about the same traces and scores, and what the answers must hold.

The programs `langfuse_world_*.py` and `langfuse_whole.mjs` tell the traces; each SDK asks what it has a method for.
`$name` stands for the id of what has that name there, `@name` for the cursor in the answer to another question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .langfuse_score_questions import ACCURACY, metrics, scores_v2, scores_v3
from .patterns import Json, data, item, lacks, near, positive, refused, time, with_ids, with_ids_of, with_names


@dataclass(frozen=True)
class Question:
    """A question: which endpoint, the arguments, and a pattern of the answer."""

    endpoint: str
    arguments: dict[str, Json]
    answer: Json


OURS = {"fromTimestamp": "$before"}
"""Leaves out the trace of 2026-03-01, which has neither session nor user."""

ALL = ("doomed 3", "doomed 2", "doomed 1", "picture", "aside", "follow-up", "question")

QUESTION = {
    "id": "$question",
    "name": "question",
    "timestamp": time,
    "sessionId": "chat-1",
    "userId": "ada",
    "tags": ["beta", "weather"],
    "metadata": {"plan": "pro"},
    "version": "v2",
    "release": "r1",
    "environment": "testing",
    "public": True,
    "bookmarked": False,
    "input": {"text": "Will it rain?"},
    "output": "No.",
    "totalCost": near(0.003),
    "latency": positive,
    "htmlPath": "/project/default/traces/$question",
    "createdAt": time,
    "updatedAt": time,
}
ANSWER = {
    "id": "$answer",
    "traceId": "$question",
    "parentObservationId": "$question root",
    "type": "GENERATION",
    "name": "answer",
    "startTime": time,
    "endTime": time,
    "completionStartTime": time,
    "level": "DEFAULT",
    "environment": "testing",
    "input": "Will it rain?",
    "output": "No.",
    "metadata": {"attempt": "first"},
    "usageDetails": {"input": 40, "output": 10},
    "costDetails": {"input": 0.001, "output": 0.002},
    "latency": positive,
}
ANSWER_V1 = ANSWER | {
    "model": "gpt-4o-mini",
    "modelParameters": {"temperature": lambda value: value in (0.2, "0.2")},
    "usage": {"input": 40, "output": 10, "total": 50},
}
ANSWER_V2 = ANSWER | {"userId": "ada", "sessionId": "chat-1", "isRootObservation": False}


def _traces() -> Iterable[tuple[str, Json, Json]]:
    yield "", OURS | {"limit": 50}, with_ids(*ALL, page=1, limit=50, totalItems=7, totalPages=1)
    yield "a page", OURS | {"limit": 2, "page": 3}, with_ids("aside", "follow-up", page=3, limit=2, totalPages=4)
    yield "in order", OURS | {"limit": 3, "orderBy": "timestamp.asc"}, with_ids("question", "follow-up", "aside")
    yield (
        "by name",
        OURS | {"limit": 4, "orderBy": "name.desc"},
        with_ids("question", "picture", "follow-up", "doomed 3"),
    )
    yield "of a user", {"userId": "ada"}, with_ids("aside", "question")
    yield "with a name", {"name": "follow-up"}, with_ids("follow-up")
    yield "of a session", {"sessionId": "chat-1"}, with_ids("follow-up", "question")
    yield "with a tag", {"tags": ["beta"]}, with_ids("follow-up", "question")
    yield "with both tags", {"tags": ["beta", "weather"]}, with_ids("question")
    yield "of a version", {"version": "v2"}, with_ids("question")
    yield "of a release", OURS | {"release": "r1"}, with_ids(*ALL)
    yield "of an environment", OURS | {"environment": ["testing", "other"]}, with_ids(*ALL)
    yield "of no environment", OURS | {"environment": ["other"]}, data(totalItems=0, totalPages=0)
    yield "until then", OURS | {"toTimestamp": "$amid"}, with_ids("follow-up", "question")
    yield "whole", {"name": "question"}, data(QUESTION | {"observations": _four, "scores": _five})
    yield "in core", {"name": "question", "fields": "core"}, data({"id": "$question", "totalCost": -1, "latency": -1})
    filters: dict[str, tuple[list[Json], tuple[str, ...]]] = {
        "text": ([item("string", "name", "contains", "follow")], ("follow-up",)),
        "options": ([item("stringOptions", "userId", "any of", ["ada", "bob"])], ("aside", "follow-up", "question")),
        "tags": ([item("arrayOptions", "tags", "all of", ["beta", "weather"])], ("question",)),
        "metadata": ([item("stringObject", "metadata", "=", "pro", "plan")], ("question",)),
        "cost": ([item("number", "totalCost", ">", 0.0035), item("number", "totalCost", "<", 1)], ("follow-up",)),
        "tokens": ([item("number", "totalTokens", ">=", 25)], ("follow-up", "question")),
        "errors": ([item("number", "errorCount", ">", 0)], ("follow-up",)),
        "level": ([item("stringOptions", "level", "any of", ["ERROR"])], ("follow-up",)),
        "time": (
            [item("datetime", "timestamp", "<", "$amid"), item("datetime", "timestamp", ">=", "$before")],
            ("follow-up", "question"),
        ),
        "score": ([item("numberObject", "scores_avg", ">", 0.8, "accuracy")], ("question",)),
        "category": ([item("categoryOptions", "score_categories", "any of", ["friendly"], "tone")], ("question",)),
        "nothing": ([item("null", "sessionId", "is null", ""), item("string", "userId", "=", "ada")], ("aside",)),
    }
    for name, (items, found) in filters.items():
        yield f"filtered by {name}", {"filter": items}, with_ids(*found)
    yield "filtered wrongly", {"filter": [item("string", "name", "resembles", "x")]}, refused(400, "resembles")
    yield "on page 0", {"page": 0}, refused(400, "page")


def _four(observations: Any) -> bool:
    return len(observations) == 4


def _five(scores: Any) -> bool:
    return set(scores) == {"s-accuracy", "s-helpful", "s-grounded", "s-tone", "s-exact"}


def _observations_v1() -> Iterable[tuple[str, Json, Json]]:
    yield "of a trace", {"traceId": "$question"}, with_names("noted", "answer", "look up", "question")
    yield (
        "a page",
        {"traceId": "$question", "limit": 1, "page": 2},
        data({"name": "answer"}, page=2, limit=1, totalItems=4, totalPages=4),
    )
    yield "of a type", {"type": "GENERATION", "traceId": "$question"}, data(ANSWER_V1)
    yield "of another type", {"type": "EMBEDDING"}, data({"name": "embed", "model": "text-embedding-3-small"})
    yield "of a level", {"level": "ERROR"}, data({"name": "failed", "statusMessage": "too many", "level": "ERROR"})
    yield (
        "with a name",
        {"name": "look up"},
        data({"type": "TOOL", "input": {"city": "Paris"}, "output": "sunny", "traceId": "$question"}),
    )
    yield "of a user", {"userId": "bob"}, with_names("agreed", "failed", "answer again", "follow-up")
    yield "of a parent", {"parentObservationId": "$question root"}, with_names("noted", "answer", "look up")
    yield "of a version", {"version": "v2", "type": "AGENT"}, with_names("question")
    yield "of an environment", {"environment": ["testing"], "name": "noted"}, data({"type": "EVENT"})
    yield (
        "of a time",
        {"fromStartTime": "$before", "toStartTime": "$amid", "type": "GENERATION"},
        with_names("answer again", "answer"),
    )
    yield (
        "filtered",
        {"filter": [item("string", "name", "starts with", "answer")]},
        with_names("answer again", "answer"),
    )
    yield "of a wrong level", {"level": "LOUD"}, refused(400, "level")


def _observations_v2() -> Iterable[tuple[str, Json, Json]]:
    every = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
    yield "of a trace", {"traceId": "$question"}, with_names("noted", "answer", "look up", "question")
    yield (
        "by default",
        {"name": "look up"},
        data({"id": "$look up", "type": "TOOL", "traceId": "$question", "level": "DEFAULT", "projectId": "default"}),
    )
    yield (
        "whole",
        {"traceId": "$question", "type": "GENERATION", "fields": every},
        data(ANSWER_V2 | {"providedModelName": "gpt-4o-mini", "traceName": "question", "tags": _both, "release": "r1"}),
    )
    yield "as text", {"name": "look up", "fields": "io"}, data({"input": _paris, "output": "sunny"})
    yield (
        "in core",
        {"name": "answer", "fields": "core"},
        lambda answer: lacks("input", "usageDetails", "level")(answer["data"][0]),
    )
    yield (
        "the first",
        {"traceId": "$question", "limit": 3},
        data({"name": "noted"}, {"name": "answer"}, {"name": "look up"}, cursor=str.__len__),
    )
    yield "the next", {"traceId": "$question", "limit": 3, "cursor": "@observations v2 the first"}, _last
    yield "of a level", {"level": "ERROR"}, with_names("failed")
    yield "of a user", {"userId": "bob"}, with_names("agreed", "failed", "answer again", "follow-up")
    yield "of a parent", {"parentObservationId": "$question root"}, with_names("noted", "answer", "look up")
    yield "of no parent", {"parentObservationId": "", "userId": "bob"}, with_names("follow-up")
    yield "of a version", {"version": "v2", "type": "AGENT"}, with_names("question")
    yield "of an environment", {"environment": ["testing"], "name": "noted"}, data({"type": "EVENT"})
    yield (
        "of a time",
        {"fromStartTime": "$before", "toStartTime": "$amid", "type": "GENERATION"},
        with_names("answer again", "answer"),
    )
    yield "filtered", {"filter": [item("string", "name", "ends with", "again")]}, with_names("answer again")
    yield (
        "with metadata",
        {"name": "answer", "fields": "core,metadata", "expandMetadata": "attempt"},
        data({"metadata": {"attempt": "first"}}),
    )
    yield "with a wrong cursor", {"cursor": "nonsense"}, refused(400, "cursor")


def _paris(text: Any) -> bool:
    return isinstance(text, str) and json.loads(text) == {"city": "Paris"}


def _both(tags: Any) -> bool:
    return sorted(tags) == ["beta", "weather"]


def _last(answer: Any) -> bool:
    return [each["name"] for each in answer["data"]] == ["question"] and not answer["meta"].get("cursor")


def _sessions() -> Iterable[tuple[str, Json, Json]]:
    yield "", {}, with_ids_of("doomed", "pictures", "chat-1", page=1, totalItems=3, totalPages=1)
    yield "a page", {"limit": 1, "page": 3}, data(
        {"id": "chat-1", "projectId": "default", "environment": "testing", "createdAt": time,
         "userIds": ["ada", "bob"], "countTraces": 2, "totalTokens": 75, "totalCost": near(0.007), "errorCount": 1}
    )  # fmt: skip
    yield "of a time", {"fromTimestamp": "$before", "toTimestamp": "$amid"}, with_ids_of("chat-1")
    yield "of an environment", {"environment": ["other"]}, data()


_MANY = {
    "traces": _traces(),
    "observations v1": _observations_v1(),
    "observations v2": _observations_v2(),
    "sessions": _sessions(),
    "scores v2": scores_v2(),
    "scores v3": scores_v3(),
    "metrics v1": metrics("v1"),
    "metrics v2": metrics("v2"),
}

_HERE = {"id_in_path": "default"}
_KEYLESS = {"refused": lambda status: status in (403, 404, 405)}
"""How what belongs to an organization's keys is answered: it is not there."""

QUESTIONS: dict[str, Question] = {
    "health": Question("health", {}, {"status": "OK", "version": str.__len__}),
    "projects": Question(
        "projects", {},
        data({"id": "default", "name": "default", "organization": {"id": str.__len__, "name": str.__len__}}),
    ),
    "trace": Question(
        "trace", {"id_in_path": "$question"},
        QUESTION
        | {"observations": lambda each: {e["name"] for e in each} == {"question", "look up", "answer", "noted"}}
        | {"scores": lambda each: {e["id"] for e in each} >= {"s-accuracy", "s-helpful"}},
    ),
    "no trace": Question("trace", {"id_in_path": "0" * 32}, refused(404)),
    "session": Question(
        "session", {"id_in_path": "chat-1"},
        {"id": "chat-1", "projectId": "default", "environment": "testing",
         "traces": lambda each: [e["id"] for e in each] == ["$question", "$follow-up"]},
    ),
    "no session": Question("session", {"id_in_path": "nowhere"}, refused(404)),
    "observation v1": Question("observation v1", {"id_in_path": "$answer"}, ANSWER_V1),
    "no observation": Question("observation v1", {"id_in_path": "0" * 16}, refused(404)),
    "score v2": Question("score v2", {"id_in_path": "s-accuracy"}, ACCURACY | {"traceId": "$question"}),
    "score v2 of a session": Question("score v2", {"id_in_path": "s-mood"}, {"stringValue": "glad"}),
    "no score": Question("score v2", {"id_in_path": "s-gone"}, refused(404)),
    "no medium": Question("media", {"id_in_path": "$media"}, refused(404)),
    "create project": Question("create project", {"name": "mine", "retention": 0}, _KEYLESS),
    "update project": Question("update project", _HERE | {"name": "mine"}, _KEYLESS),
    "delete project": Question("delete project", _HERE, _KEYLESS),
    "project keys": Question("project keys", _HERE, _KEYLESS),
    "create project key": Question("create project key", _HERE, _KEYLESS),
    "delete project key": Question("delete project key", _HERE | {"other_id_in_path": "key"}, _KEYLESS),
    **{
        f"{endpoint} {name}".strip(): Question(endpoint, asked, answer)
        for endpoint, questions in _MANY.items()
        for name, asked, answer in questions
    },
}  # fmt: skip
"""All questions by name."""
