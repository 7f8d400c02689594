"""One contact: where they stand, why, how they came there, and what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.content.match import Catalogue, classify
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase, Trend
from plugin.phases.decide import decide
from plugin.phases.gate import HAND_OVER, Answer, Verdict
from plugin.phases.model import Decision
from plugin.phases.undo import undo
from plugin.pipeline.gating import gate
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import ATTENTION, WAITING, may_hand_over, standing
from plugin.pipeline.writes import HANDOVER
from plugin.planning.due import due_of
from plugin.planning.touch_text import touch_text
from plugin.scoring.explain import Explanation, explain
from plugin.scoring.model import Score
from plugin.scoring.words import Words
from plugin.store import Link, OutboxItem, OutboxState, Unit
from plugin.ui import paging, pictures, roles
from plugin.ui.language import current
from webhooks.events import ContentRef, Event, EventType

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line of the history."""

    at: datetime
    type: EventType
    #: What it was about, as far as anybody named it.
    content: str
    #: The e-mail that led there; empty for none.
    via: str
    #: What the content is for; None when nobody classified it, or there is none.
    phase: Phase | None


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
        )


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
    newest_first = person.events[::-1]
    events = newest_first[page.offset : page.offset + PAGE]
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
            review_at=decision.fall.at if decision.fall else None,
            falls_to=decision.fall.to if decision.fall else None,
        ),
        links=seen.links,
        awaited=None if seen.links else _awaited(parts, seen, decision),
        parked=seen.parked,
        events=[_happened(one, parts.mappings, seen.catalogue) for one in events],
        page=page,
        total=len(newest_first),
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
    words = Words(current())
    most = max(score.by_channel.values(), default=0)
    return [
        Part(
            label=words.say(f"channel.{channel}"),
            centipoints=centipoints,
            width=pictures.width(centipoints, most),
        )
        for channel, centipoints in sorted(
            score.by_channel.items(), key=lambda one: (-one[1], one[0])
        )
    ]


def _happened(event: Event, mappings: Mappings, catalogue: Catalogue) -> Happened:
    found = classify(event.content, event.via, event.utm, mappings.content, catalogue)
    return Happened(
        at=event.occurred_at,
        type=event.type,
        content=_name(event.content, catalogue) or _told_by(event),
        via=_name(event.via, catalogue),
        phase=found.phase if found else None,
    )


def _name(ref: ContentRef | None, catalogue: Catalogue) -> str:
    """Name content as its sender did, else as Mautic does, else by its address."""
    if ref is None:
        return ""
    item = catalogue.find(ref)
    return ref.name or (item.name if item else "") or ref.url or ""


def _told_by(event: Event) -> str:
    """Name where the ATS put somebody, or what changed, for what has no content."""
    names = ("connection", "stage", "segment", "channel")
    return ", ".join(str(event.data[name]) for name in names if event.data.get(name))
