"""What is inside metadata: names of a session or user, and noise (attributes.md, section 2.4)."""

from __future__ import annotations

from functools import lru_cache

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
