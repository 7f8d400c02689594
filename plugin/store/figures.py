"""Figures of the whole house, for metrics and `stdc doctor`; reading only."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from plugin.store.repository import Repository
from plugin.store.tables import deliveries, links, people

#: What a commit rests on, as each database calls it.
SQLITE_SETTINGS = ("journal_mode", "synchronous")
POSTGRES_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
#: SQLite answers `synchronous` with a number.
SYNCHRONOUS = {"0": "off", "1": "normal", "2": "full", "3": "extra"}


class Figures(Repository):
    """Figures within one transaction."""

    def handed_over(self) -> dict[tuple[str, str], int]:
        """Count hand-overs by (connection, status)."""
        rows = self._connection.execute(
            select(links.c.connection, links.c.status, func.count())
            .where(links.c.handed_over_at.is_not(None))
            .group_by(links.c.connection, links.c.status)
        )
        return {(where, status): count for where, status, count in rows}

    def mapping_versions(self) -> dict[str, int]:
        """Count people by the version of the mappings that last judged them."""
        rows = self._connection.execute(
            select(people.c.mapping_version, func.count())
            .where(people.c.gone.is_(False), people.c.mapping_version.is_not(None))
            .group_by(people.c.mapping_version)
        )
        return {version: count for version, count in rows}  # noqa: C416 -- a row is no pair

    def last_received(self) -> datetime | None:
        """Say when the newest delivery came in that tells of an event, or may.

        So neither our own echo counts nor a test. None when there is none.
        """
        told = deliveries.c.events.is_(None) | (deliveries.c.events > 0)
        last: datetime | None = self._connection.scalar(
            select(deliveries.c.received_at)
            .where(told)
            .order_by(deliveries.c.id.desc())
            .limit(1)
        )
        return last

    def revision(self) -> str | None:
        """Read which revision the tables have; raises Misconfigured without tables."""
        found: str | None = self._connection.scalar(
            text("SELECT version_num FROM alembic_version")
        )
        return found

    def durability(self) -> Mapping[str, str]:
        """Read the settings of the database that a commit rests on, lower-case."""
        return durability(self._connection)


def durability(connection: Connection) -> dict[str, str]:
    """Read what a commit on this connection rests on: setting -> value."""
    if connection.dialect.name == "postgresql":
        return {name: _ask(connection, f"SHOW {name}") for name in POSTGRES_SETTINGS}
    found = {name: _ask(connection, f"PRAGMA {name}") for name in SQLITE_SETTINGS}
    return found | {"synchronous": SYNCHRONOUS.get(found["synchronous"], "off")}


def _ask(connection: Connection, question: str) -> str:
    return str(connection.exec_driver_sql(question).scalar()).lower()
