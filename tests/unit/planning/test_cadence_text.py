"""A rhythm in one line."""

from plugin.mappings.audiences import Cadence
from plugin.planning.cadence_text import cadence_text
from tests.golden.build import shipped


def test_a_rhythm_is_told_in_one_line():
    cadence = shipped().audiences["it-security"].cadence

    assert cadence_text(cadence, "en") == (
        "See every 21 days; Think every 7 days; Care every 42 days; "
        "Do after an event only; on Mon, Tue, Wed, Thu; "
        "not between 19:00 and 08:00 (Europe/Amsterdam); at least 5 days apart; "
        "at most 5 in 30 days; without a sign of life half as often after 6 mails, "
        "asked to stay after 9, silent after 12"
    )
    assert cadence_text(cadence, "nl").startswith(
        "See elke 21 dagen; Think elke 7 dagen; Care elke 42 dagen; "
        "Do alleen na een gebeurtenis; op ma, di, wo, do; "
    )


def test_what_is_not_filled_in_is_said_too():
    told = cadence_text(Cadence(), "en")

    assert told.startswith("See, Think, Do, Care after an event only; on any day; ")
    assert told.endswith("nobody is let go")


def test_a_language_nobody_knows_is_told_in_english():
    assert cadence_text(Cadence(), "fr") == cadence_text(Cadence(), "en")
