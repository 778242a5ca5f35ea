"""Native spans of the Anthropic SDKs (`com.anthropic.sdk.*`) and of the Claude API (`com.anthropic.claude-platform`).

Both speak the GenAI conventions, whose rows read them; here stands what goes beyond. Input tokens include cached ones.
An instrumentation may report the same call: the store then counts one, by its response id (`Observation.native`).
`anthropic.session.id` is a resource of the API and never a session; neither are the tokens of `count_tokens` usage, nor
those of `anthropic.usage.compaction.*`, which the provider's own usage leaves out too.
Source: anthropic 2.14.0 (`_tracing.py`, `lib/_tracing/`); the API's span reference; attributes.md, section 4.20.
"""

from __future__ import annotations

from ..values import plain, present
from ..vocabulary import Row, Vocabulary, scope

NATIVE = scope("com.anthropic.sdk.*", "com.anthropic.claude-platform")

ROWS = (
    Row("output", 9, "anthropic.tool_result.content", present, only=NATIVE),
    Row("model_parameters.service_tier", 6, "anthropic.request.service_tier", plain, only=NATIVE),
    Row("model_parameters.thinking.type", 6, "anthropic.thinking.type", plain, only=NATIVE),
    Row("model_parameters.thinking.budget_tokens", 6, "anthropic.thinking.budget_tokens", plain, only=NATIVE),
)

VOCABULARY = Vocabulary("Anthropic", ROWS)
