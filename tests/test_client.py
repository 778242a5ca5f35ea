"""The Python client against a real server in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import sidetrace
from sidetrace import Client
from sidetrace.client_metrics import (
    AGGREGATIONS,
    AMOUNTS,
    BY_SCORE,
    COUNTS,
    GROUPS,
    RATES,
    SHORT,
    SHORT_GROUPS,
    question,
)
from sidetrace.errors import (
    BadParameter,
    BadQuery,
    BadRequest,
    ConfigError,
    NotFound,
    SidetraceError,
    Unauthorized,
    Unavailable,
)
from sidetrace.query.metrics_table import DIMENSIONS, MEASURES

from .running import Running, plain_environment, running

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "client.md").read_text("utf-8")
NOW = time.time_ns() - 3600 * 10**9
"""When the traces of these tests begin: an hour ago."""


def span(
    trace: int, number: int, parent: int = 0, lasts: float = 1.0, at: float = 0, **attributes: Any
) -> dict[str, Any]:
    """Return an OTLP/JSON span."""
    start = NOW + int(at * 1e9)
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue"}
    return {
        "traceId": f"{trace:032x}", "spanId": f"{number:016x}", "parentSpanId": f"{parent:016x}" if parent else "",
        "name": f"step {number}" if parent else f"ask {trace}", "kind": 1,
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(start + int(lasts * 1e9)),
        "attributes": [
            {"key": key.replace("__", "."), "value": {kinds[type(value)]: value}} for key, value in attributes.items()
        ],
    }  # fmt: skip


def call(trace: int, number: int, model: str, tokens: int, cost: float, **more: Any) -> dict[str, Any]:
    """Return a model call."""
    return span(
        trace, number, 1, langfuse__observation__type="generation", langfuse__observation__model__name=model,
        langfuse__observation__usage_details=f'{{"input": {tokens}, "output": 1, "total": {tokens + 1}}}',
        langfuse__observation__cost_details=f'{{"total": {cost}}}',
        langfuse__observation__input='[{"role": "user", "content": "Hi?"}]', langfuse__observation__output="Hello.",
        **more,
    )  # fmt: skip


def tell(server: Running, *spans: dict[str, Any]) -> None:
    """Send spans."""
    server.ask("/v1/traces", {"resourceSpans": [{"scopeSpans": [{"scope": {}, "spans": list(spans)}]}]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with three traces: two of ada in one session, one of bob."""
    with running(tmp_path_factory.mktemp("client") / "sidetrace.db") as started:
        for trace, user, session, kind in (
            (1, "ada", "s 1/ü", "article"),
            (2, "ada", "s 1/ü", "tutorial"),
            (3, "bob", "s2", "article"),
        ):
            tell(
                started,
                span(
                    trace, 1, lasts=2.0 * trace, user__id=user, session__id=session,
                    langfuse__trace__metadata__content_type=kind,
                    langfuse__trace__tags="v2,long" if trace == 1 else "v2",
                ),
                call(trace, 2, "big" if trace < 3 else "small", 10 * trace, 0.5, lasts=1.0 * trace),
            )  # fmt: skip
        yield started


@pytest.fixture
def client(server: Running, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client as a program has it that knows the server from its environment."""
    monkeypatch.setenv("LANGFUSE_BASE_URL", server.url + "/")
    return Client()


def told(client: Client, metric: str, by: str | None = None, **more: Any) -> dict[str | None, Any]:
    """Return the first value of each group."""
    return {group.key: group.values[0].value for group in client.get_metrics(metric, group_by=by, **more).groups}


def test_sessions_users_and_traces(client: Client) -> None:
    assert {each["id"]: each["countTraces"] for each in client.sessions()} == {"s 1/ü": 2, "s2": 1}
    assert [each["id"] for each in client.sessions(user_id="bob")] == ["s2"]
    assert [each["id"] for each in client.sessions(order_by="totalCost.desc", limit=1)] == ["s 1/ü"]
    assert [each["id"] for each in client.sessions(tags=["long"], environment=["default"])] == ["s 1/ü"]
    assert list(client.sessions(to_timestamp=datetime.now() - timedelta(days=1))) == []
    item = {"type": "number", "column": "countTraces", "operator": ">", "value": 1}
    assert [each["id"] for each in client.sessions(filter=[item])] == ["s 1/ü"]
    session = client.session("s 1/ü")
    assert (session["totalCost"], session["userIds"], len(session["traces"])) == (1.0, ["ada"], 2)
    assert [trace["cost"] for trace in client.session_tree("s 1/ü")["traces"]] == [0.5, 0.5]
    assert {each["id"] for each in client.users()} == {"ada", "bob"}
    assert client.user("ada")["sessionIds"] == ["s 1/ü"]
    assert [each["name"] for each in client.traces(user_id="bob")] == ["ask 3"]
    (trace,) = client.traces(session_id="s2", name="ask 3")
    assert client.trace(trace["id"])["totalCost"] == 0.5


def test_messages_of_an_observation(client: Client) -> None:
    found = client.messages(f"{2:016x}")
    assert found["input"] == [{"role": "user", "parts": [{"type": "text", "text": "Hi?"}]}]
    assert found["output"] == [{"role": "assistant", "parts": [{"type": "text", "text": "Hello."}]}]


def test_sql(client: Client) -> None:
    answer = client.sql("SELECT user_id, count(*) AS n FROM traces GROUP BY user_id ORDER BY user_id", limit=1)
    assert ([column["name"] for column in answer["columns"]], answer["rows"]) == (["user_id", "n"], [["ada", 2]])
    assert answer["truncated"]
    with pytest.raises(BadQuery):
        client.sql("DELETE FROM traces")


def test_questions_are_asked_and_saved(client: Client) -> None:
    found = client.find("traces by ada with latency > 3s", timezone="Europe/Berlin")
    assert (found["understood"], found["notUnderstood"]) == ('traces with user "ada" and latency > 3 s', [])
    assert [each["name"] for each in found["data"]] == ["ask 2"]
    assert len(client.find("traces", limit=1)["data"]) == 1
    saved = client.save("slow / \u00fc", "traces by ada with latency > 3s")
    assert saved in client.saved()
    assert client.find(saved="slow / \u00fc")["filter"] == found["filter"]
    with pytest.raises(BadRequest, match=r"'fast'; there are: 'slow / \u00fc'"):
        client.find(saved="fast")
    with pytest.raises(BadRequest, match="give one of them"):
        client.find("traces", saved="slow")
    with pytest.raises(BadRequest, match="banana"):
        client.save("x", "banana")
    client.delete_saved("slow / \u00fc")
    assert "slow / ü" not in [each["name"] for each in client.saved()]
    with pytest.raises(NotFound):
        client.delete_saved("slow")


def test_lists_go_on_over_pages(client: Client, server: Running) -> None:
    tell(server, *(span(1000 + number, 1, at=-86400 * 40, langfuse__release="old") for number in range(205)))
    item = {"type": "string", "column": "release", "operator": "=", "value": "old"}
    assert len({trace["id"] for trace in client.traces(filter=[item])}) == 205
    assert len(list(client.traces(filter=[item], limit=101))) == 101


def test_metrics_by_everything(client: Client) -> None:
    recent: dict[str, Any] = {"from_timestamp": datetime.now() - timedelta(days=7)}
    assert told(client, "trace_count", "user_id", **recent) == {"ada": 2, "bob": 1}
    assert told(client, "trace_count", "model", **recent) == {None: 3, "big": 2, "small": 1}
    assert told(client, "observation_count", "name", **recent) == {"ask 1": 2, "ask 2": 2, "ask 3": 2}
    assert told(client, "session_count", **recent) == {None: 2}
    assert told(client, "user_count", "metadata.content_type", **recent) == {"article": 2, "tutorial": 1}
    assert told(client, "total_cost", "session_id", **recent) == {"s 1/ü": 1.0, "s2": 0.5}
    assert told(client, "total_cost", "model", **recent) == {"big": 1.0, "small": 0.5, None: None}
    assert told(client, "input_tokens", "tag", **recent) == {"v2": 60, "long": 10}
    assert told(client, "latency", "environment", **recent) == {"default": 4000.0}
    assert told(client, "latency_p50", "model", **recent) == {"small": 3000.0, "big": 1500.0, None: 4000.0}
    assert told(client, "error_count", **recent) == {None: 0}
    assert told(client, "error_rate", "user", **recent) == {"ada": 0.0, "bob": 0.0}
    assert told(client, "cost", "session", **recent) == told(client, "total_cost", "session_id", **recent)
    assert told(client, "tokens_avg", **recent) == told(client, "total_tokens_avg", **recent)
    assert told(client, "trace_count", to_timestamp="2001-01-01T00:00:00Z") == {None: 0}
    assert told(client, "error_rate", to_timestamp="2001-01-01T00:00:00Z") == {None: None}


def test_values_come_by_time(client: Client, server: Running) -> None:
    tell(
        server,
        *(span(2000 + day, 1, at=-86400 * (100 + day), user__id="eve") for day in (0, 1, 1)),
        span(2009, 1, at=-86400 * 101, user__id="eve"),
    )
    until = datetime.now(UTC) - timedelta(days=90)
    metrics = client.get_metrics("trace_count", to_timestamp=until, group_by="user_id", granularity="day")
    (eve,) = [group for group in metrics.groups if group.key == "eve"]
    first = datetime.fromtimestamp(NOW / 1e9 - 86400 * 101, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert [(value.timestamp, value.value) for value in eve.values] == [(first, 2), (first + timedelta(days=1), 1)]


def test_without_times_it_is_all_there_is(client: Client, server: Running) -> None:
    """Also what comes from a clock that is years ahead."""
    tell(server, span(3000, 1, at=86400 * 900, user__id="ahead"))
    assert told(client, "trace_count", "user_id")["ahead"] == 1
    client.delete_trace(f"{3000:032x}")


def test_scores_and_their_averages(client: Client) -> None:
    for number, value in enumerate((0.5, 1.0), 1):
        trace = f"{number:032x}"
        assert client.score("accuracy", value, trace_id=trace, score_id=f"a{number}", comment="close") == f"a{number}"
        client.score("right", value == 1.0, trace_id=trace, data_type="BOOLEAN", timestamp=datetime.now())
    client.score("csat", 4, session_id="s2")
    assert told(client, "score.accuracy", "user_id") == {"ada": 0.75}
    assert told(client, "verdict.right", "session_id") == {"s 1/ü": 0.5}
    assert [(each["name"], each["value"]) for each in client.session("s2")["scores"]] == [("csat", 4.0)]
    with pytest.raises(BadRequest, match=r"sessionId|traceId"):
        client.score("nobody's", 1)


def test_marks_and_links(client: Client, server: Running) -> None:
    client.bookmark("s 1/ü")
    assert client.session("s 1/ü")["bookmarked"]
    client.bookmark("s 1/ü", False)
    assert not client.session("s 1/ü")["bookmarked"]
    link = client.publish("s2")
    assert link.startswith(f"{server.url}/share/")
    assert client.publish("s2") == link
    client.revoke("s2")
    assert not client.session("s2")["public"]
    assert client.publish("s2") != link


def test_a_deleted_trace_is_gone(client: Client, server: Running) -> None:
    tell(server, span(9, 1, session__id="short"))
    assert client.session("short")["countTraces"] == 1
    client.delete_trace(f"{9:032x}")
    for ask in (lambda: client.trace(f"{9:032x}"), lambda: client.session("short")):
        with pytest.raises(NotFound):
            ask()


def test_doctor_and_health(client: Client) -> None:
    assert client.health() == {"status": "ok"}
    assert client.doctor()["received"] >= 6


def test_errors_say_what_the_server_says(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        client.session("nowhere")
    with pytest.raises(BadRequest, match="orderBy"):
        list(client.sessions(order_by="colour.asc"))
    with pytest.raises(BadParameter, match=r"metric_name: .*trace_count"):
        client.get_metrics("speed")
    with pytest.raises(BadParameter, match=r"group_by: .*metadata\.KEY"):
        client.get_metrics("latency", group_by="colour")
    with pytest.raises(BadParameter, match="cannot be told by 'type'"):
        client.get_metrics("score.x", group_by="type")
    with pytest.raises(Unavailable, match="is `sidetrace serve` running"):
        Client("http://127.0.0.1:9").health()
    with pytest.raises(ConfigError, match="url"):
        Client("localhost:4318")
    with pytest.raises(ConfigError, match="go together"):
        Client(public_key="pk")
    with pytest.raises(SidetraceError, match="is it sidetrace"):
        client._ask("GET", "/nothing/like/that")
    # Langfuse's variables as they stand beside a proxy, which localhost does not need
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Client().health() == {"status": "ok"}


def test_keys_open_their_own_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "projects:\n  shop: {public_key: pk-shop, secret_key: sk-shop}\n  lab: {bearer_token: lab-token}\n", "utf-8"
    )
    with running(tmp_path / "sidetrace.db", "--config", str(config)) as server:
        shop = Client(server.url, public_key="pk-shop", secret_key="sk-shop")
        shop.score("csat", 5, session_id="s")
        assert told(shop, "score.csat") == {None: 5.0}
        assert told(Client(server.url, token="lab-token"), "score.csat") == {None: None}
        for stranger in (Client(server.url), Client(server.url, token="shop-token")):
            with pytest.raises(Unauthorized):
                list(stranger.sessions())
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-shop")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-shop")
        assert list(Client(server.url).sessions()) == []


SNIPPET = """
from sidetrace import Client
from datetime import datetime, timedelta

langfuse = Client()

# Query session metrics via Metrics API instead of SQL
metrics = langfuse.get_metrics(
    metric_name="trace_count",
    from_timestamp=datetime.now() - timedelta(days=7),
    to_timestamp=datetime.now(),
    group_by="user_id",
    granularity="day",
)

for group in metrics.groups:
    print(f"User {group.key}: {group.values[0].value} traces")
"""
"""The example of Langfuse's pages for metrics by user, with our client in the place of theirs."""


def run(code: str, server: Running, **environment: str) -> str:
    """Return what a program prints that knows the server from its environment."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=plain_environment({"LANGFUSE_HOST": server.url, **environment}),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_example_of_langfuse(server: Running) -> None:
    # an hour ago may have been yesterday, and then the day is the same for all
    assert run(SNIPPET, server) == "User ada: 2 traces\nUser bob: 1 traces\n"


def test_the_example_of_the_page(server: Running) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = run(code, server)
    for expected in (
        r"^s 1/ü 2 traces 1\.0 USD$", r"^Session: (s2|s 1/ü)$", r"^  ask \d \d000\.0 ms 0\.5 USD$",
        r"^    step 2 \d000\.0 ms 0\.5 USD$", r"^User ada: 2 traces on \d\d \w+$", r"^\['ada', 2\]$",
        rf"^Look: {server.url}/share/\S+$",
    ):  # fmt: skip
        assert re.search(expected, said, re.MULTILINE), (expected, said)


def test_the_page_has_every_metric_and_group() -> None:
    names = [*COUNTS, *RATES, *AMOUNTS, *SHORT, *GROUPS, *SHORT_GROUPS, *(f"{prefix}NAME" for prefix in BY_SCORE)]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    assert [name for name in AGGREGATIONS if f"`_{name}`" not in PAGE] == []
    methods = [name for name in vars(Client) if not name.startswith("_") and callable(getattr(Client, name))]
    assert methods
    assert [name for name in methods if not re.search(rf"`{name}\(", PAGE)] == []


def test_every_metric_and_group_is_one_that_the_server_knows() -> None:
    for metric in (*COUNTS, *RATES, *AMOUNTS, *SHORT, "score.x", "verdict.x"):
        for group in (*GROUPS, *SHORT_GROUPS):
            try:
                asked = question(metric, group)
            except BadParameter:
                continue
            assert asked.dimension in DIMENSIONS[asked.view]  # type: ignore[index]
            assert asked.measure in MEASURES[asked.view]  # type: ignore[index]


def test_the_client_brings_nothing_of_the_server(server: Running) -> None:
    code = (
        "import sys; from sidetrace import Client; Client().health();"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in"
        " ('aiohttp', 'grpc', 'google', 'sqlite3', 'pydantic', 'orjson') or name.startswith('sidetrace.')))"
    )
    assert run(code, server) == "['sidetrace.client', 'sidetrace.client_metrics', 'sidetrace.errors']\n"


def test_the_package_alone_brings_no_client(server: Running) -> None:
    code = "import sys, sidetrace; print([name for name in sys.modules if name.startswith('sidetrace.')])"
    assert run(code, server) == "[]\n"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        sidetrace.nothing  # type: ignore[attr-defined]  # noqa: B018
