"""Interests, corrected for what somebody was offered."""

from dataclasses import replace
from random import Random

import pytest

from plugin.scoring.engine import score
from tests.golden.build import History, day, person, shipped

RULES = shipped()
OFF = replace(RULES, content=replace(RULES.content, interest_correction=1.0))


def affinities(history, number, rules=RULES, events=None):
    who = person(history.events if events is None else events)
    found = score(who, rules, history.catalogue, as_of=day(number))
    return {one.topic: one.affinity for one in found.interests}


def mails(history, topic, count, *, followed, start=0.0):
    """Send so many e-mails on a topic, a day apart; the first ones are followed."""
    for number in range(count):
        name, category = f"{topic} {number}", f"see-{topic}"
        history.add(start + number, "is sent", name, category=category)
        if number < followed:
            link = f"{topic}-{number}"
            when = start + number + 0.2
            history.add(when, "clicks", link, by=name, category=category)


def test_two_of_two_says_more_than_two_of_many():
    history = History()
    mails(history, "cloud", 12, followed=2)
    mails(history, "security", 2, followed=2, start=0.3)

    corrected, plain = affinities(history, 16), affinities(history, 16, OFF)

    assert corrected["security"] > 1.5 * corrected["cloud"]
    assert plain["security"] == pytest.approx(plain["cloud"], rel=0.05)


def test_without_any_offer_nothing_is_corrected():
    history = History()
    for number in range(4):
        history.add(number, "visits", f"Cloud {number}", category="see-cloud")
        history.add(number, "visits", f"Data {number}", category="see-data")

    assert affinities(history, 6) == affinities(history, 6, OFF)


def test_following_all_of_one_topic_only_changes_nothing():
    history = History()
    mails(history, "cloud", 5, followed=5)

    assert affinities(history, 8) == {"cloud": 1.0}


def test_what_was_sent_just_now_is_not_passed_over_yet():
    history = History()
    mails(history, "cloud", 3, followed=3)
    before = affinities(history, 4)
    history.add(4, "visits", "Data", category="see-data")
    with_data = affinities(history, 4.5)
    history.add(4.1, "is sent", "Nog een", category="see-cloud")

    assert before == {"cloud": 1.0}
    assert affinities(history, 4.5) == with_data


def test_the_correction_has_a_limit():
    history = History()
    mails(history, "cloud", 60, followed=1)
    mails(history, "security", 1, followed=1, start=0.3)
    history.add(59, "visits", "Cloud", category="see-cloud")
    history.add(59, "visits", "Security", category="see-security")

    corrected = affinities(history, 60)

    assert corrected["security"] <= 4 * corrected.get("cloud", 1)


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_arrival_does_not_matter_and_shares_add_up(seed):
    rng = Random(seed)
    history = History()
    for topic in ("cloud", "data", "security"):
        count = rng.randint(0, 6)
        mails(history, topic, count, followed=rng.randint(0, count), start=rng.random())
    shuffled = rng.sample(history.events, len(history.events))

    assert affinities(history, 9, events=shuffled) == affinities(history, 9)
    assert sum(affinities(history, 9).values()) <= 1.001
