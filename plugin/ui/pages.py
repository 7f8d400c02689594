"""The funnel and the contact: who is where, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.phases.model import Cause, Move
from plugin.pipeline.parts import Parts
from plugin.scoring.explain import explain
from plugin.store import Unit
from plugin.ui.language import current

#: Contacts on one page of the list.
PAGE = 50
#: How far back "moved lately" looks.
LATELY = timedelta(days=28)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCount:
    """A phase's place in the funnel."""

    phase: Phase
    count: int
    #: Share of the fullest phase, 0..100, for the width of its bar.
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move, with whose it was."""

    contact_id: int
    name: str
    move: Move


def create_blueprint(parts: Parts) -> Blueprint:
    """Offer the pages of one installation."""
    bp = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static"
    )

    @bp.get("/")
    def funnel() -> ResponseReturnValue:
        return _funnel(parts)

    @bp.get("/contacts/<int:contact_id>")
    def contact(contact_id: int) -> ResponseReturnValue:
        return _contact(parts, contact_id)

    return bp


def _funnel(parts: Parts) -> str:
    phase = _phase(request.args.get("phase", ""))
    search = request.args.get("q", "").strip()
    page = max(1, request.args.get("page", 1, type=int))
    with parts.store.view() as unit:
        found = unit.people.search(search, phase, PAGE + 1, (page - 1) * PAGE)
        return render_template(
            "funnel.html",
            counts=_counts(unit),
            found=found[:PAGE],
            more=len(found) > PAGE,
            moves=_moves(unit, parts.clock() - LATELY),
            phase=phase,
            search=search,
            page=page,
            work=_work(unit),
        )


def _moves(unit: Unit, since: datetime) -> list[Moved]:
    """List the latest moves, without everybody's start."""
    recent = unit.people.recent_moves(since, 200)
    recent = [one for one in recent if one[1].cause is not Cause.STARTED][:12]
    people = unit.people.load_many({person_id for person_id, _ in recent})
    names = {person.id: person.profile.name for person in people}
    return [
        Moved(contact_id=person_id, name=names.get(person_id, ""), move=move)
        for person_id, move in recent
    ]


def _phase(text: str) -> Phase | None:
    return Phase(text) if text in set(Phase) else None


def _counts(unit: Unit) -> list[PhaseCount]:
    counts = unit.people.counts_by_phase()
    most = max([1, *counts.values()])
    return [
        PhaseCount(
            phase=phase,
            count=counts.get(phase, 0),
            percent=round(100 * counts.get(phase, 0) / most),
        )
        for phase in Phase
    ]


def _work(unit: Unit) -> dict[str, int]:
    """Count what waits and what needs a person."""
    inbox = {str(state): count for state, count in unit.inbox.depth().items()}
    outbox: dict[str, int] = {}
    for (_, state), count in unit.outbox.depth().items():
        outbox[str(state)] = outbox.get(str(state), 0) + count
    return {
        "inbox": inbox.get("new", 0) + inbox.get("claimed", 0),
        "outbox": outbox.get("pending", 0) + outbox.get("claimed", 0),
        "parked": inbox.get("parked", 0) + outbox.get("parked", 0),
    }


def _contact(parts: Parts, contact_id: int) -> ResponseReturnValue:
    as_of = parts.clock()
    with parts.store.unit() as unit:
        person = unit.people.load(contact_id)
        if person is None or not person.events:
            abort(404)
        if person.id != contact_id:
            return redirect(url_for("pages.contact", contact_id=person.id))
        catalogue = parts.catalogue(unit)
        links = unit.links.of_person(person.id)
        unit.audit.add(as_of, "page", "viewed", f"person:{person.id}", {})
    decision = decide(person, parts.mappings, catalogue, as_of=as_of)
    mautic = f"{parts.settings.mautic.url.rstrip('/')}/s/contacts/view/{contact_id}"
    return render_template(
        "contact.html",
        person=person,
        decision=decision,
        told=explain(decision, person, parts.mappings, catalogue, current()),
        links=links,
        events=list(reversed(person.events))[:100],
        mautic=mautic,
    )
