"""Why somebody is due on a day, in one line."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.mappings.audiences import Cadence, Sunset, SunsetStep
from plugin.mappings.model import Phase
from plugin.planning.rhythm import Heard, Why, next_touch
from plugin.planning.touch_text import _SENTENCES, touch_text, why_name

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALM = Cadence(
    every_days={Phase.SEE: 21},
    weekdays=frozenset({2}),
    gap_days=5,
    sunset=Sunset(slow_after=3, win_back_after=4, stop_after=5),
)


def told(mails=1, phase=Phase.SEE, lang="en", **more):
    sent = [MONDAY - timedelta(days=21 * ago) for ago in reversed(range(mails))]
    heard = Heard(sent=sent, since=MONDAY - timedelta(days=200), **more)
    return touch_text(next_touch(heard, phase, CALM), phase, lang)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {},
            (
                "Due from 15 December 2026: every 21 days in See, the last mail was on "
                "23 November; nothing is sent on 14 December."
            ),
        ),
        (
            {"lang": "nl"},
            (
                "Aan de beurt vanaf 15 december 2026: elke 21 dagen in See, de laatste "
                "mail was op 23 november; op 14 december wordt niets verstuurd."
            ),
        ),
        (
            {"mails": 3},
            (
                "Due from 5 January 2027: every 42 days in See, the last mail was on "
                "23 November 2026; half as often, after 3 mails without a sign of "
                "life; nothing is sent on 4 January."
            ),
        ),
        (
            {"mails": 5},
            (
                "Nothing is sent by rhythm: 5 mails without a sign of life, so silence "
                "until they do something."
            ),
        ),
        (
            {"phase": Phase.DO},
            (
                "Nothing is sent by rhythm: Do has no rhythm, only what follows from "
                "an event."
            ),
        ),
        ({"refuses": True}, "Nothing is sent by rhythm: wants no mail."),
        ({"has_address": False}, "Nothing is sent by rhythm: no e-mail address."),
    ],
)
def test_the_line_names_every_rule_that_had_a_say(given, line):
    assert told(**given) == line


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_rule_and_step_has_its_words(lang):
    names = {why_name(one, lang) for one in Why}

    assert len(names) == len(Why)
    assert {*Why, SunsetStep.SLOW, SunsetStep.WIN_BACK} <= set(_SENTENCES[lang])
