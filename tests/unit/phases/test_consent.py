"""Nobody is handed over without the consent that the mappings name: yes, day, text."""

from datetime import date

import pytest

from plugin.history.model import Profile
from plugin.mappings.consent import Basis, Consent
from plugin.phases.consent import handover_consent

ASKED = Consent(
    handover_field="mag", handover_date_field="mag_op", handover_text_field="mag_tekst"
)
WHOLE = {"mag": "1", "mag_op": "2026-11-20 14:05:00", "mag_tekst": "2026-01"}


def found(asked, **fields):
    return handover_consent(Profile(fields=fields), asked)


def test_a_whole_consent_is_told_with_day_and_text():
    told = found(ASKED, **WHOLE)

    assert told.is_given
    assert told.as_json() == {
        "basis": "consent",
        "given": True,
        "field": "mag",
        "value": "1",
        "date": "2026-11-20",
        "text": "2026-01",
    }


@pytest.mark.parametrize(
    ("name", "value", "lacks"),
    [
        ("mag", "0", "mag is not yes"),
        ("mag", "", "mag is not yes"),
        ("mag", "misschien", "mag is not yes"),
        ("mag_op", "", "mag_op has no day"),
        ("mag_op", "gisteren", "mag_op has no day"),
        ("mag_op", "0000-00-00", "mag_op has no day"),
        ("mag_tekst", "  ", "mag_tekst is empty"),
    ],
)
def test_what_is_named_and_not_there_makes_it_none(name, value, lacks):
    told = found(ASKED, **WHOLE | {name: value})

    assert not told.is_given
    assert told.lacks == lacks


@pytest.mark.parametrize("value", ["1", "true", "Yes", "JA", " ja "])
def test_a_yes_may_be_written_in_several_ways(value):
    assert found(Consent(handover_field="mag"), mag=value).is_given


def test_the_text_may_be_one_for_everybody():
    asked = Consent(handover_field="mag", handover_text="reglement 3")

    assert found(asked, mag="1").text == "reglement 3"


@pytest.mark.parametrize(
    "undecided",
    [
        Consent(),
        Consent(profiling_field="profiel"),
        Consent(handover="not-needed"),
        Consent(handover="not-needed", handover_reason="  "),
        Consent(handover_reason="some reason"),
    ],
)
def test_while_nobody_has_decided_nobody_is_handed_over(undecided):
    told = found(undecided, profiel="1")

    assert undecided.basis is Basis.UNDECIDED
    assert (told.is_given, told.lacks != "") == (False, True)


def test_another_ground_is_told_with_its_reason():
    asked = Consent(handover="not-needed", handover_reason="their own request")

    assert found(asked).as_json() == {
        "basis": "not-needed",
        "given": True,
        "reason": "their own request",
    }


def test_a_day_is_read_from_dates_and_moments():
    asked = Consent(handover_field="mag", handover_date_field="op")

    assert found(asked, mag="1", op="2026-02-28").given_on == date(2026, 2, 28)
    assert found(asked, mag="1", op="2026-02-28T23:59:00+00:00").given_on == date(
        2026, 2, 28
    )
