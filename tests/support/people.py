"""A small town of contacts in a real store, and the app that shows them.

Filled through the store and the rules that ship, as the pipeline does it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from plugin import bootstrap, config
from plugin.app import create_app
from plugin.mappings.model import Phase
from plugin.pipeline import writes
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from plugin.store import Link
from tests.support.consent import decided
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.inbox import Delivery
from webhooks.sources.base import ProfileSeen

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = "a-token-of-the-tests"
SITE = "https://www.example.org"
ENVIRON = {"HOOK": "webhook-secret-of-32-characters!", "KEY": "key", "TOKEN": TOKEN}

CONFIG = """\
[instance]
name = "acme"
base_url = "{base_url}"
language = "{language}"
mappings = "{mappings}"
data_dir = "data"

[mautic]
url = "https://mautic.example.org/"
auth = "basic"
username = "stdc"
password = "env:KEY"
webhook_secrets = ["env:HOOK"]

[ats.odoo]
kind = "odoo"
url = "https://odoo.example.org"
secret = "env:KEY"
database = "acme"
"""

#: What people do, in a word -> what that is, and how it is named.
VERBS = {
    "hears": (EventType.PAGE_VISITED, ContentKind.URL, "podcast"),
    "reads": (EventType.PAGE_VISITED, ContentKind.URL, "blog"),
    "visits": (EventType.PAGE_VISITED, ContentKind.URL, "hackathon"),
    "considers": (EventType.PAGE_VISITED, ContentKind.URL, "vacature"),
    "wanders": (EventType.PAGE_VISITED, ContentKind.URL, "unknown"),
    "downloads": (EventType.ASSET_DOWNLOADED, ContentKind.ASSET, ""),
    "signs up": (EventType.FORM_SUBMITTED, ContentKind.FORM, ""),
    "is hired": (EventType.CANDIDATE_HIRED, None, ""),
    "is rejected": (EventType.CANDIDATE_REJECTED, None, ""),
}

#: days ago, verb, name of the content
Act = tuple[float, str, str]


@dataclass
class Town:
    """One installation whose people are told by what they did."""

    parts: Parts
    now: datetime = NOW
    _next: int = field(default=1)

    def app(self) -> Flask:
        """Build the web application."""
        return create_app(self.parts)

    def tell(self, contact_id: int, name: str, email: str | None = None) -> None:
        """Let Mautic tell who a contact is."""
        first, _, last = name.partition(" ")
        seen = ProfileSeen(
            contact_id=contact_id,
            seen_at=self.now,
            key="told",
            email=email,
            first_name=first or None,
            last_name=last or None,
            complete=True,
        )
        with self.parts.store.unit() as unit:
            unit.people.see_profiles([seen])

    def settle(
        self, contact_id: int, name: str, *acts: Act, email: str | None = None
    ) -> None:
        """Add a contact with what they did, and decide about them."""
        self.tell(contact_id, name, email)
        events = [self._event(contact_id, act) for act in acts]
        with self.parts.store.unit() as unit:
            unit.history.append(events, self.now)
            rescore(self.parts, unit, [contact_id], as_of=self.now)

    def link(self, contact_id: int, status: str, url: str | None) -> None:
        """Let a contact be a candidate in the ATS."""
        link = Link(
            connection="odoo",
            contact_id=contact_id,
            person_id=contact_id,
            ref="7",
            url=url,
            status=status,
            marker=f"mautic:acme:{contact_id}",
            handed_over_at=self.now,
            updated_at=self.now,
        )
        with self.parts.store.unit() as unit:
            unit.links.put(link)

    def park_handover(self, contact_id: int, reason: str) -> None:
        """Let a hand-over fail for good."""
        with self.parts.store.unit() as unit:
            (item,) = unit.outbox.claim(writes.ats("odoo"), 1, self.now, 60.0)
            assert item.person_id == contact_id
            unit.outbox.park(item, reason)

    def park_delivery(self, reason: str) -> None:
        """Let a delivery be unreadable."""
        delivery = Delivery(source="mautic", body=b"{", received_at=self.now)
        number = self.parts.store.inbox.accept(delivery)
        with self.parts.store.unit() as unit:
            for item in unit.inbox.claim(1_000, self.now, 60.0):
                if item.id == number:
                    unit.inbox.park(item.claim, reason, self.now)
                else:
                    unit.inbox.retry(item.claim, self.now, "not this one")

    def audited(self) -> list[tuple[str, str]]:
        """List what the audit says was looked at, newest first."""
        with self.parts.store.view() as unit:
            entries = unit.audit.list()
        return [
            (one.action, one.subject)
            for one in entries
            if one.action == "contact.viewed"
        ]

    def phase(self, contact_id: int) -> Phase | None:
        """Say where a contact stands."""
        with self.parts.store.view() as unit:
            state = unit.people.state(contact_id)
        return state.phase if state else None

    def _event(self, contact_id: int, act: Act) -> Event:
        days, verb, name = act
        kind_of_event, kind, path = VERBS[verb]
        self._next += 1
        slug = name.lower().replace(" ", "-")
        url = f"{SITE}/{path}/{slug}" if path else None
        data: dict[str, Any] = {"connection": "odoo"} if kind is None else {}
        return Event(
            key=f"hit:{self._next}",
            type=kind_of_event,
            contact_id=contact_id,
            occurred_at=self.now - timedelta(days=days),
            content=ContentRef(kind=kind, name=name, url=url) if kind else None,
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
            data=data,
        )


@contextmanager
def town(
    folder: Path,
    *,
    language: str = "nl",
    base_url: str = "http://127.0.0.1:8080",
    has_token: bool = True,
) -> Iterator[Town]:
    """Open an installation in a folder; nobody lives there yet."""
    mappings = decided(folder / "mappings")
    text = CONFIG.format(base_url=base_url, language=language, mappings=mappings)
    if has_token:
        text += '\n[ui]\nadmin_token = "env:TOKEN"\n'
    (folder / "config.toml").write_text(text)
    settings = config.load(folder / "config.toml", ENVIRON)
    built: list[Town] = []
    parts = bootstrap.build(settings, clock=lambda: built[0].now if built else NOW)
    built.append(Town(parts=parts))
    try:
        yield built[0]
    finally:
        parts.store.close()


def populate(here: Town) -> None:
    """Settle the people that the pages' tests look at."""
    here.settle(
        1,
        "Sanne de Vries",
        (41, "hears", "Zero trust"),
        (33, "reads", "De nacht van het incident"),
        (24, "visits", "24 uur bouwen"),
        (23, "visits", "Programma"),
        (22.5, "downloads", "Een SOC dat slaapt"),
        (18, "signs up", "Aanmelden"),
        (7, "is hired", ""),
        email="sanne.devries@example.com",
    )
    here.link(1, "hired", "https://odoo.example.org/odoo/applicants/7")
    here.settle(
        2,
        "Joris Bakker",
        (60, "hears", "Zero trust"),
        (55, "visits", "24 uur bouwen"),
        (54, "visits", "Programma"),
        (53.9, "downloads", "Data op orde"),
        email="joris.bakker@example.com",
    )
    here.settle(
        3,
        "Anna Smit",
        (20, "reads", "Data mesh"),
        (6, "visits", "24 uur bouwen"),
        (5, "visits", "Programma"),
        (4, "downloads", "Data op orde"),
        (3, "wanders", "Elders"),
        email="anna.smit@example.com",
    )
    here.settle(
        4,
        "Fatima El Amrani",
        (9, "visits", "24 uur bouwen"),
        (2, "signs up", "Aanmelden"),
        email="fatima@example.com",
    )
    here.park_handover(4, "the address is that of two applicants: 12, 31")
    here.settle(5, "", (1, "hears", "Cloud"))
    here.settle(
        6,
        "<script>alert(1)</script> O'Brien",
        (1, "hears", "<img src=x onerror=alert(2)>"),
        email='"><b>x</b>@example.com',
    )
    here.tell(7, "Niets Gedaan", "niets@example.com")
    for number in range(8, 30):
        here.settle(
            number,
            f"Lezer {number}",
            (number / 2, "reads", f"Stuk {number}"),
            email=f"lezer{number}@example.com",
        )
    for number in range(30, 37):
        here.settle(
            number,
            f"Denker {number}",
            (3, "visits", "24 uur bouwen"),
            (2, "visits", "Programma"),
            (1, "downloads", "Data op orde"),
            email=f"denker{number}@example.com",
        )
    here.park_delivery("mautic.page_on_hit[0]: no date in '{'")
