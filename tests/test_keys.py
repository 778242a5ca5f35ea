"""Who calls, by Authorization: pairs, tokens, the operator, and everything that is nobody's."""

from __future__ import annotations

import base64
import hmac
import logging

import pytest

from sidetrace.config import Config
from sidetrace.errors import Unauthorized, meaning
from sidetrace.keys import Caller, Keyring, Secret

PROJECTS = {
    "shop": {"public_key": "pk-shop", "secret_key": "sk-shop", "bearer_token": "tok-shop"},
    "lab": {"public_key": "pk-lab", "secret_key": "sk:with:colons"},
    "mill": {"bearer_token": "tok-mill"},
}
OPERATOR = "token-of-the-operator"


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(Config.model_validate({"projects": PROJECTS}).projects, OPERATOR)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "project"),
    [
        (basic("pk-shop:sk-shop"), "shop"),
        (basic("pk-lab:sk:with:colons"), "lab"),
        (basic("pk-shop:sk-shop").replace("Basic", "bAsIc"), "shop"),
        (basic("pk-shop:sk-shop").replace(" ", "  ") + " ", "shop"),
        ("Bearer tok-shop", "shop"),
        ("bearer tok-mill", "mill"),
    ],
)
def test_a_key_is_its_projects(keyring: Keyring, authorization: str, project: str) -> None:
    assert keyring.caller(authorization) == Caller(project, operator=False)
    assert keyring.project(authorization) == project


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic ?",
        "Basic cGstc2hvcA",
        basic(""),
        basic(":"),
        basic("pk-shop"),
        basic("pk-shop:"),
        basic(":sk-shop"),
        basic("pk-shop:sk-lab"),
        basic("pk-shop:sk-shop "),
        basic("pk-shop:sk-shop\0"),
        basic("PK-shop:sk-shop"),
        basic("pk-lab:sk"),
        basic("sk-shop:pk-shop"),
        basic("pk-mill:"),
        basic("tok-shop:tok-shop"),
        basic(f"{OPERATOR}:{OPERATOR}"),
        "Basic /////w==",
        "Bearer",
        "Bearer ",
        "Bearer tok-sho",
        "Bearer tok-shop,",
        "Bearer sk-shop",
        "Bearer pk-shop",
        "Bearer tok-sh\xf6p\udcff",
        "Digest tok-shop",
        "tok-shop",
        "Bearer\ttok-shop",
    ],
)
def test_everything_else_is_nobodys_and_is_never_shown(
    keyring: Keyring, authorization: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for ask in (keyring.caller, keyring.project):
        with pytest.raises(Unauthorized) as caught:
            ask(authorization)
        assert meaning(caught.value)[:2] == (401, 16)
        assert not [text for text in ("shop", "lab", "mill", OPERATOR) if text in str(caught.value)]
    assert caplog.text == ""


def test_a_public_key_alone_is_enough_only_where_it_is_said_to_be(keyring: Keyring) -> None:
    assert keyring.caller("Bearer pk-lab", by_public_key=True) == Caller("lab", operator=False)
    for authorization in ("Bearer pk-mill", "Bearer ", basic("pk-lab:")):
        with pytest.raises(Unauthorized):
            keyring.caller(authorization, by_public_key=True)


def test_the_operator_has_no_project(keyring: Keyring) -> None:
    assert keyring.caller(f"Bearer {OPERATOR}") == Caller("", operator=True)
    with pytest.raises(Unauthorized):
        keyring.project(f"Bearer {OPERATOR}")
    with pytest.raises(Unauthorized):
        Keyring(Config.model_validate({"projects": PROJECTS}).projects).caller("Bearer ")


@pytest.mark.parametrize("authorization", [None, "Basic ?", "Bearer x", basic("pk:sk"), "anything"])
def test_without_projects_everybody_is_the_one_project_and_the_operator(authorization: str | None) -> None:
    assert Keyring({}).caller(authorization) == Caller("default", operator=True)
    assert Keyring({}, OPERATOR).project(authorization) == "default"


@pytest.mark.parametrize("authorization", [basic("pk-shop:sk-shop"), basic("x:y"), "Bearer tok-shop", "Bearer x"])
def test_every_project_is_compared_with_by_digest_whoever_calls(
    keyring: Keyring, authorization: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    own = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return own(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    try:
        keyring.caller(authorization)
    except Unauthorized:
        assert "shop" not in authorization
    assert len(compared) == 2 * len(PROJECTS) + authorization.startswith("Bearer"), "the operator's token too"
    assert {len(digest) for pair in compared for digest in pair} == {32}


def test_a_keyring_and_a_secret_show_nothing(keyring: Keyring) -> None:
    assert repr(Secret("sk-shop")) == str(Secret("sk-shop")) == "Secret(…)"
    told = str(vars(keyring))
    assert not [text for text in ("sk-", "tok-", "pk-", OPERATOR) if text in told]
