"""A Langfuse SDK for Python with keys: what it may say and see with those that it has."""
# Runs in environments that are not the one which is checked.
# mypy: ignore-errors

from __future__ import annotations

import json

from langfuse_asked import VERSION, Log, plain

log = Log()

from langfuse import Langfuse  # noqa: E402 (the log listens before it)

if VERSION == 3:
    from langfuse.api import UnauthorizedError
else:
    from langfuse.api.commons.errors import UnauthorizedError

langfuse = Langfuse()
seen = {}
try:
    seen["auth"] = langfuse.auth_check()
except UnauthorizedError as error:
    seen["auth"] = [error.status_code, error.body]

root = langfuse.start_observation(name="sale")
root.score_trace(name="won", value=1)
root.end()
langfuse.flush()
seen["trace"] = root.trace_id
if seen["auth"] is True:
    seen["projects"] = [project.name for project in langfuse.api.projects.get().data]
    seen["url"] = langfuse.get_trace_url(trace_id=root.trace_id)
    observations = langfuse.api.observations_v_2 if VERSION == 3 else langfuse.api.observations
    scores = langfuse.api.scores if VERSION == 5 else langfuse.api.score_v_2 if VERSION == 3 else langfuse.api.scores
    ask = scores.get if VERSION == 3 else scores.get_many
    seen["observations"] = [each["name"] for each in plain(observations.get_many())["data"]]
    seen["scores"] = [each["name"] for each in plain(ask())["data"]]
langfuse.shutdown()
seen["log"] = log.take()
print(json.dumps(seen))
