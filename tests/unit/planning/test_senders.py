"""The rhythm where everything comes late and campaigns send side by side."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.senders import CADENCES, breaches, lives


def test_no_rule_is_broken_whatever_happens_while_a_mail_is_on_its_way():
    broken = [
        one for life in lives(7, 45, 60) for one in breaches(life.sent, life.cadence)
    ]

    assert broken == []


def test_without_the_open_turn_two_campaigns_do_pass_at_once():
    """What is proved above rests on that rule, and the proof would notice."""
    broken = [
        one
        for life in lives(7, 150, 60, keeps_turns=False)
        for one in breaches(life.sent, life.cadence)
    ]

    assert any("gap: 0 days" in one for one in broken)


def test_the_lives_go_through_both_changes_of_the_clock():
    months = {
        (one.year, one.month)
        for life in lives(7, 6, 60)
        for one in life.sent
        if one.month in (3, 10)
    }

    assert len(months) >= 2


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        (["2026-11-23T12:00", "2026-11-26T12:00"], "gap: 3 days"),
        (["2026-11-23T22:00"], "quiet"),
        (["2026-11-28T12:00"], "weekday"),
        # 07:30 in summer time; an hour later the clock is back and it is 07:30 again
        (["2026-10-21T05:30"], "quiet"),
        (["2026-10-26T06:30"], "quiet"),
    ],
)
def test_a_breach_is_seen(moments, told):
    sent = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in moments]

    assert [one.startswith(told) for one in breaches(sent, CADENCES[0])] == [True]


def test_a_mail_too_many_is_seen():
    monday = datetime(2026, 11, 2, 12, tzinfo=UTC)
    sent = [monday + timedelta(days=7 * week) for week in range(4)]

    found = list(breaches(sent, replace(CADENCES[1], weekdays=frozenset())))

    assert found == ["cap: 4 mails in 22 days"]
