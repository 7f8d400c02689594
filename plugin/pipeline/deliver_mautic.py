"""Writes to Mautic: contacts in batches, notes, who became of a vanished id."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog

from plugin.errors import Rejected, Retryable, StdcError
from plugin.mautic.contacts import ItemResult
from plugin.pipeline import resolve, writes
from plugin.pipeline.catalogue import refresh
from plugin.pipeline.dispatch import (
    Dispatched,
    NotYet,
    answered,
    claim,
    is_outage,
    pause,
    release,
    settle,
    too_late,
)
from plugin.pipeline.parts import Parts
from plugin.pipeline.writes import CATALOGUE, CONTACT, MAUTIC, NOTE, RESOLVE
from plugin.store import OutboxItem, PersonState, Unit
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: Mautic's own limit for one batch (`api_batch_max_limit`).
BATCH = 200
#: Writes of other kinds claimed at once: each is a request of its own.
SINGLES = 50
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
    total = Dispatched()
    items = claim(parts, MAUTIC, SINGLES, [kind])
    for index, item in enumerate(items):
        if parts.stopping():
            with parts.store.unit() as unit:
                return total + release(unit, items[index:], parts.clock())
        error = _try(parts, item, send)
        with parts.store.unit() as unit:
            if error is not None and is_outage(error):
                return total + pause(parts, unit, items[index:], error)
            answered(unit, MAUTIC, kind)
            total += settle(parts, unit, item, error)
    return total


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
    items = claim(parts, MAUTIC, BATCH, [CONTACT])
    if not items:
        return Dispatched()
    letters = _letters(parts, items)
    try:
        results = _send(parts, [one.body for one in letters])
    except StdcError as error:
        return _failed(parts, items, error)
    except Exception as error:  # our bug: nobody knows which of them it was
        log.exception("deliver.batch_failed", writes=len(items))
        return _failed(parts, items, error)
    broken = [one for one in results if one.retryable]
    # one alone may be a bad contact, and must not hold up all writes for ever
    if len(broken) == len(results) > 1:
        down = Retryable(f"Mautic breaks on every contact: {broken[0].message}")
        return _failed(parts, items, down)
    return _settle(parts, items, letters, results)


def _send(parts: Parts, bodies: Sequence[Mapping[str, Any]]) -> list[ItemResult]:
    """Write contacts by one request; apart, where Mautic refuses them as a whole."""
    contacts = parts.mautic.contacts
    try:
        return contacts.batch_patch(bodies) if bodies else []
    except Rejected as error:
        log.warning("deliver.batch_refused", writes=len(bodies), why=str(error))
        return [contacts.patch_one(body) for body in bodies]


def _settle(
    parts: Parts,
    items: Sequence[OutboxItem],
    letters: Sequence[_Letter],
    results: Iterable[ItemResult],
) -> Dispatched:
    by_contact = {result.id: result for result in results}
    bad = [one for one in letters if not by_contact[one.body["id"]].ok]
    failed = {one.item.id for one in bad}
    # also those that nobody is left to write to
    well = [item for item in items if item.id not in failed]
    with parts.store.unit() as unit:
        answered(unit, MAUTIC, CONTACT)
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
    log.info("deliver.contacts", sent=len(letters), done=total.done)
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
    if result.gone or result.retryable:
        return settle(parts, unit, item, NotYet(why))
    return settle(parts, unit, item, Rejected(why, status=result.status))


def _failed(parts: Parts, items: Sequence[OutboxItem], error: Exception) -> Dispatched:
    """Give a whole batch back, or park it if that cannot help."""
    with parts.store.unit() as unit:
        if is_outage(error):
            return pause(parts, unit, items, error)
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
    text = str(item.payload["text"])
    try:
        if item.claims > 1 and _stands(parts, contact_id, text):
            return
        parts.mautic.notes.add(contact_id, text)
    except Rejected as error:
        if error.status not in NO_SUCH_CONTACT:
            raise
        resolve.look_up(parts, contact_id, item, error)


def _stands(parts: Parts, contact_id: int, text: str) -> bool:
    notes = parts.mautic.notes.list(contact_id)
    return _plain(text) in {_plain(str(note["text"])) for note in notes}


def _plain(text: str) -> str:
    """Reduce a note to its words: Mautic may trim it and write `&amp;`."""
    return " ".join(html.unescape(text).split())


def _catalogue(parts: Parts, item: OutboxItem) -> None:
    refresh(parts, ContentKind(item.payload["kind"]))
