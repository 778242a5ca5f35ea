"""Saved queries: questions to `find` that somebody gave a name to."""

from __future__ import annotations

from datetime import UTC, datetime
from unicodedata import category, normalize

from typing_extensions import TypedDict

from ..errors import BadParameter, NotFound
from ..storage.store import Reader, SavedQuery, Store

LONGEST_NAME, LONGEST_TEXT = 100, 2000
"""Characters."""
NAMED = 20
"""Names that an error tells of."""
UNPRINTED = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of controls, halves of surrogate pairs, and breaks of lines and paragraphs."""


class Saved(TypedDict):
    """A saved query: its name, its text as it was typed, and when it was saved (ISO 8601, UTC)."""

    name: str
    query: str
    savedAt: str


class SavedQueries(TypedDict):
    """The saved queries of a project, by name."""

    data: list[Saved]


def list_saved(reader: Reader, project: str) -> SavedQueries:
    """Return the saved queries of a project, by name."""
    return {"data": [_saved(each) for each in reader.saved_queries(project)]}


def save_query(store: Store, project: str, name: str, text: str) -> Saved:
    """Save a question under a name, in the place of one that has it; wait until it is durable, and return it.

    Raises as `check` does, and Unavailable.
    """
    return _saved(store.save_query(project, *check(name, text)).result())


def delete_saved(store: Store, project: str, name: str) -> None:
    """Delete a saved query, and wait until that is durable. Raises NotFound and Unavailable."""
    # a deletion must not make a project
    if project not in store.projects() or not store.delete_query(project, _plain(name)).result():
        raise NotFound(_unknown(store, project, name))


def saved_text(reader: Reader, project: str, name: str) -> str:
    """Return the question that is saved under a name. Raises BadParameter for `saved`, with the names there are."""
    for each in reader.saved_queries(project):
        if each.name == _plain(name):
            return each.text
    raise BadParameter("saved", _unknown(reader, project, name))


def _unknown(reader: Reader, project: str, name: str) -> str:
    names = [repr(each.name) for each in reader.saved_queries(project)]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"no query is saved as {name!r}; there are: {', '.join(names[:NAMED]) or 'none'}{more}"


def _plain(name: str) -> str:
    """Return a name as it is saved: two ways to write a letter (one character or several) are one name."""
    return normalize("NFC", name.strip())


def check(name: str, text: str) -> tuple[str, str]:
    """Return a name and a question as they are saved, without the blanks around them.

    Raises BadParameter for `name`, or for `query` where it is too long, or `find` cannot understand it now.
    """
    from .find import understand  # takes 15 ms, which a start need not wait for

    name, text = _plain(name), text.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise BadParameter("name", f"expected 1 to {LONGEST_NAME} characters, got {len(name)}")
    if any(category(letter) in UNPRINTED for letter in name):
        raise BadParameter("name", "has a line break or another character that controls a terminal")
    if len(text) > LONGEST_TEXT:
        raise BadParameter("query", f"expected at most {LONGEST_TEXT} characters, got {len(text)}")
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in text):
        raise BadParameter("query", "has a NUL character or half of a surrogate pair, which is no text")
    try:
        understand(text, datetime.now(UTC))
    except BadParameter as error:
        raise BadParameter("query", error.problem) from None
    return name, text


def _saved(query: SavedQuery) -> Saved:
    moment = datetime.fromtimestamp(query.saved_ns / 1e9, UTC)
    return {
        "name": query.name,
        "query": query.text,
        "savedAt": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z",
    }
