"""Writes to Mautic: contacts in batches, notes, who became of a vanished id."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog

from plugin.errors import Rejected, Retryable, StdcError
from plugin.mappings.model import Mappings, Phase
from plugin.mautic.contacts import ItemResult
from plugin.pipeline import writes
from plugin.pipeline.catalogue import refresh
from plugin.pipeline.dispatch import Dispatched, claim, settle
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from plugin.pipeline.writes import (
    CATALOGUE,
    CONTACT,
    MAUTIC,
    NOTE,
    RESOLVE,
)
from plugin.store import OutboxItem, Unit
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: Mautic's own limit for one batch (`api_batch_max_limit`).
BATCH = 200


def deliver(parts: Parts) -> Dispatched:
    """Send what Mautic is to have, once over: resolves, then contacts, then notes."""
    return (
        _each(parts, RESOLVE, _resolve)
        + _each(parts, CATALOGUE, _catalogue)
        + _contacts(parts)
        + _each(parts, NOTE, _note)
    )


def deliver_all(parts: Parts) -> Dispatched:
    """Send until nothing that is due gets done any more."""
    total = Dispatched()
    while True:
        once = deliver(parts)
        total += once
        if not once.done:
            return total


def _each(
    parts: Parts, kind: str, send: Callable[[Parts, OutboxItem], None], limit: int = 50
) -> Dispatched:
    total = Dispatched()
    for item in claim(parts, MAUTIC, limit, [kind]):
        error: Exception | None = None
        try:
            send(parts, item)
        except StdcError as caught:
            error = caught
        except Exception as caught:  # our bug parks this write, not the others
            log.exception("deliver.failed", write=item.id, kind=kind)
            error = caught
        with parts.store.unit() as unit:
            total += settle(parts, unit, item, error)
    return total


def _contacts(parts: Parts) -> Dispatched:
    items = claim(parts, MAUTIC, BATCH, [CONTACT])
    if not items:
        return Dispatched()
    try:
        batch = _batch(parts, items)
        results = parts.mautic.contacts.batch_patch([body for _, body in batch])
    except Exception as error:  # the whole batch failed alike
        if not isinstance(error, StdcError):
            log.exception("deliver.batch_failed", writes=len(items))
        return _settle_all(parts, items, error)
    answered = {result.id: result for result in results}
    total = Dispatched()
    with parts.store.unit() as unit:
        for item, body in batch:
            total += _settle_contact(parts, unit, item, answered.get(body["id"]))
        gone = {item.id for item in items} - {item.id for item, _ in batch}
        unit.outbox.done(sorted(gone), parts.clock())
    log.info("deliver.contacts", sent=len(batch), done=total.done)
    return total


def _settle_all(
    parts: Parts, items: Sequence[OutboxItem], error: Exception
) -> Dispatched:
    total = Dispatched()
    with parts.store.unit() as unit:
        for item in items:
            total += settle(parts, unit, item, error)
    return total


def _batch(
    parts: Parts, items: Sequence[OutboxItem]
) -> list[tuple[OutboxItem, dict[str, Any]]]:
    """Pair each write with its body; people whom Mautic deleted have none."""
    with parts.store.view() as unit:
        people = unit.people.load_many(
            [item.person_id for item in items if item.person_id is not None]
        )
        stages = unit.owned.ids("stage")
        states = unit.people.states([person.id for person in people])
    contact_ids = {
        person.id: person.contact_id
        for person in people
        if person.contact_id is not None
    }
    batch = []
    ours = our_tags(parts.mappings)
    for item in items:
        contact_id = contact_ids.get(item.person_id or 0)
        if contact_id is not None:
            state = states.get(item.person_id or 0)
            written = state.written if state else None
            known = ours | set((written or {}).get("tags", ()))
            batch.append((item, body(contact_id, item.payload, known, stages)))
    return batch


def our_tags(mappings: Mappings) -> frozenset[str]:
    """List every tag a contact may have of ours; removing an absent one is silent."""
    fields, topics = mappings.fields, mappings.content.topics
    phases = {fields.phase_tag.format(phase=phase.value) for phase in Phase}
    return frozenset(
        phases | {fields.interest_tag.format(topic=topic) for topic in topics}
    )


def body(
    contact_id: int,
    wanted: Mapping[str, Any],
    known_tags: Iterable[str],
    stages: Mapping[str, int],
) -> dict[str, Any]:
    """Write the PATCH of one contact: all our fields, tags as +new and -old, stage.

    A blank is `null` with `overwriteWithBlank`, which clears every type of
    field; without it Mautic ignores blanks (recordings, O.4 part 5).
    """
    tags = list(wanted["tags"])
    # also those we do not know it to have: a merge brings the other contact's along
    dropped = sorted(set(known_tags) - set(tags))
    whole: dict[str, Any] = {"id": contact_id, **wanted["fields"]}
    if any(value is None for value in wanted["fields"].values()):
        whole["overwriteWithBlank"] = True
    whole["tags"] = [*tags, *(f"-{tag}" for tag in dropped)]
    if (stage := stages.get(wanted["stage"])) is not None:
        whole["stage"] = stage
    return whole


def _settle_contact(
    parts: Parts, unit: Unit, item: OutboxItem, result: ItemResult | None
) -> Dispatched:
    if result is None:
        return settle(parts, unit, item, Rejected("Mautic's answer left this item out"))
    if result.gone:
        unit.outbox.put(writes.resolve(result.id, f"write:{item.id}"))
        return settle(parts, unit, item)
    if result.retryable:
        return settle(parts, unit, item, Retryable(f"{result.id}: {result.message}"))
    if not result.ok:
        refused = Rejected(
            f"contact {result.id}: {result.message}", status=result.status
        )
        return settle(parts, unit, item, refused)
    if item.person_id is not None:
        unit.people.save_written(item.person_id, item.payload)
    return settle(parts, unit, item)


def _note(parts: Parts, item: OutboxItem) -> None:
    """Add a note; look first where an earlier attempt may have come through."""
    with parts.store.view() as unit:
        person = unit.people.load(item.person_id or 0)
    if person is None or person.contact_id is None:
        return
    text = item.payload["text"]
    if item.attempts > 1 and any(
        text in note["text"] for note in parts.mautic.notes.list(person.contact_id)
    ):
        return
    parts.mautic.notes.add(person.contact_id, text)


def _resolve(parts: Parts, item: OutboxItem) -> None:
    """Ask Mautic what became of an id: merged into another, deleted, or still there.

    A GET of a merge's loser answers with the winner; nothing else links them.
    """
    lost = int(item.payload["contact_id"])
    found = parts.mautic.contacts.get(lost)
    now = parts.clock()
    with parts.store.unit() as unit:
        if found is None:
            unit.people.delete(lost, now)
        elif int(found["id"]) != lost:
            winner = int(found["id"])
            why = f"Mautic answers for contact {lost} with {winner}"
            person_id = unit.people.merge(lost, winner, now, why)
            rescore(parts, unit, [person_id], as_of=now)


def _catalogue(parts: Parts, item: OutboxItem) -> None:
    refresh(parts, ContentKind(item.payload["kind"]))
