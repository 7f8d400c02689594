"""The content that Mautic has, as last read over REST."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from plugin.content.match import CatalogueItem
from plugin.store.repository import AnyRow, Repository, chunks
from plugin.store.tables import content
from webhooks.events import ContentKind


class Content(Repository):
    """The catalogue within one transaction."""

    def replace(
        self, kind: ContentKind, items: Iterable[CatalogueItem], at: datetime
    ) -> set[str]:
        """Make these the content of this kind; return the ids that it changes."""
        del at  # the reader's moment: kept by who reads, as a mark
        now = {item.id: item for item in items}
        before = {item.id: item for item in self._of(kind)}
        changed = {one for one in now if now[one] != before.get(one)}
        vanished = before.keys() - now.keys()
        self._upsert(content, [_row(now[one]) for one in sorted(changed)])
        for some in chunks(sorted(vanished)):
            self._connection.execute(
                delete(content).where(content.c.kind == kind, content.c.id.in_(some))
            )
        return changed | vanished

    def all(self) -> list[CatalogueItem]:
        """List all content, by kind and id."""
        rows = self._connection.execute(
            select(content).order_by(content.c.kind, content.c.id)
        )
        return [_item(row) for row in rows]

    def missing(
        self, named: Iterable[tuple[ContentKind, str]]
    ) -> set[tuple[ContentKind, str]]:
        """Say which of these the catalogue does not have."""
        wanted = set(named)
        query = select(content.c.kind, content.c.id)
        rows = self._where_in(query, content.c.id, {one for _, one in wanted})
        return wanted - {(ContentKind(row.kind), row.id) for row in rows}

    def _of(self, kind: ContentKind) -> list[CatalogueItem]:
        rows = self._connection.execute(select(content).where(content.c.kind == kind))
        return [_item(row) for row in rows]


def _row(item: CatalogueItem) -> dict[str, object]:
    return {
        "kind": item.kind,
        "id": item.id,
        "name": item.name,
        "category": item.category,
        "url": item.url,
        "language": item.language,
        "published": item.published,
    }


def _item(row: AnyRow) -> CatalogueItem:
    return CatalogueItem(**{**row._asdict(), "kind": ContentKind(row.kind)})
