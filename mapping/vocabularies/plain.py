"""Plain words that applications put on any span: `tags`, `metadata`, `metadata.*`, and bare id keys.

Bare keys are the last resort for ids, so that every real vocabulary goes before them; ids inside metadata are found by
the mapper (`IDS_IN_METADATA`). Source: attributes.md, sections 2.1 to 2.4.
"""

from __future__ import annotations

from ..values import present, structure, text, words
from ..vocabulary import Row, Vocabulary

ROWS = (
    *(
        Row("session_id", 8, key, text)
        for key in ("session_id", "sessionId", "conversation_id", "conversationId", "chat_id")
    ),
    *(Row("user_id", 15, key, text) for key in ("user_id", "userId")),
    Row("tags", 9, "tags", words),
    Row("metadata", 3, "metadata", structure),
    Row("metadata.*", 3, "metadata.*", structure),
    Row("release", 3, "release", text),
    Row("input", 50, "input", present),
    Row("output", 50, "output", present),
)

VOCABULARY = Vocabulary("Plain keys", ROWS)
