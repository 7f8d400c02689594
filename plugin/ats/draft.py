"""From a person and a decision to a candidate: the mapping, applied."""

from collections.abc import Iterator, Mapping

from plugin.ats.base import CandidateDraft, Consent
from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.mappings.model import AtsMapping, Mappings
from plugin.phases.model import Decision
from plugin.scoring.explain import explain

#: Sources that are no field alias of Mautic's.
OWN = ("name", "email", "first_name", "last_name")
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
) -> CandidateDraft:
    """Say how a person should stand in an ATS; pure."""
    contact_id = person.contact_id or person.id
    values = _values(person, decision, mappings, link)
    fields = dict(_fields(mapping, values))
    return CandidateDraft(
        marker=marker_of(instance, contact_id),
        contact_id=contact_id,
        name=values["name"],
        email=person.profile.email,
        fields=fields,
        only_if_empty=frozenset(
            one.target for one in mapping.fields if one.write == "if_empty"
        ),
        tags=tuple(_tags(mapping, decision)),
        note=_note(mapping, values),
        interests=tuple(one.topic for one in decision.score.interests),
        source=_source(person),
        consent=_consent(person, mappings),
        link=link,
    )


def _values(
    person: Person, decision: Decision, mappings: Mappings, link: str
) -> dict[str, str]:
    """List what mappings may name: Mautic's fields, and ours."""
    told = explain(decision, person, mappings, Catalogue(), mappings.language)
    profile = person.profile
    own = {
        "name": profile.name or profile.email or f"contact {person.id}",
        "email": profile.email or "",
        "first_name": profile.first_name or "",
        "last_name": profile.last_name or "",
    }
    ours = {
        "phase": decision.phase.label,
        "score": str(decision.score.shown),
        "reason": told.sentence,
        "interests": told.interests,
        "since": f"{decision.since:%Y-%m-%d}",
        "link": link,
    }
    return {**profile.fields, **own, **ours}


def _fields(
    mapping: AtsMapping, values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for one in mapping.fields:
        if one.write == "never":
            continue
        source = (one.source or "").removeprefix("stdc.")
        value = one.static if one.static is not None else values.get(source, "")
        if value.strip():
            yield one.target, value.strip()


def _tags(mapping: AtsMapping, decision: Decision) -> Iterator[str]:
    for tag in mapping.tags:
        if "{topic}" in tag:
            for one in decision.score.interests:
                yield tag.format(topic=one.topic)
        else:
            yield tag


def _note(mapping: AtsMapping, values: Mapping[str, str]) -> str:
    """Fill in the note; a name that is not known stays as it was written."""
    note = mapping.note
    for name, value in values.items():
        note = note.replace(f"{{{name}}}", value)
    return note.strip()


def _source(person: Person) -> dict[str, str]:
    """Take the first campaign that brought somebody here."""
    return next((dict(event.utm) for event in person.events if event.utm), {})


def _consent(person: Person, mappings: Mappings) -> Consent | None:
    alias = mappings.fields.consent.handover_field
    if alias is None:
        return None
    given = person.profile.fields.get(alias, "").lower() in {"1", "true", "yes", "ja"}
    return Consent(proof=alias, is_given=given)
