"""What hooks offer is weighed against what the rows and the resource said."""

from __future__ import annotations

from sidetrace.mapping.fields import BUILT_IN
from sidetrace.mapping.findings import Findings, begin

from .reading import read

VERSION = BUILT_IN + 2
"""The tier of `service.version` on a resource."""


def findings(tiers: dict[str, int]) -> Findings:
    o = read({}, resource={"service.version": "of the resource"})
    return begin(o, {"version": VERSION}, tiers, {**o.claims}, {}, {}, {}, {})


def test_a_hook_takes_a_field_from_the_resource_only_where_it_is_more_explicit() -> None:
    found = findings({})
    assert found.get("version") == "of the resource"
    assert found.has("version", 2)
    assert not found.has("version", 1)
    found.offer("version", 3, "worse")
    assert found.observation.version == "of the resource"
    found.offer("observation_version", 1, "better")
    assert (found.observation.version, found.claims["version"]) == ("better", (VERSION, "of the resource"))
    found.offer("version", 1, "late")
    assert (found.observation.version, found.claims["version"][1]) == ("better", "late")


def test_the_tier_that_a_row_had_goes_before_the_resources() -> None:
    found = findings({"version": VERSION + 3})
    found.offer("observation_version", 4, "better than the row's")
    assert found.observation.version == "better than the row's"


def test_what_was_dropped_can_be_given_again() -> None:
    found = findings({})
    found.drop("observation_version")
    assert found.get("version") is None
    assert found.observation.version is None
    found.offer("observation_version", 9, "again")
    assert found.observation.version == "again"


def test_hooks_do_not_change_the_tiers_of_a_shape() -> None:
    tiers = {"model": BUILT_IN + 3}
    found = findings(tiers)
    found.offer("model", 2, "gpt-4o")
    found.offer("usage.input", 1, 5)
    assert tiers == {"model": BUILT_IN + 3}
