"""From a person and a decision to a candidate: the mapping, applied."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from plugin.ats.base import CandidateDraft, Consent
from plugin.ats.intent import owner_for
from plugin.ats.transform import make
from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.ats import OURS, AtsMapping
from plugin.mappings.consent import CONSENT_VALUES, Basis
from plugin.mappings.model import Mappings, Phase
from plugin.phases.consent import HandoverConsent, handover_consent, sentence
from plugin.phases.model import Decision
from plugin.phases.rights import at_hand_over, refused_in_words
from plugin.scoring.explain import available_text, explain
from plugin.scoring.words import Words

#: Where a note has a value filled in: {reason}.
_PLACE = re.compile(r"\{(\w+)\}")
#: Where somebody came from of whom no campaign is known.
SOURCE = "Mautic"
#: What is known of how they came.
UTM = ("source", "medium", "campaign")
#: What the marker is made of.
MARKER = "mautic:{instance}:{contact_id}"


def marker_of(instance: str, contact_id: int) -> str:
    """Name a contact for the ATS: lasting, unique over installations."""
    return MARKER.format(instance=instance, contact_id=contact_id)


def contact_of(instance: str, marker: str) -> int | None:
    """Read a contact id from a marker of ours; None if it is not one."""
    head = MARKER.format(instance=instance, contact_id="")
    number = marker.removeprefix(head)
    return int(number) if marker.startswith(head) and number.isdecimal() else None


def draft(
    person: Person,
    decision: Decision,
    mappings: Mappings,
    mapping: AtsMapping,
    *,
    instance: str,
    link: str,
    approved_by: str = "",
) -> CandidateDraft:
    """Say how a person should stand in an ATS; pure."""
    contact_id = person.contact_id or person.id
    own, ours = _own(person), _ours(person, decision, mappings, link)
    consent = handover_consent(person.profile, mappings.fields.consent)
    ours |= _rights(person, consent)
    ours |= {
        "approved_by": approved_by,
        "marker": marker_of(instance, contact_id),
    }
    values = own | {f"{OURS}{name}": value for name, value in ours.items()}
    fields = _fields(mapping, values)
    told = own | ours | {"since": ours["phase_since"]}
    return CandidateDraft(
        marker=marker_of(instance, contact_id),
        contact_id=contact_id,
        name=own["name"],
        email=person.profile.email,
        fields=fields.values,
        only_if_empty=_ruled(mapping, "if_empty"),
        appended=_ruled(mapping, "append"),
        owner=owner_for(decision, person.profile, mapping, mappings.audiences),
        missing=fields.missing,
        warnings=fields.warnings,
        tags=tuple(_tags(mapping, decision)),
        note=_with(
            _filled(mapping.note, told),
            sentence(consent, mappings.language),
            refused_in_words(
                at_hand_over(person.profile, mappings.fields.consent), mappings.language
            ),
        ),
        told=told,
        interests=tuple(one.topic for one in decision.score.interests),
        source=_source(person),
        consent=consent_of(consent),
        do_not_contact=person.profile.do_not_contact,
        link=link,
    )


def _own(person: Person) -> dict[str, str]:
    """List what a contact has in Mautic, under its aliases and a few of ours."""
    profile = person.profile
    first, last = profile.first_name or "", profile.last_name or ""
    return {
        **profile.fields,
        "name": profile.name or profile.email or f"contact {person.id}",
        "email": profile.email or "",
        **dict.fromkeys(("firstname", "first_name"), first),
        **dict.fromkeys(("lastname", "last_name"), last),
    }


def _ours(
    person: Person, decision: Decision, mappings: Mappings, link: str
) -> dict[str, str]:
    """List what we know of somebody, under the names of `VALUES`."""
    told = explain(decision, person, mappings, Catalogue(), mappings.language)
    score, words = decision.score, Words(mappings.language)
    channels = sorted(score.by_channel, key=lambda one: -score.by_channel[one])
    free = decision.available
    return {
        "phase": decision.phase.label,
        "phase_since": f"{decision.since:%Y-%m-%d}",
        "score": str(score.shown),
        **{
            f"score_{phase.value}": str(round(score.by_phase.get(phase, 0) / 100))
            for phase in (Phase.SEE, Phase.THINK, Phase.DO)
        },
        "reason": told.sentence,
        "interests": told.interests,
        "channels": ", ".join(one.value for one in channels),
        "momentum": decision.momentum.trend.value,
        "available_from": available_text(free, words) if free else "",
        "tags": ", ".join(sorted(person.profile.tags)),
        **{name: _source(person).get(name, "") for name in UTM},
        "link": link,
    }


@dataclass(frozen=True, slots=True)
class _Fields:
    values: Mapping[str, str]
    #: Targets without a value that need one.
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


def _fields(mapping: AtsMapping, values: Mapping[str, str]) -> _Fields:
    rows = [one for one in mapping.sent if one.rule != "never"]
    made = {one.target: make(one, values) for one in rows}
    return _Fields(
        {target: one.value for target, one in made.items() if one.value},
        tuple(
            one.target for one in rows if one.required and not made[one.target].value
        ),
        tuple(warning for one in made.values() for warning in one.warnings),
    )


def _ruled(mapping: AtsMapping, rule: str) -> frozenset[str]:
    return frozenset(one.target for one in mapping.sent if one.rule == rule)


def _tags(mapping: AtsMapping, decision: Decision) -> Iterator[str]:
    for tag in mapping.tags:
        if "{topic}" in tag:
            for one in decision.score.interests:
                yield tag.replace("{topic}", one.topic)
        else:
            yield tag


def filled(text: str, draft: CandidateDraft) -> str:
    """Fill in a note by what was known when the draft was made."""
    return _filled(text, draft.told)


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in names; one that is not known stays as it was written."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text).strip()


def _with(note: str, *more: str) -> str:
    """Add what they allow and refuse, where anything is said at all."""
    return "\n".join([note, *filter(None, more)]) if note else note


def of_rights(wanted: CandidateDraft, mapping: AtsMapping) -> CandidateDraft:
    """Leave of a candidate only the fields that say what they allow and refuse."""
    theirs = {
        one.target
        for one in mapping.sent
        if {name.removeprefix(OURS) for name in one.sources} & CONSENT_VALUES
    }
    fields = {name: value for name, value in wanted.fields.items() if name in theirs}
    return replace(wanted, fields=fields, tags=(), note="")


def _source(person: Person) -> dict[str, str]:
    """Take the first campaign that brought somebody here; Mautic where none did."""
    past = person.past.utm if person.past else {}
    first = past or next((event.utm for event in person.events if event.utm), {})
    return {"source": SOURCE, **first}


def consent_of(found: HandoverConsent) -> Consent | None:
    """Write under what somebody is handed over; None while nobody has decided."""
    if found.basis is Basis.UNDECIDED:
        return None
    return Consent(
        proof=found.field,
        is_given=found.is_given,
        given_on=found.given_on,
        text=found.text,
        reason=found.reason,
    )


def _rights(person: Person, found: HandoverConsent) -> dict[str, str]:
    """List what somebody allows and refuses, under the names of `CONSENT_VALUES`."""
    return {
        "consent": "1" if found.is_given else "0",
        "consent_date": found.given_on.isoformat() if found.given_on else "",
        "consent_text": found.text or found.reason,
        "do_not_contact": ", ".join(sorted(person.profile.do_not_contact)),
    }
