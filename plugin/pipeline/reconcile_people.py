"""Pull what webhooks lost of contacts themselves: saved, refused, deleted."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from plugin.pipeline import writes
from plugin.pipeline.pull import CONTACT, Pull, Row
from webhooks.events import Event
from webhooks.sources.base import ProfileSeen
from webhooks.sources.mautic_events import TRIGGERS, Item
from webhooks.sources.mautic_fields import Unfit, identity, moment, number, profile
from webhooks.sources.mautic_stats import DO_NOT_CONTACT

Contact = Mapping[str, Any]

#: Contacts or rows per commit.
STEP = 200
#: Contacts that are asked for again by one pull, of those who refuse.
SOME = 20
#: Mautic tells seconds; what is read afterwards is as of the end of that second.
WITHIN = timedelta(seconds=1) - timedelta(microseconds=1)
#: Until when saved contacts were read.
SAVED_MARK = "reconcile.contacts"
#: Until when refusals were read, by when they were made.
REFUSED_MARK = "reconcile.lead_donotcontact.date_added"
#: Up to which contact those who refuse were asked for again.
LIFTED_MARK = "reconcile.lifted"
MOMENTS = (SAVED_MARK, REFUSED_MARK)
#: Reads a contact that was identified.
IDENTIFIED = TRIGGERS["mautic.lead_post_save_new"]
#: Reads a contact that was deleted.
DELETED = TRIGGERS["mautic.lead_post_delete"]


def saved(pull: Pull) -> None:
    """Pull contacts that were saved since the last time; identified ones are events."""
    now, since = pull.now(), pull.window(SAVED_MARK)
    if since is not None:
        for some in _chunks(pull.parts.mautic.contacts.list_since(since)):
            pull.read += len(some)
            pull.keep(
                profiles=[seen for one in some if (seen := seen_of(pull, one))],
                events=[event for one in some for event in _identified(one, since)],
            )
    pull.read_until(SAVED_MARK, now)


def refused(pull: Pull) -> None:
    """Pull who asked not to be contacted: that need not count as a save in Mautic.

    By number, and by time: who refuses for another reason keeps their row.
    """
    now, since = pull.now(), pull.window(REFUSED_MARK)
    for rows, marks in pull.new_rows(DO_NOT_CONTACT.name, largest=STEP):
        _refuse(pull, rows, marks)
    if since is not None:
        for rows in pull.rows_since(DO_NOT_CONTACT.name, {"date_added": since}, STEP):
            _refuse(pull, rows, {})
    pull.read_until(REFUSED_MARK, now)


def _refuse(pull: Pull, rows: list[Row], marks: Mapping[str, Any]) -> None:
    events = pull.events_in(DO_NOT_CONTACT, rows)
    pull.keep(events=events, profiles=_told_by(pull, events), marks=marks)


def _told_by(pull: Pull, events: Iterable[Event]) -> list[ProfileSeen]:
    """Read those contacts of whom we do not know yet that they refuse."""
    told: dict[int, dict[str, datetime]] = {}
    for one in events:
        if one.contact_id is not None:
            channels = told.setdefault(one.contact_id, {})
            channels[one.data["channel"]] = one.occurred_at
    with pull.parts.store.view() as unit:
        held = unit.people.do_not_contact(told)
    news = {
        who: max(channels.values())
        for who, channels in sorted(told.items())
        if not channels.keys() <= held.get(who, frozenset())
    }
    contacts = pull.parts.mautic.contacts
    found = [(contacts.get(who), at) for who, at in news.items()]
    seen = (seen_of(pull, one, at) for one, at in found if one is not None)
    return [one for one in seen if one is not None]


def deleted(pull: Pull) -> None:
    """Ask about contacts that Mautic's audit says were deleted, or merged away.

    Only an admin may read it. Each is the event that its webhook would have been.
    """
    only = {"object": "lead", "action": "delete"}
    for rows, marks in pull.new_rows("audit_log", largest=STEP, equal=only):
        told = {one.contact_id: one for row in rows if (one := _deletion(pull, row))}
        with pull.parts.store.view() as unit:
            here = unit.people.living(who for who in told if who is not None)
        news = {who: told[who] for who in sorted(here)}
        wanted = [
            writes.resolve(who, one.key, one.occurred_at) for who, one in news.items()
        ]
        pull.keep(events=news.values(), wanted=wanted, marks=marks)


def _deletion(pull: Pull, row: Row) -> Event | None:
    at, who = moment(row.get("date_added")), number(row.get("object_id"))
    if at is None or who is None:
        why = "no contact and moment can be read"
        pull.cannot_read("audit_log", int(row["id"]), why)
        return None
    return DELETED.read(Item(raw=row, contact={}, contact_id=who, at=at))


def lifted(pull: Pull) -> None:
    """Ask about some of those who refuse: a refusal that is lifted leaves no trace.

    A few with each pull, and all of them by and by.
    """
    after = pull.mark(LIFTED_MARK) or 0
    with pull.parts.store.view() as unit:
        held = unit.people.refusing(after, SOME)
    contacts, news = pull.parts.mautic.contacts, []
    for who, channels in held.items():
        contact = contacts.get(who)
        if contact is None or int(contact["id"]) != who:
            continue  # gone, or merged away: that is told otherwise
        seen = seen_of(pull, contact, pull.now())
        if seen is not None and seen.do_not_contact != channels:
            news.append(seen)
    last = max(held) if len(held) == SOME else 0
    pull.keep(profiles=news, marks={LIFTED_MARK: last})


#: What is pulled, by its name for people.
STEPS: Mapping[str, Callable[[Pull], None]] = {
    "contacts": saved,
    "do-not-contact": refused,
    "lifted refusals": lifted,
    "deletions": deleted,
}
#: The tables that this reads by number, by the same names.
LOGS: Mapping[str, str] = {
    "do-not-contact": "lead_donotcontact",
    "deletions": "audit_log",
}


def seen_of(
    pull: Pull, contact: Contact, told_at: datetime | None = None
) -> ProfileSeen | None:
    """Read a contact; None, and told, where it cannot be read."""
    try:
        return seen(contact, pull.parts.clock(), told_at)
    except Unfit as error:
        pull.cannot_read(CONTACT, int(contact.get("id") or 0), str(error))
        return None


def seen(
    contact: Contact, now: datetime, told_at: datetime | None = None
) -> ProfileSeen | None:
    """Read a contact of the REST API as a webhook's would be read; raise `Unfit`.

    `told_at` is when something of it changed that is no save in Mautic.
    """
    contact_id = identity(contact.get("id"), "contact.id")
    whole = {**contact, "fields": _groups(contact)}
    return profile(whole, contact_id, min(_changed_at(contact, told_at) + WITHIN, now))


def _groups(contact: Contact) -> dict[str, Any]:
    """Leave out `all`, which repeats the other groups with values of other types."""
    fields = contact.get("fields")
    groups = fields if isinstance(fields, Mapping) else {}
    return {name: group for name, group in groups.items() if name != "all"}


def _changed_at(contact: Contact, told_at: datetime | None) -> datetime:
    """Date a contact by its last change, so that newer news outrank it."""
    dates = (moment(contact.get(name)) for name in ("dateAdded", "dateModified"))
    found = [at for at in (*dates, told_at) if at is not None]
    if not found:
        raise Unfit("it has no date")
    return max(found)


def _identified(contact: Contact, since: datetime) -> Iterator[Event]:
    event = identified(contact)
    if event is not None and event.occurred_at >= since:
        yield event


def identified(contact: Contact) -> Event | None:
    """Read from a contact when it became known; None where it did not."""
    at = moment(contact.get("dateIdentified"))
    if at is None:
        return None
    contact_id = identity(contact.get("id"), "contact.id")
    return IDENTIFIED.read(
        Item(raw=contact, contact=contact, contact_id=contact_id, at=at)
    )


def _chunks(found: Iterable[Contact]) -> Iterator[list[Contact]]:
    rest = iter(found)
    while some := list(islice(rest, STEP)):
        yield some
