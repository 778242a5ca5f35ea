"""`exporters`: what can be pasted from a Collector, what is refused, and with which words."""

from __future__ import annotations

import pytest

from sidetrace.config.exporters import GrpcExporter, HttpExporter

from .conftest import Problems, Read

WORKING = """
exporters:
  otlp/jaeger:
    endpoint: jaeger:4317
    tls: {insecure: true}
    compression: none
    sending_queue: {enabled: true, num_consumers: 10, queue_size: 5000}
    retry_on_failure: {enabled: true, initial_interval: 10s, max_interval: 60s, max_elapsed_time: 10m, multiplier: 2}
  otlp_http/langfuse:
    endpoint: https://cloud.langfuse.com/api/public/otel
    headers:
      Authorization: "Basic ${env:AUTH_STRING}"
  otlphttp:
    traces_endpoint: ${env:UPSTREAM:-http://localhost:14318/v1/traces}
    timeout: 10s
    sending_queue: {sizer: bytes, queue_size: 1000000}
"""


def test_the_exporters_of_a_working_collector_can_be_pasted(read: Read) -> None:
    config = read(WORKING, AUTH_STRING="sesame==")
    jaeger, langfuse, http = config.exporters.values()
    assert isinstance(jaeger, GrpcExporter)
    assert (jaeger.target, jaeger.secure, jaeger.compression, jaeger.timeout) == ("jaeger:4317", False, "none", 5.0)
    assert jaeger.retry_on_failure.max_elapsed_time == 600.0
    assert (jaeger.sending_queue.num_consumers, jaeger.sending_queue.bounds[0]) == (10, 5000)
    assert isinstance(langfuse, HttpExporter)
    assert langfuse.urls["logs"] == "https://cloud.langfuse.com/api/public/otel/v1/logs"
    assert langfuse.headers["Authorization"].get_secret_value() == "Basic sesame=="
    assert "sesame" not in f"{config!r}{config.model_dump_json()}"
    assert isinstance(http, HttpExporter)
    assert (http.urls, http.timeout) == ({"traces": "http://localhost:14318/v1/traces"}, 10.0)
    assert http.sending_queue.bounds[2] == 1_000_000


@pytest.mark.parametrize(
    ("endpoint", "tls", "target", "secure"),
    [
        ("h:4317", "", "h:4317", True),
        ("h:4317", "{}", "h:4317", True),
        ("h:4317", "{insecure: true}", "h:4317", False),
        ("http://h:4317/", "", "h:4317", False),
        ("https://h:4317", "{insecure: true}", "h:4317", True),
        ("'[::1]:4317'", "", "[::1]:4317", True),
        ("dns:///h:4317", "{insecure: true}", "dns:///h:4317", False),
        ("unix:///run/x.sock", "{insecure: true}", "unix:///run/x.sock", False),
    ],
)
def test_endpoints_of_grpc_are_read_as_the_collector_does(
    read: Read, endpoint: str, tls: str, target: str, secure: bool
) -> None:
    one = read(f"exporters: {{otlp_grpc: {{endpoint: {endpoint}, tls: {tls or 'null'}}}}}").exporters["otlp_grpc"]
    assert isinstance(one, GrpcExporter)
    assert (one.target, one.secure) == (target, secure)


@pytest.mark.parametrize(
    ("exporters", "said"),
    [
        ("debug: ", "debug: cannot be honoured: OTLP is all that is sent on (otlp_grpc, otlp_http); leave it out"),
        ("otlp/: {endpoint: 'h:1'}", "otlp/: expected a name after the slash, as in otlp/NAME"),
        ("otlp: ", "otlp.endpoint: expected a value, got nothing"),
        ("otlp: {endpoint: h}", "otlp.endpoint: expected host:port (IPv6 in brackets, no scheme), got 'h'"),
        ("otlp: {endpoint: 'h:0'}", "otlp.endpoint: expected the port of the upstream, got 0"),
        ("otlp: {endpoint: 'h:1', compression: zstd}", "otlp.compression: should be 'gzip' or 'none', got a text"),
        ("otlp: {endpoint: 'h:1', foo: 1}", "otlp.foo: unknown key; expected one of authority, balancer_name, "),
        (
            "otlp: {endpoint: 'h:1', tls: {insecure_skip_verify: true}}",
            "otlp.tls.insecure_skip_verify: cannot be true: grpcio verifies servers always; give the certificate",
        ),
        ("otlp: {endpoint: 'h:1', tls: {cert_file: /x}}", "otlp.tls: a certificate and its key go together"),
        (
            "otlp: {endpoint: 'h:1', tls: {ca_file: /x, ca_pem: x}}",
            "otlp.tls: expected one of ca_file and ca_pem; both",
        ),
        (
            "otlp: {endpoint: 'h:1', sending_queue: {enabled: false}}",
            "otlp.sending_queue.enabled: cannot be false: what is sent on waits in the database file first; leave",
        ),
        (
            "otlp: {endpoint: 'h:1', sending_queue: {block_on_overflow: true}}",
            "otlp.sending_queue.block_on_overflow: cannot be true: no answer waits for an upstream; leave it out",
        ),
        ("otlp: {endpoint: 'h:1', sending_queue: {queue_size: 0}}", "otlp.sending_queue.queue_size: should be greater"),
        (
            "otlp: {endpoint: 'h:1', retry_on_failure: {max_elapsed_time: 1s}}",
            "otlp.retry_on_failure: max_elapsed_time is shorter than initial_interval",
        ),
        (
            "otlphttp: {}",
            "otlphttp: expected an endpoint, or one of traces_endpoint, logs_endpoint and metrics_endpoint",
        ),
        ("otlphttp: {endpoint: 'h:4318'}", "otlphttp.endpoint: expected a URL such as https://host:4318, without user"),
        (
            "otlphttp: {endpoint: 'http://a:b@h'}",
            "otlphttp.endpoint: expected a URL such as https://host:4318, without",
        ),
        (
            "otlphttp: {endpoint: 'http://h', encoding: json}",
            "otlphttp.encoding: cannot be json: everything is sent on",
        ),
        (
            "otlphttp: {endpoint: 'http://h', headers: {Content-Type: x}}",
            "otlphttp.headers: Content-Type says what is sent, which is protobuf; leave it out",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_path(problems: Problems, exporters: str, said: str) -> None:
    (found,) = problems(f"exporters: {{{exporters}}}")
    assert found.startswith(f"exporters.{said}")
