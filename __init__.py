"""sidetrace: OpenTelemetry spans in; traces, sessions and users out."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["Client"]

if TYPE_CHECKING:
    from .client import Client
else:

    def __getattr__(name: str) -> object:
        """Import the client when somebody asks for it: the command line, which starts here too, does without."""
        if name == "Client":
            from .client import Client

            return Client
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
