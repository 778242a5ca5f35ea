"""The environments that the programs run in: one for each set of packages that real users install together.

They are kept in `.interop/` of the checkout between runs, and made again when a pin or the interpreter changes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".interop"

OPENAI = "openai==3.51.0"
OPENAI_2 = "openai==2.54.0"
"""For instrumentations that import `httpx` without requiring it: the client does not bring it from version 3 on."""

OVER_HTTP = "opentelemetry-exporter-otlp-proto-http==1.45.2"
OVER_GRPC = "opentelemetry-exporter-otlp-proto-grpc==1.45.2"

PYTHON: dict[str, list[str]] = {
    "langfuse-2": ["langfuse==2.60.10"],
    "langfuse-3": ["langfuse==3.15.0", OPENAI],
    "langfuse-4": ["langfuse==4.18.0", OPENAI],
    "langfuse-5": ["langfuse==5.0.4", OPENAI],
    "openinference": [
        "openinference-instrumentation-openai==0.1.66",
        "openinference-instrumentation-langchain==0.1.80",
        "langchain==1.5.2",
        "langgraph==1.2.24",
        "langchain-openai==1.7.4",
        OVER_HTTP,
    ],
    "traceloop": ["traceloop-sdk==0.62.4", OPENAI_2],
    "openai-v2": [
        "opentelemetry-instrumentation-openai-v2==2.4b0",
        "opentelemetry-util-genai==0.4b0",  # the newest that it works with, and it takes any
        "opentelemetry-processor-baggage==0.66b1",
        OPENAI_2,
        OVER_HTTP,
        OVER_GRPC,
    ],
    "pydantic-ai": ["pydantic-ai-slim[openai]==2.68.0", "logfire==5.4.0"],
    "opentelemetry-python": [OVER_HTTP, OVER_GRPC],
    "opentelemetry-python-json": ["opentelemetry-exporter-otlp-json-http==0.66b1"],  # not beside this OVER_HTTP
    "litellm": ["litellm==1.109.1", OVER_HTTP, OVER_GRPC],
    "openai-agents-openinference": [
        "openai-agents==0.24.0",
        "openinference-instrumentation-openai-agents==2.6.0",
        OVER_HTTP,
    ],
    "openai-agents-genai": [
        "openai-agents==0.24.0",
        "opentelemetry-instrumentation-genai-openai-agents==1.3b0",
        "opentelemetry-instrumentation-genai-openai==1.3b0",
        OVER_GRPC,
    ],
}
"""Requirements of each Python environment: what a program names, pinned; what those need, as it resolves."""

_JS_OPENTELEMETRY = {
    "@opentelemetry/api": "1.9.1",
    "@opentelemetry/exporter-trace-otlp-http": "0.223.1",
    "@opentelemetry/exporter-trace-otlp-proto": "0.223.1",
    "@opentelemetry/sdk-trace-node": "2.12.0",
}

NODE: dict[str, dict[str, str]] = {
    "opentelemetry-js": {**_JS_OPENTELEMETRY, "@opentelemetry/exporter-trace-otlp-grpc": "0.223.1"},
    "vercel-ai-6": {"ai": "6.0.326", "@ai-sdk/openai": "3.0.141", "zod": "4.6.7", **_JS_OPENTELEMETRY},
    "vercel-ai-7": {
        "ai": "7.0.173",  # asks for Node 22 and runs on 20
        "@ai-sdk/openai": "4.0.118",
        "@ai-sdk/otel": "1.0.173",
        "zod": "4.6.7",
        **_JS_OPENTELEMETRY,
    },
    "langfuse-js-4": {
        "@langfuse/client": "4.6.1",
        "@langfuse/tracing": "4.6.1",
        "@langfuse/otel": "4.6.1",
        **_JS_OPENTELEMETRY,
    },
    "langfuse-js": {
        "@langfuse/client": "5.11.1",
        "@langfuse/tracing": "5.11.1",
        "@langfuse/otel": "5.11.1",
        "@langfuse/openai": "5.11.1",
        "openai": "5.12.0",
        **_JS_OPENTELEMETRY,
    },
}
"""Dependencies of each npm folder."""


def python(name: str) -> Path:
    """Return the interpreter of a Python environment, which is made unless it stands."""
    folder = FOLDER / name
    interpreter = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def make() -> None:
        do("uv", "venv", "--quiet", "--python", sys.executable, folder)
        do("uv", "pip", "install", "--quiet", "--python", interpreter, *PYTHON[name])

    keep(folder, f"{PYTHON[name]}\n{sys.version}", make)
    return interpreter


def node(name: str) -> Path:
    """Return the folder where `node` finds an npm set, which is made unless it stands."""
    folder = FOLDER / name
    package = json.dumps({"private": True, "type": "module", "dependencies": NODE[name]}, indent=2)

    def make() -> None:
        folder.mkdir()
        (folder / "package.json").write_text(package, encoding="utf-8")
        do("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder)

    keep(folder, package, make)
    return folder


def keep(folder: Path, wanted: str, make: Callable[[], None]) -> None:
    """Make a folder, unless it was made of what is wanted now."""
    stamp = folder / "made-of"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if folder.exists():
        shutil.rmtree(folder)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    make()
    stamp.write_text(wanted, encoding="utf-8")


def do(*command: str | Path, cwd: Path | None = None, more: Mapping[str, str] | None = None) -> str:
    """Run a command, with more variables, which must succeed; return what it prints."""
    environment = {**os.environ, **(more or {})}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout
