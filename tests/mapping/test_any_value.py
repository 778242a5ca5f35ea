"""Whatever a sender puts into an attribute: never an exception, never a lost span, always rows that can be stored."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidetrace.mapping.vocabularies import vocabularies
from sidetrace.proto import decode
from sidetrace.proto.span import Scope, Value
from sidetrace.storage.sqlite.store import SqliteStore

from .reading import read

ROWS = [row for vocabulary in vocabularies() for row in vocabulary.rows]
READS = [read for vocabulary in vocabularies() for hook in vocabulary.hooks for read in hook.reads]
KEYS = sorted(
    {key.replace("#", "0").replace("*", "x") for key in [*(row.key for row in ROWS), *(key for key, _ in READS)]}
)
EVENTS = sorted({name for vocabulary in vocabularies() for hook in vocabulary.hooks for name, _ in hook.events})
CAPTURES = Path(__file__).resolve().parents[2].parent / "shared" / "captures"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), texts, st.binary(max_size=8)
)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
json_texts = values.map(lambda value: orjson.dumps(value, default=str).decode())
attribute_values = st.one_of(values, json_texts, st.sampled_from(["[" * 3000, '{"a":' * 3000, "1e999", "-1", "NaN"]))
scopes = st.sampled_from([Scope(), Scope("langfuse-sdk", "5.0.4"), Scope("langfuse-sdk", "x.y")])


@settings(max_examples=400, deadline=None)
@given(
    attributes=st.dictionaries(st.one_of(st.sampled_from(KEYS), texts), attribute_values, max_size=8),
    resource=st.dictionaries(st.sampled_from(KEYS), values, max_size=3),
    scope=scopes,
)
def test_any_value_under_any_key_is_mapped(
    attributes: dict[str, Value], resource: dict[str, Value], scope: Scope
) -> None:
    # such values do not fit JSON, so a decoder would keep their bytes as well
    o = read(attributes, resource=resource, scope=scope, wire=b"kept")
    o.span.resource.wire = b"kept"
    assert not o.problems
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "any.db", synchronous="off")
        try:
            assert store.write("default", [o], []).result(30).stored == 1
            assert store.sql("SELECT count(*) FROM observations WHERE json_valid(attributes)").rows == [(1,)]
            store.sql("SELECT * FROM traces")
        finally:
            store.close()


@pytest.mark.parametrize("body", sorted(CAPTURES.rglob("*.traces.pb")), ids=lambda path: "/".join(path.parts[-3:]))
def test_every_captured_span_is_read_without_a_problem(body: Path) -> None:
    decoded = decode(body.read_bytes(), json=False)
    assert decoded.spans
    for span in decoded.spans:
        assert read(span.attributes, resource=span.resource.attributes, scope=span.scope).problems == ()


def test_there_are_captures() -> None:
    assert len(list(CAPTURES.rglob("*.traces.pb"))) > 30
