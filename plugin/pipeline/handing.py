"""One hand-over, made ready: who, with what, to where, or why not."""

from dataclasses import dataclass
from datetime import datetime

from plugin.ats.base import CandidateDraft, Ref, TargetIntent
from plugin.ats.draft import draft
from plugin.ats.intent import intent_for
from plugin.errors import Rejected
from plugin.history.model import Person
from plugin.mappings.ats import AtsMapping
from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.phases.gate import (
    CHOOSE,
    CREATE,
    HAND_OVER,
    IGNORE,
    Answer,
    Gate,
    Verdict,
    match_of,
)
from plugin.phases.model import Decision
from plugin.pipeline.ats_news import DELETED
from plugin.pipeline.gating import gate
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import may_hand_over
from plugin.store import Link, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a hand-over to one connection consists of, as of a moment."""

    person: Person
    decision: Decision
    judged: Gate
    #: Where they stand already.
    link: Link | None
    draft: CandidateDraft
    intent: TargetIntent
    #: What a person said of who they are there.
    match: Answer | None
    #: Why they are not to be handed over, or not now; None if they are.
    why_not: str | None

    @property
    def link_ref(self) -> Ref | None:
        """Say where they stand, as we know or as a person said."""
        if self.link is not None:
            return Ref(id=self.link.ref, url=self.link.url)
        if self.match is not None and self.match.said == CHOOSE:
            return Ref(id=self.match.ref or "")
        return None

    @property
    def is_new(self) -> bool:
        """Whether a person said that they are nobody who was found."""
        return self.match is not None and self.match.said == CREATE

    def insist(self, connection: str) -> None:
        """Raise Rejected where something is blank that the mapping requires."""
        if self.draft.missing:
            where = f"mappings/ats/{connection}.toml"
            named = ", ".join(self.draft.missing)
            raise Rejected(f"{where} requires {named}: blank in Mautic")


def mapping_of(parts: Parts, connection: str) -> AtsMapping:
    """Give a connection's mapping; one that says nothing where there is none."""
    return parts.mappings.ats.get(connection, AtsMapping(connection=connection))


def prepare(
    parts: Parts, unit: Unit, connection: str, person_id: int, as_of: datetime
) -> Prepared | None:
    """Make a hand-over ready; None when nobody is known by this id."""
    person = unit.people.load(person_id)
    if person is None:
        return None
    catalogue = parts.catalogue(unit)
    link = unit.links.get(connection, person.id)
    answers = unit.answers.of_person(person.id)
    answer, match = answers.get(HAND_OVER), answers.get(match_of(connection))
    mappings, mapping = parts.mappings, mapping_of(parts, connection)
    decision = decide(person, mappings, catalogue, as_of=as_of)
    judged = gate(parts, person, decision, catalogue, answer)
    return Prepared(
        person=person,
        decision=decision,
        judged=judged,
        link=link,
        draft=draft(
            person,
            decision,
            mappings,
            mapping,
            instance=parts.settings.instance,
            link=parts.link(person.id),
            approved_by=judged.by,
        ),
        intent=intent_for(decision, mapping, mappings.audiences),
        match=match,
        why_not=_why_not(parts, person, decision, judged, link)
        or _ignored(match, link),
    )


def _ignored(match: Answer | None, link: Link | None) -> str | None:
    is_ignored = link is None and match is not None and match.said == IGNORE
    return "a person said to ignore it" if is_ignored else None


def _why_not(
    parts: Parts, person: Person, decision: Decision, judged: Gate, link: Link | None
) -> str | None:
    if person.contact_id is None:
        return "deleted in Mautic"
    if decision.phase is not Phase.DO:
        return f"in {decision.phase.label} by now"
    if not judged.is_open:
        is_no = judged.verdict is Verdict.NO
        return "a person said not now" if is_no else "waits for a person's yes"
    if not may_hand_over(parts, person):
        return "no consent"
    if link is not None and link.status == DELETED:
        return "deleted in the ATS"
    return None
