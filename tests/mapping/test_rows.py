"""Rows of a vocabulary: a field that does not exist is found out when the rows are put together."""

from __future__ import annotations

import pytest

from sidetrace.mapping import mapper
from sidetrace.mapping.dictionary import Dictionary
from sidetrace.mapping.mapper import Mapper
from sidetrace.mapping.values import text
from sidetrace.mapping.vocabulary import Row, Vocabulary


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("sesion_id", "k"),
        ("", "k"),
        ("sesion_id", "k.*"),
        ("metadatas.*", "k.*"),
        ("usage.inputs", "k"),
        ("usage.*", "k.*"),
        ("metadata.*", "k"),
        ("names", "k"),
        ("metadata.", "k"),
        ("cost.tokens", "k"),
    ],
)
def test_an_unknown_field_is_refused_by_the_name_of_its_row(field: str, key: str) -> None:
    with pytest.raises(ValueError, match="field") as refused:
        Dictionary([Row(field, 1, key, text)])
    assert f"field={field!r}, tier=1, key={key!r}" in str(refused.value)


def test_a_vocabulary_with_a_typo_makes_no_mapper(monkeypatch: pytest.MonkeyPatch) -> None:
    typo = Vocabulary("typo", (Row("inputs", 1, "k", text),))
    monkeypatch.setattr(mapper, "vocabularies", lambda: (typo,))
    with pytest.raises(ValueError, match="inputs"):
        Mapper()


def test_a_configured_field_with_a_typo_makes_no_mapper() -> None:
    with pytest.raises(ValueError, match="sesion_id"):
        Mapper({"sesion_id": ["k"]})
