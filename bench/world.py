"""Telemetry that could be a company's: what `bench query` asks about. The same for the same seed and end.

Eight weeks of traces of a few applications, ten spans a trace on average and ten traces a session; few users and
sessions have many, most have few. Words, names, models and tags come by Zipf's law, so that there are common and rare
ones of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

import orjson

from sidetrace.proto.span import Resource, Scope, Span
from sidetrace.storage.store import NewScore

from .corpus import WORDS

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
SPAN_OF_TIME = 56 * DAY
TRACE_SPANS, SESSION_TRACES, USER_SESSIONS = 10, 10, 5
MOST_SPANS = 200
ALONE = 0.08
"""The share of traces without a session."""

T = TypeVar("T")


class Step(NamedTuple):
    """One span: how deep below the root, its type, the seconds it usually takes, words in and out."""

    name: str
    depth: int
    type: str
    seconds: float
    given: int
    made: int


class Application(NamedTuple):
    """What traces of one name look like: the steps below the root, begun again until there are enough."""

    name: str
    steps: tuple[Step, ...]


_RETRIEVE = (
    Step("retrieval", 1, "retriever", 0.02, 12, 30), Step("embed-query", 2, "embedding", 0.08, 12, 2),
    Step("vector-search", 2, "span", 0.15, 12, 60),
)  # fmt: skip
_AGENT = (
    Step("plan", 1, "generation", 1.4, 50, 25), Step("web-search", 1, "tool", 0.7, 8, 40),
    Step("reflect", 1, "chain", 0.01, 10, 10), Step("summarise", 2, "generation", 2.0, 60, 30),
)  # fmt: skip
_ANALYSIS = (
    Step("url_fetch", 1, "tool", 0.9, 6, 50), Step("content_analysis", 1, "agent", 0.02, 20, 30),
    Step("security_audit", 2, "generation", 2.6, 70, 30), Step("tech_comparison", 2, "generation", 2.2, 70, 30),
    Step("implementation_plan", 2, "generation", 4.0, 80, 60), Step("quality_gate", 1, "evaluator", 0.3, 30, 6),
)  # fmt: skip
_ANSWER = (Step("answer", 1, "generation", 1.8, 70, 40), Step("moderate", 1, "guardrail", 0.1, 10, 2))

APPLICATIONS = (
    Application("support-chat", (*_RETRIEVE, *_ANSWER)),
    Application("content_analysis_workflow", _ANALYSIS),
    Application("research-agent", (*_AGENT, *_RETRIEVE)),
    Application("rag-query", (*_RETRIEVE, *_ANSWER)),
    Application("code-review", (*_AGENT, *_ANSWER)),
    Application("translate", _ANSWER),
    Application("url_fetch", (Step("download", 1, "tool", 0.8, 5, 40), Step("parse", 1, "span", 0.05, 5, 30))),
    Application("invoice-extraction", (*_ANALYSIS, *_ANSWER)),
    Application("onboarding", _AGENT),
    Application("nightly-eval", (*_ANSWER, Step("judge", 1, "evaluator", 0.9, 40, 8))),
    Application("load-test", (*_RETRIEVE, *_AGENT)),
    Application("migration-2019", _ANSWER),
)

MODELS = (
    "gpt-4o-mini-2024-07-18", "gpt-4o", "claude-sonnet-4-5", "gpt-4.1", "gemini-2.5-flash", "claude-3-5-haiku-latest",
    "o3-mini", "mistral-large-latest", "our-own-llama",
)  # fmt: skip
"""All priced but for the last."""
TAGS = (
    "production", "orchestkit", "beta", "security", "v2-pipeline", "content-analysis", "staging", "experiment",
    "new-model", "vip", "needs-review", "regression", "a/b", "holiday", "incident-417",
)  # fmt: skip
ENVIRONMENTS = ("production", "staging", "development", "canary")
CONTENT_TYPES = ("article", "video", "repository", "documentation", "podcast", "paper", "fax")
LANGUAGES = ("en", "de", "fr", "es", "ja", "pt", "is")
DIFFICULTIES = ("simple", "moderate", "complex")
TONES = ("friendly", "neutral", "formal", "impatient", "rude")
TOOLS = ("web_search", "read_file", "send_mail", "open_ticket", "lookup_order", "run_sql", "translate_text")
TROUBLE = ("TimeoutError: the model did not answer", "RateLimitError: 429", "ValueError: no JSON in the answer")


class Shares(Generic[T]):
    """Members of which the first are the most common: the n-th has 1/n^`steep` of the first one's share."""

    def __init__(self, members: Sequence[T], steep: float = 1.0) -> None:
        self.members = members
        self._shares = list(accumulate(1 / (place + 1) ** steep for place in range(len(members))))

    def one(self, random: Random) -> T:
        """Draw a member."""
        return random.choices(self.members, cum_weights=self._shares)[0]

    def several(self, random: Random, count: int) -> list[T]:
        """Draw members, some of them perhaps more than once."""
        return random.choices(self.members, cum_weights=self._shares, k=count)


@dataclass(slots=True)
class Visit:
    """A trace to be: when, whose, how large."""

    start: int
    spans: int
    session: int | None
    user: int | None


class World:
    """Spans, scores and marks. `spans` in all, at least 10, up to the time `until` (nanoseconds since the epoch)."""

    def __init__(self, spans: int, until: int, seed: int = 1) -> None:
        self.spans = spans
        self.until = until
        self._random = Random(seed)
        self.trace_count = max(1, spans // TRACE_SPANS)
        self.session_count = max(1, self.trace_count // SESSION_TRACES)
        self.user_count = max(1, self.session_count // USER_SESSIONS)
        self.words = Shares([*WORDS, *_words(20_000, Random(seed))], 0.9)
        self._applications = Shares(APPLICATIONS)
        self._models = Shares(MODELS, 1.5)
        self._tags = Shares(TAGS, 1.2)
        self._environments = Shares(ENVIRONMENTS, 3)
        self._contents = Shares(CONTENT_TYPES, 1.5)
        self._languages = Shares(LANGUAGES, 2)
        self._tools = Shares(TOOLS)
        self.scores: list[NewScore] = []
        """Grows with the traces that were drawn."""
        self.bookmarked: list[str] = []
        """Traces, likewise."""

    def traces(self) -> Iterator[list[Span]]:
        """Yield the spans of every trace, in the order of their beginning; of a trace as they end, the root last."""
        for visit in self._visits():
            yield self._trace(visit)

    def session_name(self, number: int) -> str:
        """Return a session's id."""
        return f"analysis_{number * 0x9E3779B1 % 2**32:08x}"

    def session_scores(self) -> Iterator[NewScore]:
        """Yield what people said of sessions."""
        random = self._random
        for number in range(self.session_count):
            if random.random() < 0.2:
                id = self.session_name(number)
                at = self.until - random.randrange(SPAN_OF_TIME)
                yield NewScore(
                    f"{random.getrandbits(64):016x}", "satisfaction", "NUMERIC", at, value=float(random.randint(1, 5)),
                    session_id=id, source="ANNOTATION",
                )  # fmt: skip

    def bookmarked_sessions(self) -> Iterator[str]:
        """Yield the sessions that somebody marked: one of a hundred, at least one."""
        yield from map(self.session_name, range(0, self.session_count, 100))

    def _visits(self) -> list[Visit]:
        random, traces = self._random, self.trace_count
        sizes = [max(1, min(MOST_SPANS, round(random.lognormvariate(2.0, 0.75)))) for _ in range(traces)]
        while difference := self.spans - sum(sizes):
            step = 1 if difference > 0 else -1
            for place in random.sample(range(traces), min(abs(difference), traces)):
                sizes[place] += step if sizes[place] + step >= 1 else 0
        sessions = Shares(random.sample(range(self.session_count), self.session_count), 0.5)
        users = Shares(range(self.user_count), 0.9)
        owners = users.several(random, self.session_count)
        begun = [self._moment() for _ in range(self.session_count)]
        visits = []
        for number, size in enumerate(sizes):
            # every session has a trace at least
            session = number if number < self.session_count else sessions.one(random)
            if number >= self.session_count and random.random() < ALONE:
                user = users.one(random) if random.random() < 0.5 else None
                visits.append(Visit(self._moment(), size, None, user))
                continue
            gap = random.expovariate(1 / (DAY if session % 20 == 0 else 900 * SECOND))
            start = min(begun[session] + int(gap), self.until - SECOND)
            visits.append(Visit(start, size, session, owners[session] if session % 50 else None))
        return sorted(visits, key=lambda visit: visit.start)

    def _moment(self) -> int:
        """A time of some day, more often by day than at night."""
        random = self._random
        return self.until - random.randrange(1, SPAN_OF_TIME // DAY) * DAY + int(random.gauss(14, 4) % 24 / 24 * DAY)

    def _trace(self, visit: Visit) -> list[Span]:
        random = self._random
        application = self._applications.one(random)
        id = f"{random.getrandbits(128):032x}"
        environment = self._environments.one(random)
        release = f"rel-{(visit.start - self.until + SPAN_OF_TIME) // (2 * DAY)}"
        resource = Resource(
            {"telemetry.sdk.language": "python", "service.name": application.name,
             "langfuse.environment": environment, "langfuse.release": release}
        )  # fmt: skip
        shared: dict[str, Any] = {}
        if visit.user is not None:
            shared["user.id"] = f"user_{visit.user}"
        if visit.session is not None:
            shared["session.id"] = self.session_name(visit.session)
        numbers = [f"{random.getrandbits(64):016x}" for _ in range(visit.spans)]
        steps = [application.steps[place % len(application.steps)] for place in range(visit.spans - 1)]
        parents, clock = [0] * visit.spans, visit.start + 1_000_000
        starts, ends = [visit.start] * visit.spans, [0] * visit.spans
        slow = random.lognormvariate(0, 0.8)
        last = [0, 0]
        for number, step in enumerate(steps, 1):
            depth = min(step.depth, len(last))
            del last[depth:]
            parents[number] = last[depth - 1] if depth > 1 else 0
            last.append(number)
            starts[number] = clock
            clock += int(step.seconds * slow * random.lognormvariate(0, 0.5) * SECOND) + 1_000_000
            ends[number] = clock
            ends[parents[number]] = clock + 500_000
        ends[0] = clock + 2_000_000
        root = Step(application.name, 0, "agent" if visit.spans > 3 else "span", 0, 20, 40)
        failing = random.random() < 0.06
        worst = 0
        spans = []
        for number, step in enumerate((root, *steps)):
            said = dict(shared) if number else shared | self._about_trace(application, visit)
            said |= self._about_span(step)
            trouble = ""
            if failing and number and random.random() < 0.3:
                trouble, worst = random.choice(TROUBLE), 2
                said["langfuse.observation.level"] = "ERROR"
                said["langfuse.observation.status_message"] = trouble
            elif random.random() < 0.01:
                said["langfuse.observation.level"] = "WARNING" if random.random() < 0.7 else "DEBUG"
            if step.type == "generation":
                said["langfuse.observation.completion_start_time"] = (
                    f'"{_iso(starts[number] + (ends[number] - starts[number]) // 5)}"'
                )
            parent = numbers[parents[number]] if number else ""
            spans.append(
                Span(id, numbers[number], parent, step.name, 1, starts[number], ends[number], said, resource,
                     SCOPE, [], [], 2 if trouble else 0, trouble, flags=256)
            )  # fmt: skip
        self._judge(id, numbers[-1], ends[0], worst)
        if random.random() < 0.002 or not self.bookmarked:
            self.bookmarked.append(id)
        spans.reverse()
        return spans

    def _about_trace(self, application: Application, visit: Visit) -> dict[str, Any]:
        random = self._random
        said: dict[str, Any] = {
            "langfuse.trace.name": application.name,
            "langfuse.version": f"2.{random.randrange(12)}",
            "langfuse.trace.metadata.analysis_id": f'"{random.getrandbits(48):012x}"',
            "langfuse.trace.metadata.content_length": str(int(random.lognormvariate(8, 1))),
            "langfuse.trace.metadata.agent_count": str(random.randint(1, 12)),
            "langfuse.trace.metadata.language": f'"{self._languages.one(random)}"',
        }
        if tags := dict.fromkeys(self._tags.several(random, random.randrange(4))):
            said["langfuse.trace.tags"] = list(tags)
        if random.random() < 0.7:
            said["langfuse.trace.metadata.content_type"] = f'"{self._contents.one(random)}"'
            said["langfuse.trace.metadata.difficulty"] = f'"{random.choice(DIFFICULTIES)}"'
            said["langfuse.trace.metadata.customer"] = _json(
                {"tier": random.choice(("free", "pro", "enterprise")), "seats": random.randrange(1, 300)}
            )
        if random.random() < 0.001:
            said["langfuse.trace.metadata.escalated"] = "true"
        if random.random() < 0.01:
            said["langfuse.trace.public"] = True
        return said

    def _about_span(self, step: Step) -> dict[str, Any]:
        random = self._random
        said: dict[str, Any] = {"langfuse.observation.type": step.type}
        given = self._text(random.randrange(step.given, 2 * step.given))
        made = self._text(random.randrange(step.made, 2 * step.made))
        if step.type not in ("generation", "embedding"):
            said["langfuse.observation.input"] = _json({"args": [given], "kwargs": {}})
            said["langfuse.observation.output"] = _json({"result": made})
            return said
        model = "text-embedding-3-small" if step.type == "embedding" else self._models.one(random)
        asked, answered = int(random.lognormvariate(7, 1)), len(made) // 4
        said["langfuse.observation.model.name"] = model
        said["langfuse.observation.usage_details"] = _json({"input": asked, "output": answered})
        messages: Any = [
            {"role": "system", "content": "Answer from the documents."},
            {"role": "user", "content": given},
        ]
        answer: dict[str, Any] = {"role": "assistant", "content": made}
        if step.name == "plan":
            tools = dict.fromkeys(self._tools.several(random, 3))
            offered = [{"type": "function", "function": {"name": name}} for name in tools]
            messages = {"messages": messages, "tools": offered}
            call = {"name": next(iter(tools)), "arguments": "{}"}
            answer["tool_calls"] = [{"id": f"call_{random.getrandbits(32):x}", "type": "function", "function": call}]
        said["langfuse.observation.input"] = _json(messages)
        said["langfuse.observation.output"] = _json(answer)
        said["langfuse.observation.model.parameters"] = '{"temperature":0.2,"max_tokens":800}'
        if step.name == "answer":
            said["langfuse.observation.prompt.name"] = "answer-from-documents"
            said["langfuse.observation.prompt.version"] = str(random.randint(1, 9))
        return said

    def _judge(self, trace_id: str, observation_id: str, at: int, worst: int) -> None:
        random = self._random

        def add(name: str, kind: str, value: float | None, label: str | None, observation: str | None = None) -> None:
            id = f"{random.getrandbits(64):016x}"
            self.scores.append(
                NewScore(id, name, kind, at, value, label, "EVAL", trace_id=trace_id, observation_id=observation)
            )

        if random.random() < 0.3:
            add("relevance", "NUMERIC", round(random.betavariate(5, 2) / (1 + worst), 3), None)
        if random.random() < 0.1:
            add("tone", "CATEGORICAL", None, TONES[min(int(random.expovariate(1)), len(TONES) - 1)])
        if random.random() < 0.1:
            true = random.random() < 0.8
            add("correct", "BOOLEAN", float(true), str(true))
        if random.random() < 0.05:
            add("faithful", "NUMERIC", round(random.random(), 3), None, observation_id)
        if random.random() < 0.0005:
            add("harm", "NUMERIC", round(random.random(), 3), None)

    def _text(self, words: int) -> str:
        return " ".join(self.words.several(self._random, words))


SCOPE = Scope("langfuse-sdk", "5.0.4")


def _words(count: int, random: Random) -> list[str]:
    """Words that there are not, each once."""
    parts = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(random.choices(parts, k=random.randint(2, 4)))] = None
    return list(found)


def _iso(nanoseconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(nanoseconds / SECOND, UTC).isoformat().replace("+00:00", "Z")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
