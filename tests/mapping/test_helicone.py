from __future__ import annotations

import pytest

from sidetrace.proto.span import Value

from .reading import claimed, read

PREFIXES = ["traceloop.association.properties.", "ai.request.headers."]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("spell", [str, str.lower])
def test_header_names_as_attributes(prefix: str, spell: type[str]) -> None:
    names: dict[str, Value] = {"Helicone-Session-Id": "s", "Helicone-User-Id": "u", "Helicone-Property-app": "shop"}
    o = read({f"{prefix}{spell(name)}": value for name, value in names.items()})
    assert claimed(o) == {"session_id": "s", "user_id": "u", "metadata.app": "shop"}
    assert o.metadata == {"app": "shop"}


@pytest.mark.parametrize("key", ["llm.headers", "gen_ai.headers"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_headers_as_one_text(key: str, quote: str) -> None:
    sent = (
        "{'Helicone-Auth': 'Bearer k', 'Helicone-Session-Id': 's', 'helicone-user-id': 'u', 'Helicone-Prompt-Id': 'p',"
    )
    sent += " 'Helicone-Property-Plan_1': 'pro', 'Helicone-Property-': 'x', 'Other': 'y'}"
    o = read({key: sent.replace("'", quote)})
    assert claimed(o) == {"session_id": "s", "user_id": "u", "metadata.Plan_1": "pro"}
    assert o.prompt_name == "p"
    assert not o.problems


def test_text_that_holds_none() -> None:
    for sent in ("None", "", "{'Helicone-Session-Id': ''}", "Helicone-Session-Id: s", None):
        o = read({"llm.headers": sent})
        assert claimed(o) == {}
        assert not o.problems


def test_credentials_are_read_from_no_form() -> None:
    o = read({"ai.request.headers.helicone-auth": "Bearer k", "ai.request.headers.authorization": "Bearer k"})
    assert (claimed(o), o.metadata) == ({}, {})
