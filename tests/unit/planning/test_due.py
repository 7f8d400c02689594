"""Which rhythm holds for somebody, and from which day they are due."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plugin.mappings.audiences import Audience, Cadence, Sunset
from plugin.mappings.model import Phase
from plugin.phases.decide import decide
from plugin.planning.due import cadence_for, due_of
from tests.golden.build import History, day, shipped

QUICK = Cadence(every_days={Phase.SEE: 7, Phase.THINK: 7, Phase.DO: 7}, gap_days=0)
CALM = Cadence(every_days={Phase.SEE: 21}, gap_days=0)
AUDIENCES = (
    Audience(key="cloud", topics=frozenset({"cloud"}), cadence=QUICK),
    Audience(key="legal", topics=frozenset({"legal"}), cadence=CALM),
)


@pytest.mark.parametrize(
    ("topics", "phase", "expected"),
    [
        (["cloud"], Phase.SEE, QUICK),
        (["legal", "cloud"], Phase.SEE, CALM),
        # the audience of their first interest has no rhythm here
        (["legal", "cloud"], Phase.THINK, QUICK),
        # in no audience: the calmest
        (["testing"], Phase.SEE, CALM),
        ([], Phase.SEE, CALM),
        ([], Phase.CARE, None),
    ],
)
def test_the_rhythm_is_that_of_the_strongest_interest(topics, phase, expected):
    assert cadence_for(AUDIENCES, topics, phase) is expected


def test_without_audiences_nobody_is_due():
    assert cadence_for((), ["cloud"], Phase.SEE) is None


def due(history, at=9):
    person = history.person(email="jan@example.org")
    mappings = replace(shipped(), audiences={one.key: one for one in AUDIENCES})
    decision = decide(person, mappings, history.catalogue, as_of=day(at))
    return due_of(person, decision, mappings).touch.on


@pytest.fixture
def history():
    told = History()
    told.add(1, "visits", "Podcast", category="see-legal")
    return told


def test_who_was_sent_nothing_is_due_at_once(history):
    assert due(history) == day(1).date()


def test_who_was_sent_a_mail_is_due_a_rhythm_later_whatever_the_day(history):
    history.add(5, "is sent", "Nieuws", category="see-legal")

    assert due(history) == due(history, at=19) == date(2026, 1, 27)


def test_a_sign_up_of_ones_own_is_answered_at_once(history):
    history.add(5, "is sent", "Nieuws", category="see-legal")
    history.add(7, "submits", "Aanmelden", category="do-legal")

    assert due(history) == day(7).date()


def asleep(*acts):
    """Somebody who was sent a mail each day of a week."""
    told = History()
    told.add(0, "visits", "Podcast", category="see-legal")
    for number in range(1, 8):
        told.add(number, "is sent", f"Nieuws {number}", category="see-legal")
    for verb in acts:
        told.add(8, verb, "Nieuws 7", category="see-legal", by="Nieuws 7")
    calm = replace(CALM, cap=99, sunset=Sunset(slow_after=5))
    person = told.person(email="jan@example.org")
    audience = replace(AUDIENCES[1], cadence=calm)
    mappings = replace(shipped(), audiences={"legal": audience})
    decision = decide(person, mappings, told.catalogue, as_of=day(9))
    return due_of(person, decision, mappings).touch.on


def test_a_click_is_a_sign_of_life_and_an_open_is_none():
    slow = day(7).date() + timedelta(days=42)

    assert asleep() == slow
    assert asleep("opens") == slow
    assert asleep("clicks") == slow - timedelta(days=21)
