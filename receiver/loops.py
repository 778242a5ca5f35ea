"""Exporters that would send to the receiver itself: each request would come back, and be sent again, for ever."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from ..config import Place, SocketFile
from ..config.exporters import Exporters
from ..errors import ConfigError


def check_loops(exporters: Exporters, doors: Mapping[str, Place]) -> None:
    """Raise ConfigError for an exporter whose endpoint is where a door listens; `doors` by name.

    A name is looked up only where its port is that of a door. Loops by way of another receiver are not seen.
    """
    for name, exporter in exporters.items():
        for host, port in exporter.places:
            for door, place in doors.items():
                if _same(host, port, place):
                    raise ConfigError(
                        f"exporters.{name}: its endpoint is this receiver's own {door} door ({place}), so that every "
                        "request would come back without end; name another upstream"
                    )


def _same(host: str, port: int, place: Place) -> bool:
    if isinstance(place, SocketFile):
        return port == 0 and Path(host) == Path(place.path).absolute()
    if port == 0 or port != place.port:
        return False
    sent, own = _addresses(host, port), _addresses(place.host, port)
    if {"0.0.0.0", "::"} & own:
        return any(_local(address) for address in sent)
    return bool(sent & own)


def _addresses(host: str, port: int) -> set[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return set()  # nobody is there now, this receiver least of all
    return {str(address[0]) for *_, address in found}


def _local(address: str) -> bool:
    """Say whether an address is one of this machine: those alone can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address.partition("%")[0], 0))
        except OSError:
            return False
    return True
