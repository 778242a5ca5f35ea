"""OpenLIT (scopes `openlit`, `openlit.instrumentation.*`): GenAI keys, with habits of its own.

A cost of 0 means that it knows no price, a seed of 0 that none was asked for. Of Anthropic it passes on the raw counts,
which leave cached tokens out of the input. Its time to the first token is in seconds, and written for calls that are
not streamed too, where it is the whole latency. Its decorators put any result as text into `gen_ai.output.messages`,
and arguments as Python prints them. Source: openlit 1.45; attributes.md, sections 0, 3.2, 3.3, 4.18 and 5.
"""

from __future__ import annotations

from ...proto.span import Span
from ..findings import Findings
from ..readers import marks, unless
from ..values import flag, number, present
from ..vocabulary import Hook, Row, Sender, Vocabulary, scope

OPENLIT = scope("openlit", "openlit.*")
FIRST_TOKEN, COST, SEED = "gen_ai.server.time_to_first_token", "gen_ai.usage.cost", "gen_ai.request.seed"

SECOND = 1_000_000_000


def in_seconds(sender: Sender) -> bool:
    """Say whether a sender's time to the first token is in seconds: all but Strands'."""
    return sender.scope != "strands.telemetry.tracer"


def first_token(found: Findings, span: Span) -> None:
    """Offer the time to the first token of a call that was streamed; more than the latency must be milliseconds."""
    told = number(span.attributes.get(FIRST_TOKEN))
    if told is None or told <= 0 or flag(span.attributes.get("gen_ai.request.stream")) is False:
        return
    latency = span.end_ns - span.start_ns
    for unit in (SECOND, SECOND // 1000):
        if told * unit <= latency:
            found.offer("time_to_first", 9, round(told * unit))
            return


def zeros(found: Findings, span: Span) -> None:
    """Forget a cost and a seed of 0."""
    if number(span.attributes.get(COST)) == 0:
        found.drop("cost.total")
    if number(span.attributes.get(SEED)) == 0:
        found.drop("model_parameters.seed")


ROWS = (
    Row("cached_outside", 1, "gen_ai.request.model", marks("raw"), only=scope("openlit.instrumentation.anthropic*")),
    Row("input", 31, "function.args", unless(present, "()"), only=OPENLIT),
    Row("input", 32, "function.kwargs", unless(present, "{}"), only=OPENLIT),
)

HOOKS = (
    Hook(first_token, reads=((FIRST_TOKEN, "completion_start_ns"),), only=in_seconds),
    Hook(zeros, reads=((COST, "cost"), (SEED, "model_parameters")), only=OPENLIT),
)

VOCABULARY = Vocabulary("OpenLIT", ROWS, HOOKS)
