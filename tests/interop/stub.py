"""An OpenAI-compatible server on loopback, which says the same thing about the weather each time.

Chat completions, responses and embeddings, whole and streamed. Where tools are offered and none has answered yet, it
calls the first; else it answers `ANSWER`. A question with the word FAIL is a bad request, which no client repeats. The
usage is `USAGE` for each call, so that whatever is counted twice shows.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

ANSWER = "It is sunny in Paris."
ARGUMENTS = {"city": "Paris"}
REFUSAL = "The question cannot be answered."

INPUT, CACHED, OUTPUT, REASONING = 42, 10, 17, 5
TOTAL = INPUT + OUTPUT
"""Tokens of each call. The cached ones are of the input, those for reasoning of the output."""

COST = ((INPUT - CACHED) * 0.15 + CACHED * 0.075 + OUTPUT * 0.60) / 1e6
"""What a call of gpt-4o-mini costs in US dollars."""

EMBEDDING_COST = INPUT * 0.02 / 1e6
"""What an embedding by text-embedding-3-small costs."""

VECTOR = [0.25, 0.5, -0.125]
CREATED = 1_790_000_000

Json = dict[str, Any]


class Stub:
    """The server: where it is, and what it was asked and answered, as (path, streamed) in order."""

    def __init__(self) -> None:
        self.answered: list[tuple[str, bool]] = []
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        """The base address, as `OPENAI_BASE_URL` wants it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def answers(self, path: str) -> int:
        """Return how many calls of `path` were answered and not refused."""
        return sum(answered == path for answered, _ in self.answered)

    def count(self, path: str, streamed: bool) -> int:
        """Note an answer and return its number, which makes its id."""
        with self._lock:
            self.answered.append((path, streamed))
            return len(self.answered)

    @contextmanager
    def serving(self) -> Iterator[Stub]:
        """Serve until the end of the block."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5  # a client that keeps its connection must not keep the server
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            request: Json = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = self.path.removeprefix("/v1")
            if path not in _ANSWERS:
                return self._send(404, {"error": {"message": f"no {self.path} here", "type": "invalid_request_error"}})
            if "FAIL" in json.dumps(request.get("messages") or request.get("input")):
                error = {"message": REFUSAL, "type": "invalid_request_error", "param": None, "code": "bad_question"}
                return self._send(400, {"error": error})
            streamed = bool(request.get("stream"))
            answer = _ANSWERS[path](request, stub.count(path, streamed))
            if not streamed:
                return self._send(200, answer)
            return self._stream(_STREAMS[path](request, answer))

        def _send(self, status: int, answer: Json) -> None:
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, lines: Iterator[str]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.writelines(f"{line}\n\n".encode() for line in lines)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing on standard error."""

    return Handler


def _chat(request: Json, number: int) -> Json:
    message: Json = {"role": "assistant", "content": ANSWER, "refusal": None}
    if request.get("tools") and not any(said["role"] == "tool" for said in request["messages"]):
        function = {"name": request["tools"][0]["function"]["name"], "arguments": json.dumps(ARGUMENTS)}
        message |= {"content": None, "tool_calls": [{"id": f"call_{number}", "type": "function", "function": function}]}
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": CREATED,
        "model": request["model"],
        "system_fingerprint": "fp_stub",
        "service_tier": "default",
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
                "logprobs": None,
                "message": message,
            }
        ],
        "usage": {
            "prompt_tokens": INPUT,
            "completion_tokens": OUTPUT,
            "total_tokens": TOTAL,
            "prompt_tokens_details": {"cached_tokens": CACHED, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": REASONING, "audio_tokens": 0},
        },
    }


def _chat_stream(request: Json, answer: Json) -> Iterator[str]:
    (choice,) = answer["choices"]
    same = {key: answer[key] for key in ("id", "created", "model", "system_fingerprint")}
    if "tool_calls" in choice["message"]:
        deltas: list[Json] = [
            {"role": "assistant", "content": None},
            {"tool_calls": [{"index": 0, **call} for call in choice["message"]["tool_calls"]]},
        ]
    else:
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in _pieces(ANSWER))]

    def chunk(choices: list[Json], usage: Json | None = None) -> str:
        return _data({**same, "object": "chat.completion.chunk", "choices": choices, "usage": usage})

    for delta in deltas:
        yield chunk([{"index": 0, "delta": delta, "finish_reason": None}])
    yield chunk([{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}])
    if (request.get("stream_options") or {}).get("include_usage"):
        yield chunk([], answer["usage"])
    yield "data: [DONE]"


def _response(request: Json, number: int) -> Json:
    said = request["input"] if isinstance(request["input"], list) else []
    called = any(item.get("type") == "function_call_output" for item in said)
    if request.get("tools") and not called:
        item: Json = {
            "id": f"fc_{number}",
            "type": "function_call",
            "call_id": f"call_{number}",
            "name": request["tools"][0]["name"],
            "arguments": json.dumps(ARGUMENTS),
        }
    else:
        content = [{"type": "output_text", "text": ANSWER, "annotations": [], "logprobs": []}]
        item = {"id": f"msg_{number}", "type": "message", "role": "assistant", "content": content}
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "model": request["model"],
        "output": [{**item, "status": "completed"}],
        "usage": {
            "input_tokens": INPUT,
            "input_tokens_details": {"cached_tokens": CACHED},
            "output_tokens": OUTPUT,
            "output_tokens_details": {"reasoning_tokens": REASONING},
            "total_tokens": TOTAL,
        },
        "instructions": request.get("instructions"),
        "tools": request.get("tools") or [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "temperature": request.get("temperature", 1.0),
        "top_p": 1.0,
        "metadata": request.get("metadata") or {},
        "previous_response_id": request.get("previous_response_id"),
        "error": None,
        "incomplete_details": None,
    }


def _response_stream(_request: Json, answer: Json) -> Iterator[str]:
    (item,) = answer["output"]
    begun = {**answer, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": item["id"], "output_index": 0}
    events: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
    ]
    opened = {**item, "status": "in_progress", **({"arguments": ""} if "arguments" in item else {"content": []})}
    events.append({"type": "response.output_item.added", "output_index": 0, "item": opened})
    if "arguments" in item:
        prefix = "response.function_call_arguments"
        events += [{"type": f"{prefix}.delta", **place, "delta": piece} for piece in _pieces(item["arguments"])]
        events.append({"type": f"{prefix}.done", **place, "arguments": item["arguments"]})
    else:
        place["content_index"] = 0
        (part,) = item["content"]
        events.append({"type": "response.content_part.added", **place, "part": {**part, "text": ""}})
        events += [
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in _pieces(ANSWER)
        ]
        events.append({"type": "response.output_text.done", **place, "text": ANSWER, "logprobs": []})
        events.append({"type": "response.content_part.done", **place, "part": part})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": answer})
    for number, event in enumerate(events):
        yield f"event: {event['type']}\n" + _data({**event, "sequence_number": number})


def _embeddings(request: Json, number: int) -> Json:
    texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
    packed = base64.b64encode(struct.pack(f"<{len(VECTOR)}f", *VECTOR)).decode()
    vector = packed if request.get("encoding_format") == "base64" else VECTOR
    return {
        "object": "list",
        "model": request["model"],
        "data": [{"object": "embedding", "index": index, "embedding": vector} for index, _ in enumerate(texts)],
        "usage": {"prompt_tokens": INPUT, "total_tokens": INPUT},
    }


def _pieces(text: str) -> Iterator[str]:
    middle = len(text) // 2
    yield text[:middle]
    yield text[middle:]


def _data(value: Json) -> str:
    return f"data: {json.dumps(value)}"


_ANSWERS = {"/chat/completions": _chat, "/responses": _response, "/embeddings": _embeddings}
_STREAMS = {"/chat/completions": _chat_stream, "/responses": _response_stream}
