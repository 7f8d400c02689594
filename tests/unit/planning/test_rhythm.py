"""A steady rhythm: when somebody is due, and what held them back."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.mappings.audiences import Cadence, Sunset, SunsetStep
from plugin.mappings.model import Phase
from plugin.planning.rhythm import (
    Heard,
    Why,
    first_moment,
    may_send,
    next_touch,
)
from plugin.planning.touch_text import touch_text

#: A Monday.
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
EVERY_21 = Cadence(every_days={Phase.SEE: 21, Phase.THINK: 7}, gap_days=5, cap=5)


def heard(*days_ago, **more):
    """Mails so many days before that Monday."""
    sent = sorted(MONDAY - timedelta(days=day) for day in days_ago)
    return Heard(sent=sent, **{"since": MONDAY - timedelta(days=400)} | more)


def due(told, phase=Phase.SEE, cadence=EVERY_21):
    touch = next_touch(told, phase, cadence)
    return touch.on, touch.why


def test_three_weeks_after_the_last_mail():
    assert due(heard(0)) == (date(2026, 12, 14), Why.RHYTHM)


def test_the_phase_has_its_own_rhythm():
    assert due(heard(0), Phase.THINK) == (date(2026, 11, 30), Why.RHYTHM)


def test_a_phase_without_a_rhythm_waits_for_an_event():
    assert due(heard(0), Phase.DO) == (None, Why.NO_RHYTHM)


def test_whoever_was_sent_nothing_is_due_since_they_came():
    assert due(heard(since=MONDAY)) == (date(2026, 11, 23), Why.FIRST)


def test_days_round_up_what_another_rule_holds():
    tuesdays = Cadence(every_days={Phase.SEE: 21}, weekdays=frozenset({2}))
    rhythm = next_touch(heard(0), Phase.SEE, tuesdays)
    first = next_touch(heard(since=MONDAY), Phase.SEE, tuesdays)

    assert (rhythm.why, rhythm.held_by) == (Why.WEEKDAY, Why.RHYTHM)
    assert (first.why, first.held_by) == (Why.WEEKDAY, Why.WEEKDAY)


def test_a_mail_that_never_went_leaves_the_day_where_it_is():
    touch = next_touch(heard(60), Phase.SEE, EVERY_21)

    assert touch.on == date(2026, 10, 15)
    assert touch.is_due(MONDAY.date())


def test_a_sign_up_overrides_the_rhythm_but_not_the_gap():
    spoke = MONDAY - timedelta(days=1)

    assert due(heard(10, spoke_at=spoke)) == (date(2026, 11, 22), Why.SIGN_OF_LIFE)
    assert due(heard(2, spoke_at=spoke)) == (date(2026, 11, 26), Why.GAP)
    assert due(heard(0.5, spoke_at=spoke)) == (date(2026, 12, 13), Why.RHYTHM)


def test_the_cap_counts_every_campaign():
    often = Cadence(every_days={Phase.SEE: 3}, gap_days=1, cap=3, cap_days=30)

    assert due(heard(20, 10, 0), cadence=often) == (date(2026, 12, 3), Why.CAP)


def test_only_on_days_that_are_meant_for_it():
    tuesday_to_thursday = Cadence(
        every_days={Phase.SEE: 21}, weekdays=frozenset({2, 3, 4})
    )

    assert due(heard(0), cadence=tuesday_to_thursday) == (
        date(2026, 12, 15),
        Why.WEEKDAY,
    )


@pytest.mark.parametrize(
    ("mails", "step", "every"),
    [
        (5, SunsetStep.AWAKE, 21),
        (6, SunsetStep.SLOW, 42),
        (8, SunsetStep.SLOW, 42),
        (9, SunsetStep.WIN_BACK, 42),
        (12, SunsetStep.STOPPED, 0),
        (30, SunsetStep.STOPPED, 0),
    ],
)
def test_who_shows_no_sign_of_life_is_let_go_in_three_steps(mails, step, every):
    cadence = Cadence(every_days={Phase.SEE: 21}, sunset=Sunset())
    touch = next_touch(heard(*range(0, 21 * mails, 21)), Phase.SEE, cadence)

    assert (touch.step, touch.every_days) == (step, every)
    assert (touch.on is None) == (step is SunsetStep.STOPPED)


def test_one_sign_of_life_and_all_is_as_it_was():
    cadence = Cadence(every_days={Phase.SEE: 21}, sunset=Sunset())
    told = heard(*range(0, 630, 21), last_sign=MONDAY)

    assert next_touch(told, Phase.SEE, cadence).step is SunsetStep.AWAKE


def test_the_day_is_that_of_the_audiences_time_zone():
    late = Heard(sent=[datetime(2026, 11, 23, 23, 30, tzinfo=UTC)], since=MONDAY)

    assert due(late)[0] == date(2026, 12, 15)


@pytest.mark.parametrize(
    ("hour", "may"), [(6, False), (7, True), (12, True), (18, True), (19, False)]
)
def test_quiet_hours_are_local(hour, may):
    """08:00 to 20:00 in Amsterdam is 07:00 to 19:00 UTC in winter."""
    assert may_send(MONDAY.replace(hour=hour), Cadence()) is may


def test_quiet_hours_by_day_are_possible_too():
    siesta = Cadence(quiet_from=time(13), quiet_until=time(15))

    assert not may_send(MONDAY.replace(hour=13), siesta)
    assert may_send(MONDAY.replace(hour=23), siesta)
    assert first_moment(date(2026, 11, 24), siesta) == datetime(
        2026, 11, 23, 23, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("day", "hour"),
    [(date(2026, 3, 28), 7), (date(2026, 3, 29), 6), (date(2026, 10, 25), 7)],
)
def test_the_morning_after_the_clock_changes_is_still_eight(day, hour):
    moment = first_moment(day, Cadence())

    assert (moment.date(), moment.hour) == (day, hour)
    assert may_send(moment, Cadence())
    assert not may_send(moment - timedelta(seconds=1), Cadence())


def test_a_time_that_the_clock_skips_is_the_moment_after():
    """At 02:00 on that Sunday it is 03:00."""
    cadence = Cadence(quiet_from=time(22), quiet_until=time(2, 30))

    assert may_send(first_moment(date(2026, 3, 29), cadence), cadence)


def test_who_moves_while_it_is_their_turn_waits_as_if_they_had_been_mailed():
    left = [(MONDAY, Phase.SEE)]
    was_due = heard(30, left=left)
    was_not = heard(9, left=left)

    assert due(was_due, Phase.THINK) == (date(2026, 11, 28), Why.TURN)
    assert due(was_not, Phase.THINK) == (date(2026, 11, 21), Why.RHYTHM)


def test_a_mail_that_is_reported_ends_the_open_turn():
    moved = MONDAY + timedelta(minutes=5)
    reported = heard(30, -0.01, left=[(moved, Phase.SEE)])

    assert due(reported, Phase.THINK) == (date(2026, 11, 30), Why.RHYTHM)


def test_a_second_move_does_not_forget_the_turn_that_was_held():
    """As the simulation found: the turn of See began only when the hold was over."""
    often = Cadence(every_days={Phase.SEE: 21, Phase.THINK: 7}, gap_days=5)
    held_until = MONDAY + timedelta(days=5)
    left = [(MONDAY, Phase.THINK), (held_until, Phase.SEE)]

    touch = next_touch(heard(30, left=left), Phase.THINK, often)

    assert (touch.on, touch.why) == (held_until.date() + timedelta(days=5), Why.TURN)


def test_who_was_nobody_yet_was_sent_nothing():
    signed_up = heard(since=MONDAY, spoke_at=MONDAY, left=[(MONDAY, Phase.SEE)])

    assert due(signed_up, Phase.THINK) == (MONDAY.date(), Why.SIGN_OF_LIFE)


CADENCES = st.builds(
    Cadence,
    every_days=st.fixed_dictionaries(
        {Phase.SEE: st.integers(1, 40), Phase.THINK: st.integers(1, 40)}
    ),
    weekdays=st.frozensets(st.integers(1, 7)),
    gap_days=st.integers(0, 14),
    cap=st.integers(1, 6),
    cap_days=st.integers(1, 40),
    timezone=st.sampled_from(["Europe/Amsterdam", "UTC", "America/New_York"]),
)
SENT = st.lists(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),
    max_size=12,
).map(sorted)


@given(CADENCES, SENT)
def test_gap_cap_and_weekday_are_always_kept(cadence, sent):
    told = Heard(sent=sent, since=datetime(2025, 1, 1, tzinfo=UTC))
    on = next_touch(told, Phase.SEE, cadence).on

    assert may_send(first_moment(on, cadence), cadence)
    days = [one.astimezone(ZoneInfo(cadence.timezone)).date() for one in sent]
    assert all((on - day).days >= cadence.gap_days for day in days[-1:])
    since = on - timedelta(days=cadence.cap_days)
    assert sum(day > since for day in days) < cadence.cap


@given(CADENCES, SENT)
def test_the_reasons_lead_to_the_day_each_further_than_the_one_before(cadence, sent):
    told = Heard(sent=sent, since=datetime(2025, 1, 1, tzinfo=UTC))
    touch = next_touch(told, Phase.SEE, cadence)

    days = [one.on for one in touch.reasons]
    assert days == sorted(set(days))
    assert days[-1] == touch.on
    assert touch.why is touch.reasons[-1].why
    for lang in ("nl", "en"):
        text = touch_text(touch, Phase.SEE, lang)
        assert str(touch.on.year) in text
        assert "{" not in text


LEFT = st.lists(
    st.tuples(
        st.datetimes(
            datetime(2026, 10, 1), datetime(2026, 11, 20), timezones=st.just(UTC)
        ),
        st.sampled_from([Phase.SEE, Phase.THINK]),
    ),
    max_size=4,
).map(sorted)


@given(CADENCES, SENT, LEFT)
def test_moving_never_brings_the_day_nearer(cadence, sent, left):
    since = datetime(2025, 1, 1, tzinfo=UTC)
    stayed = next_touch(Heard(sent=sent, since=since), Phase.SEE, cadence)
    moved = next_touch(Heard(sent=sent, since=since, left=left), Phase.SEE, cadence)

    assert moved.on >= stayed.on
    if not left:
        assert moved == stayed


@given(CADENCES, SENT, st.booleans(), st.booleans())
def test_who_wants_no_mail_or_has_no_address_is_never_due(cadence, sent, no, known):
    told = Heard(sent=sent, since=MONDAY, refuses=no, has_address=known)

    if no or not known:
        touch = next_touch(told, Phase.SEE, cadence)
        assert touch.on is None
        assert touch.why in (Why.REFUSED, Why.NO_ADDRESS)


@given(CADENCES, SENT)
def test_the_same_again_gives_the_same_day(cadence, sent):
    told = Heard(sent=sent, since=datetime(2025, 1, 1, tzinfo=UTC))

    assert next_touch(told, Phase.SEE, cadence) == next_touch(told, Phase.SEE, cadence)


def test_a_turn_by_an_earlier_sign_of_life_is_kept_though_they_spoke_again():
    """A mail may be on its way since that turn, and nobody reported it yet."""
    cadence = Cadence(every_days={Phase.SEE: 28, Phase.CARE: 60}, gap_days=7)
    day = datetime(2026, 11, 2, 9, tzinfo=UTC)
    heard = Heard(
        sent=[day - timedelta(days=20)],
        since=day - timedelta(days=90),
        spoke_before=[day],
        left=[(day + timedelta(hours=6), Phase.SEE)],
        spoke_at=day + timedelta(days=1),
    )

    touch = next_touch(heard, Phase.CARE, cadence)

    assert touch.why is Why.TURN
    assert touch.on == (day + timedelta(days=7)).date()
    forgotten = next_touch(replace(heard, spoke_before=()), Phase.CARE, cadence)
    assert forgotten.on == (day + timedelta(days=1)).date()
