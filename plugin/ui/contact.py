"""One contact: where they stand, why, how they came there, and what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.model import Phase, Trend
from plugin.phases.consent import handover_consent, sentence
from plugin.phases.course import Point, course
from plugin.phases.decide import decide
from plugin.phases.gate import HAND_OVER, Answer, Verdict
from plugin.phases.model import Decision
from plugin.phases.undo import undo
from plugin.pipeline import erasures
from plugin.pipeline.gating import gate
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import ATTENTION, WAITING, may_hand_over, standing
from plugin.pipeline.writes import HANDOVER
from plugin.planning.due import due_of
from plugin.planning.touch_text import touch_text
from plugin.scoring.explain import Explanation, explain
from plugin.scoring.model import Score
from plugin.store import Link, OutboxItem, OutboxState, Unit
from plugin.ui import charts, paging, pictures, roles
from plugin.ui.language import current
from plugin.ui.roles import Right
from plugin.ui.timeline import timeline
from plugin.ui.words import channel_name

#: Events on one page of the history.
PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything read of a contact, as of one moment."""

    person: Person
    catalogue: Catalogue
    links: Sequence[Link]
    #: What was said of a hand-over, where that is open.
    answer: Answer | None
    #: Their writes that only a person can set right.
    parked: Sequence[OutboxItem]
    #: Other contacts that are the same person.
    merged: Sequence[int]
    #: Since when they are to be erased; None where nobody asked.
    erasing: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the score: what came of one phase's content or by one channel."""

    label: str
    centipoints: int
    #: Of the largest part, 0..100.
    width: float
    phase: Phase | None = None


def show(parts: Parts, contact_id: int) -> ResponseReturnValue:
    """Render a contact, and note that they were looked at.

    Who was merged is shown as their winner; nobody known is a 404.
    """
    seen = _read(parts, contact_id)
    person = seen.person
    if person.id != contact_id:
        return redirect(url_for("pages.contact", contact_id=person.id))
    as_of = parts.clock()
    decision = decide(person, parts.mappings, seen.catalogue, as_of=as_of)
    _refuse_strangers(decision)
    with parts.store.unit() as unit:
        unit.audit.add(
            as_of, roles.actor(), "contact.viewed", f"contact:{contact_id}", {}
        )
    return _page(parts, seen, decision, as_of)


def visible(parts: Parts, contact_id: int) -> int:
    """Give the person of a contact whom who is asking may see; else end the request."""
    with parts.store.view() as unit:
        person = _person(unit, contact_id)
        catalogue = parts.catalogue(unit)
    as_of = parts.clock()
    _refuse_strangers(decide(person, parts.mappings, catalogue, as_of=as_of))
    return person.id


def _refuse_strangers(decision: Decision) -> None:
    """Let recruiters see candidates and who is rising, and nobody before that."""
    is_rising = decision.momentum.trend is Trend.RISING
    if decision.phase not in roles.visible() and not is_rising:
        abort(403, _("This person is no candidate yet."))


def _read(parts: Parts, contact_id: int) -> Seen:
    with parts.store.view() as unit:
        person = _person(unit, contact_id)
        links = unit.links.of_person(person.id)
        is_asked = parts.connectors and not links
        return Seen(
            person=person,
            catalogue=parts.catalogue(unit),
            links=links,
            answer=unit.answers.get(HAND_OVER, person.id) if is_asked else None,
            parked=unit.outbox.list(OutboxState.PARKED, person_id=person.id),
            merged=_others(unit, person.id),
            erasing=erasures.asked_at(unit, person.id),
        )


def _others(unit: Unit, person_id: int) -> list[int]:
    return [one for one in unit.people.contacts_of(person_id) if one != person_id]


def _person(unit: Unit, contact_id: int) -> Person:
    """Load whom Mautic still knows: a tombstone is not looked at."""
    # Mautic's ids are unsigned 32 bit; what is larger no database looks up
    person = unit.people.load(contact_id) if contact_id < 2**32 else None
    if person is None:
        abort(404, _("Nothing is known here of this contact."))
    if person.contact_id is None:
        abort(404, _("This contact was deleted in Mautic."))
    return person


def _page(parts: Parts, seen: Seen, decision: Decision, as_of: datetime) -> str:
    person, page = seen.person, paging.asked(request.args, PAGE)
    lines = timeline(
        person,
        parts.mappings,
        seen.catalogue,
        as_of=as_of,
        moves=decision.moves,
        links=seen.links,
    )
    fall = decision.fall
    points = course(
        person,
        parts.mappings,
        seen.catalogue,
        as_of=as_of,
        until=fall.at if fall else None,
    )
    return render_template(
        "contact.html",
        person=person,
        decision=decision,
        told=_told(parts, seen, decision),
        turn=_turn(parts, person, decision),
        phases=_by_phase(decision.score),
        channels=_by_channel(decision.score),
        way=pictures.way(
            decision.moves,
            now=as_of,
            review_at=fall.at if fall else None,
            falls_to=fall.to if fall else None,
        ),
        links=seen.links,
        awaited=None if seen.links else _awaited(parts, seen, decision),
        parked=seen.parked,
        curve=charts.curve(_marks(points)),
        points=points,
        consent=_consent(parts, person),
        merged=seen.merged,
        erasing=seen.erasing,
        answer=seen.answer,
        acts=_acts(parts, seen, decision),
        lines=lines[page.offset : page.offset + PAGE],
        page=page,
        total=len(lines),
        mautic=f"{parts.settings.mautic.url.rstrip('/')}/s/contacts/view/{person.id}",
    )


def _told(parts: Parts, seen: Seen, decision: Decision) -> Explanation:
    given = (decision, seen.person, parts.mappings, seen.catalogue)
    return explain(*given, current(), undo=undo(*given))


def _turn(parts: Parts, person: Person, decision: Decision) -> str:
    """Say from when they should hear from us again, and by which rules."""
    touch = due_of(person, decision, parts.mappings).touch
    return touch_text(touch, decision.phase, current())


def _awaited(parts: Parts, seen: Seen, decision: Decision) -> str | None:
    """Say what becomes of a hand-over that is wanted and not done."""
    if not parts.connectors:
        return None
    judged = gate(parts, seen.person, decision, seen.catalogue, seen.answer)
    if judged.verdict is Verdict.NOT_ASKED:
        return None
    status = standing(judged, is_allowed=may_hand_over(parts, seen.person))
    is_stuck = any(one.kind == HANDOVER for one in seen.parked)
    return ATTENTION if status == WAITING and is_stuck else status


def _acts(parts: Parts, seen: Seen, decision: Decision) -> frozenset[str]:
    """Name what who is asking may do about them here, and what makes sense."""
    acts = set[str]()
    if roles.may(Right.HAND_OVER) and parts.connectors and not seen.links:
        acts.add("decline")
        judged = gate(parts, seen.person, decision, seen.catalogue, seen.answer)
        if decision.phase is Phase.DO and not judged.is_open:
            acts.add("approve")
    if roles.may(Right.PEOPLE) and seen.merged:
        acts.add("split")
    if roles.may(Right.ERASE) and seen.erasing is None:
        acts.add("erase")
    return frozenset(acts)


def _consent(parts: Parts, person: Person) -> tuple[str, str]:
    """Say under what they may be handed over, and what lacks; empty for neither."""
    found = handover_consent(person.profile, parts.mappings.fields.consent)
    return sentence(found, current()), found.lacks


def _marks(points: Sequence[Point]) -> list[charts.Mark]:
    return [(one.at, one.shown, one.phase, one.is_ahead) for one in points]


def _by_phase(score: Score) -> list[Part]:
    """List every phase: nothing for Do is worth knowing too."""
    most = max(score.by_phase.values(), default=0)
    return [
        Part(
            label=phase.label,
            centipoints=score.by_phase.get(phase, 0),
            width=pictures.width(score.by_phase.get(phase, 0), most),
            phase=phase,
        )
        for phase in Phase
    ]


def _by_channel(score: Score) -> list[Part]:
    most = max(score.by_channel.values(), default=0)
    return [
        Part(
            label=channel_name(channel),
            centipoints=centipoints,
            width=pictures.width(centipoints, most),
        )
        for channel, centipoints in sorted(
            score.by_channel.items(), key=lambda one: (-one[1], one[0])
        )
    ]
