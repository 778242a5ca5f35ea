"""LiteLLM's callbacks `otel` (versions 1 and 2) and `langfuse_otel` (scope `litellm`), from the library and the proxy.

Version 1 flattens its bookkeeping into `metadata.*`: most of it empty, some of it Python's `repr`; what the app itself
gave is inside `metadata.requester_metadata`. Its output messages leave tool calls out, which stand beside them under
`gen_ai.completion.N.function_call.*`. `raw_gen_ai_request` spans repeat the call under `llm.<provider>.*` and count for
nothing. `langfuse_otel` speaks OpenInference and Langfuse, whose rows read it. `litellm.trace_id` is never a session.
Input tokens include cached ones. Of several costs the total counts; those of cached and reasoning tokens are parts.
Source: litellm 1.109.1 `integrations/opentelemetry.py`, `integrations/otel/`, `integrations/langfuse/langfuse_otel.py`;
attributes.md, sections 2, 3 and 4.8.
"""

from __future__ import annotations

from ...proto.span import Span, Value
from ..findings import Findings, Made
from ..flat import gather
from ..observation import Json
from ..providers import LOCAL
from ..readers import marks, member
from ..reprs import counted, literal
from ..values import flag, nano_dollars, nothing, parse, plain, present, structure, text, to_json
from ..vocabulary import Hook, Row, Vocabulary, scope

LITELLM = scope("litellm", "litellm.*")

CALL_TYPES = {
    "completion": "GENERATION", "text_completion": "GENERATION", "responses": "GENERATION",
    "anthropic_messages": "GENERATION", "generate_content": "GENERATION", "image_generation": "GENERATION",
    "image_edit": "GENERATION", "transcription": "GENERATION", "speech": "GENERATION", "ocr": "GENERATION",
    "embedding": "EMBEDDING", "rerank": "RETRIEVER", "search": "RETRIEVER", "vector_store_search": "RETRIEVER",
    "call_mcp_tool": "TOOL",
}  # fmt: skip
"""LiteLLM's calls; the asynchronous ones have an `a` before them."""

BOOKKEEPING = (
    "applied_guardrails", "cold_storage_object_key", "kubernetes_pod_routing", "mcp_tool_call_metadata",
    "prompt_management_metadata", "requester_custom_headers", "routing_decision", "used_client_oauth_token",
    "user_agent", "user_api_key_auth_metadata", "user_api_key_budget_reset_at", "user_api_key_hash",
    "user_api_key_max_budget", "user_api_key_request_route", "user_api_key_spend", "user_api_key_team_max_budget",
    "user_api_key_team_spend", "user_api_key_user_max_budget", "user_api_key_user_spend",
    "vector_store_request_metadata",
)  # fmt: skip
"""What LiteLLM notes for itself under `metadata.*`; it stays in the attributes and is no metadata."""

PARAMETERS = ("max_tokens", "temperature", "top_p")

COMPLETION = "gen_ai.completion."


def call_type(value: Value) -> str | None:
    """Return the observation type of a LiteLLM call type."""
    if not isinstance(value, str):
        return None
    return CALL_TYPES.get(value) or CALL_TYPES.get(value.removeprefix("a"))


def tool_calls(found: Findings, span: Span) -> None:
    """Put the tool calls of an answer into its messages, unless those have them."""
    if found.has("output", 1):
        return
    parts = [part for call in _listed(gather(span.attributes, COMPLETION)) for part in _parts(call)]
    given = _listed(structure(span.attributes.get("gen_ai.output.messages")))
    messages = [message for message in given if isinstance(message, dict)]
    if not parts or any(_calls(message) for message in messages):
        return
    first: dict[str, Json] = messages[0] if messages else {"role": "assistant"}
    whole: list[Json] = [{**first, "parts": [*_listed(first.get("parts")), *parts]}, *messages[1:]]
    found.offer("output", 1, Made(to_json(whole)))


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _parts(call: Json) -> list[Json]:
    """Return the calls at one place of the flattened answer, as parts of a message."""
    if not isinstance(call, dict):
        return []
    inside = [member.get("function", member) for member in _listed(call.get("tool_calls")) if isinstance(member, dict)]
    parts: list[Json] = []
    for function in (call.get("function_call"), *inside):
        if isinstance(function, dict) and (name := text(function.get("name"))):
            told = function.get("arguments")
            read = parse(told) if isinstance(told, str) else told
            parts.append({"type": "tool_call", "name": name, "arguments": told if read is None else read})
    return parts


def _calls(message: dict[str, Json]) -> bool:
    parts = _listed(message.get("parts"))
    return bool(message.get("tool_calls")) or any(
        isinstance(part, dict) and part.get("type") == "tool_call" for part in parts
    )


def cache_hit(found: Findings, span: Span) -> None:
    """Let an answer from LiteLLM's own cache cost nothing: whoever made the model charged nobody for it."""
    if flag(span.attributes.get("litellm.cache_hit")):
        found.offer("provider", 0, LOCAL)
        found.offer("cost.total", 8, 0)


def guardrail_cost(found: Findings, span: Span) -> None:
    """Take the cost of a guardrail, unless the model call's cost has it inside."""
    if flag(span.attributes.get("litellm.guardrail.cost_in_spend")) is False:
        found.offer("cost.total", 5, nano_dollars(span.attributes.get("litellm.cost.guardrail")))


ROWS = (
    Row("name", 1, "langfuse.generation.name", text),
    Row("type", 3, "litellm.guardrail.name", marks("GUARDRAIL")),
    Row("type", 3, "guardrail_name", marks("GUARDRAIL"), only=LITELLM),
    Row("type", 5, "litellm.call_type", call_type),
    Row("type", 5, "gen_ai.operation.name", call_type, only=LITELLM),
    Row("type", 6, "llm.request.type", call_type, only=LITELLM),
    Row("user_id", 12, "litellm.end_user.id", text),
    Row("user_id", 12, "litellm.metadata.user_api_key_end_user_id", text),
    Row("user_id", 12, "metadata.user_api_key_end_user_id", text, only=LITELLM),
    Row("user_id", 13, "llm.user", text),
    Row("metadata", 11, "metadata.requester_metadata", literal, only=LITELLM),
    Row("metadata", 11, "metadata.spend_logs_metadata", literal, only=LITELLM),
    *(Row("metadata", 11, f"metadata.{key}", nothing, only=LITELLM) for key in BOOKKEEPING),
    Row("metadata.*", 11, "litellm.metadata.*", structure),
    Row("metadata.team_id", 11, "litellm.team.id", text),
    Row("metadata.team_alias", 11, "litellm.team.alias", text),
    Row("model", 4, "llm.response.model", text, only=LITELLM),
    Row("response_id", 2, "llm.response.id", text),
    *(Row(f"model_parameters.{key}", 7, f"llm.request.{key}", plain, only=LITELLM) for key in PARAMETERS),
    *(Row(f"model_parameters.{key}", 8, f"llm.{key}", plain, only=LITELLM) for key in ("temperature", "top_p")),
    Row("output", 31, "litellm.guardrail.response", present),
    Row("output", 31, "guardrail_response", present, only=LITELLM),
    Row("usage.cache_read", 6, "metadata.usage_object", counted("cached_tokens", "cache_read_input_tokens"),
        only=LITELLM),
    Row("usage.cache_write", 6, "metadata.usage_object", counted("cache_creation_input_tokens", "cache_write_tokens"),
        only=LITELLM),
    Row("usage.reasoning", 6, "metadata.usage_object", counted("reasoning_tokens"), only=LITELLM),
    *(Row(f"cost.{kind}", 4, f"gen_ai.cost.{kind}_cost", nano_dollars) for kind in ("total", "input", "output")),
    *(Row(f"cost.{kind}", 5, f"litellm.cost.{kind}", nano_dollars) for kind in ("total", "input", "output")),
    Row("cost.total", 7, "llm.response.cost", nano_dollars),
    Row("cost.total", 7, "hidden_params", member("response_cost", nano_dollars), only=LITELLM),
)  # fmt: skip

HOOKS = (
    Hook(tool_calls, reads=((f"{COMPLETION}*", "output"),), only=LITELLM),
    Hook(cache_hit, reads=(("litellm.cache_hit", "cost"),)),
    Hook(guardrail_cost, reads=(("litellm.cost.guardrail", "cost"),)),
)

VOCABULARY = Vocabulary("LiteLLM", ROWS, HOOKS)
