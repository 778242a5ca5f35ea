"""Listening: whether a port is free, who holds it when it is not, and what to do then."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack
from pathlib import Path

from ..config import Endpoint, Place, SocketFile
from ..errors import AddressInUse, ConfigError

BACKLOG = 512
_FAMILIES = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


def listen(place: Place, flag: str) -> list[socket.socket]:
    """Return listening sockets for every address of `place`, all on one port.

    Raises AddressInUse (which names the holder, and `flag` as the way out) and ConfigError for an address that this
    machine does not have.
    """
    if isinstance(place, SocketFile):
        return [_listen_on_file(place)]
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        port = place.port
        for family, address in addresses(place):
            try:
                listening = socket.create_server((address, port), family=family, backlog=BACKLOG)
            except OSError as error:
                raise _cannot(place, flag, error) from error
            sockets.append(opened.enter_context(listening))
            port = listening.getsockname()[1]
        opened.pop_all()
    return sockets


def addresses(endpoint: Endpoint) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of an endpoint's host, each with its family. Raises ConfigError where there is none."""
    family = _FAMILIES[endpoint.family]
    try:
        found = socket.getaddrinfo(
            endpoint.host, endpoint.port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise ConfigError(f"cannot listen on {endpoint}: {error.strerror}") from error
    return list(dict.fromkeys((family, str(address[0])) for family, _, _, _, address in found))


def check_free(place: Place, flag: str) -> None:
    """Raise as `listen` where `place` cannot be listened on."""
    if isinstance(place, SocketFile):
        _check_file(place)
        return
    for listening in listen(place, flag):
        listening.close()


def remove_file(place: Place) -> None:
    """Remove the file of a Unix socket that is listened on no longer."""
    if isinstance(place, SocketFile):
        Path(place.path).unlink(missing_ok=True)


def _listen_on_file(place: SocketFile) -> socket.socket:
    _check_file(place)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(place.path)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(f"cannot listen on {place}: {error.strerror}") from error
    return listening


def _check_file(place: SocketFile) -> None:
    """Raise for a file that is in the way; a socket that a process left behind when it was killed is removed."""
    path = Path(place.path)
    if not hasattr(socket, "AF_UNIX"):
        raise ConfigError(f"cannot listen on {place}: this system has no Unix sockets")
    try:
        left = path.is_socket() and not _answers(place.path)
        if left:
            path.unlink()
        elif path.exists() or path.is_symlink():
            raise AddressInUse(f"{place} is in use; stop who listens there, or remove the file, or name another")
        elif not path.parent.is_dir():
            raise ConfigError(f"cannot listen on {place}: there is no directory {path.parent}")
    except OSError as error:
        raise ConfigError(f"cannot listen on {place}: {error.strerror}") from error


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(1)
        try:
            caller.connect(path)
        except ConnectionRefusedError:
            return False
        except OSError:
            return True  # somebody is there who has no time, or whom we may not call
    return True


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
