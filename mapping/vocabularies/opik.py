"""Comet Opik: `opik.*` and a bare `thread_id`, on spans of any scope.

Source: comet-ml/opik `domain/mapping/otel/*.java`; attributes.md, sections 2 and 4.19.
"""

from __future__ import annotations

from ..values import structure, text, words
from ..vocabulary import Row, Vocabulary

ROWS = (
    Row("session_id", 7, "thread_id", text),
    Row("tags", 10, "opik.tags", words),
    Row("metadata", 9, "opik.metadata", structure),
    Row("metadata.*", 9, "opik.metadata.*", structure),
)

VOCABULARY = Vocabulary("Opik", ROWS)
