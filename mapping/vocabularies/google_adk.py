"""Google ADK, 1.x (`call_llm`, `gcp.vertex.agent.*`) and 2.x (`generate_content`, GenAI keys).

Recognised by the keys; kinds of 1.x by span name under scope `gcp.vertex.agent`. Cached tokens and thoughts are parts
of `usage_metadata` in the response: `candidates_token_count`, which 1.x sends as the output, leaves thoughts out, as
the total shows. Where 2.x sends `generate_content` below `call_llm`, both carry the usage; the store counts it once.
Source: google-adk 1.18 and 2.13 `telemetry/`; attributes.md, sections 2, 3.2 and 4.10.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..readers import offer_counts, offer_parameters, unless
from ..values import mapping, present, text
from ..vocabulary import Hook, Row, Vocabulary, scope

REQUEST, RESPONSE = "gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"

KINDS = {
    "invocation": "CHAIN", "agent_run": "AGENT", "invoke_agent": "AGENT", "call_llm": "GENERATION",
    "execute_tool": "TOOL",
}  # fmt: skip
"""Types by the first word of the span's name; a call that failed has no attribute that would tell."""

COUNTS = {
    "prompt_token_count": "input", "candidates_token_count": "output", "total_token_count": "total",
    "cached_content_token_count": "cache_read", "thoughts_token_count": "reasoning",
}  # fmt: skip
NO_PARAMETERS = frozenset({"system_instruction", "response_mime_type", "cached_content"})


def kind(found: Findings, span: Span) -> None:
    """Offer the type that the span's name tells."""
    if not found.has("type", 5):
        found.offer("type", 5, KINDS.get(span.name.partition(" ")[0]))


def call(found: Findings, span: Span) -> None:
    """Take model, usage and parameters out of the request and response of a model call."""
    request, response = mapping(span.attributes.get(REQUEST)), mapping(span.attributes.get(RESPONSE))
    if request is not None:
        found.offer("request_model", 2, text(request.get("model")))
        config = request.get("config")
        if isinstance(config, dict):
            offer_parameters(found, 5, {name: value for name, value in config.items() if name not in NO_PARAMETERS})
    if response is not None:
        found.offer("model", 2, text(response.get("model_version")))
        offer_counts(found, 4, response.get("usage_metadata"), COUNTS)


FILLED = unless(present, "{}")
"""With content off, and on spans of the other kind, ADK 1.x sends `{}`."""

ROWS = (
    Row("session_id", 6, "gcp.vertex.agent.session_id", text),
    Row("metadata.gcp.vertex.agent.invocation_id", 13, "gcp.vertex.agent.invocation_id", text),
    Row("observation_metadata.gcp.vertex.agent.event_id", 13, "gcp.vertex.agent.event_id", text),
    Row("input", 18, REQUEST, FILLED),
    Row("input", 19, "gcp.vertex.agent.tool_call_args", FILLED),
    Row("output", 18, RESPONSE, FILLED),
    Row("output", 19, "gcp.vertex.agent.tool_response", FILLED),
)

HOOKS = (
    Hook(kind, always=True, only=scope("gcp.vertex.agent")),
    Hook(call, reads=((REQUEST, "model_parameters"), (RESPONSE, "model, usage"))),
)

VOCABULARY = Vocabulary("Google ADK", ROWS, HOOKS)
