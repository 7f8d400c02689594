"""From a person and a decision to a candidate, and to the job they are meant for."""

from dataclasses import replace
from typing import Any

import pytest

from plugin.ats.base import CandidateDraft, TargetIntent, TargetKind
from plugin.ats.draft import contact_of, draft, marker_of
from plugin.ats.intent import intent_for
from plugin.mappings.ats import AtsField, AtsMapping, AtsTarget
from plugin.mappings.consent import Consent
from plugin.phases.decide import decide
from plugin.phases.model import Decision
from tests.golden.build import History, day, shipped

PROFILE = {
    "email": "sanne@example.nl",
    "first_name": "Sanne",
    "last_name": "de Wit",
    "fields": {"phone": "0612345678", "mag_delen": "1", "phase": "not ours"},
}


def told(**profile: Any) -> tuple[History, Any, Decision]:
    """Somebody who read about security and signed up."""
    history = History()
    for number, topic in enumerate(("see-security", "think-security")):
        history.add(
            number,
            "visits",
            f"Blog {number}",
            category=topic,
            utm={"source": "linkedin"},
        )
        history.add(number + 0.2, "visits", f"Blog {number}", category=topic)
    history.add(3, "submits", "Aanmelden", category="do")
    person = history.person(**PROFILE | profile)
    return history, person, decide(person, shipped(), history.catalogue, as_of=day(4))


def made(mapping: AtsMapping, **profile: Any) -> CandidateDraft:
    _, person, decision = told(**profile)
    return draft(
        person,
        decision,
        shipped(),
        mapping,
        instance="demo",
        link="https://x/contacts/1",
    )


def test_the_mapping_is_applied() -> None:
    rows = (
        AtsField(target="x_name", source="lastname", write="if_empty"),
        AtsField(target="x_phone", source="phone", write="always"),
        AtsField(target="x_never", source="phone", write="never"),
        AtsField(target="x_static", static="STDC"),
        AtsField(target="x_blank", source="no_such_alias"),
        AtsField(target="x_phase", source="stdc.phase"),
        AtsField(target="x_theirs", source="phase"),
        AtsField(target="x_do", source="stdc.score_do"),
    )
    candidate = made(AtsMapping(connection="odoo", fields=rows))

    fields = dict(candidate.fields)
    assert int(fields.pop("x_do")) > 0
    assert fields == {
        "x_name": "de Wit",
        "x_phone": "0612345678",
        "x_static": "STDC",
        "x_phase": "Do",
        "x_theirs": "not ours",
    }
    assert candidate.only_if_empty == {"x_name"}
    assert candidate.marker == "mautic:demo:1"
    assert (candidate.name, candidate.email) == ("Sanne de Wit", "sanne@example.nl")


def test_tags_note_source_and_interests() -> None:
    candidate = made(
        AtsMapping(
            connection="odoo",
            tags=("STDC", "{topic}", "{odd"),
            note="{name}: {phase} sinds {since}. {reason} {unknown} {link}",
        ),
        first_name="{link}",
    )

    assert candidate.tags == ("STDC", "security", "{odd")
    assert candidate.interests == ("security",)
    assert candidate.source == {"source": "linkedin"}
    assert candidate.note.startswith("{link} de Wit: Do sinds 2026-01-04. ")
    assert candidate.note.endswith(" {unknown} https://x/contacts/1")
    _, person, decision = told()
    assert "Do" in candidate.note
    assert decision.phase.label == "Do"
    assert person.profile.name not in candidate.note


def test_somebody_without_a_name_or_campaign() -> None:
    history = History()
    history.add(1, "submits", "Aanmelden", category="do")
    person = history.person(email="x@example.nl")
    decision = decide(person, shipped(), history.catalogue, as_of=day(2))

    candidate = draft(
        person, decision, shipped(), AtsMapping(connection="o"), instance="d", link=""
    )

    assert candidate.name == "x@example.nl"
    assert candidate.source == {"source": "Mautic"}
    assert candidate.consent is None


@pytest.mark.parametrize(("value", "given"), [("1", True), ("0", False), ("", False)])
def test_consent_goes_along(value: str, *, given: bool) -> None:
    mappings = shipped()
    asking = replace(
        mappings,
        fields=replace(mappings.fields, consent=Consent(handover_field="mag_delen")),
    )
    _, person, decision = told(fields={"mag_delen": value})

    candidate = draft(
        person, decision, asking, AtsMapping(connection="o"), instance="d", link=""
    )

    assert candidate.consent is not None
    assert candidate.consent.is_given is given


def test_a_marker_is_read_back_by_its_own_installation_only() -> None:
    assert contact_of("demo", marker_of("demo", 12)) == 12
    assert contact_of("demo", marker_of("other", 12)) is None
    assert contact_of("demo", "mautic:demo:twelve") is None
    assert contact_of("demo", "12") is None


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ((), TargetIntent()),
        (
            (
                AtsTarget(kind="job", ref="1", topics=frozenset({"cloud"})),
                AtsTarget(kind="job", ref="2", topics=frozenset({"security", "data"})),
                AtsTarget(kind="pool", ref="3"),
            ),
            TargetIntent(kind=TargetKind.JOB, ref="2"),
        ),
        (
            (AtsTarget(kind="pool", ref="3"), AtsTarget(kind="job", ref="2")),
            TargetIntent(kind=TargetKind.TALENT_POOL, ref="3"),
        ),
        ((AtsTarget(kind="job", ref="1", topics=frozenset({"x"})),), TargetIntent()),
    ],
)
def test_the_first_target_that_fits_counts(
    targets: tuple[AtsTarget, ...], expected: TargetIntent
) -> None:
    _, _, decision = told()

    assert intent_for(decision, AtsMapping(connection="o", targets=targets)) == expected
