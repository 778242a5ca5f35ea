"""The Langfuse SDKs, whole: all they can tell and ask about traces, observations, sessions, scores and metrics."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import urlopen

import pytest

from ..running import Running
from .conftest import Talk
from .langfuse_questions import QUESTIONS
from .patterns import holds

V1 = {"observations v1", "observation v1", "metrics v1"}
V2 = {"scores v2", "score v2"}
TRACES = {"traces", "trace", "sessions", "session"}
ALWAYS = {
    "health", "projects", "media", "observations v2", "metrics v2", "create project", "update project",
    "delete project", "project keys", "create project key", "delete project key",
}  # fmt: skip
ASKS = {
    "langfuse-3": ALWAYS | TRACES | V1 | V2,
    "langfuse-4": ALWAYS | TRACES | V1 | V2 | {"scores v3"},
    "langfuse-5": ALWAYS | {"scores v3"},
    "langfuse-js-4": ALWAYS | TRACES | V1 | V2,
    "langfuse-js": ALWAYS | TRACES | V1 | V2 | {"scores v3"},
}
"""Which questions each has a method for."""


@pytest.mark.parametrize(
    ("environment", "program", "host"),
    [
        ("langfuse-3", "langfuse_whole.py", "LANGFUSE_HOST"),
        ("langfuse-4", "langfuse_whole.py", "LANGFUSE_BASE_URL"),
        ("langfuse-5", "langfuse_whole.py", "LANGFUSE_HOST"),
        ("langfuse-js-4", "langfuse_whole.mjs", "LANGFUSE_BASEURL"),
        ("langfuse-js", "langfuse_whole.mjs", "LANGFUSE_BASE_URL"),
    ],
)
def test_all_of_it(server: Running, talk: Talk, environment: str, program: str, host: str) -> None:
    given = {"questions": {name: (question.endpoint, question.arguments) for name, question in QUESTIONS.items()}}
    variables = {"LANGFUSE_HOST": None, "LANGFUSE_BASE_URL": None, host: server.url}
    variables |= {"LANGFUSE_TRACING_ENVIRONMENT": "testing", "LANGFUSE_RELEASE": "r1"}
    variables |= {"PYTHONWARNINGS": "ignore::DeprecationWarning"}  # version 3 has some for its own methods
    seen = talk(program, environment, given, variables)

    assert (seen["log"], seen["log of the end"]) == ([], []), "what the SDK warns of"
    assert seen["left"] == [], "methods that were not tried"
    assert seen["auth"] is True
    check_answers(seen, environment)
    assert seen["url"] == f"{server.url}/project/default/traces/{seen['ids']['question']}"
    with urlopen(seen["url"]) as page:
        assert (page.status, page.headers.get_content_type()) == (200, "text/html")
        assert "<title>question" in page.read().decode()
    assert all(isinstance(answer["message"], str) for answer in seen["deleted"]), seen["deleted"]
    assert [answer.get("refused") or answer["data"] for answer in seen["after"]] == (
        [[]] * 3 if environment == "langfuse-5" else [404, [], [], []]
    )
    assert seen["prompt"] == "Hello Ada"
    assert seen["no prompt"][0] == 404
    assert seen["resolved"] is True
    assert all("greeting" in line or "langfuseMedia" in line for line in seen["log of what is not kept"])
    check_what_is_stored(server, seen["ids"])


def check_answers(seen: dict[str, Any], environment: str) -> None:
    """Check all answers, and say of all that are wrong which and how."""
    wanted = {name for name, question in QUESTIONS.items() if question.endpoint in ASKS[environment]}
    assert seen["answers"].keys() == wanted
    assert seen["differs"] == [], "what the asynchronous client was answered otherwise"
    text = json.dumps(seen["answers"])
    for name, value in seen["ids"].items():
        text = text.replace(value, f"${name}")
    wrong = {}
    for name, answer in json.loads(text).items():
        try:
            holds(QUESTIONS[name].answer, answer)
        except (AssertionError, LookupError, TypeError, ValueError) as error:
            wrong[name] = f"{QUESTIONS[name].arguments}: {error!r}\n    {json.dumps(answer)[:600]}"
    assert not wrong, "\n".join(f"{name}: {what}"[:1500] for name, what in wrong.items())


def check_what_is_stored(server: Running, ids: dict[str, str]) -> None:
    """Check what no version has a method for."""
    doctor = server.doctor()
    assert (doctor["rejected"], doctor["rejections"], doctor["problems"]) == (0, [], []), doctor
    assert {session["id"] for session in server.rows("sessions")} == {"chat-1", "pictures"}, "one was deleted"
    assert {user["id"] for user in server.rows("users")} == {"ada", "bob"}
    chat = server.one("sessions", "chat-1")
    assert (chat["countTraces"], chat["countObservations"], chat["errorCount"]) == (2, 8, 1)
    assert (chat["userIds"], chat["tags"], chat["metadata"]["plan"]) == (["ada", "bob"], ["beta", "weather"], "pro")
    (picture,) = server.rows("observations", name="picture")
    assert picture["input"]["image"].startswith(f"@@@langfuseMedia:type=image/png|id={ids['media']}|source=")
    (seen,) = server.rows("observations", name="seen")
    assert "base64," not in json.dumps(seen["input"])
    assert "@@@langfuseMedia:type=image/png" in json.dumps(seen["input"])
