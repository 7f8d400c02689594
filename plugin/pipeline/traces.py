"""What is kept raw of a person: deliveries in the inbox, and on the spool's disk."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from plugin.ats.draft import marker_of
from plugin.errors import Rejected
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import SET_ASIDE, Spool, decode, encode, write_durably
from plugin.store import InboxItem, Link, Rows, Unit
from webhooks.events import Event
from webhooks.inbox import Delivery
from webhooks.mentions import Mention, Someone, find
from webhooks.sources.base import Parsed, ProfileSeen

#: Deliveries read at a time.
PAGE = 200
#: How the source of an ATS's deliveries begins.
ATS = "ats/"
#: What is left of a late delivery that was about erased people only.
NOTHING = b"{}"
#: Called with how many more deliveries were looked through.
Seen = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A person, as the tables, deliveries and the ATS name them."""

    person_id: int
    rows: Rows
    emails: frozenset[str]
    links: tuple[Link, ...]
    instance: str

    @property
    def named(self) -> Someone:
        """Say how anything but a delivery names them."""
        return Someone(contact_ids=frozenset(), emails=self.emails)

    def someone(self, source: str) -> Someone:
        """Say how deliveries of one source name them."""
        ids = self.rows.contact_ids
        markers = {marker_of(self.instance, one) for one in ids}
        refs = self.rows.refs.get(source.removeprefix(ATS), frozenset())
        return Someone(
            contact_ids=ids,
            emails=self.emails,
            markers=frozenset(markers | {one.marker for one in self.links}),
            refs=refs if source.startswith(ATS) else frozenset(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A raw delivery that names them."""

    source: str
    received_at: datetime
    mention: Mention
    #: Its number in the inbox, or its file on the spool.
    number: int | None = None
    state: str = ""
    path: Path | None = None


@dataclass
class Reader:
    """Reads deliveries for what they say of one person."""

    parts: Parts
    who: Who
    _someone: dict[str, Someone] = field(default_factory=dict)

    def mention(self, delivery: Delivery) -> Mention | None:
        """Find what a delivery says of them."""
        name = delivery.source
        if name not in self._someone:
            self._someone[name] = self.who.someone(name)
        someone = self._someone[name]
        if not name.startswith(ATS):
            return find(delivery.body, someone)
        source = self.parts.sources.get(name)
        at = delivery.received_at
        return find(
            delivery.body,
            someone,
            lambda body: source.parse(body, at) if source else Parsed(),
        )


def who_is(parts: Parts, unit: Unit, person_id: int) -> Who:
    """Gather by what names a person may be known anywhere."""
    ids = frozenset(unit.people.contacts_of(person_id))
    links = tuple(unit.links.of_person(person_id))
    refs = {
        name: frozenset(one.ref for one in links if one.connection == name)
        for name in {one.connection for one in links}
    }
    return Who(
        person_id=person_id,
        rows=Rows(contact_ids=ids, refs=refs),
        emails=unit.people.addresses(ids),
        links=links,
        instance=parts.settings.instance,
    )


def in_inbox(
    parts: Parts, reader: Reader, seen: Seen = lambda _: None
) -> Iterator[list[Trace]]:
    """Go through every delivery; yield those that name them, some at a time."""
    after = 0
    while True:
        with parts.store.view() as unit:
            page = unit.inbox.page(after, PAGE)
        if not page:
            return
        after = page[-1].id
        yield [one for item in page if (one := _trace(reader, item)) is not None]
        seen(len(page))


def on_spool(parts: Parts, reader: Reader) -> list[Trace]:
    """Read the files of the spool, also those set aside; list those that name them."""
    spool = Spool(parts.settings.spool)
    files = [*spool.waiting(), *sorted((spool.folder / SET_ASIDE).glob("*"))]
    found = []
    for path in files:
        delivery = _delivery(path)
        mention = reader.mention(delivery) if delivery else None
        if delivery and mention:
            found.append(
                Trace(
                    source=delivery.source,
                    received_at=delivery.received_at,
                    mention=mention,
                    path=path,
                )
            )
    return found


def take_out_of_inbox(parts: Parts, traces: Sequence[Trace]) -> None:
    """Leave of deliveries what is about others; delete those of which nothing is."""
    if traces:
        rests = {one.number: one.mention.rest for one in traces if one.number}
        with parts.store.unit() as unit:
            unit.inbox.rewrite(rests)


def forget(
    unit: Unit, items: Sequence[InboxItem], parsed: Iterable[Parsed | str]
) -> None:
    """Take the erased out of deliveries that came late, before they are kept."""
    named = {
        item.id: _contacts(told)
        for item, told in zip(items, parsed, strict=True)
        if isinstance(told, Parsed)
    }
    erased = unit.tombstones.among(set().union(*named.values()))
    if not erased:
        return
    someone = Someone(contact_ids=frozenset(erased))
    rests = {
        item.id: _rest(item, someone)
        for item in items
        if named.get(item.id, set()) & erased
    }
    unit.inbox.rewrite(rests)


def signatures(events: Iterable[Event]) -> Iterator[ProfileSeen]:
    """Read from forms by which address those who sent them call themselves.

    Mautic tells of the contact as it was before. Who names several addresses may
    speak of somebody else.
    """
    for event in events:
        given = event.data.get("results")
        if event.contact_id is None or not isinstance(given, Mapping):
            continue
        named = {one.strip().lower() for one in map(str, given.values()) if "@" in one}
        if len(named) == 1:
            yield ProfileSeen(
                contact_id=event.contact_id,
                seen_at=event.occurred_at,
                key="",
                email=named.pop(),
            )


def _rest(item: InboxItem, erased: Someone) -> bytes:
    if item.source.startswith(ATS):  # each is about one candidate
        return NOTHING
    found = find(item.body, erased)
    return item.body if found is None else found.rest or NOTHING


def _contacts(parsed: Parsed) -> set[int]:
    told: list[Event | ProfileSeen] = [*parsed.events, *parsed.profiles]
    return {one.contact_id for one in told if one.contact_id is not None}


def take_off_spool(traces: Sequence[Trace]) -> None:
    """Do the same with files; the rest is written first, so that a crash loses none."""
    for one in traces:
        if one.path is None:
            continue
        if one.mention.rest is None:
            one.path.unlink(missing_ok=True)
            continue
        left = Delivery(
            source=one.source, body=one.mention.rest, received_at=one.received_at
        )
        write_durably(one.path, encode(left))


def _trace(reader: Reader, item: InboxItem) -> Trace | None:
    delivery = Delivery(
        source=item.source, body=item.body, received_at=item.received_at
    )
    mention = reader.mention(delivery)
    if mention is None:
        return None
    return Trace(
        source=item.source,
        received_at=item.received_at,
        mention=mention,
        number=item.id,
        state=item.state.value,
    )


def _delivery(path: Path) -> Delivery | None:
    """Read a file; what the disk has spoilt is read as far as there is text."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return decode(content)
    except Rejected:
        at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return Delivery(source="", body=content, received_at=at)
