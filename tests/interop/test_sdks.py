"""The OpenTelemetry SDKs of five languages, over each protocol that their exporters speak, compressed and not."""

from __future__ import annotations

import shutil

import pytest

from ..running import Running
from .conftest import Talk
from .sdks import SDKS, Sdk, check


@pytest.mark.parametrize("compression", [pytest.param(None, id="plain"), "gzip"])
@pytest.mark.parametrize(
    ("sdk", "protocol"),
    [pytest.param(sdk, protocol, id=f"{sdk.language}-{protocol}") for sdk in SDKS for protocol in sdk.protocols],
)
def test_spans_are_stored_as_told(
    server: Running, talk: Talk, sdk: Sdk, protocol: str, compression: str | None
) -> None:
    if sdk.language == "rust" and not shutil.which("cargo"):
        pytest.skip("there is no cargo")
    variables = {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol, "OTEL_EXPORTER_OTLP_COMPRESSION": compression}
    check(server, talk(sdk.program, sdk.environment, None, variables), sdk.language)
