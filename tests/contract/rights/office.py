"""An installation with people in it, told of by deliveries as Mautic sends them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from plugin import bootstrap, config
from plugin.ats.webhook import WebhookConnector
from plugin.content.match import CatalogueItem
from plugin.pipeline import deliver_ats
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.pipeline.spool import Spool
from plugin.sandbox.receiver import ReceiverSandbox
from plugin.store.engine import open_engine
from plugin.store.tables import metadata
from tests.support.consent import LINES, decided
from webhooks.events import ContentKind
from webhooks.inbox import Delivery

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SIGN_UP = CatalogueItem(
    kind=ContentKind.FORM, id="7", name="Kennismaken", category="do-security"
)
CONFIG = """
[instance]
name = "tests"
base_url = "https://stdc.example.org"
mappings = "{mappings}"
data_dir = "data"
[database]
url = "{database}"
[mautic]
url = "http://127.0.0.1:9"
auth = "basic"
username = "stdc"
password = "file:secret"
webhook_secrets = ["file:secret"]
[ats.webhook]
kind = "webhook"
url = "{ats}"
secret = "file:ats_secret"
inbound_secret = "file:ats_secret"
"""
#: A browser: what is no machine counts.
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True)
class Human:
    """Somebody, with an id that stands nowhere by chance."""

    id: int
    email: str
    first: str
    last: str

    def contact(self, number: int | None = 0) -> dict[str, Any]:
        """Write the contact as a webhook has it, nested."""
        core = {"email": self.email, "firstname": self.first, "lastname": self.last}
        return {
            "id": self.id if number == 0 else number,
            "fields": {
                "core": {
                    alias: {"alias": alias, "type": "text", "value": value}
                    for alias, value in core.items()
                }
            },
            "tags": [],
            "doNotContact": [],
            "owner": None,
            "dateModified": "2026-11-20T10:00:00+00:00",
        }

    @property
    def words(self) -> set[str]:
        """List what nothing may say of them any more."""
        mail, domain = self.email.split("@")
        coded = f"{mail}%40{domain}"
        return {str(self.id), self.email, coded, self.first, self.last}


ANNA = Human(918273645, "anna.vermeer@kunst.example", "Annabella", "Vermeer")
#: The same person under another id, and an address that she had before.
ANNA_BEFORE = Human(918273699, "ab.vermeer@delft.example", "Annabella", "Vermeer")
BERT = Human(564738291, "bert@kunst.example", "Bartholomeus", "Hals")
#: Her address is within his: joanna is not anna.
CEES = Human(777111333, "jo-anna.vermeer@kunst.example", "Cornelis", "Steen")


def hit(who: Human, number: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Let somebody read a page whose address names them."""
    quoted = who.email.replace("@", "%40")
    return "mautic.page_on_hit", {
        "hit": {
            "id": number,
            "lead": who.contact(),
            "dateHit": at.isoformat(),
            "url": f"https://site.example/think/podcast?mail={quoted}",
            "userAgent": FIREFOX,
            "page": None,
            "redirect": None,
            "trackingId": f"t{who.id}",
        },
        "timestamp": at.isoformat(),
    }


def form(
    who: Human, number: int, at: datetime, **more: str
) -> tuple[str, dict[str, Any]]:
    """Let somebody send the form that is the gate to Do."""
    results = {"email": who.email, "f_name": who.first, **more}
    return "mautic.form_on_submit", {
        "submission": {
            "id": number,
            "lead": who.contact(),
            "form": {"id": 7, "name": "Kennismaken", "alias": "kennismaken"},
            "dateSubmitted": at.isoformat(),
            "referer": "https://site.example/kennismaken",
            "results": results,
        },
        "timestamp": at.isoformat(),
    }


def saved(who: Human, number: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Let a marketer save a contact."""
    del number
    item = {"contact": who.contact(), "timestamp": at.isoformat()}
    return "mautic.lead_post_save_update", item


def mailed(who: Human, number: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Let Mautic send a mail; the contact comes flat."""
    flat = {"id": str(who.id), "email": who.email, "firstname": who.first}
    return "mautic.email_on_send", {
        "email": {"id": 3, "name": "Nieuwsbrief"},
        "contact": {**flat, "lastname": who.last},
        "idHash": f"hash{number}",
        "timestamp": at.isoformat(),
    }


def vanished(who: Human, number: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Let Mautic delete a contact: its own id is null by then."""
    del number
    return "mautic.lead_post_delete", {
        "id": who.id,
        "contact": who.contact(number=None),
        "timestamp": at.isoformat(),
    }


def body(items: Sequence[tuple[str, dict[str, Any]]]) -> bytes:
    """Write one delivery; PHP escapes slashes."""
    whole: dict[str, list[Any]] = {}
    for trigger, item in items:
        whole.setdefault(trigger, []).append(item)
    return json.dumps(whole).replace("/", "\\/").encode()


@dataclass
class Clock:
    """The present: it stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def wait(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@dataclass
class Office:
    """The installation, and what tests do in it."""

    parts: Parts
    ats: ReceiverSandbox
    clock: Clock
    database: str
    door: str = ""
    _number: int = field(default=100_000_000)

    def number(self) -> int:
        """Give Mautic's next row number."""
        self._number += 1
        return self._number

    def arrive(self, content: bytes, source: str = "mautic") -> int:
        """Put a delivery into the inbox, as the door does."""
        return self.parts.store.inbox.accept(self.delivery(content, source))

    def spool(self, content: bytes, source: str = "mautic") -> Path:
        """Keep a delivery on disk, as the door does while the database is away."""
        return Spool(self.parts.settings.spool).keep(self.delivery(content, source))

    def delivery(self, content: bytes, source: str) -> Delivery:
        return Delivery(source=source, body=content, received_at=self.clock())

    def work(self) -> None:
        """Do what the worker does; Mautic's writes stay in the outbox."""
        while process(self.parts).deliveries:
            pass
        deliver_ats.deliver_all(self.parts)

    def sign_up(self, who: Human) -> None:
        """Let somebody sign up, and hand them over."""
        self.arrive(body([form(who, self.number(), self.clock())]))
        self.work()

    def merge(self, loser: Human, winner: Human) -> None:
        with self.parts.store.unit() as unit:
            unit.people.merge(loser.id, winner.id, self.clock(), "the same")

    def ids(self, who: Human) -> list[int]:
        with self.parts.store.view() as unit:
            return sorted(unit.people.current([who.id]))

    def held(self, who: Human) -> dict[str, Any]:
        """Read all that the tables hold of somebody, but raw deliveries."""
        with self.parts.store.view() as unit:
            return unit.holdings.of({who.id})

    def everything(self) -> Iterator[tuple[str, str]]:
        """Yield (place, text) of every value of every column, and of every file."""
        engine = open_engine(self.database)
        with engine.connect() as connection:
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    for column, value in row._asdict().items():
                        yield f"{table.name}.{column}", _text(value)
        engine.dispose()
        for path in sorted(self.parts.settings.spool.rglob("*")):
            if path.is_file():
                yield f"file {path.name}", _text(path.read_bytes())

    def traces(self, *words: str) -> list[tuple[str, str]]:
        """Find where one of these words stands, in any case."""
        lowered = [one.lower() for one in words]
        return [
            (place, text)
            for place, text in self.everything()
            if any(one in _apart(text.lower()) for one in lowered)
        ]


def _apart(text: str) -> str:
    """Leave out the address of who is not Anna, though hers is within it."""
    return text.replace(CEES.email, "").replace(CEES.email.replace("@", "%40"), "")


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, datetime) else str(value)


@contextmanager
def open_office(
    folder: Path, database: str | None = None, lines: str = LINES
) -> Iterator[Office]:
    """Open an installation on a database; a SQLite file of its own if left out.

    `lines` decide about consent, as an admin would in fields.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = database or f"sqlite:///{folder}/store.db"
    with ReceiverSandbox() as ats:
        (folder / "secret").write_text("a-secret-of-the-tests")
        (folder / "ats_secret").write_text(ats.secret)
        mappings = decided(folder / "mappings", lines)
        text = CONFIG.format(mappings=mappings, database=database, ats=ats.url)
        (folder / "config.toml").write_text(text)
        clock = Clock()
        settings = config.load(folder / "config.toml", {})
        parts = bootstrap.build(settings, clock=clock)
        parts.jitter = lambda: 0.0
        # whoever checks a signature looks at the real time
        sender = WebhookConnector(ats.url, ats.secret, clock=bootstrap.now)
        parts.connectors = {"webhook": sender}
        with parts.store.unit() as unit:
            unit.content.replace(ContentKind.FORM, [SIGN_UP], clock())
        try:
            yield Office(parts=parts, ats=ats, clock=clock, database=database)
        finally:
            parts.store.close()
