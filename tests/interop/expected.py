"""What must be stored of the calls that the stub answered, whatever the vocabulary they came in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..running import Running
from .stub import ANSWER, ARGUMENTS, CACHED, COST, EMBEDDING_COST, INPUT, OUTPUT, REASONING, TOTAL, Stub

QUESTION = "What is the weather in Paris?"
MODEL = "gpt-4o-mini"

SYSTEM = [("system", "You know the weather.")]
ASKED = [("user", QUESTION)]
CALLED = [("assistant", ("get_weather", ARGUMENTS))]
TOLD = [("tool", "Paris: sunny, 21 degrees")]
ANSWERED = [("assistant", ANSWER)]
"""What is said on the way to the answer, by role: text, a call of a tool, or the text that a tool gave back."""

CACHE = {"input": INPUT - CACHED, "input_cached_tokens": CACHED}
REASON = {"output": OUTPUT - REASONING, "output_reasoning_tokens": REASONING}
"""The usage of a call, in kinds that never overlap."""


def generations(server: Running, stub: Stub, path: str = "/chat/completions") -> list[Any]:
    """Return the model calls by start: one for each that the stub answered, with the stub's model and tokens."""
    listed = server.rows("observations", type="GENERATION", orderBy="startTime.asc")
    calls = [observation for observation in listed if observation["level"] != "ERROR"]
    assert len(calls) == stub.answers(path), [(o["name"], o["usageDetails"]) for o in calls]
    for call in calls:
        assert call["model"] == MODEL
        assert (call["promptTokens"], call["completionTokens"], call["totalTokens"]) == (INPUT, OUTPUT, TOTAL)
    return calls


def check_conversation(server: Running, called: Any, answered: Any, offers: bool = True) -> None:
    """Check the messages of the model call that calls the tool and of the one that answers.

    `offers`: whether the sender tells which tools the model was offered.
    """
    first, second = (server.ask(f"/api/observations/{call['id']}/messages") for call in (called, answered))
    assert said(first["input"]) == SYSTEM + ASKED
    assert said(first["output"]) == CALLED
    assert [tool["name"] for tool in first["tools"]] == ["get_weather"] * offers
    assert said(second["input"]) == SYSTEM + ASKED + CALLED + TOLD
    assert said(second["output"]) == ANSWERED


def said(messages: list[Any]) -> list[tuple[str, Any]]:
    """Return what messages say, part by part, each with its role."""
    return [(message["role"], _part(part)) for message in messages for part in message["parts"]]


def _part(part: Any) -> Any:
    match part["type"]:
        case "text":
            return part["text"]
        case "tool_call":
            return part["name"], part["arguments"]
        case "tool_result":
            return part["result"]
        case _:
            return part


def details(observation: Any) -> dict[str, int]:
    """Return the kinds of tokens that an observation used, without their total."""
    return {kind: number for kind, number in observation["usageDetails"].items() if number and kind != "total"}


def counts(totals: Any, calls: int, embeddings: int = 0) -> bool:
    """Say whether a session, trace or user has the tokens of so many calls, none of them twice."""
    tokens = totals["inputTokens"], totals["outputTokens"], totals["totalTokens"]
    return tokens == (calls * INPUT + embeddings * INPUT, calls * OUTPUT, calls * TOTAL + embeddings * INPUT)


def costs(totals: Any, calls: int, embeddings: int = 0) -> bool:
    """Say whether a session, trace or user costs what so many calls cost."""
    return bool(totals["totalCost"] == pytest.approx(calls * COST + embeddings * EMBEDDING_COST, rel=1e-3))


def asks(observation: Any) -> bool:
    """Say whether an observation or trace was asked the question."""
    return QUESTION in json.dumps(observation["input"])


def answers(observation: Any) -> bool:
    """Say whether an observation or trace gave the answer."""
    return ANSWER in json.dumps(observation["output"])


def calls_the_tool(observation: Any) -> bool:
    """Say whether an observation called the tool."""
    return "get_weather" in json.dumps(observation["output"])


def types(trace: Any) -> list[tuple[str, str]]:
    """Return the names and types of a trace's observations, in alphabetical order."""
    return sorted((observation["name"], observation["type"]) for observation in trace["observations"])
