"""A list question: conditions, order, page; and what its answer says about the pages."""

from __future__ import annotations

from dataclasses import dataclass

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

    def meta(self, total: int) -> Meta:
        """Return what a list says about its pages."""
        pages = -(-total // self.limit) if self.limit else 0
        return {"page": self.page, "limit": self.limit, "totalItems": total, "totalPages": pages}


class Meta(TypedDict):
    """Which page a list holds, and how many items and pages there are."""

    page: int
    limit: int
    totalItems: int
    totalPages: int
