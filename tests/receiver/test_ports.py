"""Taken ports: who holds them, and what to do."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sidetrace.config import Endpoint
from sidetrace.errors import AddressInUse, ConfigError
from sidetrace.keys import Keyring
from sidetrace.receiver.grpc import GrpcDoor
from sidetrace.receiver.ports import listen


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who holds a port")
async def test_a_taken_port_names_its_holder_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse) as caught:
            listen(Endpoint("127.0.0.1", port), "--http")
    said = str(caught.value)
    assert said.startswith(f"127.0.0.1:{port} is held by process {os.getpid()} (")
    assert said.endswith("; stop it, or listen elsewhere with --http 127.0.0.1:PORT")


async def test_two_receivers_do_not_share_a_grpc_port(receiver: Any) -> None:
    door = GrpcDoor(receiver.intake, Endpoint.parse(receiver.grpc_address), 1, 1.0, Keyring({}))
    with pytest.raises(AddressInUse, match="--grpc"):
        await door.start()
    await door.stop()


def test_all_addresses_of_a_name_are_listened_on_with_one_port() -> None:
    sockets = listen(Endpoint("localhost", 0), "--http")
    try:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        assert {one.family for one in sockets} <= {socket.AF_INET, socket.AF_INET6}
    finally:
        for one in sockets:
            one.close()


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_that_is_not_ours_is_a_configuration_error(host: str) -> None:
    with pytest.raises(ConfigError, match=f"cannot listen on {host}:4317"):
        listen(Endpoint(host, 4317), "--grpc")


async def test_a_port_is_free_again_once_the_doors_are_closed(start: Callable[..., Awaitable[Any]]) -> None:
    receiver = await start()
    await receiver.session.close()
    door = GrpcDoor(receiver.intake, Endpoint("127.0.0.1", 0), 1, 1.0, Keyring({}))
    port = await door.start()
    await door.stop()
    for one in listen(Endpoint("127.0.0.1", port), "--grpc"):
        one.close()
