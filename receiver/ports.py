"""Listening: whether a port is free, who holds it when it is not, and what to do then."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack
from pathlib import Path

from ..config import Endpoint
from ..errors import AddressInUse, ConfigError

BACKLOG = 512


def listen(endpoint: Endpoint, flag: str) -> list[socket.socket]:
    """Return listening sockets for every address of `endpoint`, all on one port.

    Raises AddressInUse (which names the holder, and `flag` as the way out) and ConfigError for an address that this
    machine does not have.
    """
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ConfigError(f"cannot listen on {endpoint}: {error.strerror}") from error
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        port = endpoint.port
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                listening = socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
            except OSError as error:
                raise _cannot(endpoint, flag, error) from error
            sockets.append(opened.enter_context(listening))
            port = listening.getsockname()[1]
        opened.pop_all()
    return sockets


def check_free(endpoint: Endpoint, flag: str) -> None:
    """Raise as `listen` where `endpoint` cannot be listened on."""
    for listening in listen(endpoint, flag):
        listening.close()


def _cannot(endpoint: Endpoint, flag: str, error: OSError) -> AddressInUse | ConfigError:
    if error.errno != errno.EADDRINUSE:
        return ConfigError(f"cannot listen on {endpoint}: {error.strerror}; choose another address with {flag}")
    holder = find_holder(endpoint.port)
    who = f"is held by {holder}" if holder else f"is in use (`lsof -i :{endpoint.port}` may say by whom)"
    return AddressInUse(f"{endpoint} {who}; stop it, or listen elsewhere with {flag} {endpoint.host}:PORT")


def find_holder(port: int) -> str:
    """Return `process PID (COMMAND)` for who listens on a TCP port, "" where this system does not tell."""
    inodes = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listeners(Path("/proc/net", table), port)}
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command[:200]})"
        except OSError:
            continue  # gone meanwhile, or another user's
    return ""


def _listeners(table: Path, port: int) -> list[str]:
    """Return the socket inodes that listen on `port` (proc(5): local address, state 0A, inode in column 10)."""
    if not table.exists():
        return []
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port]
