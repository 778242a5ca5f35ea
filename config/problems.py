"""What is wrong with a configuration, in words: the path of the key, what was expected, what there is instead."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, get_args, get_origin

from .exporters import EXPORTERS
from .extensions import KINDS
from .section import Section
from .values import is_secret, kind, shown

NOT_TAKEN = {
    "receivers.otlp/*": "there is one receiver, called otlp; put its protocols there",
    "receivers.*.protocols.*.dialer": "is for clients; leave it out",
    "receivers.*.protocols.*.middlewares": "there are none to choose from; leave it out",
    "receivers.*.protocols.http.auth.request_params": "credentials in URLs end in logs; send them in a header",
    "receivers.*.protocols.grpc.read_buffer_size": "grpcio chooses its buffers itself; leave it out",
    "receivers.*.protocols.grpc.write_buffer_size": "grpcio chooses its buffers itself; leave it out",
    "receivers.*.protocols.grpc.tls.cipher_suites": "grpcio chooses its suites itself; leave it out",
    "*.tls.insecure": "is for clients; without `tls:` nothing is encrypted",
    "*.tls.insecure_skip_verify": "is for clients; leave it out",
    "*.tls.ca_file": "is for clients; what clients are verified by is client_ca_file",
    "*.tls.ca_pem": "is for clients; what clients are verified by is client_ca_file",
    "*.tls.include_system_ca_certs_pool": "is for clients; leave it out",
    "*.tls.include_insecure_cipher_suites": "there are none; leave it out",
    "*.tls.curve_preferences": "OpenSSL chooses the curve itself; leave it out",
    "*.tls.tpm": "keys in a TPM cannot be used; give key_file or key_pem",
    "receivers.otlp.*": "",
    "receivers.*": "OTLP is all that is received; leave this receiver out",
    "processors": "there are none, and what they do before storage (batches, bounded memory, retries) is built in; "
    "leave the block out",
    "connectors": "there are none; leave the block out",
    "exporters.*.auth": "is not taken here; what it would send can stand under headers",
    "exporters.*.sending_queue.storage": "the queue lies in the database file; leave it out",
    "exporters.*.sending_queue.batch": "requests are sent on as they came; leave it out",
    "exporters.*.batcher": "requests are sent on as they came; leave it out",
    "exporters.*.keepalive": "connections are opened again when they break; leave it out",
    "exporters.*.tls.cipher_suites": "the TLS library chooses its suites itself; leave it out",
    "exporters.*.tls.reload_interval": "certificates are read once, at the start; leave it out",
    "exporters.*.compression_params": "what waits is compressed when it comes; leave it out",
    "exporters.*.read_buffer_size": "the libraries choose their buffers themselves; leave it out",
    "exporters.*.write_buffer_size": "the libraries choose their buffers themselves; leave it out",
    "exporters.*.max_*conns*": "there are as many connections as sending_queue.num_consumers; leave it out",
    "exporters.*.idle_conn_timeout": "connections are opened again when they break; leave it out",
    "exporters.*.disable_keep_alives": "connections are used again; leave it out",
    "exporters.*.http2_*": "OTLP/HTTP is sent by HTTP/1.1; leave it out",
    "exporters.*.force_attempt_http2": "OTLP/HTTP is sent by HTTP/1.1; leave it out",
    "exporters.*.cookies": "cookies are not kept; leave it out",
    "exporters.*.middlewares": "there are none to choose from; leave it out",
    "exporters.*.profiles_endpoint": "profiles are not received; leave it out",
    "exporters.*.metadata_keys": "nothing of a request but its body is sent on; leave it out",
    "service.pipelines": "what the receiver takes is stored, there is nothing to choose; leave the block out",
    "service.telemetry": "there is none; `sidetrace doctor` and GET /health tell; leave the block out",
    "extensions.basicauth*.client_auth": "is for clients; the users that may come in are under htpasswd",
    "extensions.health_check*.check_collector_pipeline": "there are no pipelines; leave it out",
    "extensions.health_check*.use_v2": "there is one version; leave it out",
    "extensions.health_check*.*": "is not served by the health check; leave it out",
}
"""Keys of the Collector that cannot be honoured, by pattern, with the reason; the first that fits counts, "" for none.

They are refused, never ignored: who wrote them counts on what they do.
"""

_EXPECTED = {
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "a mapping",
    "path_type": "a path",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def tell(problem: Any, whole: type[Section]) -> str:
    """Return one line for a problem that pydantic found in a configuration of the kind `whole`."""
    loc = problem["loc"]
    place = ".".join(map(str, loc)) or "configuration"
    found, value = problem["type"], problem["input"]
    said = kind(value) if is_secret(place) else shown(value)
    if found == "extra_forbidden":
        reason = next((why for pattern, why in NOT_TAKEN.items() if fnmatchcase(place, pattern)), "")
        if reason:
            return f"{place}: cannot be honoured: {reason}"
        known = ", ".join(sorted(_keys(whole, loc[:-1])))
        return f"{place}: unknown key" + (f"; expected one of {known}" if known else "")
    if found == "missing":
        return f"{place}: expected a value, got nothing"
    if found in _EXPECTED:
        return f"{place}: expected {_EXPECTED[found]}, got {said}"
    if found == "value_error":
        return _joined(loc, place, str(problem["ctx"]["error"]))
    return f"{place}: {problem['msg'].removeprefix('Input ')}, got {said}"


def _joined(loc: tuple[object, ...], place: str, problem: str) -> str:
    """Put the path before a problem, but for one of the whole that begins with a path of its own."""
    return f"{place}: {problem}" if loc else problem


def _keys(model: type[Section], loc: tuple[object, ...]) -> Iterator[str]:
    """Yield the keys that a block may have, none where its model is not found by its path."""
    parts = iter(map(str, loc))
    for part in parts:
        field = model.model_fields.get(part)
        if field is None:
            return
        if get_origin(field.annotation) is dict:
            name = next(parts, "")
            named: dict[str, dict[str, Any]] = {"extensions": KINDS, "exporters": EXPORTERS}
            known = named.get(part)
            found = known.get(name.partition("/")[0]) if known else get_args(field.annotation)[1]
        else:
            kinds = (field.annotation, *get_args(field.annotation))
            found = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)), None)
        if not (isinstance(found, type) and issubclass(found, Section)):
            return
        model = found
    yield from model.model_fields
