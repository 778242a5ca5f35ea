"""The configuration: its shape, its defaults, and how a file, the environment and flags become one `Config`.

`receivers.otlp` takes the Collector's own keys and rules (reference: otlp.md, section 3): strict types, unknown and
duplicate keys refused, a block that is null has its defaults, a protocol that is left out is off. A key of the
Collector that cannot be honoured is refused with the reason (`problems.NOT_TAKEN`).
"""

from __future__ import annotations

from .loading import load
from .projects import Project
from .receivers import GrpcProtocol, HttpProtocol
from .root import Config, default_path
from .section import Section
from .values import MIB, Endpoint, Place, SocketFile

__all__ = [
    "MIB",
    "Config",
    "Endpoint",
    "GrpcProtocol",
    "HttpProtocol",
    "Place",
    "Project",
    "Section",
    "SocketFile",
    "default_path",
    "load",
]
