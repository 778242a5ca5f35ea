"""Answers as JSON text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from sidetrace.query.encode import encode

Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(Json)
def test_what_is_encoded_reads_back(value: object) -> None:
    assert json.loads(encode(value)) == value


@given(Json)
def test_what_the_fast_encoder_refuses_reads_back_too(value: object) -> None:
    assert json.loads(encode({"large": 2**64 + 1, "value": value})) == {"large": 2**64 + 1, "value": value}


def test_depth_has_no_limit() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    assert encode(value) == b"[" * 100_001 + b"]" * 100_001


def test_bytes_are_hexadecimal_and_infinity_is_null() -> None:
    assert encode([b"\x00\xff", float("inf")]) == b'["00ff",null]'
    assert encode([b"\x00\xff", float("inf"), 2**70]) == b'["00ff",null,1180591620717411303424]'
