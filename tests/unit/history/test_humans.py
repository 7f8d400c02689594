"""Machines never count; what looks like one waits for a person to show."""

from datetime import timedelta

import pytest

from plugin.history.clicks import acts, in_order
from plugin.history.humans import Evidence, is_machine_agent, judge
from plugin.mappings.model import HumanRules
from tests.golden.build import BROWSER, START, History, day

RULES = HumanRules(hidden_links=("https://www.example.org/trap*",))


def verdicts(history, rules=RULES):
    events = in_order(history.events, day(400))
    done = acts(events, 30)
    return {
        one.event.key: verdict
        for one, verdict in zip(done, judge(done, events, rules), strict=True)
    }


def evidence(history, rules=RULES):
    return [one.evidence for one in verdicts(history, rules).values()]


def clicked(*rows, mail="Doe mee"):
    history = History()
    for seconds, link in rows:
        history.add(1, "clicks", link, by=mail, seconds=seconds)
    return history


def test_many_links_within_seconds_are_a_scanner():
    scan = clicked((0, "a"), (1.9, "b"), (5, "c"), (9, "d"))

    assert set(evidence(scan)) == {Evidence.BURST}


def test_a_burst_ends_where_the_pause_is():
    scan = clicked((0, "a"), (3, "b"), (6, "c"), (9, "d"), (600, "e"))

    assert evidence(scan) == [Evidence.BURST] * 4 + [None]


def test_a_person_may_click_often_on_the_same():
    assert evidence(clicked(*((60 * n, "a") for n in range(6)))) == [None] * 6


def test_a_person_may_click_on_three():
    assert evidence(clicked((0, "a"), (4, "b"), (8, "c"))) == [None] * 3


def test_two_links_at_once_wait():
    pair = clicked((0, "a"), (1, "b"))

    assert evidence(pair) == [Evidence.PAIR] * 2
    assert {one.counts_from for one in verdicts(pair).values()} == {None}


def test_who_fetches_a_hidden_link_fetched_its_neighbours():
    scan = clicked((0, "a"), (4, "trap"), (90, "b"))

    assert evidence(scan) == [Evidence.HIDDEN_LINK] * 2 + [None]


@pytest.mark.parametrize(
    ("agent", "is_machine"),
    [
        (BROWSER, False),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            True,
        ),
        ("python-requests/2.32", True),
        ("curl/8.5.0", True),
        ("Mozilla/5.0 Proofpoint URL Defense", True),
        ("", False),
        (None, False),
    ],
)
def test_user_agents(agent, is_machine):
    assert is_machine_agent(agent, ("proofpoint",)) is is_machine


def test_a_robots_visit_is_a_machines():
    history = History()
    history.add(1, "visits", "Blog", agent="AhrefsBot/7.0")

    assert evidence(history) == [Evidence.USER_AGENT]


@pytest.mark.parametrize(("seconds", "found"), [(2, Evidence.TOO_SOON), (3, None)])
def test_a_click_too_soon_after_the_send(seconds, found):
    history = History()
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=seconds)

    assert evidence(history) == [found]


def quick_click():
    history = History()
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=1)
    return history


@pytest.mark.parametrize(
    ("verb", "seconds", "is_released"),
    [
        ("submits", 600, True),
        ("downloads", 20, True),
        ("visits", 120, True),
        ("visits", 5, False),
        ("visits", 7200, False),
        ("opens", 120, False),
    ],
)
def test_a_person_who_shows_releases_the_click(verb, seconds, is_released):
    history = quick_click()
    history.add(1, verb, "Iets", seconds=seconds)

    verdict = verdicts(history)["email.clicked:0001"]

    assert (verdict.counts_from is not None) is is_released


def test_a_robot_is_no_sign_of_a_person():
    history = quick_click()
    history.add(1, "visits", "Iets", seconds=120, agent="AhrefsBot/7.0")

    assert verdicts(history)["email.clicked:0001"].counts_from is None


def test_time_releases_where_the_mapping_says_so():
    history = quick_click()
    rules = HumanRules(release_days=2)

    verdict = verdicts(history, rules)["email.clicked:0001"]

    at = START + timedelta(days=3, seconds=1)
    assert verdict.counts_from == round(at.timestamp() * 1_000_000)


def test_a_flood_costs_no_more_than_its_length():
    flood = clicked(*((number / 1000, f"link-{number}") for number in range(5000)))

    assert set(evidence(flood)) == {Evidence.BURST}
