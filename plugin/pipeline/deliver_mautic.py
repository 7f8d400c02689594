"""Writes to Mautic: contacts in batches, notes, who became of a vanished id."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import structlog

from plugin.errors import Rejected, StdcError
from plugin.mautic.batches import ItemResult
from plugin.mautic.session import NoAnswer, NoRight
from plugin.pipeline import resolve, writes
from plugin.pipeline.catalogue import refresh
from plugin.pipeline.dispatch import (
    LEASE_SECONDS,
    Dispatched,
    NotYet,
    answered,
    claim,
    is_outage,
    not_asked,
    pause,
    paused_since,
    release,
    settle,
    too_late,
)
from plugin.pipeline.parts import Parts
from plugin.pipeline.writes import CATALOGUE, CONTACT, MAUTIC, NOTE, RESOLVE
from plugin.store import OutboxItem, PersonState, Unit
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: Writes of another kind in one pass: each is a request of its own.
SINGLES = 50
#: Part of a lease in which requests for one claim are begun.
LEASE_PART = 0.6
#: A contact that Mautic breaks on is parked after so many attempts, a quarter of an
#: hour; and after these, some six hours, where Mautic took no other contact either.
BROKEN_ATTEMPTS, ALONE_ATTEMPTS = 10, 32
UNTRIED = "not tried: Mautic breaks on others of the batch, or is slow"
#: Notes that our role may not write wait so long for the right, and are parked then.
REFUSED = timedelta(days=1)
#: What a time zone can be off, and in which steps.
WIDEST_ZONE, ZONE_STEP = timedelta(hours=14), timedelta(minutes=15)
#: What Mautic answers when the contact of a note is not there.
NO_SUCH_CONTACT = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})

Send = Callable[[Parts, OutboxItem], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """One contact's write, as it goes out."""

    item: OutboxItem
    body: dict[str, Any]


def deliver(parts: Parts) -> Dispatched:
    """Send what Mautic is to have, once over: resolves, then contacts, then notes."""
    return (
        _each(parts, RESOLVE, resolve.resolve)
        + _each(parts, CATALOGUE, _catalogue)
        + _contacts(parts)
        + _each(parts, NOTE, _note)
    )


def deliver_all(parts: Parts) -> Dispatched:
    """Send until nothing that is due gets done any more, or we are to stop."""
    total = Dispatched()
    while not parts.stopping():
        once = deliver(parts)
        total += once
        if not once.done:
            break
    return total


def _each(parts: Parts, kind: str, send: Send) -> Dispatched:
    """Do some writes of a kind, each a request of its own.

    Claimed one at a time, so that no claim runs out while others are sent.
    """
    total = Dispatched()
    for _ in range(SINGLES):
        items = [] if parts.stopping() else claim(parts, MAUTIC, 1, [kind])
        if not items:
            break
        error = _try(parts, items[0], send)
        with parts.store.unit() as unit:
            if error is not None and is_outage(error):
                return total + _refused(parts, unit, items[0], error)
            answered(parts, unit, MAUTIC, kind)
            total += settle(parts, unit, items[0], error)
    return total


def _refused(
    parts: Parts, unit: Unit, item: OutboxItem, error: Exception
) -> Dispatched:
    """Leave them alone for a while; notes that we may not write, to a person then."""
    once = pause(parts, unit, [item], error)
    if item.kind != NOTE or not isinstance(error, NoRight):
        return once
    since = paused_since(unit, MAUTIC, NOTE) or parts.clock()
    if parts.clock() - since < REFUSED:
        return once
    return Dispatched(parked=unit.outbox.park_waiting(MAUTIC, NOTE, str(error)))


def _try(parts: Parts, item: OutboxItem, send: Send) -> Exception | None:
    """Do one write; give back what went wrong instead of raising it."""
    try:
        send(parts, item)
    except StdcError as error:
        return error
    except Exception as error:  # our bug parks this write, not the others
        log.exception("deliver.failed", write=item.id, kind=item.kind)
        return error
    return None


def _contacts(parts: Parts) -> Dispatched:
    items = claim(parts, MAUTIC, parts.batch.limit, [CONTACT])
    if not items:
        return Dispatched()
    letters = _letters(parts, items)
    began = parts.clock()
    try:
        results = _send(parts, letters)
    except StdcError as error:
        if _is_too_slow(error):
            parts.batch.timed_out()
            log.warning("deliver.smaller_batches", contacts=parts.batch.limit)
        return _failed(parts, items, error)
    except Exception as error:  # our bug: nobody knows which of them it was
        log.exception("deliver.batch_failed", writes=len(items))
        return _failed(parts, items, error)
    if letters:
        seconds = (parts.clock() - began).total_seconds()
        patience = parts.settings.mautic.read_seconds
        parts.batch.answered(seconds, len(items), patience)
    return _settle(parts, items, letters, results)


def _is_too_slow(error: StdcError) -> bool:
    """Whether a smaller batch may be answered where this one was not."""
    status = getattr(error, "status", None)
    return isinstance(error, NoAnswer) or status == HTTPStatus.GATEWAY_TIMEOUT


def _send(parts: Parts, letters: Sequence[_Letter]) -> list[ItemResult]:
    """Write contacts; those that failed before apart, as they may be bad ones."""
    fresh = [one.body for one in letters if one.item.attempts == 1]
    again = [one.body for one in letters if one.item.attempts > 1]
    until = parts.clock() + timedelta(seconds=LEASE_SECONDS * LEASE_PART)

    def may_go_on() -> bool:
        return not parts.stopping() and parts.clock() < until

    contacts = parts.mautic.contacts
    return contacts.batch_patch(fresh, may_go_on) + contacts.batch_patch(
        again, may_go_on
    )


def _settle(
    parts: Parts,
    items: Sequence[OutboxItem],
    letters: Sequence[_Letter],
    results: Iterable[ItemResult],
) -> Dispatched:
    by_contact = {result.id: result for result in results}
    untried = [one for one in letters if one.body["id"] not in by_contact]
    tried = [one for one in letters if one.body["id"] in by_contact]
    bad = [one for one in tried if not by_contact[one.body["id"]].ok]
    failed = {one.item.id for one in [*untried, *bad]}
    # also those that nobody is left to write to
    well = [item for item in items if item.id not in failed]
    with parts.store.unit() as unit:
        if tried:
            answered(parts, unit, MAUTIC, CONTACT)
        else:
            not_asked(unit, MAUTIC, CONTACT)
        held = unit.outbox.done(well, parts.clock())
        total = Dispatched(done=len(held))
        for letter in letters:
            if letter.item.id in held:
                unit.people.save_written(letter.body["id"], letter.item.payload)
            elif letter.item.id not in failed:
                _write_again(unit, letter)
        for letter in bad:
            total += _settle_bad(
                parts, unit, letter.item, by_contact[letter.body["id"]]
            )
        total += release(unit, (one.item for one in untried), parts.clock(), UNTRIED)
    log.info("deliver.contacts", sent=len(tried), done=total.done)
    return total


def _write_again(unit: Unit, letter: _Letter) -> None:
    """Want the newest state written once more: ours came late, perhaps after it."""
    too_late(letter.item)
    who, item = letter.body["id"], letter.item
    state = unit.people.state(who)
    if state is not None and state.wanted is not None:
        key = f"late:{item.id}:{item.claims}"
        unit.outbox.put(writes.contact(who, state.wanted, key))


def _settle_bad(
    parts: Parts, unit: Unit, item: OutboxItem, result: ItemResult
) -> Dispatched:
    why = f"contact {result.id}: {result.message}"
    if result.gone:
        # asked now: a merge takes this write away, a tombstone lets it end
        unit.outbox.put(writes.resolve(result.id, resolve.cause(item)))
    if result.gone or (result.retryable and not _is_bad(unit, item)):
        return settle(parts, unit, item, NotYet(why))
    return settle(parts, unit, item, Rejected(why, status=result.status))


def _is_bad(unit: Unit, item: OutboxItem) -> bool:
    """Whether Mautic breaks on this contact, and not on any.

    That it took others meanwhile proves it; a Mautic that takes no write at all,
    as when its database can only be read, is waited for.
    """
    if item.attempts >= ALONE_ATTEMPTS:
        return True
    return item.attempts >= BROKEN_ATTEMPTS and unit.outbox.was_done(
        MAUTIC, CONTACT, since=item.created_at
    )


def _failed(parts: Parts, items: Sequence[OutboxItem], error: Exception) -> Dispatched:
    """Give a whole batch back, or park it if that cannot help."""
    with parts.store.unit() as unit:
        if is_outage(error):
            return pause(parts, unit, items, error)
        answered(parts, unit, MAUTIC, CONTACT)
        total = Dispatched()
        for item in items:
            total += settle(parts, unit, item, error)
        return total


def _letters(parts: Parts, items: Sequence[OutboxItem]) -> list[_Letter]:
    """Write the body of each item; people whom Mautic deleted get none.

    Nor does a wish for the state of somebody who was merged away in the meantime,
    left by a worker that died: their winner has newer ones.
    """
    with parts.store.view() as unit:
        living = unit.people.living(
            item.person_id for item in items if item.person_id is not None
        )
        stages = unit.owned.ids("stage")
        states = unit.people.states(living)
    return [
        _letter(parts, item, who, states.get(who), stages)
        for item in items
        if (who := item.person_id) in living and item.supersedes == writes.place_of(who)
    ]


def _letter(
    parts: Parts,
    item: OutboxItem,
    contact_id: int,
    state: PersonState | None,
    stages: Mapping[str, int],
) -> _Letter:
    """Write one body; a person is called by the contact id that is theirs now."""
    written = (state.written if state else None) or {}
    # also those we do not know it to have: a merge brings the other contact's along
    tags = writes.our_tags(parts.mappings).union(written.get("tags", ()))
    return _Letter(item=item, body=body(contact_id, item.payload, tags, stages))


def body(
    contact_id: int,
    wanted: Mapping[str, Any],
    tags: Iterable[str],
    stages: Mapping[str, int],
) -> dict[str, Any]:
    """Write the PATCH of one contact: all our fields, tags as +new and -old, stage.

    `tags` are those of ours that the contact may have. A blank is `null` with
    `overwriteWithBlank`, which clears every type of field; without it Mautic
    ignores blanks (recordings, O.4 part 5).
    """
    dropped = sorted(set(tags).difference(wanted["tags"]))
    whole: dict[str, Any] = {"id": contact_id, **wanted["fields"]}
    if any(value is None for value in wanted["fields"].values()):
        whole["overwriteWithBlank"] = True
    whole["tags"] = [*wanted["tags"], *(f"-{tag}" for tag in dropped)]
    if (stage := stages.get(wanted["stage"])) is not None:
        whole["stage"] = stage
    return whole


def _note(parts: Parts, item: OutboxItem) -> None:
    """Add a note; look first where an earlier attempt may have come through."""
    contact_id = resolve.contact_of(parts, item)
    if contact_id is None:
        return
    text, at = str(item.payload["text"]), _moment(item.payload.get("at"))
    try:
        if item.claims > 1 and _stands(parts, contact_id, text, at):
            return
        parts.mautic.notes.add(contact_id, text, at)
    except Rejected as error:
        if error.status not in NO_SUCH_CONTACT:
            raise
        resolve.look_up(parts, contact_id, item, error)


def _stands(parts: Parts, contact_id: int, text: str, at: datetime | None) -> bool:
    """Whether a note with these words is there, of this moment where we know it."""
    return any(
        _plain(str(note["text"])) == _plain(text)
        and (at is None or _is_of(at, _moment(note.get("dateTime"))))
        for note in parts.mautic.notes.list(contact_id)
    )


def _is_of(at: datetime, shown: datetime | None) -> bool:
    """Whether a note shows this moment: to the minute, and in whichever time zone.

    A Mautic whose time zone is not UTC may take what we send for its own time.
    """
    if shown is None:
        return False
    apart = abs(shown - at.replace(second=0, microsecond=0))
    return apart <= WIDEST_ZONE and not apart % ZONE_STEP


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(text: str) -> str:
    """Reduce a note to its words: Mautic may trim it and write `&amp;`."""
    return " ".join(html.unescape(text).split())


def _catalogue(parts: Parts, item: OutboxItem) -> None:
    refresh(parts, ContentKind(item.payload["kind"]))
