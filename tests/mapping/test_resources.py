"""What resources say is remembered by content: nothing of one resource may reach the spans of another."""

from __future__ import annotations

import itertools

import pytest

from sidetrace.mapping import compiled
from sidetrace.mapping.mapper import Mapper
from sidetrace.proto.span import Scope, Value

from .reading import claimed, read

RESOURCES: list[dict[str, Value]] = [
    {},
    {"service.version": "1"},
    {"service.version": 1},
    {"service.version": 1.0},
    {"service.version": True},
    {"service.version": ["1"]},
    {"service.version": "1", "session.id": "s"},
    {"service.version": None, "session.id": "s" * 500},
    {"service.version": "2", "process.command_args": ["a", "b"]},
    {"telemetry.sdk.language": "python", "telemetry.sdk.name": "mlflow", "service.version": "1"},
]


def test_a_mapper_that_saw_other_resources_reads_each_as_a_new_one_does() -> None:
    seasoned = Mapper()
    for before, resource in itertools.product(RESOURCES, repeat=2):
        read({}, resource=before, mapper=seasoned)
        o, alone = read({}, resource=resource, mapper=seasoned), read({}, resource=resource)
        assert (o.claims, o.version) == (alone.claims, alone.version)


def test_a_span_does_not_change_what_its_resource_says() -> None:
    mapper = Mapper()
    resource: dict[str, Value] = {"service.version": "1", "session.id": "of the process"}
    told = {"langfuse.version": "2", "session.id": "of the span", "metadata.a": "b"}
    assert read(dict(told), resource=resource, mapper=mapper).version == "2"
    o = read({}, resource=dict(resource), mapper=mapper)
    assert (o.version, claimed(o)) == ("1", {"version": "1", "session_id": "of the process"})


def test_the_more_explicit_of_span_and_resource_wins() -> None:
    o = read({"deployment.environment": "span"}, resource={"langfuse.environment": "resource"})
    assert (o.environment, claimed(o)["environment"]) == ("resource", "resource")
    o = read({"langfuse.environment": "span"}, resource={"langfuse.environment": "resource"})
    assert (o.environment, claimed(o)["environment"]) == ("span", "span")


@pytest.mark.parametrize("key", ["tenant.*", "tenant.name"])
def test_a_configured_key_of_the_resource_may_be_a_prefix(key: str) -> None:
    mapper = Mapper({"session_id": [key]})
    for name in ("a", "b"):
        assert claimed(read({}, resource={"tenant.name": name}, mapper=mapper))["session_id"] == name


def test_what_is_remembered_of_resources_is_bounded() -> None:
    mapper = Mapper()
    for number in range(2500):
        read({}, resource={"service.version": str(number)}, scope=Scope("s"), mapper=mapper)
    assert len(mapper._turns) <= 1000
    for number in range(2500):
        read({}, resource={"service.version": "1"}, scope=Scope(f"s{number}"), mapper=mapper)
        assert sum(map(len, mapper._turns.values())) <= 1000


def test_long_names_of_scopes_are_not_remembered() -> None:
    mapper = Mapper()
    for scope in (Scope("s" * 201), Scope("s", "1" * 201)):
        read({}, resource={"service.version": "1"}, scope=scope, mapper=mapper)
    assert not any(mapper._turns.values())


def test_a_version_of_thousands_of_digits_costs_no_span() -> None:
    assert read({}, scope=Scope("langfuse-sdk", "9" * 5000)).problems == ()


def test_what_cannot_be_read_of_a_resource_costs_no_span() -> None:
    mapper = Mapper()
    o = read({"session.id": "s"}, resource={"service.version": ["\ud800"]}, mapper=mapper)
    assert [kind for kind, _ in o.problems] == ["TypeError in tests"]
    assert (o.name, o.span.attributes) == ("work", {"session.id": "s"})
    assert claimed(read({"session.id": "s"}, mapper=mapper))["session_id"] == "s"


def test_turns_that_were_cleared_away_are_not_added_to() -> None:
    mapper = Mapper()
    for number in range(2500):
        read({}, resource={"service.version": "1"}, scope=Scope(f"s{number}"), mapper=mapper)
        turns = mapper._turn[3]
        assert turns is None or any(known is turns for known in mapper._turns.values())


def test_spans_of_several_scopes_in_one_resource_are_each_read_as_their_scope_says() -> None:
    mapper = Mapper()
    for name, model, key in (("mlflow.x", "gpt-4o", None), ("pydantic-ai", None, "tool_response")) * 2:
        told: dict[str, Value] = {"model": "gpt-4o", "tool_response": "sunny"}
        o = read(told, resource={"service.version": "1"}, scope=Scope(name), mapper=mapper)
        assert (o.model, o.output_key, o.version) == (model, key, "1")


def test_names_that_a_sender_makes_up_are_never_in_a_program() -> None:
    mapper = Mapper()
    keys = ("metadata.a", "gen_ai.request.a", "langfuse.trace.metadata.a", 'metadata.");import os;("')
    read(dict.fromkeys(keys, "x"), mapper=mapper)
    before = compiled._program.cache_info().misses
    for number in range(300):
        o = read({f"{key}{i}": "x" for key in keys for i in range(number, number + 20)}, mapper=mapper)
        assert len(o.model_parameters) == 20
    assert compiled._program.cache_info().misses - before <= 1
