"""Who waits for a person's yes before they go to the ATS, and what is answered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.content.match import Catalogue
from plugin.errors import Rejected
from plugin.history.model import Person
from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.phases.gate import CLOSED, HAND_OVER, NO, YES, Answer, Gate, Verdict, judge
from plugin.phases.model import Decision
from plugin.pipeline.parts import Parts
from plugin.pipeline.silence import asks_now
from plugin.scoring.explain import explain
from plugin.store import Unit

#: People read at once when those who wait are listed.
PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody about whom a person has to say yes or no."""

    contact_id: int
    name: str
    since: datetime
    score: int
    interests: str
    #: What brought them into Do, in the installation's language.
    why: str


def gates(
    parts: Parts,
    unit: Unit,
    people: Sequence[Person],
    decisions: Mapping[int, Decision],
    catalogue: Catalogue,
) -> dict[int, Gate]:
    """Judge those who are in Do; without an ATS there is nothing to judge."""
    in_do = [one for one in people if decisions[one.id].phase is Phase.DO]
    if not (in_do and parts.connectors):
        return {}
    answers = unit.answers.of_people(HAND_OVER, [one.id for one in in_do])
    return {
        one.id: gate(parts, one, decisions[one.id], catalogue, answers.get(one.id))
        for one in in_do
    }


def gate(
    parts: Parts,
    person: Person,
    decision: Decision,
    catalogue: Catalogue,
    answer: Answer | None,
) -> Gate:
    """Say whether one person is to be handed over."""
    mappings = parts.mappings
    asks = asks_now(person, decision, mappings, catalogue)
    rules = mappings.fields.hand_over
    return judge(decision, person.profile, rules, answer, asks=asks)


def keep_yes(
    parts: Parts, unit: Unit, person_id: int, who: str, as_of: datetime
) -> None:
    """Keep a yes about a candidate; decide again for them in the same unit.

    Raises Rejected where somebody is not in Do: a yes is about a candidate of now.
    """
    person, decision = _decided(parts, unit, person_id, as_of)
    if decision.phase is not Phase.DO:
        raise Rejected(
            f"contact {person.id} is in {decision.phase.label}: "
            "only who is in Do can be handed over"
        )
    given = Answer(contact_id=person.id, question=HAND_OVER, said=YES, by=who, at=as_of)
    unit.answers.put(given)
    _note(unit, given, "handover.approved", {"mappings": parts.mappings.version})


def keep_no(
    parts: Parts,
    unit: Unit,
    person_id: int,
    who: str,
    as_of: datetime,
    *,
    reason: str,
    until: datetime | None = None,
) -> datetime:
    """Keep a "not now" about somebody; return until when, which the mappings know else.

    Decide again for them in the same unit. Raises Rejected for a date that has passed.
    """
    person, _ = _decided(parts, unit, person_id, as_of)
    days = parts.mappings.fields.hand_over.decline_days
    end = until or as_of + timedelta(days=days)
    if end <= as_of:
        raise Rejected(f"{end:%Y-%m-%d} has passed: name a later date")
    given = Answer(
        contact_id=person.id,
        question=HAND_OVER,
        said=NO,
        by=who,
        at=as_of,
        reason=reason,
        until=end,
    )
    unit.answers.put(given)
    detail = {"why": reason, "until": end.isoformat()}
    _note(unit, given, "handover.declined", detail)
    return end


def waiting(parts: Parts, *, as_of: datetime) -> Iterator[Waiting]:
    """Yield everybody about whom a person has to say yes or no; most points first."""
    offset = 0
    while True:
        with parts.store.view() as unit:
            found = unit.people.search(phase=Phase.DO, limit=PAGE, offset=offset)
            yield from _waiting(parts, unit, [one.person_id for one in found], as_of)
        if len(found) < PAGE:
            return
        offset += PAGE


def _waiting(
    parts: Parts, unit: Unit, ids: Sequence[int], as_of: datetime
) -> Iterator[Waiting]:
    catalogue, mappings = parts.catalogue(unit), parts.mappings
    linked = unit.links.of_people(list(ids))
    people = {one.id: one for one in unit.people.load_many(ids) if one.id not in linked}
    decisions = {
        who: decide(one, mappings, catalogue, as_of=as_of)
        for who, one in people.items()
    }
    judged = gates(parts, unit, list(people.values()), decisions, catalogue)
    for who in ids:
        if judged.get(who, CLOSED).verdict is Verdict.WAITS:
            yield _told(people[who], decisions[who], parts, catalogue)


def _told(
    person: Person, decision: Decision, parts: Parts, catalogue: Catalogue
) -> Waiting:
    mappings = parts.mappings
    said = explain(decision, person, mappings, catalogue, mappings.language)
    return Waiting(
        contact_id=person.contact_id or person.id,
        name=person.profile.name or person.profile.email or "",
        since=decision.since,
        score=decision.score.shown,
        interests=said.interests,
        why=said.sentence,
    )


def _decided(
    parts: Parts, unit: Unit, person_id: int, as_of: datetime
) -> tuple[Person, Decision]:
    person = unit.people.load(person_id)
    if person is None or person.contact_id is None:
        raise Rejected(f"Mautic has no contact {person_id}")
    catalogue = parts.catalogue(unit)
    return person, decide(person, parts.mappings, catalogue, as_of=as_of)


def _note(unit: Unit, given: Answer, action: str, detail: Mapping[str, str]) -> None:
    subject = f"person:{given.contact_id}"
    unit.audit.add(given.at, given.by, action, subject, detail)
