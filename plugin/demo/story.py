"""What has to have come true at the end of the demo, person by person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin.demo.house import House
from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.pipeline import content_health
from plugin.pipeline.record import HANDED_OVER
from plugin.pipeline.rescore import NO_CONSENT
from plugin.sandbox import people
from plugin.sandbox.people import Candidate
from plugin.sandbox.player import Player
from plugin.store import Unit

#: More lines of the audit than a demo writes.
LINES = 10_000
See, Think, Do, Care = Phase.SEE, Phase.THINK, Phase.DO, Phase.CARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One claim of the story, and whether it holds."""

    claim: str
    #: What was found instead; empty when the claim holds.
    instead: str = ""

    @property
    def holds(self) -> bool:
        """Whether it came true."""
        return not self.instead


def checks(house: House, player: Player) -> list[Check]:
    """Look in our store, in Mautic and in the ATS whether the story came true."""
    with house.parts.store.view() as unit:
        return [
            *_journeys(unit, player),
            *_ats(house),
            *_consent(house, unit, player),
            _mautic_agrees(house, unit),
            _nothing_waits(unit),
            _second_plan(house),
            _content(unit),
            _pages(house, player),
        ]


def _journeys(unit: Unit, player: Player) -> Iterator[Check]:
    yield _went(
        unit,
        player,
        people.SANNE,
        "went See > Think > Do > Care",
        (See, Think, Do, Care),
    )
    yield _went(
        unit, player, people.JORIS, "cooled down: See > Think > See", (See, Think, See)
    )
    yield _went(
        unit, player, people.SCANNED, "stays in See: a scanner clicked, not he", (See,)
    )
    yield _ended(
        unit, player, people.FATIMA, "signed up, was rejected, rests", Cause.REJECTED
    )


def _went(
    unit: Unit, player: Player, who: Candidate, claim: str, way: Sequence[Phase]
) -> Check:
    moves = unit.people.moves(player.contact_id(who) or 0)
    went = tuple(move.after for move in moves)
    instead = "" if went == tuple(way) else " > ".join(one.label for one in went)
    return Check(claim=f"{who.first_name} {claim}", instead=instead or _no(went, way))


def _no(went: Sequence[Phase], way: Sequence[Phase]) -> str:
    return "" if tuple(went) == tuple(way) else "nothing was recorded"


def _ended(
    unit: Unit, player: Player, who: Candidate, claim: str, cause: Cause
) -> Check:
    causes = [move.cause for move in unit.people.moves(player.contact_id(who) or 0)]
    instead = "" if cause in causes else ", ".join(causes) or "nothing was recorded"
    return Check(claim=f"{who.first_name} {claim}", instead=instead)


def _ats(house: House) -> Iterator[Check]:
    for who in (people.SANNE, people.FATIMA):
        count = len(house.odoo.applicants(who.email))
        yield Check(
            claim=f"{who.first_name} stands in the ATS exactly once",
            instead="" if count == 1 else f"{count} times",
        )


def _consent(house: House, unit: Unit, player: Player) -> Iterator[Check]:
    """Look under which consent people were handed over, and who was not."""
    handed = [one for one in unit.audit.list(limit=LINES) if one.action == HANDED_OVER]
    bare = [one.subject for one in handed if not _is_whole(one.detail["consent"])]
    yield Check(
        claim="everybody in the ATS consented, on a day, to a text",
        instead=", ".join(bare) or ("" if handed else "nobody is there"),
    )
    wary = people.WARY
    count = len(house.odoo.applicants(wary.email))
    status = house.value(player.contact_id(wary) or 0, "stdc_ats_status")
    yield Check(
        claim=f"{wary.first_name} did not consent, and is not in the ATS",
        instead=""
        if (count, status) == (0, NO_CONSENT)
        else f"{count} times, {status}",
    )


def _is_whole(consent: Mapping[str, Any]) -> bool:
    return consent.get("given") is True and {"date", "text"} <= consent.keys()


def _mautic_agrees(house: House, unit: Unit) -> Check:
    """Compare the phase of everybody with the field in Mautic."""
    field = house.parts.mappings.fields.by_value("phase")
    alias = field.alias if field else ""
    differing = [
        found.contact_id
        for found in unit.people.search(limit=1000, known_only=True)
        if found.phase and house.value(found.contact_id, alias) != found.phase.value
    ]
    return Check(
        claim="Mautic shows everybody's phase as we have it",
        instead=f"not for contacts {differing}" if differing else "",
    )


def _nothing_waits(unit: Unit) -> Check:
    waiting = {str(state): count for state, count in unit.inbox.depth().items()}
    waiting.pop("done", None)
    left = {name: count for name, count in waiting.items() if count}
    left |= {f"{to} {state}": n for (to, state), n in unit.outbox.depth().items() if n}
    return Check(
        claim="nothing is left in the inbox or the outbox",
        instead=", ".join(f"{count} {name}" for name, count in left.items()),
    )


def _second_plan(house: House) -> Check:
    count = len(house.plan().changes)
    return Check(
        claim="a second plan for Mautic is empty",
        instead=f"{count} changes" if count else "",
    )


def _content(unit: Unit) -> Check:
    told = content_health.told(unit)
    return Check(
        claim="what came of each e-mail is counted",
        instead="" if told and told["items"] else "nothing was",
    )


def _pages(house: House, player: Player) -> Check:
    refused = house.refused_pages(player.contact_id(people.SANNE) or 0)
    return Check(claim="every page answers", instead=", ".join(refused))
