"""Machines never count; what looks like one waits for a person to show."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.history.clicks import acts, in_order
from plugin.history.evidence import SENTENCES, WEIGHTS, Around, Evidence
from plugin.history.humans import is_machine_agent, judge
from plugin.mappings.humans import HumanRules
from tests.golden.build import BROWSER, SITE, START, History, day
from webhooks.events import ContentKind, ContentRef

RULES = HumanRules(hidden_links=("https://www.example.org/trap*",))


NOWHERE = Around()


def verdicts(history, rules=RULES, around=NOWHERE):
    events = in_order(history.events, day(400))
    done = acts(events, 30)
    judged = judge(done, events, rules, around=around)
    return {one.event.key: found for one, found in zip(done, judged, strict=True)}


def evidence(history, rules=RULES, around=NOWHERE):
    """Name the heaviest evidence on each act; None where nothing counts as much."""
    return [
        max(one.evidence, key=lambda found: found.weight)
        if one.is_machine or one.is_suspect
        else None
        for one in verdicts(history, rules, around).values()
    ]


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


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604"
SCANNER = "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 Chrome/91.0 Safari"


def with_data(event, **data):
    return replace(event, data={**event.data, **data})


def shown_before(history):
    """Let the person click and see the page, some days earlier."""
    history.add(0, "clicks", "vroeger", by="Eerdere mail", agent=BROWSER)
    landing = history.add(0, "visits", "vroeger", agent=BROWSER, seconds=2)
    own = ContentRef(kind=ContentKind.URL, url=f"{SITE}/vroeger")
    history.events[-1] = replace(landing, content=own)


def test_all_evidence_has_a_weight_and_a_sentence():
    assert set(WEIGHTS) == set(SENTENCES) == set(Evidence)
    for one in Evidence:
        assert one.sentence("nl") != one.sentence("en")
        assert one.sentence("de") == one.sentence("en")


def test_a_verdict_says_the_heaviest_first():
    history = History()
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=1)
    history.add(1, "clicks", "b", by="Doe mee", seconds=1)
    first, _ = verdicts(history).values()

    assert first.is_machine
    assert first.sentences("en") == (
        Evidence.TOO_SOON.sentence("en"),
        Evidence.PAIR.sentence("en"),
    )


@pytest.mark.parametrize("name", ["AMAZON-02", "Google Cloud", "Proofpoint, Inc."])
def test_a_data_centre_waits(name):
    history = clicked((0, "a"))
    history.events[0] = with_data(history.events[0], organization=name)

    assert evidence(history) == [Evidence.DATA_CENTRE]


@pytest.mark.parametrize("name", ["KPN B.V.", "Cloudflare, Inc.", "Zscaler", ""])
def test_where_people_are_is_no_evidence(name):
    history = clicked((0, "a"))
    history.events[0] = with_data(history.events[0], isp=name)

    assert evidence(history) == [None]


def test_a_network_from_which_somebody_went_on_is_theirs():
    history = clicked((0, "a"))
    history.add(1, "submits", "Nieuwsbrief", seconds=300)
    history.events = [with_data(one, isp="Hetzner Online") for one in history.events]

    assert evidence(history) == [None, None]


def test_many_of_a_domain_at_once_wait():
    history = clicked((0, "a"))
    at = round(day(1).timestamp() * 1_000_000)

    around = Around(domain_bursts=((at - 5, at + 5),))

    assert evidence(history, around=around) == [Evidence.DOMAIN_BURST]
    later = Around(domain_bursts=((at + 1, at + 5),))
    assert evidence(history, around=later) == [None]


@pytest.mark.parametrize(("links", "waits"), [(5, True), (4, False)])
def test_a_row_of_links_whose_pages_never_show_waits(links, waits):
    history = clicked(*((20 * number, f"link-{number}") for number in range(links)))
    host = Around(scripted_hosts=frozenset({"www.example.org"}))

    found = verdicts(history, around=host).values()

    assert {one.is_suspect for one in found} == {waits}


def test_doubts_add_up():
    history = History()
    shown_before(history)
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=30, agent=SCANNER)

    *_, verdict = verdicts(history).values()

    assert verdict.evidence == {
        Evidence.SOON,
        Evidence.NO_LANDING,
        Evidence.FOREIGN_AGENT,
    }
    assert verdict.counts_from is None


def test_a_second_device_alone_is_no_reason():
    history = History()
    shown_before(history)
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=3600, agent=PHONE)

    *_, verdict = verdicts(history).values()

    assert verdict.evidence == {Evidence.NO_LANDING, Evidence.FOREIGN_AGENT}
    assert verdict.counts_from is not None


def test_head_and_get_on_a_page_that_never_shows_wait():
    history = clicked((0, "a"), (1, "a"))
    host = Around(scripted_hosts=frozenset({"www.example.org"}))

    (verdict,) = verdicts(history, around=host).values()

    assert verdict.evidence == {Evidence.DOUBLE_HIT, Evidence.NO_LANDING}
    assert verdict.is_suspect


def test_a_scanners_click_does_not_swallow_the_persons():
    history = History()
    history.add(1, "clicks", "a", by="Doe mee", agent="Proofpoint scanner")
    history.add(1, "clicks", "a", by="Doe mee", seconds=12)

    assert evidence(history) == [Evidence.USER_AGENT, None]


def test_a_person_does_not_release_what_another_programme_did():
    history = History()
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=1, agent=SCANNER)
    history.add(1, "clicks", "b", by="Doe mee", seconds=300)
    form = history.add(1, "submits", "Nieuwsbrief", seconds=360)
    history.events[-1] = replace(form, user_agent=None)

    counted = [one.counts_from is not None for one in verdicts(history).values()]

    assert counted == [False, True, True]


def test_what_the_scanner_downloads_is_no_download():
    history = clicked((0, "a"), (1, "b"), (2, "c"), (3, "d"))
    history.add(1, "downloads", "Whitepaper", seconds=4)

    assert evidence(history)[-1] is not None
    assert verdicts(history)["asset.downloaded:0004"].is_machine


def test_clicks_in_every_mail_like_clockwork_wait():
    history = History()
    for number in range(4):
        mail = f"Mail {number}"
        history.add(number, "is sent", mail)
        history.add(number, "clicks", f"a-{number}", by=mail, seconds=420)

    assert evidence(history) == [Evidence.CLOCKWORK] * 4


def test_who_skips_mails_is_no_clockwork():
    history = History()
    for number in range(6):
        mail = f"Mail {number}"
        history.add(number, "is sent", mail)
        if number % 2:
            history.add(number, "clicks", f"a-{number}", by=mail, seconds=420)

    assert evidence(history) == [None] * 3


def test_limits_are_the_callers():
    history = History()
    history.add(1, "is sent", "Doe mee")
    history.add(1, "clicks", "a", by="Doe mee", seconds=30)
    events = in_order(history.events, day(2))
    done = acts(events, 30)

    (verdict,) = judge(done, events, replace(RULES, soon_seconds=10))

    assert not verdict.evidence
