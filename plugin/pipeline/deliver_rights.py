"""Passing on to an ATS what a person decided about their own data: erasure first.

As far as the ATS can. What it cannot do is parked, with what a person must do there:
nothing about rights is ever dropped in silence.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from plugin.ats.base import (
    GONE,
    Confidence,
    Connector,
    Erases,
    Failure,
    MatchKeys,
    Ok,
    Permanent,
    Ref,
    Result,
    RightsNotice,
    Snapshot,
    StageKind,
    TellsRights,
)
from plugin.ats.draft import draft, of_rights
from plugin.errors import Rejected
from plugin.history.model import Person
from plugin.mappings.ats import AtsMapping
from plugin.phases import rights
from plugin.phases.decide import decide
from plugin.phases.model import Decision
from plugin.phases.rights import Rights
from plugin.pipeline import record, writes
from plugin.pipeline.failures import raise_for
from plugin.pipeline.parts import Parts
from plugin.pipeline.writes import ERASE, ats
from plugin.store import Link, OutboxItem, OutboxState, OutboxWrite, Unit
from plugin.store.links import DELETED

log = structlog.get_logger(__name__)

#: What an employer may have to keep: whether is not for a machine to say.
EMPLOYED = frozenset({StageKind.OFFER, StageKind.HIRED, StageKind.ENDED})
#: What the parked write says to do afterwards.
AFTERWARDS = "then `stdc outbox discard {number}`"
#: What the record there is told, for the recruiter who opens it.
NOTE = (
    "Deze persoon vraagt om verwijdering van alle persoonsgegevens (AVG art. 17). "
    "Verwijder dit dossier, of leg vast waarom het bewaard moet blijven. / This person "
    "asked for the erasure of all personal data (GDPR art. 17)."
)


def pass_on_erasure(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Have a candidate erased there; afterwards nothing here says who it was.

    Raises what says how it went: Rejected for what a person must do there.
    """
    connector = parts.connectors[connection]
    ref = _whom(connector, item)
    how = "nobody there"
    if ref is not None:
        how = _erase(connector, ref, item)
    _done(parts, item, how)


def pass_on_consent(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Tell an ATS what somebody allows and refuses now, if it does not know that.

    Worked out now: who changed their mind twice while it waited is not told of.
    """
    now = parts.clock()
    with parts.store.view() as unit:
        person = unit.people.load(item.person_id or 0)
        found = unit.links.of_person(person.id) if person else []
        catalogue = parts.catalogue(unit)
    theirs = (one for one in found if one.connection == connection)
    link = next((one for one in theirs if one.ref == item.payload["ref"]), None)
    if person is None or link is None or link.told is None or link.status == DELETED:
        _forget(parts, item)
        return
    before = Rights.of(link.told)
    after = rights.now(person.profile, parts.mappings.fields.consent, before)
    if after == before:
        _forget(parts, item)
        return
    text = rights.told_in_words(before, after, parts.mappings.language)
    decision = decide(person, parts.mappings, catalogue, as_of=now)
    how = _tell(parts, link, person, decision, text)
    told = replace(link, told=after.as_json(), told_at=now)
    detail = {"connection": connection, "ref": link.ref, "how": how, **after.as_json()}
    with parts.store.unit() as unit:
        if unit.links.put(told):
            record.note(unit, now, record.RIGHTS_TOLD, link.person_id, detail)


def _tell(
    parts: Parts, link: Link, person: Person, decision: Decision, text: str
) -> str:
    """Say it as the connection takes it: as such, or by fields and a note."""
    connector = parts.connectors[link.connection]
    mapping = parts.mappings.ats.get(
        link.connection, AtsMapping(connection=link.connection)
    )
    wanted = draft(
        person,
        decision,
        parts.mappings,
        mapping,
        instance=parts.settings.instance,
        link=parts.link(person.id),
    )
    ref, op_id = Ref(id=link.ref, url=link.url), _op_id(link, text)
    if isinstance(connector, TellsRights):
        notice = RightsNotice(
            consent=wanted.consent, do_not_contact=wanted.do_not_contact, text=text
        )
        _do(connector.tell_rights(ref, link.marker, notice, op_id=op_id))
        return "told"
    fields = of_rights(wanted, mapping)
    if fields.fields:
        _do(connector.update(ref, fields, op_id=op_id))
    _do(connector.add_note(ref, text, op_id=op_id))
    return "fields and note" if fields.fields else "note"


def _op_id(link: Link, text: str) -> str:
    """Name this change: the same over all attempts, another one for the next."""
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    return f"consent:{link.connection}:{link.contact_id}:{name}:{link.told_at}"


def _do(outcome: Result[Any]) -> None:
    """Raise what says how it went; who was deleted there needs not be told of."""
    if isinstance(outcome, Permanent) and outcome.code == GONE:
        return
    if isinstance(outcome, Failure):
        raise_for(outcome)


def _forget(parts: Parts, item: OutboxItem) -> None:
    """Let it be wanted again: nothing was told."""
    with parts.store.unit() as unit:
        unit.outbox.forget(item)


def late_erasure(unit: Unit, link: Link, *, is_ours: bool) -> OutboxWrite:
    """Want undone what was under way to the ATS while somebody was erased here."""
    found = unit.tombstones.find(str(link.contact_id))
    return writes.erase(link, found[0] if found else "", is_ours=is_ours)


def _whom(connector: Connector, item: OutboxItem) -> Ref | None:
    """Say who it is: by the link there was, else by our marker, where one can look."""
    told = item.payload
    if told["ref"] is not None:
        return Ref(id=told["ref"], url=told["url"])
    if not connector.capabilities().finds:
        return Ref(id=told["marker"])
    found = connector.find(MatchKeys(marker=told["marker"]))
    if isinstance(found, Failure):
        raise_for(found)
    matches = found.value.matches if isinstance(found, Ok) else ()
    ours = (one.ref for one in matches if one.confidence is Confidence.OURS)
    return next(ours, None)


def _erase(connector: Connector, ref: Ref, item: OutboxItem) -> str:
    """Erase, or say why a person has to; tells how it was done."""
    can = connector.capabilities()
    if can.erases is not Erases.TOLD and _is_gone(connector, ref, item):
        return "deleted there before"
    if can.erases is Erases.BY_HAND:
        raise _by_hand(connector, ref, item, "this ATS cannot do it by our call")
    outcome = connector.erase(ref, item.payload["marker"], op_id=item.key)
    if isinstance(outcome, Permanent) and outcome.code == GONE:
        return "deleted there before"
    if isinstance(outcome, Failure):
        raise_for(outcome)
    return can.erases.value


def _is_gone(connector: Connector, ref: Ref, item: OutboxItem) -> bool:
    """Look how they stand, and leave to a person what a machine must not judge."""
    read = connector.fetch([ref.id])
    if isinstance(read, Failure):
        raise_for(read)
    stands = read.value if isinstance(read, Ok) else ()
    if any(one.is_deleted for one in stands):
        return True
    if not item.payload["is_ours"]:
        why = "they were known there before we handed them over"
        raise _by_hand(connector, ref, item, why)
    if employed := next((one for one in stands if one.stage_kind in EMPLOYED), None):
        raise _by_hand(connector, ref, item, _employed(employed))
    return False


def _employed(stands: Snapshot) -> str:
    return f"they stand as {stands.stage_kind.value}, and a file may have to be kept"


def _by_hand(connector: Connector, ref: Ref, item: OutboxItem, why: str) -> Rejected:
    """Say what a person must do, where, and what then; the record is told too."""
    noted = connector.add_note(ref, NOTE, op_id=item.key)
    if isinstance(noted, Failure) and not isinstance(noted, Permanent):
        raise_for(noted)
    after = AFTERWARDS.format(number=item.id)
    where = ref.url or f"candidate {ref.id}"
    hint = connector.capabilities().erase_hint
    return Rejected(f"erase by hand: {where}. {why}: {hint}; {after}")


def closed_by_hand(unit: Unit, numbers: Iterable[int], at: datetime) -> None:
    """Forget whom a person erased by hand, once they say so by dropping the write."""
    for number in numbers:
        item = unit.outbox.get(number)
        if item and item.kind == ERASE and item.state is OutboxState.DROPPED:
            _close(unit, item, "by hand", at)


def _done(parts: Parts, item: OutboxItem, how: str) -> None:
    with parts.store.unit() as unit:
        _close(unit, item, how, parts.clock())


def _close(unit: Unit, item: OutboxItem, how: str, at: datetime) -> None:
    """Forget whom it was about, and keep that it was done."""
    connection = item.destination.removeprefix(ats(""))
    subject = f"erased:{item.payload['erasure']}"
    detail = {"connection": connection, "how": how}
    if not unit.outbox.forget(item):
        return
    unit.audit.add(at, "stdc", "erasure.passed_on", subject, detail)
    log.info("erasure.passed_on", connection=connection, how=how)
