"""Spring AI (Micrometer's bridge, scope `org.springframework.boot`): GenAI keys and `spring.ai.*`.

Every value is text, and "none" stands for a missing one; so what was read from GenAI keys is put right here. Prompts
and answers go to the application's log, not to spans. The conversation id is the chat memory's.
Source: spring-ai `AiObservationAttributes.java`, `*ObservationDocumentation.java`; attributes.md, sections 2 and 4.14.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..readers import one_of, unless
from ..values import present, scalar, text
from ..vocabulary import Hook, Row, Vocabulary, scope

KINDS = one_of({"chat_client": "CHAIN", "advisor": "CHAIN", "tool_call": "TOOL"})
NONE = "none"


def store(found: Findings, span: Span) -> None:
    """Offer the type of a vector store's operation: one that searches is a retriever."""
    if span.attributes.get("spring.ai.kind") == "vector_store":
        found.offer("type", 3, "RETRIEVER" if span.attributes.get("db.operation.name") == "query" else "SPAN")


def put_right(found: Findings, span: Span) -> None:
    """Forget what "none" gave, and read numbers and lists among the parameters for what they are."""
    for field in ("model", "request_model", "provider", "response_id"):
        if found.get(field) == NONE:
            found.drop(field)
    found.offer("model", 3, unless(text, NONE)(span.attributes.get("gen_ai.request.model")))
    for name, value in list(found.parameters.items()):
        if value == NONE:
            found.drop(f"model_parameters.{name}")
        elif isinstance(value, str):
            found.parameters[name] = scalar(value)


ROWS = (
    Row("session_id", 6, "spring.ai.chat.client.conversation.id", unless(text, NONE)),
    Row("type", 3, "spring.ai.kind", KINDS),
    Row("name", 5, "spring.ai.tool.definition.name", unless(text, NONE)),
    Row("input", 35, "spring.ai.tool.call.arguments", unless(present, NONE)),
    Row("input", 35, "db.vector.query.content", unless(present, NONE)),
    Row("output", 35, "spring.ai.tool.call.result", unless(present, NONE)),
    Row("output", 35, "db.vector.query.response.documents", unless(present, NONE)),
)

HOOKS = (
    Hook(store, reads=(("spring.ai.kind", "type"),)),
    Hook(
        put_right,
        reads=(("gen_ai.*", "model, model_parameters, provider"),),
        only=scope("org.springframework.boot*"),
    ),
)

VOCABULARY = Vocabulary("Spring AI", ROWS, HOOKS)
