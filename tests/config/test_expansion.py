"""`${env:…}`: references, defaults, defaults in defaults, and what is literal."""

from __future__ import annotations

import pytest

from sidetrace.config.expansion import expand
from sidetrace.errors import ConfigError

ENVIRONMENT = {"A": "one", "EMPTY": "", "MONEY": "a$$b${A}", "N": "12"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${env:A}", "one"), ("${A}", "one"), ("x${env:A}y", "xoney"), ("${env:A}${env:N}", "one12"),
        ("${env:UNSET}", None), ("x${env:UNSET}", "x"), ("${env:UNSET:-}", ""), ("${env:UNSET:-d:e}", "d:e"),
        ("${env:EMPTY:-d}", ""), ("${env:A:-d}", "one"), ("${env:UNSET:-${env:A}}", "one"),
        ("${env:UNSET:-${env:TOO:-${env:N}}}", "12"), ("${env:UNSET:-a${env:A}b}c", "aonebc"),
        ("${env:UNSET:-${env:TOO}}", None), ("$A", "$A"), ("a$", "a$"), ("$$", "$"), ("$${env:A}", "${env:A}"),
        ("$$${env:A}", "$one"), ("${env:A", "${env:A"), ("a}b${env:A}", "a}bone"), ("${env:MONEY}", "a$$b${A}"),
        ("${env:UNSET:-${env:A}", "${env:UNSET:-one"), ("${env:UNSET:-a$$b}", "a$b"),
    ],
)  # fmt: skip
def test_a_text(text: str, value: str | None) -> None:
    assert expand({"k": [text]}, ENVIRONMENT) == {"k": [value]}


@pytest.mark.parametrize(
    "text", ["${}", "${env:}", "${1A}", "${A-B}", "${file:x}", "${A:-x}", "x${env:A B}", "${${A}}"]
)
def test_what_is_no_reference_is_refused_with_its_path(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^storage\.path: \$\{.* is no reference; write \$\{env:NAME\}"):
        expand({"storage": {"path": text}}, ENVIRONMENT)


@pytest.mark.parametrize(
    "place", ["projects.a", "extensions.b.c", "receivers.otlp.protocols.http.response_headers.x", "a.key_pem"]
)
def test_of_what_may_be_a_secret_nothing_is_shown(place: str) -> None:
    tree: object = "sesame${sesame!}"
    for part in reversed(place.split(".")):
        tree = {part: tree}
    with pytest.raises(ConfigError) as caught:
        expand(tree, ENVIRONMENT)
    assert "sesame" not in str(caught.value)
    assert str(caught.value).startswith(place)


def test_keys_are_not_expanded() -> None:
    assert expand({"${env:A}": 1, "$$": True}, ENVIRONMENT) == {"${env:A}": 1, "$$": True}
