"""One form of messages for display: role, content parts, tool calls and tool results, whoever sent them and however.

What came stays stored as it came; this is made of it when somebody asks.
"""

from .conversation import conversation, system
from .offers import tools
from .reading import messages
from .shape import Conversation, Message, Part, Tool

__all__ = ["Conversation", "Message", "Part", "Tool", "conversation", "messages", "system", "tools"]
