"""From when somebody is free."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin.history.clicks import DAY, micros
from plugin.mappings.projects import Project, Projects
from plugin.phases.actions import project as shown_in_mautic
from plugin.phases.decide import decide
from plugin.scoring.availability import Look, availability, month_of
from plugin.scoring.explain import explain
from plugin.scoring.model import Confidence
from tests.golden.build import History, day, shipped

BANK = Project(
    id="bank",
    name="Bank",
    topic="cloud",
    start=date(2026, 3, 1),
    place="Utrecht",
    hours=36,
    urls=("*/bank*",),
)
CITY = replace(BANK, id="city", name="Gemeente", place="", urls=("*/gemeente*",))
LATER = replace(
    BANK, id="later", name="Later", start=date(2026, 6, 1), urls=("*/later*",)
)
CALENDAR = Projects(
    projects=(BANK, CITY, LATER),
    answer_field="vrij_vanaf",
    answer_form_fields=("vrij",),
)
RULES = replace(shipped(), projects=CALENDAR)


def decided(history, number, **profile):
    person = history.person(**profile)
    return decide(person, RULES, history.catalogue, as_of=day(number))


def looked(*looks):
    history = History()
    for number, what in looks:
        history.add(number, "visits", what, category="think-cloud")
    return history


def test_one_look_is_perhaps():
    found = decided(looked((1, "bank")), 2).available

    assert (found.month, found.confidence) == (date(2026, 3, 1), Confidence.POSSIBLE)
    assert found.projects == ("Bank (Utrecht, 36h)",)


def test_two_projects_of_one_month_are_probably():
    found = decided(looked((1, "bank"), (2, "gemeente")), 3).available

    assert found.confidence is Confidence.PROBABLE
    assert found.projects == ("Gemeente (36h)", "Bank (Utrecht, 36h)")


def test_the_same_project_twice_a_day_is_one_look():
    found = decided(looked((1, "bank"), (1.01, "bank")), 2).available

    assert found.confidence is Confidence.POSSIBLE


def test_who_looks_at_every_month_tells_little():
    looks = looked((1, "bank"), (2, "later"), (3, "bank"), (4, "later"))

    found = decided(looks, 5).available

    assert (found.month, found.confidence) == (date(2026, 6, 1), Confidence.POSSIBLE)


def test_a_machine_looks_at_nothing():
    history = History()
    agent = "Googlebot/2.1 (+http://www.google.com/bot.html)"
    history.add(1, "visits", "bank", category="think-cloud", agent=agent)

    assert decided(history, 2).available is None


def test_content_without_a_phase_tells_it_too():
    history = History()
    history.add(1, "visits", "bank")

    assert decided(history, 2).available is not None


def test_what_a_contact_field_says_goes_first():
    found = decided(looked((1, "bank")), 2, fields={"vrij_vanaf": "2026-05-15"})

    assert found.available.month == date(2026, 5, 1)
    assert found.available.confidence is Confidence.CERTAIN


def test_the_newest_answer_in_a_form_goes_before_a_look():
    history = looked((1, "bank"))
    for number, told in ((2, "april 2026"), (3, "mei 2026")):
        act = history.add(number, "submits", "Kennismaken", category="think")
        history.events[-1] = replace(act, data={"results": {"vrij": told}})

    assert decided(history, 4).available.month == date(2026, 5, 1)


def test_an_answer_that_is_over_gives_way_to_a_look():
    found = decided(looked((40, "bank")), 41, fields={"vrij_vanaf": "2026-01"})

    assert found.available.month == date(2026, 3, 1)


def test_it_lapses_with_its_month_and_is_reviewed_then():
    history = looked((50, "bank"))
    decision = decided(history, 51)
    april = datetime(2026, 4, 1, tzinfo=UTC)

    assert decision.review_at == april
    person = history.person()
    after = decide(person, RULES, history.catalogue, as_of=april)
    just_before = april - timedelta(microseconds=1)
    before = decide(person, RULES, history.catalogue, as_of=just_before)
    assert (before.available, after.available) == (decision.available, None)


def test_field_and_explanation():
    history = looked((1, "bank"), (2, "gemeente"))
    decision, person = decided(history, 3), history.person()

    shown = shown_in_mautic(decision, person, RULES, ats=None, link=None, lang="nl")
    dutch, english = (
        explain(decision, person, RULES, history.catalogue, lang).as_text()
        for lang in ("nl", "en")
    )

    assert shown.fields["stdc_available_from"] == "maart 2026 (waarschijnlijk)"
    assert (
        "Beschikbaar vanaf maart 2026 (waarschijnlijk): bekeek Gemeente (36h), "
        "Bank (Utrecht, 36h)." in dutch
    )
    assert "Available from March 2026 (probably): looked at Gemeente" in english


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2027-03-15", date(2027, 3, 1)),
        ("2027-03", date(2027, 3, 1)),
        ("2027-03-15 00:00:00", date(2027, 3, 1)),
        ("15-03-2027", date(2027, 3, 1)),
        ("3/2027", date(2027, 3, 1)),
        ("vanaf maart 2027", date(2027, 3, 1)),
        ("1 mrt. 2027", date(2027, 3, 1)),
        ("October 2027", date(2027, 10, 1)),
        ("2027-13", None),
        ("over drie maanden", None),
        ("zomer 2027", None),
        ("", None),
    ],
)
def test_months_as_people_write_them(text, month):
    assert month_of(text) == month


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(CALENDAR.projects))),
    st.lists(st.dates(date(2025, 12, 1), date(2026, 12, 1)), max_size=2),
    st.integers(0, 400),
)
def test_the_next_change_is_exact(looks, answers, number):
    seen = [Look(micros(day(at)), one) for at, one in looks if at <= number]
    months = [one.replace(day=1) for one in answers]

    def at(moment):
        return availability(seen, months, CALENDAR, moment)

    now, change = at(micros(day(number)))

    if change is None:
        assert at(micros(day(number)) + 3000 * DAY)[0] == now
    else:
        assert at(change - 1)[0] == now != at(change)[0]
