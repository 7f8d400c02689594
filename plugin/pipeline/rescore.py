"""Decide again for some people, and want what the decisions ask for."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.phases.actions import AtsState, NextTouch, note_text, project, rising_note
from plugin.phases.afterwards import Turn, turn_of
from plugin.phases.consent import handover_consent
from plugin.phases.decide import decide
from plugin.phases.gate import CLOSED, IGNORE, Gate, Verdict, match_of
from plugin.phases.model import Decision, Move
from plugin.phases.undo import undo
from plugin.pipeline import alerts, rights, writes
from plugin.pipeline.gating import gates
from plugin.pipeline.parts import Parts
from plugin.pipeline.pulled import for_mautic
from plugin.pipeline.silence import Voice, is_heard, is_news, is_rising_news
from plugin.planning.due import Due, audiences_of, due_of
from plugin.planning.origin import origin
from plugin.planning.touch_text import touch_text
from plugin.store import Link, OutboxState, OutboxWrite, PersonState, Unit
from plugin.store.columns import compact, listed

#: Status of who stands in no ATS yet: on their way, held up by their consent, or for
#: a person to look at, ...
WAITING, NO_CONSENT, ATTENTION = "waiting", "no-consent", "needs-attention"
#: ... or a person has to say yes first, or has said not now.
WAITS_FOR_YES, NOT_NOW = "waits-for-yes", "not-now"


@dataclass(frozen=True, slots=True)
class _Pass:
    """What the people of one unit are decided with."""

    parts: Parts
    unit: Unit
    catalogue: Catalogue
    voice: Voice


def rescore(
    parts: Parts,
    unit: Unit,
    person_ids: Iterable[int],
    *,
    as_of: datetime,
    catalogue: Catalogue | None = None,
    voice: Voice = Voice.NORMAL,
    tell: Callable[[Person, Decision], None] | None = None,
) -> dict[int, Decision]:
    """Replay each person's journey and put the wanted writes into the outbox.

    Runs inside the caller's unit: the decisions and what they want commit with
    whatever caused them. What rests on recalled history alone is never announced;
    `voice` may hold back more. `tell` hears of everybody with a history; returned
    are their decisions.
    """
    people = [one for one in unit.people.load_many(set(person_ids)) if one.has_history]
    if not people:
        return {}
    catalogue = catalogue or parts.catalogue(unit)
    # an edited folder may be taken over at any moment, but not half way
    parts = replace(parts, mappings=parts.mappings)
    mappings = parts.mappings
    decisions = {
        one.id: decide(one, mappings, catalogue, as_of=as_of) for one in people
    }
    unit.rules.note(mappings.version, mappings.origin, as_of)
    _want(_Pass(parts, unit, catalogue, voice), people, decisions)
    if tell is not None:
        for one in people:
            tell(one, decisions[one.id])
    return decisions


def _want(
    now: _Pass, people: Sequence[Person], decisions: Mapping[int, Decision]
) -> None:
    """Keep the decisions, and want what they change elsewhere."""
    parts, unit = now.parts, now.unit
    ids = [person.id for person in people]
    states = unit.people.states(ids)
    links = unit.links.of_people(ids)
    judged = gates(parts, unit, people, decisions, now.catalogue)
    news = unit.people.record_all({who: one.moves for who, one in decisions.items()})
    wanted: list[OutboxWrite] = []
    shown: list[OutboxWrite] = []
    after: dict[int, PersonState] = {}
    for person in people:
        decision, before = decisions[person.id], states.get(person.id)
        due = due_of(person, decision, parts.mappings)
        gate = judged.get(person.id, CLOSED)
        payload = before.wanted if before else None
        if is_shown(person) and _may_write(now, person, decision, payload):
            theirs = links.get(person.id, [])
            ats = ats_state(theirs) or _awaited(now, person, gate)
            fresh = _payload(parts, person, decision, ats, due)
            fresh["fields"] |= for_mautic(person, theirs, parts.mappings)
            if now.voice is Voice.NORMAL:
                wanted += _writes(now, person, decision, news[person.id])
                wanted += _handovers(now, person, decision, gate, theirs)
                was = before.phase if before else None
                for link in theirs:
                    at, fresh_moves = link.handed_over_at, news[person.id]
                    found = turn_of(decision.moves, fresh_moves, was, at)
                    wanted += _turned(parts, person, link, found)
                wanted += _rising(parts, unit, person, decision, before)
                wanted += rights.wishes(parts, unit, person, theirs)
            if fresh != payload:
                key = _digest(fresh, decision.score.as_of)
                shown.append(writes.contact(person.id, fresh, key))
            payload = fresh
        kept = _state(parts, decision, before, payload, gate)
        after[person.id] = _counted(kept, person, decision, due, parts)
    # the contacts first: a note must not stand there without its phase
    unit.outbox.put_many([*shown, *wanted])
    unit.people.save_states(after, states)


def is_shown(person: Person) -> bool:
    """Whether Mautic is written to: it knows the person, and not as a mere visitor."""
    known = person.profile.email or person.profile.name
    return person.contact_id is not None and bool(known)


def _may_write(
    now: _Pass, person: Person, decision: Decision, payload: dict[str, Any] | None
) -> bool:
    """Whether Mautic may be told of them at all: of mere history only when asked."""
    if now.voice is Voice.NORMAL:
        return payload is not None or is_heard(
            person, now.parts.mappings, decision.score.as_of
        )
    return now.voice is Voice.SHOW


def _payload(
    parts: Parts,
    person: Person,
    decision: Decision,
    ats: AtsState | None,
    due: Due,
) -> dict[str, Any]:
    lang, touch = parts.mappings.language, due.touch
    why = touch_text(touch, decision.phase, lang)
    projection = project(
        decision,
        person,
        parts.mappings,
        ats=ats,
        link=parts.link(person.id),
        lang=lang,
        next_touch=NextTouch(on=touch.on, why=why, step=touch.step.value),
    )
    return writes.payload_of(projection)


def _digest(payload: Mapping[str, Any], at: datetime) -> str:
    """Name a wish: the same content may be wanted again later."""
    whole = compact(payload) + at.isoformat()
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def ats_state(links: Sequence[Link]) -> AtsState | None:
    """Say how a person stands in the ATS; the link that changed last speaks."""
    if not links:
        return None
    last = max(links, key=lambda link: (link.updated_at, link.connection))
    return AtsState(
        connection=last.connection,
        status=last.status,
        url=last.url,
        handed_over_at=last.handed_over_at,
        changed_at=last.updated_at,
    )


def _awaited(now: _Pass, person: Person, gate: Gate) -> AtsState | None:
    """Say what becomes of a hand-over that is wanted and not done."""
    if gate.verdict is Verdict.NOT_ASKED:
        return None
    status = standing(gate, is_allowed=may_hand_over(now.parts, person))
    if status == WAITING:
        parked = now.unit.outbox.list(OutboxState.PARKED, person_id=person.id)
        is_parked = any(one.kind == writes.HANDOVER for one in parked)
        status = ATTENTION if is_parked else WAITING
    return AtsState(connection="", status=status)


def standing(gate: Gate, *, is_allowed: bool) -> str:
    """Name what a hand-over waits for, by whose word and with which consent."""
    if gate.verdict is Verdict.NO:
        return NOT_NOW
    if not is_allowed:
        return NO_CONSENT
    return WAITING if gate.is_open else WAITS_FOR_YES


def _writes(
    now: _Pass,
    person: Person,
    decision: Decision,
    news: Sequence[Move],
) -> Iterator[OutboxWrite]:
    parts = now.parts
    asked = (decision, person, parts.mappings, now.catalogue)
    for move in news:
        if is_news(move, person):
            lang = parts.mappings.language
            text = note_text(
                move, decision, parts.mappings, lang, tipped=partial(undo, *asked)
            )
            yield writes.note(person.id, move, text)


def _handovers(
    now: _Pass,
    person: Person,
    decision: Decision,
    gate: Gate,
    links: Sequence[Link],
) -> Iterator[OutboxWrite]:
    if gate.is_open and may_hand_over(now.parts, person):
        linked = {link.connection for link in links}
        missing = sorted(set(now.parts.connectors) - linked)
        said = now.unit.answers.of_person(person.id) if missing else {}
        for connection in missing:
            answer = said.get(match_of(connection))
            if answer is not None and answer.said == IGNORE:
                continue
            yield writes.handover(connection, person.id, decision.moves[-1])


def _turned(
    parts: Parts, person: Person, link: Link, found: tuple[Turn, Move] | None
) -> Iterator[OutboxWrite]:
    """Want those told who have somebody already, where their mapping says so."""
    rules = parts.mappings.ats.get(link.connection)
    if found is None or rules is None or link.connection not in parts.connectors:
        return
    turn, move = found
    if is_news(move, person) and turn.reaction(rules.on) != "nothing":
        yield writes.again(link.connection, person.id, turn.value, move.at)


def _rising(
    parts: Parts,
    unit: Unit,
    person: Person,
    decision: Decision,
    before: PersonState | None,
) -> Iterator[OutboxWrite]:
    """Want a note and an alert when somebody begins to move, not while they do.

    Who is decided about for the first time came by a backfill: no alert.
    """
    tag = parts.mappings.fields.rising_tag
    told = before.wanted if before and before.wanted else {}
    text = rising_note(decision, parts.mappings.language)
    since = decision.momentum.since
    if not (text and since and is_rising_news(since, person)):
        return
    if tag not in told.get("tags", ()):
        yield writes.rising(person.id, since, text)
        if before is not None and (
            alert := alerts.wanted(parts, unit, person, decision)
        ):
            yield alert


def may_hand_over(parts: Parts, person: Person) -> bool:
    """Whether the consent that the mapping names is there."""
    asked = parts.mappings.fields.consent
    return handover_consent(person.profile, asked).is_given


def _state(
    parts: Parts,
    decision: Decision,
    before: PersonState | None,
    wanted: dict[str, Any] | None,
    gate: Gate,
) -> PersonState:
    review_at = _first(decision.review_at, decision.refresh_at, gate.until)
    return PersonState(
        phase=decision.phase,
        since=decision.since,
        cause=decision.cause,
        centipoints=decision.score.centipoints,
        review_at=review_at,
        falls_to=decision.falls_to if review_at == decision.review_at else None,
        wanted=wanted,
        written=before.written if before else None,
        mapping_version=parts.mappings.version,
        scored_at=decision.score.as_of,
    )


def _counted(
    state: PersonState,
    person: Person,
    decision: Decision,
    due: Due,
    parts: Parts,
) -> PersonState:
    """Add what the calendar and the market count people by."""
    came, mappings = origin(person, parts.mappings), parts.mappings
    return replace(
        state,
        due_on=due.touch.on,
        due_why=due.touch.held_by.value,
        sunset=due.touch.step.value,
        rhythm=due.rhythm,
        audiences=listed(audiences_of(decision, mappings)),
        came_on=came.on if came else None,
        came_by=came.channel.value if came and came.channel else None,
        interests=listed(one.topic for one in decision.score.interests),
        trend=decision.momentum.trend.value,
    )


def _first(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)
