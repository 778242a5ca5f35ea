"""Configurations of Collectors: what can be pasted, what is refused, and with which words."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest

from sidetrace.config import Endpoint, SocketFile
from sidetrace.config.problems import NOT_TAKEN
from sidetrace.proto.compression import DECODERS

from .conftest import Problems, Read

WORKING = """
extensions:
  health_check:
    endpoint: ${env:POD_IP:-localhost}:13133
  basicauth/server:
    htpasswd:
      inline: |
        ${env:BASIC_AUTH_USERNAME}:${env:BASIC_AUTH_PASSWORD}
receivers:
  otlp:
    protocols:
      grpc:
        endpoint: ${env:POD_IP:-localhost}:4317
        transport: tcp
        max_recv_msg_size_mib: 16
        max_concurrent_streams: 16
        include_metadata: true
        keepalive:
          server_parameters:
            max_connection_idle: 11s
            max_connection_age: 12m30s
            max_connection_age_grace: 1.5h
            time: 30s
            timeout: 5s
          enforcement_policy:
            min_time: 10s
            permit_without_stream: true
        auth:
          authenticator: basicauth/server
      http:
        endpoint: "[::1]:4318"
        traces_url_path: /custom/traces
        cors:
          allowed_origins:
            - https://*.test.com
            - http://localhost:*
          allowed_headers: [Example-Header]
          max_age: 7200
        response_headers:
          - name: X-Frame-Options
            value: DENY
        compression_algorithms: ["", "gzip"]
        read_header_timeout: 5s
service:
  extensions: [health_check, basicauth/server]
"""


def test_the_blocks_of_a_working_collector_can_be_pasted(read: Read) -> None:
    config = read(WORKING, BASIC_AUTH_USERNAME="ann", BASIC_AUTH_PASSWORD="0123")
    assert config.grpc is not None
    assert config.http is not None
    assert config.grpc.endpoint == Endpoint("localhost", 4317)
    assert config.grpc.limit == 16 * 1024**2
    assert config.grpc.keepalive is not None
    parameters = config.grpc.keepalive.server_parameters
    assert parameters is not None
    assert (parameters.max_connection_idle, parameters.max_connection_age) == (11.0, 750.0)
    assert parameters.max_connection_age_grace == 5400.0
    assert config.grpc.authenticator == "basicauth/server"
    assert config.http.endpoint == Endpoint("::1", 4318)
    assert config.http.paths["traces"] == "/custom/traces"
    assert {name: value.get_secret_value() for name, value in config.http.response_headers.items()} == {
        "X-Frame-Options": "DENY"
    }
    assert config.http.read_header_timeout == 5.0
    assert list(config.health_checks) == ["health_check"]
    assert "0123" not in f"{config!r}{config.model_dump_json()}"


@pytest.mark.parametrize(
    "block", ["grpc", "grpc.tls", "grpc.auth", "grpc.keepalive", "grpc.keepalive.server_parameters", "http.cors"]
)
def test_enabled_turns_an_optional_block_off_or_leaves_it_on(read: Read, problems: Problems, block: str) -> None:
    def nested(value: str) -> str:
        parts = f"receivers.otlp.protocols.{block}".split(".")
        text = value
        for part in reversed(parts):
            text = f"{{{part}: {text}}}"
        return text.replace("{protocols: {", "{protocols: {http: , ", 1) if block.startswith("grpc") else text

    def found(config: Any) -> Any:
        value = config.receivers.otlp.protocols
        for part in block.split("."):
            value = getattr(value, part)
        return value

    assert found(read(nested("{enabled: false}"))) is None
    assert found(read(nested("{enabled: '${env:ON}'}"), ON="false")) is None
    if not block.endswith((".tls", ".auth")):
        assert found(read(nested("{enabled: true}"))) is not None
    assert problems(nested("{enabled: maybe}")) == [
        f"receivers.otlp.protocols.{block}.enabled: expected true or false, got the text 'maybe'"
    ]


def test_a_block_that_is_null_is_off_but_for_protocols(read: Read) -> None:
    config = read("receivers: {otlp: {protocols: {grpc: {tls: , auth: , keepalive: }, http: {cors: , tls: }}}}")
    assert config.grpc is not None
    assert config.http is not None
    assert (config.grpc.tls, config.grpc.auth, config.grpc.keepalive) == (None, None, None)
    assert (config.http.tls, config.http.cors) == (None, None)


REFUSED = {
    "receivers.otlp/2": "{}",
    "receivers.prometheus": "{config: {}}",
    "receivers.otlp.protocols.grpc.dialer": "{timeout: 5s}",
    "receivers.otlp.protocols.http.dialer": "{}",
    "receivers.otlp.protocols.grpc.middlewares": "[{id: x}]",
    "receivers.otlp.protocols.http.middlewares": "[]",
    "receivers.otlp.protocols.http.auth.request_params": "[token]",
    "receivers.otlp.protocols.grpc.read_buffer_size": "524288",
    "receivers.otlp.protocols.grpc.write_buffer_size": "0",
    "receivers.otlp.protocols.grpc.tls.cipher_suites": "[TLS_AES_128_GCM_SHA256]",
    "receivers.otlp.protocols.grpc.tls.insecure": "true",
    "receivers.otlp.protocols.http.tls.insecure_skip_verify": "true",
    "receivers.otlp.protocols.http.tls.ca_file": "/x",
    "receivers.otlp.protocols.http.tls.ca_pem": "x",
    "receivers.otlp.protocols.http.tls.include_system_ca_certs_pool": "true",
    "receivers.otlp.protocols.http.tls.include_insecure_cipher_suites": "false",
    "receivers.otlp.protocols.http.tls.curve_preferences": "[X25519]",
    "receivers.otlp.protocols.http.tls.tpm": "{enabled: true}",
    "processors": "{batch: }",
    "connectors": "{}",
    "exporters.otlp.auth": "{authenticator: basicauth/client}",
    "exporters.otlp.sending_queue.storage": "file_storage",
    "exporters.otlp.sending_queue.batch": "{min_size: 10}",
    "exporters.otlp.batcher": "{enabled: true}",
    "exporters.otlp.keepalive": "{time: 30s}",
    "exporters.otlp.tls.cipher_suites": "[TLS_AES_128_GCM_SHA256]",
    "exporters.otlphttp.tls.reload_interval": "1h",
    "exporters.otlphttp.compression_params": "{level: 1}",
    "exporters.otlphttp.read_buffer_size": "4096",
    "exporters.otlphttp.write_buffer_size": "4096",
    "exporters.otlphttp.max_idle_conns_per_host": "100",
    "exporters.otlphttp.idle_conn_timeout": "90s",
    "exporters.otlphttp.disable_keep_alives": "true",
    "exporters.otlphttp.http2_ping_timeout": "15s",
    "exporters.otlphttp.force_attempt_http2": "true",
    "exporters.otlphttp.cookies": "{enabled: true}",
    "exporters.otlphttp.middlewares": "[]",
    "exporters.otlphttp/x.profiles_endpoint": "http://h/p",
    "exporters.otlphttp.metadata_keys": "[x]",
    "service.pipelines": "{traces: {receivers: [otlp]}}",
    "service.telemetry": "{logs: {level: debug}}",
    "extensions.basicauth/client.client_auth": "{username: x, password: sesame}",
    "extensions.health_check.check_collector_pipeline": "{enabled: false}",
    "extensions.health_check/x.use_v2": "true",
    "extensions.health_check.cors": "{}",
}


@pytest.mark.parametrize("place", REFUSED)
def test_what_cannot_be_honoured_is_refused_by_name_with_the_reason(problems: Problems, place: str) -> None:
    text = REFUSED[place]
    for part in reversed(place.split(".")):
        text = f"{{{part}: {text}}}"
    (found,) = [line for line in problems(text) if line.startswith(f"{place}: ")]
    reason = next(why for pattern, why in NOT_TAKEN.items() if why and fnmatchcase(place, pattern))
    assert found == f"{place}: cannot be honoured: {reason}"
    assert "sesame" not in found


def test_every_reason_is_tried_above() -> None:
    tried = {next(pattern for pattern in NOT_TAKEN if fnmatchcase(place, pattern)) for place in REFUSED}
    assert {pattern for pattern, why in NOT_TAKEN.items() if why} - tried == set()


def test_all_encodings_that_are_taken_can_be_listed(read: Read, problems: Problems) -> None:
    for name in set(DECODERS) - {"identity"}:
        place = f"receivers: {{otlp: {{protocols: {{http: {{compression_algorithms: ['{name}']}}}}}}}}"
        config = read(place)
        assert config.http is not None
        assert config.http.compression_algorithms == [name]
    (found,) = problems("receivers: {otlp: {protocols: {http: {compression_algorithms: [gzip, br]}}}}")
    assert found.startswith("receivers.otlp.protocols.http.compression_algorithms.1: should be '', 'gzip', 'zstd', ")
    assert found.endswith(", got the text 'br'")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("grpc: {transport: udp}", "grpc.transport: should be 'tcp', 'tcp4', 'tcp6' or 'unix', got the text 'udp'"),
        (
            "grpc: {transport: unixpacket, endpoint: /x}",
            "grpc.transport: should be 'tcp', 'tcp4', 'tcp6' or 'unix', got",
        ),
        ("grpc: {transport: ''}", "grpc.transport: should be 'tcp', 'tcp4', 'tcp6' or 'unix', got the text ''"),
        ("grpc: {transport: unix}", "grpc: endpoint: expected the path of a Unix socket, got nothing"),
        ("grpc: {transport: unix, endpoint: '@x'}", "grpc.endpoint: expected the path of a Unix socket in the file"),
        ("grpc: {transport: unix, endpoint: " + "x" * 104 + "}", "grpc.endpoint: expected a path of at most 103 bytes"),
        ("grpc: {endpoint: /x.sock}", "grpc.endpoint: expected host:port"),
        (
            "grpc: {max_recv_msg_size_mib: -1}",
            "grpc.max_recv_msg_size_mib: should be greater than or equal to 0, got -1",
        ),
        ("grpc: {max_recv_msg_size_mib: 4.5}", "grpc.max_recv_msg_size_mib: expected an integer, got 4.5"),
        ("grpc: {max_concurrent_streams: '16'}", "grpc.max_concurrent_streams: expected an integer, got the text '16'"),
        ("grpc: {max_concurrent_streams: -1}", "grpc.max_concurrent_streams: should be greater than or equal to 0"),
        ("grpc: {include_metadata: yes}", "grpc.include_metadata: expected true or false, got the text 'yes'"),
        ("grpc: {keepalive: 5s}", "grpc.keepalive: expected a mapping, got the text '5s'"),
        (
            "grpc: {keepalive: {time: 5s}}",
            "grpc.keepalive.time: unknown key; expected one of enforcement_policy, server",
        ),
        (
            "grpc: {keepalive: {server_parameters: {time: 5}}}",
            "",  # five nanoseconds
        ),
        (
            "grpc: {keepalive: {server_parameters: {time: 5 s}}}",
            "grpc.keepalive.server_parameters.time: expected a duration such as 30s or 1h30m, got the text '5 s'",
        ),
        (
            "grpc: {keepalive: {enforcement_policy: {min_time: -5s}}}",
            "grpc.keepalive.enforcement_policy.min_time: expected a duration such as 30s or 1h30m, got the text '-5s'",
        ),
        ("grpc: {auth: {}}", "grpc.auth.authenticator: expected a value, got nothing"),
        ("grpc: {auth: basicauth}", "grpc.auth: expected a mapping, got the text 'basicauth'"),
        ("grpc: {tls: {}}", "grpc.tls: expected one of cert_file and cert_pem; neither is given"),
        ("grpc: {tls: {cert_file: a}}", "grpc.tls: expected one of key_file and key_pem; neither is given"),
        (
            "grpc: {tls: {cert_file: a, cert_pem: b, key_file: c}}",
            "grpc.tls: expected one of cert_file and cert_pem; both are given",
        ),
        (
            "grpc: {tls: {cert_file: a, key_file: b, client_ca_file_reload: true}}",
            "grpc.tls: client_ca_file_reload is true, but there is no client_ca_file",
        ),
        (
            "grpc: {tls: {cert_file: a, key_file: b, min_version: '1.3'}}",
            "grpc.tls.min_version: grpcio serves TLS 1.2 and 1.3 and takes no other choice; leave it out, got '1.3'",
        ),
        (
            "grpc: {tls: {cert_file: a, key_file: b, max_version: '1.2'}}",
            "grpc.tls.max_version: grpcio serves TLS 1.2 and 1.3 and takes no other choice; leave it out, got '1.2'",
        ),
        (
            "http: {tls: {cert_file: a, key_file: b, min_version: '1.0'}}",
            "http.tls.min_version: should be '1.2' or '1.3', got the text '1.0'",
        ),
        (
            "http: {tls: {cert_file: a, key_file: b, min_version: 1.2}}",
            "http.tls.min_version: should be '1.2' or '1.3'",
        ),
        (
            "http: {tls: {cert_file: a, key_file: b, min_version: '1.3', max_version: '1.2'}}",
            "http.tls: max_version 1.2 is below min_version 1.3",
        ),
        (
            "http: {tls: {cert_file: a, key_file: b, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}}",
            "http.tls: cipher_suites: 'TLS_RSA_WITH_RC4_128_SHA' is none of TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        (
            "http: {tls: {cert_file: a, key_file: b, cipher_suites: [TLS_AES_128_GCM_SHA256]}}",
            "http.tls: cipher_suites has no suite of TLS 1.2",
        ),
        ("http: {cors: {allowed_origins: ['https://*.*']}}", "http.cors.allowed_origins: expected origins such as"),
        ("http: {cors: {allowed_origins: ['']}}", "http.cors.allowed_origins: expected origins such as"),
        (
            "http: {cors: {allowed_origins: [x], allowed_headers: ['a b']}}",
            "http.cors.allowed_headers: expected names of",
        ),
        ("http: {cors: {allowed_headers: [x]}}", "http.cors: allowed_origins: names no origin"),
        (
            "http: {cors: {allowed_origins: [x], max_age: -1}}",
            "http.cors.max_age: should be greater than or equal to 0",
        ),
        ("http: {response_headers: [x]}", "http.response_headers: expected a mapping, or a list of {name, value}"),
        ("http: {response_headers: x}", "http.response_headers: expected a mapping, got a text"),
        ("http: {response_headers: {X-A: 1}}", "http.response_headers.X-A: expected a text, got a number"),
        ("http: {response_headers: {X A: b}}", "http.response_headers: 'X A' is no name of a header"),
        (
            'http: {response_headers: {X-A: "b\\nc: d"}}',
            "http.response_headers: X-A: expected visible ASCII characters",
        ),
        (
            "http: {response_headers: {Content-Length: '5'}}",
            "http.response_headers: Content-Length says how an answer is",
        ),
        ("http: {compression_algorithms: br}", "http.compression_algorithms.0: should be '', 'gzip'"),
        ("http: {keep_alives_enabled: 1}", "http.keep_alives_enabled: expected true or false, got 1"),
        (
            "http: {idle_timeout: never}",
            "http.idle_timeout: expected a duration such as 30s or 1h30m, got the text 'never'",
        ),
        ("http: {max_request_body_size: 1MiB}", "http.max_request_body_size: expected an integer, got the text '1MiB'"),
        ("thrift: {}", "thrift: unknown key; expected one of grpc, http"),
        ("grpc: {max_recv_msg_size: 4}", "grpc.max_recv_msg_size: unknown key; expected one of auth, endpoint"),
        ("grpc: {Endpoint: 'localhost:0'}", "grpc.Endpoint: unknown key; expected one of auth, endpoint"),
        ("{enabled: false}", "must specify at least one protocol, grpc or http"),
    ],
)
def test_a_wrong_value_is_one_line_with_its_path_and_what_was_expected(
    read: Read, problems: Problems, keys: str, said: str
) -> None:
    if keys.startswith("{"):
        text = f"receivers: {{otlp: {{protocols: {{grpc: {keys}}}}}}}"
        assert problems(text) == [f"receivers.otlp.protocols: {said}"]
        return
    text = f"receivers: {{otlp: {{protocols: {{grpc: , http: , {keys}}}}}}}".replace(
        f"{keys.partition(':')[0]}: , ", ""
    )
    if not said:
        read(text)
        return
    (found,) = problems(text)
    assert found.startswith(f"receivers.otlp.protocols.{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "extensions: {zpages: }",
            "extensions.zpages: expected one of basicauth, bearertokenauth, health_check, perhaps",
        ),
        (
            "extensions: {basicauth/: }",
            "extensions.basicauth/: expected one of basicauth, bearertokenauth, health_check",
        ),
        ("extensions: [basicauth]", "extensions: expected a mapping, got a list"),
        ("extensions: {basicauth: }", "extensions.basicauth.htpasswd: expected a value, got nothing"),
        (
            "extensions: {basicauth: {htpasswd: }}",
            "extensions.basicauth.htpasswd: expected file or inline, or both, with",
        ),
        (
            "extensions: {basicauth: {htpasswd: sesame}}",
            "extensions.basicauth.htpasswd: expected a mapping, got a text",
        ),
        (
            "extensions: {bearertokenauth: }",
            "extensions.bearertokenauth: expected token, tokens or filename, with a value",
        ),
        ("extensions: {bearertokenauth: {token: }}", "extensions.bearertokenauth: expected token, tokens or filename"),
        ("extensions: {bearertokenauth: {token: ''}}", "extensions.bearertokenauth.token: is empty"),
        (
            "extensions: {bearertokenauth: {token: '${env:UNSET}'}}",
            "extensions.bearertokenauth: expected token, tokens or",
        ),
        (
            "extensions: {bearertokenauth: {token: 12345678}}",
            "extensions.bearertokenauth.token: expected a text; put the",
        ),
        (
            "extensions: {bearertokenauth: {token: sesame, tokens: [sesame]}}",
            "extensions.bearertokenauth: expected token or tokens, not both",
        ),
        (
            "extensions: {bearertokenauth: {tokens: ['a b']}}",
            "extensions.bearertokenauth.tokens.0: may hold visible ASCII",
        ),
        (
            "extensions: {bearertokenauth: {token: sesame, header: 'a b'}}",
            "extensions.bearertokenauth.header: expected the name of a header, got 'a b'",
        ),
        (
            "extensions: {bearertokenauth: {token: sesame, scheme: 'a b'}}",
            "extensions.bearertokenauth.scheme: expected one word, or none, got 'a b'",
        ),
        (
            "extensions: {bearertokenauth: {token: sesame, tokn: sesame}}",
            "extensions.bearertokenauth.tokn: unknown key; expected one of filename, header, scheme, token, tokens",
        ),
        (
            "extensions: {health_check: {path: health}}",
            "extensions.health_check.path: expected a plain path such as /health, got 'health'",
        ),
        (
            "extensions: {health_check: {endpoint: 13133}}",
            "extensions.health_check.endpoint: expected host:port, got 13133",
        ),
        (
            "service: {extensions: [health_check]}",
            "service.extensions.0: expected one of extensions: (none), got 'health_check'",
        ),
        ("service: {foo: 1}", "service.foo: unknown key; expected one of extensions"),
        (
            "receivers: {otlp: {protocols: {grpc: {auth: {authenticator: basicauth}}}}}",
            "receivers.otlp.protocols.grpc.auth.authenticator: expected an authenticator of extensions: (none), got",
        ),
        (
            "receivers: {otlp: {protocols: {grpc: {auth: {authenticator: health_check}}}}}\n"
            "extensions: {health_check: }",
            "receivers.otlp.protocols.grpc.auth.authenticator: expected an authenticator of extensions: (none), got",
        ),
        (
            "receivers: {otlp: {protocols: {grpc: {auth: {authenticator: basicauth}}}}}\n"
            "extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}\nservice: {extensions: []}",
            "receivers.otlp.protocols.grpc.auth.authenticator: expected an authenticator of extensions: (none), got "
            "'basicauth' (service.extensions leaves it out)",
        ),
        (
            "receivers: {otlp: {protocols: {http: {auth: {authenticator: basicauth}}}}}\n"
            "extensions: {basicauth: {htpasswd: {inline: 'a:b'}}}\nprojects: {shop: {bearer_token: sesame}}",
            "receivers.otlp.protocols.http.auth.authenticator: projects: says already who may come in, by keys; leave",
        ),
    ],
)
def test_extensions_that_cannot_be_used(problems: Problems, text: str, said: str) -> None:
    (found,) = problems(text)
    assert found.startswith(said)
    assert not [secret for secret in ("sesame", "12345678") if secret in found]


def test_problems_of_all_blocks_are_told_together(problems: Problems) -> None:
    found = problems(
        "receivers: {otlp: {protocols: {grpc: {foo: 1, tls: {}}, http: {cors: {max_age: x}}}}}\n"
        "extensions: {basicauth: , bearertokenauth: , other: }\nprocessors: "
    )
    assert [line.partition(": ")[0] for line in found] == [
        "receivers.otlp.protocols.grpc.tls",
        "receivers.otlp.protocols.grpc.foo",
        "receivers.otlp.protocols.http.cors.max_age",
        "extensions.basicauth.htpasswd",
        "extensions.bearertokenauth",
        "extensions.other",
        "processors",
    ]


def test_a_socket_is_a_path(read: Read) -> None:
    config = read(
        "receivers: {otlp: {protocols: {grpc: {transport: unix, endpoint: '${env:DIR}/x.sock'}}}}", DIR="/run"
    )
    assert config.grpc is not None
    assert config.grpc.endpoint == SocketFile("/run/x.sock")
    assert config.grpc.endpoint.loopback


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5h", 5400.0), ("1m0.5s", 60.5), (".5s", 0.5), ("100us", 1e-4),
     ("10µs", 1e-5), ("7ns", 7e-9), ("0", 0.0), ("'0'", 0.0), ("0s", 0.0), ("2000000000", 2.0)],
)  # fmt: skip
def test_durations_are_gos(read: Read, text: str, seconds: float) -> None:
    config = read(f"receivers: {{otlp: {{protocols: {{http: {{read_timeout: {text}}}}}}}}}")
    assert config.http is not None
    assert config.http.read_timeout == pytest.approx(seconds)
