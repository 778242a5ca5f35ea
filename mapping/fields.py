"""The fields that a row or a hook can give, and where each goes: to the observation, to its trace, or to both."""

from __future__ import annotations

BUILT_IN = 32
"""Added to the tiers of the vocabularies, so that up to 32 configured keys of a field go before them."""
LARGEST_TIER = 254 - BUILT_IN
PLAIN_METADATA = 3
"""The tier from which on metadata is a framework's as often as the app's, so that noise is left out."""

FIELD, CLAIM, USAGE, COST, PARAMETER, SETTLE = range(6)
GROUPS = ("", "claims", "usage", "costs", "parameters", "settled")
"""What has one value a field, by number: the observation itself, then what `Findings` calls so."""
TIERS_OF = ("", "claims.", "usage.", "cost.", "model_parameters.", "")
"""How the names of a group's fields begin among the tiers; the claims have theirs with them, and none there."""
TAGS, METADATA, TRACE_METADATA, OBSERVATION_METADATA = range(6, 10)
"""What gathers many values."""
OBJECT_GROUPS = {
    "metadata": METADATA, "trace_metadata": TRACE_METADATA, "observation_metadata": OBSERVATION_METADATA,
}  # fmt: skip
KEPT_AS = {"input": "input_key", "output": "output_key"}
"""Fields that the observation has under another name."""

CLAIMS = {
    "session_id": "session_id",
    "user_id": "user_id",
    "trace_name": "name",
    "trace_input": "input",
    "trace_output": "output",
    "public": "public",
    "release": "release",
    "version": "version",
    "environment": "environment",
}
"""Fields about the trace, and the claim that each makes."""

OWN_FIELDS = frozenset({
    "name", "type", "status_message", "model", "model_parameters", "input", "output", "completion_start_ns",
    "usage_details", "cost_details", "prompt_name", "prompt_version", "version", "environment", "root_rank",
    "response_id",
})  # fmt: skip
"""Fields that are the observation's own. `version` and `environment` are the trace's too."""

SETTLED = frozenset({"level", "error_type", "time_to_first", "provider", "request_model", "cached_outside"})
"""Fields from which the observation's level and message, first token, price and usage are made.

`time_to_first`: nanoseconds after the start. `cached_outside`: True where the input tokens do not include cached ones.
"""

OF_RESOURCES = ("version", "environment")
"""The observation's own fields that a resource can give; all that is the trace's it can give as well."""

OBSERVATION_ONLY = {"observation_version": "version"}
"""Fields for what is both the trace's and the observation's otherwise: they set the observation's alone."""

OBJECTS = frozenset({"metadata", "trace_metadata", "observation_metadata"})
"""Fields that hold whole metadata: of both, of the trace, of the observation; a name behind a dot is one key."""

USAGE_COUNTS = frozenset({
    "input", "output", "total", "cache_read", "cache_write", "reasoning", "input_audio", "output_audio",
})  # fmt: skip
"""What a field `usage.…` counts, in tokens. Input and output are whole; the others are parts of them."""

COSTS = frozenset({"input", "output", "total", "cache_read", "cache_write", "reasoning"})
"""What a field `cost.…` says, in nano-dollars."""

PLACES = frozenset({"input", "output", "trace_input", "trace_output"})
"""Fields for which the key that holds the value is kept, and the value stays where it is."""

CONFIGURABLE = ("session_id", "user_id", "trace_name", "release", "version", "environment", "tags")
"""Fields that take further attribute keys from the configuration's `mapping:`."""


def known(field: str) -> bool:
    """Say whether there is such a field, which may end in `.*`."""
    head, dot, tail = field.partition(".")
    if not dot:
        return (
            field in CLAIMS
            or field in OWN_FIELDS
            or field in SETTLED
            or field in OBSERVATION_ONLY
            or field in OBJECTS
            or field == "tags"
        )
    if head == "usage":
        return tail in USAGE_COUNTS
    if head == "cost":
        return tail in COSTS
    return bool(tail) and (head in OBJECTS or head == "model_parameters")


def targets(field: str) -> list[tuple[int, str]]:
    """Return the groups and names where a field's value goes."""
    if field in CLAIMS:
        own = [(FIELD, field)] if field in OWN_FIELDS else []
        return [(CLAIM, CLAIMS[field]), *own]
    if field in OWN_FIELDS:
        return [(FIELD, KEPT_AS.get(field, field))]
    if field in SETTLED:
        return [(SETTLE, field)]
    if field in OBSERVATION_ONLY:
        return [(FIELD, OBSERVATION_ONLY[field])]
    if field == "tags":
        return [(TAGS, field)]
    head, _, tail = field.partition(".")
    if head in OBJECTS:
        return [(OBJECT_GROUPS[head], tail)]
    return [({"usage": USAGE, "cost": COST, "model_parameters": PARAMETER}[head], tail)]
