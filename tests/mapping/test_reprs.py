from __future__ import annotations

import pytest

from sidetrace.mapping.reprs import counted, literal
from sidetrace.mapping.usage_objects import usage_counts
from sidetrace.proto.span import Value

USAGE = "{'completion_tokens': 17, 'prompt_tokens_details': {'audio_tokens': 0, 'cached_tokens': 10}, 'cost': 1.5e-05}"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("{'a': 1, 'b': None, 'c': [True, (1, 'x')]}", {"a": 1, "b": None, "c": [True, [1, "x"]]}),
        ('{"a": null}', {"a": None}),
        ("{'it': \"it's\"}", {"it": "it's"}),
        ("{}", None),
        ("", None),
        ("plain words", None),
        ("['a']", None),
        (5, None),
    ],
)
def test_a_dict_written_as_python_does(text: Value, read: object) -> None:
    assert literal(text) == read


@pytest.mark.parametrize(
    "hostile",
    [
        "{'a': " + "-" * 3900 + "1}",
        "{'a': " + "1+" * 1900 + "1}",
        "{" * 2000 + "}" * 2000,
        "{'a': " + "[" * 1900 + "]" * 1900 + "}",
        "{'a': " + "9" * 3900 + "}",
        "{'a': __import__('os')}",
        "{'a': {1, 2}}",
        "{'a': b'x'}",
        "{1: 2}",
        "{'a': '\\ud800'}",
        "{'a': '" + "x" * 4000 + "'}",
    ],
)
def test_what_json_cannot_hold_or_is_no_literal_is_no_value(hostile: str) -> None:
    assert literal(hostile) is None


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("cached_tokens",), 10),
        (("reasoning_tokens",), None),
        (("cost",), None),
        (("missing", "completion_tokens"), 17),
        (("tokens",), None),
    ],
)
def test_counts_by_name(names: tuple[str, ...], found: int | None) -> None:
    assert counted(*names)(USAGE) == found


def test_counts_in_what_is_no_text() -> None:
    assert counted("a")({"a": 1}) is None


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        # OpenAI's chat and Responses, LangChain, Anthropic, MLflow
        (
            {"prompt_tokens": 42, "completion_tokens": 17, "total_tokens": 59,
             "prompt_tokens_details": {"cached_tokens": 10, "audio_tokens": 2},
             "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 1}},
            {"input": 42, "output": 17, "total": 59, "cache_read": 10, "input_audio": 2, "reasoning": 5,
             "output_audio": 1},
        ),
        (
            '{"input_tokens": 42, "output_tokens": 17, "input_tokens_details": {"cached_tokens": 10,'
            ' "cache_write_tokens": 3}, "output_tokens_details": {"reasoning_tokens": 5}}',
            {"input": 42, "output": 17, "cache_read": 10, "cache_write": 3, "reasoning": 5},
        ),
        (
            {"input_tokens": 42, "output_tokens": 17, "input_token_details": {"cache_read": 10, "cache_creation": 3},
             "output_token_details": {"reasoning": 5}},
            {"input": 42, "output": 17, "cache_read": 10, "cache_write": 3, "reasoning": 5},
        ),
        (
            {"input_tokens": 2, "cache_read_input_tokens": 10, "cache_creation_input_tokens": 3,
             "cache_creation": {"ephemeral_1h_input_tokens": 3}, "output_tokens": 17},
            {"input": 2, "cache_read": 10, "cache_write": 3, "output": 17},
        ),
        ({"input_tokens": "many", "output_tokens": -1, "details": {"cached_tokens": 1}}, {}),
        ("[]", {}),
        (None, {}),
    ],
)  # fmt: skip
def test_usage_objects(usage: Value, counts: dict[str, int]) -> None:
    assert usage_counts(usage) == counts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{'b': 3, 'a': 4}", 3),
        ("{'a': None, 'b': {'a': 5}}", 5),
        ("{'a': None, 'b': {'a': 5}, 'bb': 6}", 5),
        ("{'a': 'x', 'b': 7}", 7),
        ("{'xa': 1, 'a': 2}", 2),
        ("{'a': None}", None),
    ],
)
def test_of_several_names_the_first_that_has_a_count_counts(text: str, found: int | None) -> None:
    assert counted("a", "b")(text) == found
