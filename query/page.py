"""A list question: conditions, order, page; and what its answer says about the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired

from typing_extensions import TypedDict

from ..storage.selection import Expression, Page, Selection, View
from ..storage.store import Reader

EVERY = 1_000_000_000
"""A limit that no selection reaches: all rows."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a list asks: `where` and `order` as in a `Selection`, page `page` (from 1) of `limit` rows."""

    where: tuple[Expression, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    page: int = 1
    limit: int = 50
    project: str = "default"

    def select(self, reader: Reader, view: View, columns: tuple[str, ...], newest: str) -> Page:
        """Return the page of `view`; without an order of its own, by the time column `newest`, the newest first."""
        return reader.select(
            Selection(
                view,
                project=self.project,
                where=self.where,
                order=self.order or ((newest, True),),
                columns=columns,
                limit=self.limit,
                offset=(self.page - 1) * self.limit,
            )
        )

    def meta(self, total: int, at_least: bool = False) -> Meta:
        """Return what a list says about its pages; `at_least`: there may be more items, and so a page more."""
        pages = -(-total // self.limit) if self.limit else 0
        meta: Meta = {"page": self.page, "limit": self.limit, "totalItems": total, "totalPages": pages}
        return {**meta, "totalPages": max(pages, self.page + 1), "totalIsAtLeast": True} if at_least else meta


class Meta(TypedDict):
    """Which page a list holds, and how many items and pages there are.

    `totalIsAtLeast` stands where a text was looked for in very many rows: nobody has counted further than this.
    """

    page: int
    limit: int
    totalItems: int
    totalPages: int
    totalIsAtLeast: NotRequired[bool]
