"""Which dialect a question is written in: Postgres when it says anything that only Postgres says, else SQLite."""

from __future__ import annotations

import re

FUNCTIONS = frozenset(
    [
        "now",
        "date_trunc",
        "date_part",
        "to_char",
        "to_timestamp",
        "to_date",
        "age",
        "make_interval",
        "make_date",
        "make_timestamp",
        "timeofday",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "date_bin",
        "justify_days",
        "justify_hours",
        "justify_interval",
        "isfinite",
        "extract",
        "greatest",
        "least",
        "string_agg",
        "array_agg",
        "bool_or",
        "bool_and",
        "every",
        "percentile_cont",
        "percentile_disc",
        "mode",
        "stddev",
        "stddev_samp",
        "stddev_pop",
        "variance",
        "var_samp",
        "var_pop",
        "jsonb_agg",
        "json_agg",
        "jsonb_object_agg",
        "json_object_agg",
        "jsonb_array_elements",
        "jsonb_array_elements_text",
        "json_array_elements",
        "json_array_elements_text",
        "jsonb_object_keys",
        "json_object_keys",
        "jsonb_each",
        "jsonb_each_text",
        "json_each_text",
        "jsonb_typeof",
        "json_typeof",
        "jsonb_array_length",
        "jsonb_build_object",
        "json_build_object",
        "jsonb_build_array",
        "json_build_array",
        "jsonb_extract_path",
        "jsonb_extract_path_text",
        "json_extract_path",
        "json_extract_path_text",
        "to_json",
        "to_jsonb",
        "jsonb_pretty",
        "jsonb_strip_nulls",
        "jsonb_exists",
        "generate_series",
        "unnest",
        "array_length",
        "cardinality",
        "array_to_string",
        "string_to_array",
        "array_position",
        "array_append",
        "array_remove",
        "array_cat",
        "split_part",
        "initcap",
        "lpad",
        "rpad",
        "btrim",
        "left",
        "right",
        "repeat",
        "reverse",
        "starts_with",
        "strpos",
        "char_length",
        "character_length",
        "position",
        "concat",
        "concat_ws",
        "translate",
        "chr",
        "ascii",
        "width_bucket",
        "div",
        "cbrt",
        "to_hex",
        "md5",
        "regexp_replace",
        "regexp_match",
        "regexp_matches",
        "regexp_split_to_array",
        "regexp_split_to_table",
        "regexp_count",
        "regexp_like",
        "regexp_substr",
        "row_to_json",
        "pg_typeof",
        "corr",
        "covar_pop",
        "covar_samp",
        "regr_slope",
        "regr_intercept",
        "bit_and",
        "bit_or",
        "num_nulls",
        "num_nonnulls",
        "octet_length",
    ]
)
"""Functions that Postgres has and SQLite (3.38) has not."""

_HIDDEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<dollar>\$(?P<tag>[A-Za-z_]?\w*)\$.*?(?:\$(?P=tag)\$|\Z))"""
    r"""|(?P<text>'(?:[^']|'')*'?)|(?P<name>"(?:[^"]|"")*"?|`[^`]*`?|\[[A-Za-z_][^\]]*\])""",
    re.DOTALL,
)
_STANDS_FOR = {"comment": " ", "dollar": "$$", "text": "'s'", "name": '"q"'}
_TYPES = r"timestamptz|timestamp|date|time|interval|jsonb?|bool(?:ean)?|double\s+precision|uuid|float8"
_POSTGRES = re.compile(
    rf"""::|@>|<@|\#>|\?[|&]|&&|\^|\$\$|!~|[\w)'"\]]\s*~|[\w)'"\]]\s*\?\s*'s'|\bilike\b|\bsimilar\s+to\b|\blateral\b
    |\b(?:interval|date|timestamp|timestamptz|time)\s*'s'|\be's'|\bdistinct\s+on\s*\(|(?:[=<>]|like)\s*(?:any|some|all)\s*\(
    |\barray\s*[\[(]|\bfetch\s+(?:first|next)\b|\bat\s+time\s+zone\b|\bwithin\s+group\b|\bwith\s+ordinality\b
    |\b(?:substring|trim|overlay|position)\s*\([^()]*\s(?:from|in|for)\s|\btrim\s*\(\s*(?:both|leading|trailing)\b
    |\blocaltime(?:stamp)?\b|\bcurrent_(?:date|timestamp)\s*[-+]|\bis\s+(?:not\s+)?unknown\b|\bfor\s+(?:update|share)\b
    |\bcast\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\sas\s+(?:{_TYPES})\b|\blimit\s+all\b|\bpublic\s*\.\s*["\w]
    |\b(?:grouping\s+sets|rollup|cube)\s*\(|\bbetween\s+symmetric\b|\b(?:{"|".join(sorted(FUNCTIONS))})\s*\(""",
    re.IGNORECASE | re.VERBOSE,
)


def is_postgres(query: str) -> bool:
    """Whether the query says something that only Postgres says; what both say is SQLite's."""
    return _POSTGRES.search(_HIDDEN.sub(lambda part: _STANDS_FOR[part.lastgroup or "comment"], query)) is not None
