"""Microsoft Semantic Kernel, Python (scopes `semantic_kernel.*`) and .NET (`Microsoft.SemanticKernel.*`): GenAI keys.

Its own are the loop around the calls and, in older versions, names of operations and of token counts. Messages of
chat spans come in log records only. Source: semantic-kernel 1.45 and its ADR on telemetry; attributes.md, section 4.12.
"""

from __future__ import annotations

from ..readers import marks, one_of
from ..values import count
from ..vocabulary import Row, Vocabulary

OPERATIONS = one_of({"chat.completions": "GENERATION", "text.completions": "GENERATION"})

ROWS = (
    Row("type", 5, "gen_ai.operation.name", OPERATIONS),
    Row("type", 8, "sk.available_functions", marks("CHAIN")),
    Row("usage.input", 3, "gen_ai.response.prompt_tokens", count),
    Row("usage.output", 3, "gen_ai.response.completion_tokens", count),
)

VOCABULARY = Vocabulary("Semantic Kernel", ROWS)
