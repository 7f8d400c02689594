"""An installation as `stdc` wires it, on SQLite, with one ATS and its door."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from plugin import bootstrap, config
from plugin.content.match import CatalogueItem
from plugin.mappings.consent import Consent
from plugin.mappings.model import Phase
from plugin.pipeline import deliver_ats
from plugin.pipeline.dispatch import Dispatched
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.pipeline.rescore import rescore
from plugin.pipeline.writes import HANDOVER
from plugin.sandbox.faults import Faults
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.receiver import ReceiverSandbox
from plugin.store import Link, OutboxItem
from tests.support.consent import decided
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.inbox import Delivery
from webhooks.sources.base import ProfileSeen
from webhooks.views import Intake, create_blueprint

INBOUND = "an-inbound-secret-of-tests"
SIGN_UP = CatalogueItem(
    kind=ContentKind.FORM, id="7", name="Kennismaken", category="do-security"
)
CONFIG = """
[instance]
name = "tests"
base_url = "https://stdc.example.org"
mappings = "{mappings}"
data_dir = "data"
[mautic]
url = "http://127.0.0.1:9"
auth = "basic"
username = "stdc"
password = "file:secret"
webhook_secrets = ["file:secret"]
[ats.{kind}]
kind = "{kind}"
url = "{url}"
secret = "file:ats_secret"
inbound_secret = "file:inbound_secret"
allow_private = true
{more}
"""


class Quiet(WSGIRequestHandler):
    """Serves without a word."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        pass


@dataclass
class Clock:
    """The present, and how far tests have moved it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return bootstrap.now() + self.ahead

    def wait(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@dataclass
class House:
    """The installation, and what its marketer and recruiter see."""

    parts: Parts
    ats: Any
    clock: Clock
    #: Name of the connection, and of its kind.
    connection: str
    #: Where the ATS sends its webhooks; the secret left out.
    door: str = ""
    #: Called by the door with each delivery it kept.
    on_accepted: list[Callable[[], None]] = field(default_factory=list)

    @property
    def faults(self) -> Faults:
        found: Faults = self.ats.faults
        return found

    def meet(self, contact_id: int = 12, **fields: str) -> None:
        """Hear from Mautic who a contact is."""
        seen = ProfileSeen(
            contact_id=contact_id,
            seen_at=self.clock(),
            key="1",
            email=fields.pop("email", f"sanne.{contact_id}@example.nl"),
            first_name="Sanne",
            last_name="de Wit",
            fields=fields,
            complete=True,
        )
        with self.parts.store.unit() as unit:
            unit.people.see_profiles([seen])
            people = unit.people.persons_of([contact_id], self.clock())
            rescore(self.parts, unit, people.values(), as_of=self.clock())

    def offer(self, pages: Iterable[str]) -> None:
        """Let Mautic have these pages, all about assignments."""
        items = [
            CatalogueItem(
                kind=ContentKind.PAGE,
                id=one,
                name=f"Opdracht {one}",
                category="do-security",
            )
            for one in pages
        ]
        with self.parts.store.unit() as unit:
            unit.content.replace(ContentKind.PAGE, items, self.clock())

    def sign_up(
        self, contact_id: int = 12, at: datetime | None = None, **fields: str
    ) -> None:
        """Let a contact send the form that is the gate to Do; now, or heard of late."""
        at = at or self.clock()
        event = Event(
            key=f"form:{contact_id}:{at.isoformat()}",
            type=EventType.FORM_SUBMITTED,
            contact_id=contact_id,
            occurred_at=at,
            content=ContentRef(kind=ContentKind.FORM, id="7", name="Kennismaken"),
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
        )
        with self.parts.store.unit() as unit:
            unit.history.append([event], self.clock())
        self.meet(contact_id, **fields)

    def work(self) -> Dispatched:
        """Do what the worker does for the ATS; Mautic's writes stay in the outbox."""
        process(self.parts)
        return deliver_ats.deliver_all(self.parts)

    def poll(self) -> int:
        return deliver_ats.poll_all(self.parts)

    def deliver(self, body: bytes) -> None:
        """Put a delivery of the ATS into the inbox, as the door does."""
        source = f"ats/{self.connection}"
        delivery = Delivery(source=source, body=body, received_at=self.clock())
        self.parts.store.inbox.accept(delivery)

    def phase(self, contact_id: int = 12) -> Phase:
        return self._state(contact_id).phase

    def shown(self, contact_id: int = 12) -> tuple[str | None, str | None]:
        """Tell status and link as Mautic is to show them."""
        fields = (self._state(contact_id).wanted or {})["fields"]
        return fields["stdc_ats_status"], fields["stdc_ats_link"]

    def link(self, contact_id: int = 12) -> Link | None:
        with self.parts.store.view() as unit:
            (person,) = unit.people.current([contact_id])
            return unit.links.get(self.connection, person)

    def ref(self, contact_id: int = 12) -> str:
        link = self.link(contact_id)
        assert link is not None
        return link.ref

    def writes(self, kind: str = HANDOVER) -> list[OutboxItem]:
        with self.parts.store.view() as unit:
            found = unit.outbox.list(destination=f"ats:{self.connection}")
        return [one for one in found if one.kind == kind]

    def audit(self, action: str) -> list[dict[str, Any]]:
        with self.parts.store.view() as unit:
            return [
                dict(one.detail) for one in unit.audit.list() if one.action == action
            ]

    def ask_consent(self, alias: str) -> None:
        mappings = self.parts.mappings
        fields = replace(mappings.fields, consent=Consent(handover_field=alias))
        self.parts.mappings = replace(mappings, fields=fields)

    def candidates(self) -> int:
        """Count everybody whom the ATS has."""
        if isinstance(self.ats, ReceiverSandbox):
            return len(self.ats.people)
        return len(self.ats.state.tables[self.ats.person])

    def _state(self, contact_id: int) -> Any:
        with self.parts.store.view() as unit:
            (person,) = unit.people.current([contact_id])
            return unit.people.state(person)


@contextmanager
def open_house(folder: Path, kind: str) -> Iterator[House]:
    """Open an installation with "odoo-18", "odoo-19" or "webhook"."""
    clock = Clock()
    name, _, version = kind.partition("-")
    ats = OdooSandbox(int(version), clock=clock) if version else ReceiverSandbox()
    with ats:
        parts = _parts(folder, name, ats, clock)
        house = House(parts=parts, ats=ats, clock=clock, connection=name)
        with _serving(house):
            yield house
        parts.store.close()


def _parts(folder: Path, kind: str, ats: Any, clock: Clock) -> Parts:
    is_odoo = isinstance(ats, OdooSandbox)
    more = f'database = "{ats.database}"\nlogin = "{ats.login}"' if is_odoo else ""
    (folder / "secret").write_text("a-secret-of-the-tests")
    (folder / "ats_secret").write_text(ats.api_key if is_odoo else ats.secret)
    (folder / "inbound_secret").write_text(INBOUND if is_odoo else ats.secret)
    mappings = decided(folder / "mappings")
    text = CONFIG.format(mappings=mappings, kind=kind, url=ats.url, more=more)
    (folder / "config.toml").write_text(text)
    settings = config.load(folder / "config.toml", {})
    parts = bootstrap.build(settings, clock=clock)
    parts.jitter = lambda: 0.0
    with parts.store.unit() as unit:
        unit.content.replace(ContentKind.FORM, [SIGN_UP], clock())
    return parts


@contextmanager
def _serving(house: House) -> Iterator[None]:
    """Open the door on loopback; what it keeps can be worked on at once."""

    def accepted() -> None:
        for act in house.on_accepted:
            act()

    app = Flask("door")
    intake = Intake(
        sources=house.parts.sources,
        inbox=house.parts.store.inbox,
        clock=house.clock,
        on_accepted=accepted,
    )
    app.register_blueprint(create_blueprint(intake))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    house.door = f"127.0.0.1:{server.port}/webhooks/ats/{house.connection}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(house: House) -> None:
    """Let news come in whichever way they come."""
    house.clock.wait(seconds=2)
    house.work()
    house.poll()
