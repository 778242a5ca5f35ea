"""What the programs of the Langfuse SDKs for Python share: which methods a client has, and how it is asked."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import json
import logging
import re
from datetime import datetime

VERSION = int(importlib.metadata.version("langfuse").split(".")[0])

ENDPOINTS = {
    "health": dict.fromkeys((3, 4, 5), "health.health"),
    "projects": dict.fromkeys((3, 4, 5), "projects.get"),
    "traces": dict.fromkeys((3, 4), "trace.list"),
    "trace": dict.fromkeys((3, 4), "trace.get"),
    "sessions": dict.fromkeys((3, 4), "sessions.list"),
    "session": dict.fromkeys((3, 4), "sessions.get"),
    "observations v1": {3: "observations.get_many", 4: "legacy.observations_v1.get_many"},
    "observation v1": {3: "observations.get", 4: "legacy.observations_v1.get"},
    "observations v2": {3: "observations_v_2.get_many", 4: "observations.get_many", 5: "observations.get_many"},
    "scores v2": {3: "score_v_2.get", 4: "scores.get_many"},
    "score v2": {3: "score_v_2.get_by_id", 4: "scores.get_by_id"},
    "scores v3": {4: "scores_v3.get_many_v3", 5: "scores.get_many"},
    "metrics v1": {3: "metrics.metrics", 4: "legacy.metrics_v1.metrics"},
    "metrics v2": {3: "metrics_v_2.metrics", 4: "metrics.metrics", 5: "metrics.metrics"},
    "media": dict.fromkeys((3, 4, 5), "media.get"),
    "create project": dict.fromkeys((3, 4, 5), "projects.create"),
    "update project": dict.fromkeys((3, 4, 5), "projects.update"),
    "delete project": dict.fromkeys((3, 4, 5), "projects.delete"),
    "project keys": dict.fromkeys((3, 4, 5), "projects.get_api_keys"),
    "create project key": dict.fromkeys((3, 4, 5), "projects.create_api_key"),
    "delete project key": dict.fromkeys((3, 4, 5), "projects.delete_api_key"),
}
"""The questions, and the method that asks each in a version of the SDK."""

OTHER_SUBJECTS = {
    "annotation_queues", "blob_storage_integrations", "comments", "dataset_items", "dataset_run_items", "datasets",
    "evaluation_rules", "evaluators", "experiments", "feedback", "llm_connections", "models", "organizations",
    "prompt_version", "prompts", "scim", "score_configs", "unstable",
    "clear_prompt_cache", "create_dataset", "create_dataset_item", "create_prompt", "delete_dataset_run", "get_dataset",
    "get_dataset_run", "get_dataset_runs", "run_batched_evaluation", "run_experiment", "update_prompt",
}  # fmt: skip
"""Of the API and of the client: what is not about traces, observations, sessions, scores, metrics and projects."""


class Log(logging.Handler):
    """Keeps what anything in the process logs as a warning or worse."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []
        logging.getLogger().addHandler(self)

    def emit(self, record):
        """Keep a line."""
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def take(self):
        """Return the lines so far, and forget them."""
        lines, self.lines = self.lines, []
        return lines


class Watched:
    """Notes which public methods of objects are called; those that never are, are `left`."""

    def __init__(self):
        self.left = set()
        self._wrapped = set()

    def api(self, resource, path=""):
        """Watch every method of an API client and of the clients in it."""
        for name in dir(resource):
            if name.startswith("_") or name in OTHER_SUBJECTS or name == "with_raw_response":
                continue
            member, place = getattr(resource, name), f"{path}{name}"
            if inspect.ismethod(member):
                self._watch(type(resource), name, place)
            elif type(member).__module__.startswith("langfuse.api"):
                self.api(member, f"{place}.")

    def object(self, watched):
        """Watch every method of an object's class."""
        for name in dir(type(watched)):
            if not name.startswith("_") and name not in OTHER_SUBJECTS and callable(getattr(type(watched), name)):
                self._watch(type(watched), name, f"{type(watched).__name__}.{name}")

    def _watch(self, kind, name, place):
        owner = next(each for each in kind.__mro__ if name in vars(each))
        if (owner, name) in self._wrapped or owner.__module__.startswith("pydantic"):
            return
        self._wrapped.add((owner, name))
        self.left.add(place)
        plain = vars(owner)[name]
        static = isinstance(plain, staticmethod)
        method = plain.__func__ if static else plain

        @functools.wraps(method)
        def called(*arguments, **named):
            self.left.discard(place)
            return method(*arguments, **named)

        setattr(owner, name, staticmethod(called) if static else called)


def method(api, path):
    """Return a method of an API client by its dotted path."""
    return functools.reduce(getattr, path.split("."), api)


def arguments(asked, ids):
    """Return the arguments of a question as the SDK takes them: ids in the path go first, names in snake case."""
    given = {snake(name): value(snake(name), put(each, ids)) for name, each in asked.items()}
    return [given.pop(name) for name in ("id_in_path", "other_id_in_path") if name in given], given


def snake(name):
    """Return a camelCase name in snake case."""
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def value(name, given):
    """Return an argument as the SDK wants it: JSON as text, times as such."""
    if name in ("query", "filter"):
        return given if isinstance(given, str) else json.dumps(given)
    if name.startswith(("from_", "to_")):
        return datetime.fromisoformat(given)
    return given


def put(asked, ids):
    """Return what is asked with `$name` replaced by what has that name, and `@question` by the cursor answered."""
    if isinstance(asked, dict):
        return {name: put(each, ids) for name, each in asked.items()}
    if isinstance(asked, list):
        return [put(each, ids) for each in asked]
    return ids.get(asked, asked) if isinstance(asked, str) else asked


def plain(answer):
    """Return an answer of the SDK as plain JSON."""
    return json.loads(answer.json()) if hasattr(answer, "json") else answer
