"""Configuration: defaults, the example file, what is refused and how it is said."""

from __future__ import annotations

import copy
import pickle
import re
import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from sidetrace.config import Config, Endpoint, Section, default_path, load
from sidetrace.config.exporters import ClientTls, GrpcExporter, HttpExporter
from sidetrace.config.extensions import KINDS
from sidetrace.config.tls import HttpTls
from sidetrace.errors import ConfigError
from sidetrace.keys import Secret

EXAMPLE = Path(__file__).resolve().parents[1] / "config.example.yaml"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str, **environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), environment=environment)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def keys(model: type[BaseModel], lead: str = "") -> list[str]:
    if model is HttpTls and lead.startswith("extensions."):
        return []  # as above
    found: list[str] = []
    for name, field in model.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        below = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)]
        if model is Config and name == "extensions":
            found += [key for id, kind in KINDS.items() for key in keys(kind, f"extensions.{id}.")]
            continue
        if model is Config and name == "exporters":
            found += keys(GrpcExporter, "exporters.otlp_grpc.")
            shared = tuple(f"exporters.otlp_http.{block}." for block in ("retry_on_failure", "sending_queue"))
            base = {f"exporters.otlp_http.tls.{key}" for key in ClientTls.model_fields}  # as above
            http = keys(HttpExporter, "exporters.otlp_http.")
            found += [key for key in http if not key.startswith(shared) and key not in base]
            continue
        inside = f"{lead}{name}.shop." if str in kinds else f"{lead}{name}."  # of a mapping by name
        found += keys(below[0], inside) if below else [lead + name]
    return found


def uncommented(text: str) -> str:
    """The text with its commented keys put in."""
    return re.sub(r"^( *)# ((?:  )*)(?:# )?([\w/]+:(?: \S.*)?)$", r"\1\2\3", text, flags=re.MULTILINE)


def test_without_a_file_both_doors_listen_on_loopback() -> None:
    config = load(environment={})
    assert config.grpc is not None
    assert config.http is not None
    assert (str(config.grpc.endpoint), str(config.http.endpoint)) == ("127.0.0.1:4317", "127.0.0.1:4318")
    assert (config.grpc.limit, config.http.limit) == (4 * 1024**2, 20 * 1024**2)
    assert config.storage.path == default_path()


def test_the_example_holds_every_key_with_its_default() -> None:
    assert load(EXAMPLE, environment={}) == Config()
    shown = YAML(typ="safe", pure=True).load(uncommented(EXAMPLE.read_text(encoding="utf-8")))
    for key in keys(Config):
        value = shown
        for part in key.split("."):
            assert part in value, f"{key} is not in config.example.yaml"
            value = value[part]
        assert value is not None, f"{key} has no value in config.example.yaml"


def test_all_problems_are_told_together_with_their_paths(tmp_path: Path) -> None:
    assert problems(
        tmp_path,
        """
        receivers:
          otlp:
            protocols:
              grpc: {foo: 1, max_recv_msg_size_mib: "16", endpoint: 4317}
              http: {endpoint: "http://127.0.0.1:4318", traces_url_path: 7}
        storage: {synchronous: fast, queue_spans: 0}
        mapping: {session_id: my.key, tags: [1]}
        query: []
        bar: 1
        """,
    ) == [
        "receivers.otlp.protocols.grpc.endpoint: expected host:port, got 4317",
        "receivers.otlp.protocols.grpc.max_recv_msg_size_mib: expected an integer, got the text '16'",
        "receivers.otlp.protocols.grpc.foo: unknown key; expected one of auth, endpoint, include_metadata, keepalive, "
        "max_concurrent_streams, max_recv_msg_size_mib, tls, transport",
        "receivers.otlp.protocols.http.endpoint: expected host:port (IPv6 in brackets, no scheme), "
        "got 'http://127.0.0.1:4318'",
        "receivers.otlp.protocols.http.traces_url_path: expected a text, got 7",
        "storage.queue_spans: should be greater than or equal to 1, got 0",
        "storage.synchronous: should be 'full' or 'normal', got the text 'fast'",
        "mapping.session_id: expected a list, got the text 'my.key'",
        "mapping.tags.0: expected a text, got 1",
        "query: expected a mapping, got a list",
        "bar: unknown key; expected one of exporters, extensions, mapping, projects, query, receivers, service, "
        "storage",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", 'config.yaml:2: found duplicate key "a"'),
        ("storage: [\n", "config.yaml:2: "),
        ("- a\n", "config.yaml: expected a mapping of sections, got a list"),
        ("storage: {path: '${file:x}'}", "storage.path: ${file:x} is no reference"),
        ("storage: {path: '${NAME:-x}'}", "storage.path: ${NAME:-x} is no reference"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"^[^\n]*$") as caught:
        load(write(tmp_path, text), environment={})
    assert said in str(caught.value)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml", environment={})


def test_yaml_is_1_2(tmp_path: Path) -> None:
    assert problems(tmp_path, "query: {sql_rows: yes}") == ["query.sql_rows: expected an integer, got the text 'yes'"]


def test_a_protocol_left_out_is_off_and_one_without_keys_has_its_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, "receivers: {otlp: {protocols: {grpc: }}}"), environment={})
    assert config.http is None
    assert config.grpc is not None
    assert config.grpc.endpoint == Endpoint("127.0.0.1", 4317)
    assert problems(tmp_path, "receivers: {otlp: {protocols: {}}}") == [
        "receivers.otlp.protocols: must specify at least one protocol, grpc or http"
    ]


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_the_path_of_a_signal_is_a_plain_path_of_its_own(tmp_path: Path, signal: str) -> None:
    place = f"receivers: {{otlp: {{protocols: {{http: {{{signal}_url_path: "
    config = load(write(tmp_path, place + "in}}}}"), environment={})
    assert config.http is not None
    assert config.http.paths == {name: f"/v1/{name}" for name in ("traces", "logs", "metrics")} | {signal: "/in"}
    assert problems(tmp_path, place + "'/v1/{name}'}}}}") == [
        f"receivers.otlp.protocols.http.{signal}_url_path: expected a plain path such as /v1/traces, got '/v1/{{name}}'"
    ]
    other = "logs" if signal == "traces" else "traces"
    (problem,) = problems(tmp_path, f"{place}/v1/{other}}}}}}}}}")
    assert problem.startswith("receivers.otlp.protocols.http: ")
    assert problem.endswith(f" are both /v1/{other}")
    assert f"{signal}_url_path" in problem


def test_an_empty_file_and_keys_without_values_are_the_defaults(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), environment={}) == Config()
    assert load(write(tmp_path, "receivers:\nstorage: {path: }\nquery:\n"), environment={}) == Config()


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "storage: {path: file.db}")
    flags = {"storage.path": "flag.db", "receivers.otlp.protocols.http.endpoint": "[::1]:0"}
    assert load(path, environment={}).storage.path == Path("file.db")
    assert load(path, environment={"SIDETRACE_DB": "variable.db"}).storage.path == Path("variable.db")
    config = load(path, flags, {"SIDETRACE_DB": "variable.db"})
    assert config.storage.path == Path("flag.db")
    assert config.http is not None
    assert config.http.endpoint == Endpoint("::1", 0)
    assert config.grpc is not None, "naming one protocol on the command line leaves the other on"
    assert load(path, {"storage.path": None}, {}).storage.path == Path("file.db")


def test_environment_values_take_the_type_that_is_asked_for(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        storage: {path: "${env:DIR}", queue_spans: "${COUNT}", queue_bytes_mib: "${env:UNSET:-7}"}
        query: ${env:QUERY}
        mapping: {session_id: ["a.$NAME.$$.${env:DIR}", "${env:UNSET}x"], tags: "${env:TAGS}"}
        """,
    )
    config = load(
        path, environment={"DIR": "0123", "COUNT": "12", "QUERY": "sql_seconds: 1.5", "TAGS": "[a, b]", "NAME": "no"}
    )
    assert config.storage.path == Path("0123")
    assert (config.storage.queue_spans, config.storage.queue_bytes_mib) == (12, 7)
    assert config.query.sql_seconds == 1.5
    assert config.mapping.extra_keys() == {"session_id": ["a.$NAME.$.0123", "x"], "tags": ["a", "b"]}


def test_a_variable_that_is_set_but_empty_does_not_take_the_default(tmp_path: Path) -> None:
    path = write(tmp_path, "mapping: {session_id: ['x${env:EMPTY:-default}']}")
    assert load(path, environment={"EMPTY": ""}).mapping.session_id == ["x"]
    assert load(path, environment={}).mapping.session_id == ["xdefault"]


def test_a_wrong_value_of_a_variable_is_told_with_its_path(tmp_path: Path) -> None:
    assert problems(tmp_path, "query: {sql_rows: '${env:ROWS}'}", ROWS="many") == [
        "query.sql_rows: expected an integer, got the text 'many'"
    ]


@pytest.mark.parametrize("text", ["4317", ":4317", "::1:4317", "localhost", "localhost:", "localhost:65536", "a:-1"])
def test_an_endpoint_that_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Endpoint.parse(text)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [("127.0.0.1:1", True), ("[::1]:1", True), ("localhost:1", True), ("127.8.8.8:1", True), ("0.0.0.0:1", False),
     ("[::]:1", False), ("192.168.1.2:1", False), ("example.org:1", False)],
)  # fmt: skip
def test_an_endpoint_knows_whether_only_this_machine_reaches_it(text: str, loopback: bool) -> None:
    endpoint = Endpoint.parse(text)
    assert str(endpoint) == text
    assert endpoint.loopback is loopback


SECRETS = ("pk-open", "sk-sesame", "tok-sesame", "12345678")


@pytest.mark.parametrize(
    ("projects", "said"),
    [
        ("", "projects: names no project; leave the key out for a receiver without keys"),
        ("{}", "projects: names no project; leave the key out for a receiver without keys"),
        ("${env:UNSET}", "projects: names no project; leave the key out for a receiver without keys"),
        ("${env:EMPTY}", "projects: names no project; leave the key out for a receiver without keys"),
        ("sk-sesame", "projects: expected projects by name, got a text"),
        ("[sk-sesame]", "projects: expected projects by name, got a list"),
        ("{shop: sk-sesame}", "projects.shop: expected a mapping, got a text"),
        ("{shop: 12345678}", "projects.shop: expected a mapping, got a number"),
        (
            "{shop: }",
            "projects.shop: needs public_key and secret_key, or bearer_token, or all three, each with a value",
        ),
        (
            "{shop: {public_key: pk-open}}",
            "projects.shop: public_key and secret_key go together; one of them is missing",
        ),
        (
            "{shop: {secret_key: sk-sesame, bearer_token: tok-sesame}}",
            "projects.shop: public_key and secret_key go toge",
        ),
        (
            "{shop: {public_key: pk-open, secret_key: '${env:UNSET}'}}",
            "projects.shop: public_key and secret_key go toge",
        ),
        ("{shop: {public_key: pk-open, secret_key: '${env:EMPTY}'}}", "projects.shop.secret_key: is empty"),
        ("{shop: {public_key: 'pk-open:x', secret_key: sk-sesame}}", "projects.shop.public_key: may hold no colon"),
        ("{shop: {bearer_token: 12345678}}", "projects.shop.bearer_token: expected a text; put the key in quotes"),
        ("{shop: {bearer_token: [tok-sesame]}}", "projects.shop.bearer_token: expected a text; put the key in quotes"),
        ("{shop: {bearer_token: 'tok-sesame '}}", "projects.shop.bearer_token: may hold visible ASCII characters only"),
        (
            '{shop: {bearer_token: "tok-sesame\\n"}}',
            "projects.shop.bearer_token: may hold visible ASCII characters only",
        ),
        ("{shop: {bearer_token: tok-sesamé}}", "projects.shop.bearer_token: may hold visible ASCII characters only"),
        ("{shop: {bearer_tokn: tok-sesame}}", "projects.shop.bearer_tokn: unknown key"),
        ("{'': {bearer_token: tok-sesame}}", "projects: '' is no name of a project"),
        ("{a/b: {bearer_token: tok-sesame}}", "projects: 'a/b' is no name of a project"),
        ("{..: {bearer_token: tok-sesame}}", "projects: '..' is no name of a project"),
        ("{1: {bearer_token: tok-sesame}}", "projects: 1 is no name of a project"),
    ],
)
def test_projects_that_cannot_be_used_are_refused_and_no_key_is_shown(tmp_path: Path, projects: str, said: str) -> None:
    path = write(tmp_path, f"projects: {projects}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, environment={"EMPTY": ""})
    assert said in str(caught.value)
    told = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            "public_key: x, secret_key: a",
            "public_key: x, secret_key: b",
            "projects.b.public_key is the same as projects.a",
        ),
        ("bearer_token: x", "bearer_token: x", "projects.b.bearer_token is the same as projects.a.bearer_token"),
        (
            "bearer_token: x",
            "public_key: x, secret_key: b",
            "projects.b.public_key is the same as projects.a.bearer_token",
        ),
    ],
)
def test_two_projects_share_no_key(tmp_path: Path, first: str, second: str, said: str) -> None:
    (problem,) = problems(tmp_path, f"projects: {{a: {{{first}}}, b: {{{second}}}}}")
    assert said in problem
    load(write(tmp_path, "projects: {a: {public_key: x, secret_key: s}, b: {public_key: y, secret_key: s}}"))


@pytest.mark.parametrize(
    "text",
    [
        "projects: {shop: {bearer_token: tok-sesame, bearer_token: sk-sesame}}",
        "projects: {shop: {bearer_token: 'a${tok-sesame!}'}}",
        "projects: {shop: {bearer_token: tok-sesame, ",
    ],
)
def test_a_file_that_cannot_be_read_shows_no_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), environment={})
    assert not [secret for secret in SECRETS if secret in str(caught.value)]


def test_of_keys_only_digests_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "projects: {shop: {public_key: '${P}', secret_key: '${env:S}', bearer_token: '${env:T}'}}")
    config = load(path, environment={"P": "pk-open", "S": "12345678", "T": "tok-sesame"})
    shop = config.projects["shop"]
    assert (shop.public_key, shop.secret_key) == (Secret("pk-open"), Secret("12345678")), "a number too is a text"
    assert shop.bearer_token == Secret("tok-sesame") != Secret("tok-sesam")
    told = [repr(config), str(config), repr(shop), config.model_dump_json(), str(config.model_dump()), repr(vars(shop))]
    told += [str(pickle.dumps(config)), str(copy.deepcopy(config))]
    assert not [secret for secret in SECRETS for text in told if secret in text]


def test_projects_may_come_whole_from_a_variable(tmp_path: Path) -> None:
    path = write(tmp_path, "projects: ${env:PROJECTS}")
    assert list(load(path, environment={"PROJECTS": "a: {bearer_token: x}"}).projects) == ["a"]


def test_the_example_of_projects_can_be_used(tmp_path: Path) -> None:
    block = EXAMPLE.read_text(encoding="utf-8").partition("# projects:\n")[2]
    path = write(tmp_path, "projects:\n" + block.replace("# ", ""))
    environment = {"SHOP_PUBLIC_KEY": "pk", "SHOP_SECRET_KEY": "sk", "SHOP_TOKEN": "t"}
    assert load(path, environment=environment).projects["shop"].bearer_token == Secret("t")


def test_the_default_file_is_in_the_users_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert default_path({"XDG_DATA_HOME": "/data"}) == Path("/data/sidetrace/sidetrace.db")
    assert default_path({}) == Path.home() / ".local/share/sidetrace/sidetrace.db"
    monkeypatch.setattr("sys.platform", "darwin")
    assert default_path({}) == Path.home() / "Library/Application Support/sidetrace/sidetrace.db"
    monkeypatch.setattr("sys.platform", "win32")
    assert default_path({"LOCALAPPDATA": "/local"}) == Path("/local/sidetrace/sidetrace.db")
