"""Readers of two audiences who are mailed in a rhythm, for calendar and market."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from plugin.content.match import CatalogueItem
from plugin.pipeline.rescore import rescore
from tests.support.people import Town
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

#: How readers came: utm_medium and utm_source.
WAYS = (("social", "linkedin"), ("email", "newsletter"), ("magazine", "tech"), ("", ""))
#: Subjects and the pages about them: category -> id.
PAGES = {"see-security": "501", "see-legal": "502", "see": "503"}
#: The first contact id; those before are the town's.
FIRST = 1000
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"


def settle_readers(here: Town, people: int = 60) -> None:
    """Settle readers who came over the last weeks, and what they were sent."""
    ids = range(FIRST, FIRST + people)
    events = [event for number in range(people) for event in _events(here, number)]
    items = [_item(category, id_) for category, id_ in PAGES.items()]
    with here.parts.store.unit() as unit:
        unit.content.replace(ContentKind.PAGE, items, here.now)
        unit.people.see_profiles([_seen(here, number) for number in range(people)])
        unit.history.append(events, here.now)
        rescore(here.parts, unit, ids, as_of=here.now)


def _item(category: str, id_: str) -> CatalogueItem:
    return CatalogueItem(
        kind=ContentKind.PAGE,
        id=id_,
        name=f"Blog {category}",
        category=category,
        url=None,
        language="nl",
        published=True,
    )


def _seen(here: Town, number: int) -> ProfileSeen:
    address = f"lezer{FIRST + number}@example.net"
    return ProfileSeen(
        contact_id=FIRST + number,
        seen_at=here.now,
        key="told",
        email=None if number % 20 == 19 else address,
        first_name="Lezer",
        last_name=str(FIRST + number),
        do_not_contact=frozenset({"email"}) if number % 15 == 14 else frozenset(),
        complete=True,
    )


def _events(here: Town, number: int) -> Iterator[Event]:
    """Come by some way, read about one subject, and be sent what fits."""
    came = here.now - timedelta(days=70 - number % 55, hours=number % 7)
    medium, source = WAYS[number % len(WAYS)]
    category = tuple(PAGES)[number % 5 % 3]
    for visit in range(3):
        yield Event(
            key=f"reader:{number}:{visit}",
            type=EventType.PAGE_VISITED,
            contact_id=FIRST + number,
            occurred_at=came + timedelta(hours=30 * visit),
            content=ContentRef(kind=ContentKind.PAGE, id=PAGES[category]),
            utm={"medium": medium, "source": source} if medium else {},
            user_agent=BROWSER,
        )
    mails = {11: 14, 5: 7}.get(number % 12, number % 3)
    for mail in range(mails):
        # who was sent the most was sent it lately, so the sunset has somebody
        back = 2 * mail if mails > 3 else 21 * mail + number % 13
        yield _mail(number, here.now - timedelta(days=back, minutes=1), mail)


def _mail(number: int, at: datetime, mail: int) -> Event:
    return Event(
        key=f"reader:{number}:mail:{mail}",
        type=EventType.EMAIL_SENT,
        contact_id=FIRST + number,
        occurred_at=at,
        content=ContentRef(kind=ContentKind.EMAIL, id="9", name="Nieuwsbrief"),
    )
