"""When many people of one mail domain clicked in the same e-mail at once."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Column, delete, func, select

from plugin.history.clicks import micros
from plugin.history.domains import MailClick, Stretch, domain_of
from plugin.store.repository import Repository
from plugin.store.tables import bursts, contacts, events
from webhooks.events import EventType

_CLICKED = EventType.EMAIL_CLICKED.value


class Bursts(Repository):
    """The bursts of each domain, and the clicks they are found in."""

    def last_event(self) -> int:
        """Say the number of the newest event; 0 where there is none."""
        return self._connection.scalar(select(func.max(events.c.id))) or 0

    def mails_clicked(self, after: int, until: int) -> list[str]:
        """List the e-mails clicked in by events of these numbers: "email:12"."""
        query = (
            select(events.c.via)
            .where(events.c.id > after, events.c.id <= until)
            .where(events.c.type == _CLICKED, events.c.via.is_not(None))
            .distinct()
        )
        return sorted(self._connection.scalars(query))

    def clicks(self, mail: str) -> list[MailClick]:
        """Read everybody's clicks in one e-mail."""
        query = (
            select(contacts.c.person_id, contacts.c.email, events.c.occurred_at)
            .join(contacts, contacts.c.contact_id == events.c.contact_id)
            .where(events.c.via == mail, events.c.type == _CLICKED)
        )
        return [
            MailClick(
                person_id=row.person_id,
                domain=domain_of(row.email),
                mail=mail,
                at=micros(row.occurred_at),
            )
            for row in self._connection.execute(query)
        ]

    def of_mail(self, mail: str) -> dict[str, tuple[Stretch, ...]]:
        """Read what was found in one e-mail, by domain."""
        return self._read(bursts.c.mail, [mail])

    def of_domains(self, domains: Iterable[str]) -> dict[str, tuple[Stretch, ...]]:
        """Read what was found over these domains."""
        return self._read(bursts.c.domain, domains)

    def replace(self, mail: str, found: Mapping[str, Iterable[Stretch]]) -> None:
        """Keep these as what is found in one e-mail."""
        self._connection.execute(delete(bursts).where(bursts.c.mail == mail))
        self._insert_new(
            bursts,
            [
                {"mail": mail, "domain": domain, "begins": begins, "ends": ends}
                for domain, stretches in sorted(found.items())
                for begins, ends in stretches
            ],
        )

    def _read(
        self, column: "Column[str]", values: Iterable[str]
    ) -> dict[str, tuple[Stretch, ...]]:
        query = select(bursts.c.domain, bursts.c.begins, bursts.c.ends)
        found: dict[str, list[Stretch]] = {}
        for row in self._where_in(query, column, values):
            found.setdefault(row.domain, []).append((row.begins, row.ends))
        return {domain: tuple(sorted(some)) for domain, some in found.items()}
