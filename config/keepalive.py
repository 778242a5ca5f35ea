"""`keepalive` of the gRPC door: how long connections live, and who may ping how often."""

from __future__ import annotations

from typing import Annotated

from .section import Block, Section
from .values import Duration


class ServerParameters(Section):
    """`keepalive.server_parameters`, in seconds; 0 is grpc's own default (no end; a ping every 2 h, 20 s to answer)."""

    max_connection_idle: Duration = 0.0
    max_connection_age: Duration = 0.0
    max_connection_age_grace: Duration = 0.0
    time: Duration = 0.0
    timeout: Duration = 0.0


class EnforcementPolicy(Section):
    """`keepalive.enforcement_policy`: how often clients may ping; 0 is 5 minutes."""

    min_time: Duration = 0.0
    permit_without_stream: bool = False


class Keepalive(Section):
    """`keepalive` of the gRPC door."""

    server_parameters: Annotated[ServerParameters | None, Block(ServerParameters)] = None
    enforcement_policy: Annotated[EnforcementPolicy | None, Block(EnforcementPolicy)] = None
