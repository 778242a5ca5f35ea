"""The words of questions, as tables: which phrase is which token, and what it stands for."""

from __future__ import annotations

from typing import NamedTuple

from ...mapping.observation import TYPES


class Adjective(NamedTuple):
    """What "slower than" or "slowest" is about: a measure, and whether more of it is meant.

    `reaching`: the bound itself counts too, as in "no slower than".
    """

    measure: str
    more: bool
    reaching: bool = False


def _same(value: object, *phrases: str) -> dict[str, object]:
    return dict.fromkeys(phrases, value)


def _than(value: object, *phrases: str) -> dict[str, object]:
    """Phrases that end in "than", as many write and say it too: "more then", "longer as"."""
    return _same(value, *(phrase.removesuffix("than") + end for phrase in phrases for end in ("than", "then", "as")))


def _reaching(*comparatives: str) -> tuple[str, ...]:
    """The ways to say that a bound itself counts too."""
    forms = ("{} than or equal to", "{} than or equals", "{} or equal to", "{} or equal", "{} than or exactly",
             "equal or {} than", "equal to or {} than", "equals or {} than", "equal or {}")  # fmt: skip
    return tuple(form.format(one) for form in forms for one in comparatives)


_OF_TYPES = {
    f"{name} {noun}": type
    for name, type in (*((type.lower(), type) for type in TYPES), ("retrieval", "RETRIEVER"), ("llm", "GENERATION"))
    for noun in ("observations", "observation", "spans", "span", "steps", "step", "calls", "call")
}

WORDS: dict[str, dict[str, object]] = {
    # what is looked for ------------------------------------------------------------------------------------------
    "NOUN": {
        **_same("traces", "traces", "requests", "runs"),
        **_same("sessions", "sessions", "conversations", "chats", "threads"),
        **_same("users", "users", "people", "customers", "spenders"),
        **_same("observations", "observations", "observation", "spans", "span", "steps", "step"),
    },
    "KIND": {
        **_OF_TYPES,
        **_same("GENERATION", "generations", "generation", "llm calls", "llm call", "model calls", "model call",
                "completions"),
        **_same("TOOL", "tool calls", "tool call", "tools", "tool uses", "tool"),
        **_same("AGENT", "agents", "agent runs", "agent"),
        **_same("EMBEDDING", "embeddings", "embedding calls"),
        **_same("RETRIEVER", "retrievals", "retrievers"),
        **_same("CHAIN", "chains"),
        **_same("GUARDRAIL", "guardrails"),
        **_same("EVALUATOR", "evaluators"),
        **_same("EVENT", "events"),
    },
    "TRACE": _same("traces", "trace id", "trace_id", "traceid", "trace", "request", "run"),
    "SESSION": _same("sessions", "session id", "session_id", "sessionid", "session", "conversation", "chat", "thread"),
    "USER": _same("users", "user id", "user_id", "userid", "user", "customer"),
    # measures ----------------------------------------------------------------------------------------------------
    "MEASURE": {
        **_same("latency", "latency", "latencies", "response time", "time taken", "took", "taking", "takes", "take",
                "runtime", "ran for", "running for", "total latency"),
        **_same("latency ms", "latency_ms", "latency ms", "latencyms"),
        **_same("duration", "duration", "length", "lasted", "lasting", "lasts", "last for", "lasted for"),
        **_same("cost", "cost", "costs", "costing", "total cost", "total_cost", "totalcost", "price", "spend",
                "spending", "spent"),
        **_same("tokens", "total tokens", "total_tokens", "totaltokens", "token count", "token usage", "usage"),
        **_same("input tokens", "input tokens", "input_tokens", "inputtokens", "prompt tokens", "prompt_tokens"),
        **_same("output tokens", "output tokens", "output_tokens", "outputtokens", "completion tokens",
                "completion_tokens"),
        **_same("first token", "time to first token", "to first token", "ttft", "timetofirsttoken"),
        **_same("token speed", "tokens per second", "tokens/s", "tokenspersecond"),
        **_same("errors", "error count", "number of errors", "errorcount", "error_count"),
        **_same("warnings", "warning count", "number of warnings", "warningcount", "warning_count"),
        **_same("traces", "number of traces", "trace count", "number of requests", "counttraces", "trace_count"),
        **_same("sessions", "number of sessions", "session count", "number of conversations", "countsessions",
                "session_count"),
        **_same("observations", "number of observations", "number of spans", "number of steps", "observation count",
                "countobservations", "observation_count"),
    },
    "COUNTED": {
        **_same("tokens", "tokens", "token"),
        **_same("errors", "errors", "error", "failures", "failure", "exceptions", "exception"),
        **_same("warnings", "warnings", "warning"),
    },
    "FAILED": _same("errors", "failed", "failing", "fail", "fails", "errored", "erroring", "broken", "break",
                    "broke", "breaking", "crashed", "crash", "crashing", "unsuccessful", "went wrong", "go wrong",
                    "goes wrong", "going wrong", "gone wrong"),
    "SUCCEEDED": _same("errors", "succeeded", "successful", "error free", "error-free", "successfully"),
    # comparisons -------------------------------------------------------------------------------------------------
    "CMP": {
        **_than(">", "more than", "greater than", "higher than", "larger than", "bigger than"),
        **_than("<", "less than", "fewer than", "lower than", "smaller than"),
        **_same(">", ">", "over", "above", "exceeding", "exceeds", "exceed", "exceeded", "in excess of", "beyond",
                "upwards of", "north of"),
        **_same("<", "<", "under", "below"),
        **_same(">=", ">=", "=>", "≥", "⩾", "at least", "no less than", "no fewer than", "not less than", "minimum",
                "not under", "not below", "no lower than", "no smaller than", "at or above",
                *_reaching("greater", "more", "larger", "higher", "bigger")),
        **_same("<=", "<=", "=<", "≤", "⩽", "at most", "up to", "no more than", "not more than", "maximum",
                "no greater than", "no higher than", "no larger than", "at or below", "not exceeding",
                *_reaching("less", "fewer", "lower", "smaller")),
    },
    "EQ": _same("=", "=", "==", "equals", "equal to", "is equal to", "exactly"),
    "NE": _same("<>", "!=", "<>", "≠", "is not", "isn't", "are not", "was not", "not equal to", "is not equal to",
                "other than", "does not equal"),
    "THAN": {
        **_than(Adjective("latency", True), "slower than"),
        **_than(Adjective("latency", False), "faster than", "quicker than"),
        **_than(Adjective("duration", True), "longer than"),
        **_than(Adjective("duration", False), "shorter than"),
        **_than(Adjective("cost", True), "more expensive than", "pricier than", "dearer than", "costlier than"),
        **_than(Adjective("cost", False), "cheaper than", "less expensive than"),
        **_same(Adjective("latency", True, True), "no faster than", *_reaching("slower")),
        **_same(Adjective("latency", False, True), "no slower than", *_reaching("faster", "quicker")),
        **_same(Adjective("duration", True, True), "no shorter than", *_reaching("longer")),
        **_same(Adjective("duration", False, True), "no longer than", *_reaching("shorter")),
        **_same(Adjective("cost", True, True), "no cheaper than"),
        **_same(Adjective("cost", False, True), "no more expensive than"),
    },
    "OR_MORE": _same(">=", "+", "or more", "or longer", "or above", "and more", "or higher", "or greater", "or over",
                     "or slower", "or larger", "and above", "and up", "and over"),
    "OR_LESS": _same("<=", "or less", "or fewer", "or below", "or shorter", "or lower", "or under", "or faster",
                     "or quicker", "or cheaper", "and below", "and less", "and under"),
    "BETWEEN": _same(None, "between"),
    "IS": _same("=", "is", "was", "are", "were", "equal", ":"),
    "OF": _same(None, "of"),
    # what belongs to them ----------------------------------------------------------------------------------------
    "TAG": _same(None, "tagged with", "tagged as", "tagged", "with tags", "with the tags", "with tag", "with the tag",
                 "tags", "tag", "labelled", "labeled"),
    "NAMED": _same(None, "named", "called", "with the name", "with name", "name"),
    "CONTAINING": _same("contains", "~", "~=", "=~", "containing", "contains", "contain", "contained", "mentioning",
                        "mention", "mentions", "mentioned", "mention of", "saying", "with text", "with the text",
                        "with the word", "including the word", "the word", "the words", "the text", "the phrase",
                        "about"),
    "STARTS": _same("starts with", "starts with", "starting with", "start with", "begins with", "beginning with",
                    "begin with"),
    "ENDS": _same("ends with", "ends with", "ending with", "end with"),
    "USING": _same(None, "using model", "using the model", "using", "used", "uses", "use", "with model",
                   "with the model", "model", "models"),
    "ENVIRONMENT": _same(None, "environment", "environments", "env"),
    "VERSION": _same(None, "version"),
    "RELEASE": _same(None, "release", "released as", "released in", "releases"),
    "METADATA": _same(None, "metadata key", "metadata", "attribute", "metadata field"),
    "ID": _same(None, "id", "ids"),
    "SCORE": _same(None, "score", "scores"),
    "SCORED": _same(None, "scored", "scoring", "rated"),
    "LEVEL": _same(None, "level"),
    "TYPE": _same(None, "type"),
    "PROMPT": _same(None, "prompt name", "prompt"),
    "TEXTUAL": {
        **_same("input", "input", "inputs"),
        **_same("output", "output", "outputs", "response", "responses"),
        **_same("status", "status message", "statusmessage", "error message"),
    },
    "MISSING": _same(None, "missing", "empty", "unset", "null", "not set", "is not set", "isn't set"),
    "EXISTS": _same(None, "exists", "exist", "is set", "is present", "is not null", "not null", "is not empty",
                    "not empty", "isn't empty", "is not missing", "is defined", "non-empty", "nonempty"),
    "LACKING": {
        **_same("user", "anonymous"),
        **_same("tag", "untagged", "unlabelled", "unlabeled"),
        **_same("name", "unnamed", "nameless"),
        **_same("score", "unscored", "unrated"),
        **_same("output", "unanswered"),
    },
    "BOOKMARKED": _same(None, "bookmarked", "starred", "favourite", "favorite"),
    "PUBLIC": _same(None, "public", "published", "shared"),
    "STARTED": _same("started", "started", "began", "created", "first seen", "first active"),
    "ENDED": _same("ended", "ended", "finished", "completed", "last seen", "last active"),
    # order -------------------------------------------------------------------------------------------------------
    "SUPERLATIVE": {
        **_same(Adjective("cost", True), "most expensive", "dearest", "priciest", "costliest", "expensive"),
        **_same(Adjective("cost", False), "cheapest", "least expensive", "cheap"),
        **_same(Adjective("latency", True), "slowest", "slow"),
        **_same(Adjective("latency", False), "fastest", "quickest", "fast", "quick"),
        **_same(Adjective("duration", True), "longest", "long"),
        **_same(Adjective("duration", False), "shortest"),
        **_same(Adjective("time", True), "latest", "newest", "most recent", "recent", "most recently", "recently",
                "last"),
        **_same(Adjective("time", False), "oldest", "earliest", "first"),
        **_same(Adjective("tokens", True), "largest", "biggest"),
        **_same(Adjective("tokens", False), "smallest"),
        **_same(Adjective("traces", True), "busiest", "most active"),
    },
    "EXTREME": {
        **_same(True, "highest", "most", "greatest"),
        **_same(False, "lowest", "least", "fewest"),
    },
    "TOP": _same(None, "top", "limit", "limited to", "at most the"),
    "SORTED": _same(None, "sorted by", "sort by", "ordered by", "order by", "ranked by", "sorted", "ordered"),
    "WHEN": {
        **_same("time", "time", "date", "timestamp", "last activity", "activity", "last seen"),
        **_same("start", "start time", "starttime", "start_time", "creation time", "first seen"),
    },
    "ASCENDING": _same(False, "ascending", "asc", "lowest first", "smallest first", "low to high",
                       "in ascending order"),
    "DESCENDING": _same(True, "descending", "desc", "highest first", "largest first", "biggest first", "high to low",
                        "in descending order"),
    # what is no list of rows -------------------------------------------------------------------------------------
    "AGGREGATE": _same(None, "average", "avg", "how long", "mean", "median", "p50", "p75", "p90", "p95", "p99",
                       "percentile",
                       "95th percentile", "99th percentile", "90th percentile", "sum", "sum of", "total", "how much",
                       "error rate", "failure rate", "success rate", "rate of", "distribution", "histogram", "trend",
                       "max", "min"),
    "PER": _same(None, "per", "grouped by", "group by", "broken down by", "for each", "per day", "per hour",
                 "per week", "per month", "by day", "by hour", "by week", "by month", "daily", "hourly", "weekly",
                 "monthly", "over time", "each day", "every day"),
    # between them ------------------------------------------------------------------------------------------------
    "NOT": _same(None, "not", "without any", "without", "excluding", "except for", "except", "no", "never", "don't",
                 "doesn't", "didn't", "aren't", "wasn't", "weren't", "haven't", "hasn't", "do not", "does not",
                 "did not", "none of", "but not", "nor", "neither", "w/o"),
    "AND": _same(None, "and", "&", "&&", "plus", "but", "as well as"),
    "OR": _same(None, "or", "||", "|"),
    "COMMA": _same(None, ",", ";"),
    "BY": _same(None, "by"),
    "FOR": _same(None, "for", "belonging to", "belong to", "belongs to"),
    "FROM": _same(None, "from"),
    "IN": _same(None, "in", "on", "within", "inside"),
    "DID": _same(None, "did", "does"),
    "WHO": _same(None, "who"),
    "OPEN": _same(None, "("),
    "CLOSE": _same(None, ")"),
    "FILLER": _same(
        None,
        "show", "me", "all", "the", "a", "an", "please", "find", "list", "get", "give", "fetch", "search", "which",
        "that", "whose", "with", "has", "have", "had", "having", "any", "some", "only", "just", "their", "i", "we",
        "want", "would", "like", "need", "can", "could", "you", "to", "see", "there", "do", "been", "be",
        "being", "where", "when", "it", "its", "this", "these", "those", "them", "look", "looking", "at", "display",
        "return", "what", "how", "many", "every", "each", "everything", "anything", "what's", "who's", "let's",
        "it's", "that's", "there's", "i'd", "i'm", "i'll", "either", "both", "active", "happened", "happen",
        "happening", "ran", "occurred", "went", "goes", "going", "came", "whom", "seen", "made", "done", "why",
        "something", "someone", "hey", "hi", "hello", "pls", "plz", "thanks", "thank you", "thx", "ok", "too", "very",
        "really", "quite", "kindly", "us", "if", "looking for", "look for", "search for", "one of", "ones", "the ones",
        "those ones", "w/", "needed", "needs", "produced", "–", "—", "?", "!", ".",  # noqa: RUF001
    ),
}  # fmt: skip
"""Kind of token -> phrase, in lower case -> value. Of two kinds for one phrase the first counts."""

ENVIRONMENTS = frozenset({
    "production", "prod", "staging", "stage", "development", "dev", "test", "testing", "qa", "local", "preview", "ci",
    "default", "sandbox", "demo",
})  # fmt: skip
"""What "from X", or "X traces", is taken for an environment."""

MODELS = (
    "gpt-", "chatgpt-", "claude-", "gemini-", "gemma-", "llama-", "mistral-", "mixtral-", "ministral-", "codestral-",
    "o1-", "o3-", "o4-", "deepseek-", "qwen", "command-r", "grok-", "nova-", "titan-", "text-embedding-", "phi-",
)  # fmt: skip
"""How names begin that "with X" or "X traces" is taken for a model."""
