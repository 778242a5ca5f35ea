"""What is inside metadata: names of a session or user, and noise (attributes.md, section 2.4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from .fields import BUILT_IN, OBSERVATION_METADATA, PLAIN_METADATA, TRACE_METADATA
from .values import storable, text

if TYPE_CHECKING:
    from .base import Found
    from .observation import Json

SESSION_NAMES = ("session_id", "sessionId")
USER_NAMES = ("user_id", "userId")
THREAD_NAMES = ("thread_id", "threadId", "conversation_id", "conversationId", "chat_id", "chatId")

IDS_IN_METADATA = {
    **dict.fromkeys(SESSION_NAMES, ("session_id", 4)),
    "langfuse_session_id": ("session_id", 3),
    **dict.fromkeys(USER_NAMES, ("user_id", 11)),
    "langfuse_user_id": ("user_id", 3),
    **dict.fromkeys(THREAD_NAMES, ("session_id", 7)),
}
"""Keys inside metadata, sent whole or key by key, that name a session or user, with their tier (sections 2.1, 2.2)."""

NOISE = frozenset({
    "checkpoint_ns", "langfusePrompt", "langfuseUpdateParent", "langfuseTraceId", "langfuse_tags",
    "applied_guardrails", "usage_object",
})  # fmt: skip
NOISE_PREFIXES = (
    "langgraph_", "ls_", "lc_", "LANGSMITH_", "code.", "thread.", "logfire.", "telemetry.sdk.",
)  # fmt: skip


@lru_cache(4096)
def noise(key: str) -> bool:
    """Say whether a metadata key is a framework's bookkeeping, which stays in the attributes and is no metadata."""
    return key in NOISE or key.startswith(NOISE_PREFIXES)


def take_whole(group: int, tier: int, got: Json, claims: Found, own: dict[str, Json]) -> None:
    """Take whole metadata, the observation's into `own`; text that is no object is kept under the key `metadata`."""
    members = got if isinstance(got, dict) else {"metadata": got}
    taken = _all_members if tier < BUILT_IN + PLAIN_METADATA else _members
    of_trace, of_observation = group != OBSERVATION_METADATA, group != TRACE_METADATA
    for name, key, claim, named in taken(tuple(members)):
        value = members[name]
        if value is None or value == "":
            continue
        if named is not None and (word := text(value)):
            field, its_tier = named
            held = claims.get(field)
            if held is None or its_tier < held[0]:
                claims[field] = (its_tier, word)
        if of_trace and (claim not in claims or tier < claims[claim][0]):
            claims[claim] = (tier, value)
        if of_observation and key not in own:
            own[key] = value


Member: TypeAlias = "tuple[str, str, str, tuple[str, int] | None]"
"""What there is to know of a member's name: (name, key, claim, the id that it names)."""


def _all_members(names: tuple[str, ...]) -> list[Member]:
    return [_member(name) for name in names]


@lru_cache(256)
def _members(names: tuple[str, ...]) -> list[Member]:
    """Return what there is to know of the names that are no noise."""
    return [_member(name) for name in names if not noise(name)]


@lru_cache(4096)
def _member(name: str) -> Member:
    key = storable(name)
    named = IDS_IN_METADATA.get(key)
    return name, key, f"metadata.{key}", None if named is None else (named[0], named[1] + BUILT_IN)
