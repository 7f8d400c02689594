"""The writes the pipeline can want, each with its key: asked twice, done once."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from plugin.mappings.model import Mappings, Phase
from plugin.phases.actions import Projection
from plugin.phases.model import Move
from plugin.phases.rights import Rights
from plugin.store import Link, OutboxWrite
from webhooks.events import ContentKind

MAUTIC = "mautic"
#: Who in our own house wants to know at once.
ALERT = "alert"
#: Kinds of writes to Mautic.
CONTACT, NOTE, RESOLVE, CATALOGUE = "contact", "note", "resolve", "catalogue"
#: Kinds of writes to an ATS.
HANDOVER, REREAD, ERASE = "handover", "reread", "erase"
CONSENT = "consent"
RESYNC = "resync"
#: Somebody who stands there did something new.
AGAIN = "again"
#: Those of them that a person's own rights ask for: they go first.
RIGHTS = (ERASE, CONSENT)
#: Kind of alert: somebody begins to move.
RISING = "rising"
#: Kind: tell that an e-mail does worse than it did.
FAILING = "failing"
#: Kind: tell an owner of their week.
DIGEST = "digest"


def ats(connection: str) -> str:
    """Name the destination of an ATS connection."""
    return f"ats:{connection}"


def place_of(person_id: int) -> str:
    """Name what a wish for a contact's state stands for."""
    return f"contact:{person_id}"


def contact(person_id: int, payload: dict[str, Any], key: str) -> OutboxWrite:
    """Want a contact's fields, tags and stage; the newest wish replaces older ones."""
    return OutboxWrite(
        destination=MAUTIC,
        kind=CONTACT,
        person_id=person_id,
        payload=payload,
        key=f"contact:{person_id}:{key}",
        supersedes=place_of(person_id),
    )


def note(person_id: int, move: Move, text: str) -> OutboxWrite:
    """Want one note for one phase move."""
    return OutboxWrite(
        destination=MAUTIC,
        kind=NOTE,
        person_id=person_id,
        payload={"text": text, "at": move.at.isoformat()},
        key=f"note:{person_id}:{move.at.isoformat()}:{move.after}",
    )


def rising(person_id: int, since: datetime, text: str) -> OutboxWrite:
    """Want one note for one time that somebody began to move."""
    return OutboxWrite(
        destination=MAUTIC,
        kind=NOTE,
        person_id=person_id,
        payload={"text": text, "at": since.isoformat()},
        key=f"note:{person_id}:{since.date().isoformat()}:rising",
    )


def alert(person_id: int, since: datetime) -> OutboxWrite:
    """Want the house told once of one time that somebody began to move."""
    return OutboxWrite(
        destination=ALERT,
        kind=RISING,
        person_id=person_id,
        payload={"since": since.isoformat()},
        key=f"alert:{person_id}:{since.date().isoformat()}:rising",
    )


def content_alert(content: str, fell_on: date, data: dict[str, Any]) -> OutboxWrite:
    """Want the house told once that an e-mail does worse since a week."""
    return OutboxWrite(
        destination=ALERT,
        kind=FAILING,
        payload=data,
        key=f"alert:{content}:{fell_on.isoformat()}:failing",
    )


def digest(owner_id: int | None, audience: str, week: str) -> OutboxWrite:
    """Want an owner told of their week, once."""
    return OutboxWrite(
        destination=ALERT,
        kind=DIGEST,
        payload={"owner_id": owner_id, "audience": audience},
        key=f"digest:{owner_id}:{audience}:{week}",
    )


def resolve(contact_id: int, cause: str, since: datetime | None = None) -> OutboxWrite:
    """Want to know whether a vanished contact was merged or deleted, and when."""
    told = {"at": since.isoformat()} if since else {}
    return OutboxWrite(
        destination=MAUTIC,
        kind=RESOLVE,
        contact_id=contact_id,
        payload={"contact_id": contact_id, **told},
        key=f"resolve:{contact_id}:{cause}",
        supersedes=f"resolve:{contact_id}",
    )


def catalogue(kind: ContentKind, remote_id: str) -> OutboxWrite:
    """Want the catalogue of this kind read again, because this item is not in it."""
    return OutboxWrite(
        destination=MAUTIC,
        kind=CATALOGUE,
        payload={"kind": kind.value},
        key=f"catalogue:{kind.value}:{remote_id}",
        supersedes=f"catalogue:{kind.value}",
    )


def handover(connection: str, person_id: int, move: Move) -> OutboxWrite:
    """Want a candidate to stand in this ATS, once per entry into Do."""
    return OutboxWrite(
        destination=ats(connection),
        kind=HANDOVER,
        person_id=person_id,
        payload={"at": move.at.isoformat(), "cause": move.cause.value},
        key=f"handover:{connection}:{person_id}:{move.at.isoformat()}",
        supersedes=f"handover:{connection}:{person_id}",
    )


def resync(connection: str, person_id: int, now: datetime) -> OutboxWrite:
    """Want a candidate who stands in this ATS written there again, as they are now."""
    return OutboxWrite(
        destination=ats(connection),
        kind=RESYNC,
        person_id=person_id,
        payload={},
        key=f"resync:{connection}:{person_id}:{now.isoformat()}",
        supersedes=f"resync:{connection}:{person_id}",
    )


def again(connection: str, person_id: int, turn: str, at: datetime) -> OutboxWrite:
    """Want a recruiter told once of what somebody did after the hand-over.

    `turn` is one of `Turn`.
    """
    name = f"{turn}:{connection}:{person_id}"
    return OutboxWrite(
        destination=ats(connection),
        kind=AGAIN,
        person_id=person_id,
        payload={"turn": turn, "at": at.isoformat()},
        key=f"again:{name}:{at.isoformat()}",
        supersedes=f"again:{name}",
    )


def reread(connection: str, ref: str, now: datetime) -> OutboxWrite:
    """Want an ATS record read again: a webhook only hints."""
    return OutboxWrite(
        destination=ats(connection),
        kind=REREAD,
        payload={"ref": ref},
        key=f"reread:{connection}:{ref}:{now.isoformat()}",
        supersedes=f"reread:{connection}:{ref}",
    )


def erase(link: Link, erasure: str, *, is_ours: bool) -> OutboxWrite:
    """Want an ATS told that somebody was erased; it names nobody as a person of ours.

    `is_ours`: the candidate was not there before we made them.
    """
    return OutboxWrite(
        destination=ats(link.connection),
        kind=ERASE,
        payload={
            "erasure": erasure,
            "ref": link.ref,
            "url": link.url,
            "marker": link.marker,
            "is_ours": is_ours,
        },
        key=f"erase:{link.connection}:{link.ref}:{erasure}",
    )


def erase_marked(connection: str, marker: str, erasure: str) -> OutboxWrite:
    """Want the same where an answer got lost: they may stand there by our marker."""
    return OutboxWrite(
        destination=ats(connection),
        kind=ERASE,
        payload={
            "erasure": erasure,
            "ref": None,
            "url": None,
            "marker": marker,
            "is_ours": True,
        },
        key=f"erase:{connection}:{erasure}",
    )


def consent(link: Link, rights: Rights) -> OutboxWrite:
    """Want an ATS told what somebody allows and refuses now, once for each change."""
    who = f"{link.connection}:{link.contact_id}"
    return OutboxWrite(
        destination=ats(link.connection),
        kind=CONSENT,
        person_id=link.person_id,
        payload={"ref": link.ref, **rights.as_json()},
        key=f"consent:{who}:{rights.digest}:{link.told_at or link.handed_over_at}",
        supersedes=f"consent:{who}",
    )


def destinations(given: Iterable[OutboxWrite]) -> tuple[str, ...]:
    """Name where some writes go, each once."""
    return tuple(sorted({one.destination for one in given}))


def payload_of(projection: Projection) -> dict[str, Any]:
    """Write a projection as the JSON that the outbox and the person's state keep."""
    fields: Mapping[str, Any] = projection.fields
    return {
        "fields": dict(fields),
        "tags": sorted(projection.tags),
        "stage": projection.stage.value,
    }


def our_tags(mappings: Mappings) -> frozenset[str]:
    """List every tag that a projection by these mappings can ask for."""
    ours = mappings.fields
    phases = (ours.phase_tag.format(phase=phase.value) for phase in Phase)
    topics = (ours.interest_tag.format(topic=one) for one in mappings.content.topics)
    rising = [ours.rising_tag] if ours.rising_tag else []
    return frozenset([*phases, *topics, *rising])
