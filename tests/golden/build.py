"""Turns a history told in words, as in the golden cases, into a person's events."""

import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from plugin.content.match import Catalogue, CatalogueItem
from plugin.history.model import Person, Profile
from plugin.mappings import loader
from plugin.mappings.consent import Consent
from plugin.mappings.model import Mappings
from webhooks.events import ContentKind, ContentRef, Event, EventType

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
MAPPINGS = Path(__file__).parents[2] / "mappings"
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0"
SITE = "https://www.example.org"

#: The golden cases' verbs -> our events and what they are about.
VERBS = {
    "is sent": (EventType.EMAIL_SENT, ContentKind.EMAIL),
    "opens": (EventType.EMAIL_OPENED, ContentKind.EMAIL),
    "clicks": (EventType.EMAIL_CLICKED, ContentKind.URL),
    "visits": (EventType.PAGE_VISITED, ContentKind.PAGE),
    # a page of our own site, told by its script
    "sees": (EventType.PAGE_VISITED, ContentKind.URL),
    "submits": (EventType.FORM_SUBMITTED, ContentKind.FORM),
    "downloads": (EventType.ASSET_DOWNLOADED, ContentKind.ASSET),
    "watches": (EventType.VIDEO_WATCHED, ContentKind.PAGE),
    "unsubscribes": (EventType.SUBSCRIPTION_CHANGED, None),
    "is hired": (EventType.CANDIDATE_HIRED, None),
    "is rejected": (EventType.CANDIDATE_REJECTED, None),
    "withdraws": (EventType.CANDIDATE_WITHDRAWN, None),
    "is unhired": (EventType.CANDIDATE_UNHIRED, None),
    "ends assignment": (EventType.ASSIGNMENT_ENDED, None),
}


@cache
def shipped() -> Mappings:
    return loader.load(MAPPINGS)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


@dataclass
class History:
    """Collects a person's acts; content is told apart by its name."""

    events: list[Event] = field(default_factory=list)
    items: dict[str, CatalogueItem] = field(default_factory=dict)
    #: Acts told so far: they number the events.
    told: int = 0

    def add(
        self,
        number: float,
        verb: str,
        what: str = "",
        *,
        category: str = "",
        by: str = "",
        utm: dict[str, str] | None = None,
        agent: str = BROWSER,
        seconds: float = 0,
        isp: str = "",
        contact: int = 1,
    ) -> Event:
        """Add what somebody did on a day, counted from the first of January."""
        type_, kind = VERBS[verb]
        data = {"connection": "odoo"} if verb.startswith("is ") and not kind else {}
        event = Event(
            key=f"{type_.value}:{self.told:04}",
            type=type_,
            contact_id=contact,
            occurred_at=day(number) + timedelta(seconds=seconds),
            content=self._ref(kind, what, category) if kind else None,
            via=self._ref(ContentKind.EMAIL, by, category) if by else None,
            utm=utm or {},
            user_agent=agent,
            data=data | ({"isp": isp} if isp else {}),
        )
        self.told += 1
        self.events.append(event)
        return event

    def _ref(self, kind: ContentKind, name: str, category: str) -> ContentRef:
        slug = name.lower().replace(" ", "-").replace(":", "")
        if kind is ContentKind.URL:
            return ContentRef(kind=kind, name="", url=f"{SITE}/{slug}")
        url = f"{SITE}/{slug}" if kind is ContentKind.PAGE else None
        key = f"{kind.value}:{name}"
        item = self.items.get(key) or CatalogueItem(
            kind=kind, id=str(len(self.items) + 1), name=name, category=category or None
        )
        self.items[key] = item
        return ContentRef(kind=kind, id=item.id, name=name, url=url)

    @property
    def catalogue(self) -> Catalogue:
        return Catalogue.of(self.items.values())

    def person(self, **profile: Any) -> Person:
        return person(self.events, **profile)


def person(events: Any, **profile: Any) -> Person:
    return Person(id=1, contact_id=1, profile=Profile(**profile), events=tuple(events))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


#: What an act of a golden case may say beside day, does and what.
DETAILS = ("category", "by", "utm", "agent", "seconds", "isp", "contact")


def history(case: dict[str, Any], *, with_late: bool = True) -> History:
    """Read the acts of a golden case; late ones can be left out, as not yet heard."""
    told = History()
    for act in case["acts"]:
        details = {key: act[key] for key in DETAILS if key in act}
        event = told.add(act["day"], act["does"], act.get("what", ""), **details)
        if act.get("late") and not with_late:
            told.events.remove(event)
    return told


def rules(case: dict[str, Any]) -> Mappings:
    """Give the shipped mappings, with the consent that a case asks for."""
    if "consent" not in case:
        return shipped()
    fields = replace(shipped().fields, consent=Consent(**case["consent"]))
    return replace(shipped(), fields=fields)
