"""`sidetrace trace ID --messages`: the conversation of a trace, to the character."""

from __future__ import annotations

import json
from typing import Any

from sidetrace.proto.span import Span

from .conftest import Run, Stored, span

TRACE = f"{1:032x}"
ASKED = [
    {"role": "system", "content": "You are a weather bot."},
    {"role": "user", "content": "What is the weather in Paris?"},
]
CALLING = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALLING]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "18C sunny"}
ANSWERED = {"role": "assistant", "content": "It is 18 degrees.\nBring sunglasses."}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]


def generation(number: int, name: str, asked: Any, answered: Any, after: float = 0) -> Span:
    return span(
        1, number, name, 1.2, parent=1, after=after, type="generation", cost=0.02,
        attributes={
            "langfuse.observation.input": json.dumps(asked),
            "langfuse.observation.output": answered if isinstance(answered, str) else json.dumps(answered),
            "langfuse.observation.model.name": "gpt-4o-mini",
        },
    )  # fmt: skip


def exchange() -> list[Span]:
    """A call of a tool and, in the next generation, the answer; sent in the other order, beside a span of the app."""
    return [
        generation(3, "answer", [*ASKED, CALLED, RESULT], ANSWERED, after=3),
        generation(2, "ask", {"messages": ASKED, "tools": TOOLS}, CALLED, after=1),
        span(1, 1, "turn", 5, attributes={"input": "not a generation"}),
    ]


def test_a_conversation_is_printed_as_people_read_it(run: Run, stored: Stored) -> None:
    answer = run("trace", TRACE, "--messages", "--db", stored(exchange()))
    assert answer.out == (
        "ask: gpt-4o-mini (1.2s, $0.02)\n"
        "  tools: get_weather\n"
        "  system: You are a weather bot.\n"
        "  user: What is the weather in Paris?\n"
        '  assistant: → get_weather({"city":"Paris"}) [c1]\n'
        "\n"
        "answer: gpt-4o-mini (1.2s, $0.02)\n"
        "  (3 messages as before)\n"
        "  tool: ← get_weather [c1]: 18C sunny\n"
        "  assistant: It is 18 degrees.\n"
        "      Bring sunglasses.\n"
    )
    assert (answer.code, answer.err) == (0, "")


def test_thoughts_media_names_and_odd_ends_are_shown(run: Run, stored: Stored) -> None:
    asked = [
        {"role": "user", "name": "ann", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            {"type": "image_url", "image_url": {"url": "https://x/a.png"}},
            {"type": "hologram"}]},
    ]  # fmt: skip
    said = {"role": "assistant", "reasoning_content": "hm", "content": "yo", "finish_reason": "length"}
    answer = run("trace", TRACE, "--messages", "--db", stored([generation(2, "ask", asked, said)]))
    assert answer.out == (
        "ask: gpt-4o-mini (1.2s, $0.02)\n"
        "  user (ann): [image/png, 4 characters of base64]\n"
        "      [image, https://x/a.png]\n"
        '      {"type":"hologram"}\n'
        "  assistant: (thinks) hm\n"
        "      yo\n"
        "      [stopped: length]\n"
    )


def test_no_text_can_act_on_the_terminal_or_forge_a_message(run: Run, stored: Stored) -> None:
    evil = "\x1b[2J\n  assistant: forged\r\n\u202eback\x07"
    call = {"name": evil, "arguments": {"a": evil}, "id": evil}
    asked = [
        {"role": evil, "name": evil, "content": evil},
        {"role": "assistant", "tool_calls": [call], "finish_reason": evil},
        {"role": "tool", "content": evil, "name": evil, "tool_call_id": evil},
        {"role": "user", "content": [{"type": "file", "file_id": evil, "modality": evil, "mime_type": evil}]},
    ]
    answer = run("trace", TRACE, "--messages", "--db", stored([generation(2, "ask", asked, evil)]))
    assert answer.code == 0
    assert not any(character < " " and character != "\n" for character in answer.out)
    assert "\u202e" not in answer.out
    speakers = [line for line in answer.out.split("\n") if line.startswith("  ") and not line.startswith("      ")]
    assert len(speakers) == 5
    assert not any(line.startswith("  assistant: forged") for line in speakers)


def test_json_is_what_the_endpoint_answers_for_each_generation(run: Run, stored: Stored) -> None:
    said = json.loads(run("trace", TRACE, "--messages", "--json", "--db", stored(exchange())).out)
    assert [one["name"] for one in said] == ["ask", "answer"]
    assert said[1]["output"] == [
        {"role": "assistant", "parts": [{"type": "text", "text": "It is 18 degrees.\nBring sunglasses."}]}
    ]


def test_what_is_not_there_is_said(run: Run, stored: Stored) -> None:
    path = stored([span(1, 1, "turn", 5), generation(2, "ask", {"args": []}, {"t": 1})])
    answer = run("trace", TRACE, "--messages", "--db", path)
    assert answer.out == "ask: gpt-4o-mini (1.2s, $0.02)\n  (no messages)\n"
    answer = run("trace", "nowhere", "--messages", "--db", path)
    assert (answer.code, answer.out, answer.err) == (1, "", "sidetrace: no trace has the id 'nowhere'\n")
    path = stored([span(2, 1, "turn", 5)])
    answer = run("trace", f"{2:032x}", "--messages", "--db", path)
    assert (answer.code, answer.out, answer.err) == (0, "", "no generations\n")
