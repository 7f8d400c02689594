"""What is reported several times was done once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.history.clicks import acts, in_order, micros, moment_of
from tests.golden.build import START
from webhooks.events import ContentKind, ContentRef, Event, EventType

MAIL = ContentRef(kind=ContentKind.EMAIL, id="3", name="Doe mee")
OTHER_MAIL = ContentRef(kind=ContentKind.EMAIL, id="4")
LINK = ContentRef(kind=ContentKind.URL, url="https://example.org/hackathon?a=1")
LANDING = ContentRef(
    kind=ContentKind.PAGE, id="2", name="Hackathon", url="https://example.org/hackathon"
)
OWN_PAGE = ContentRef(kind=ContentKind.URL, url="https://example.org/hackathon")


def event(key, type_, seconds, content, via=None):
    at = START + timedelta(seconds=seconds)
    return Event(
        key=key, type=type_, contact_id=1, occurred_at=at, content=content, via=via
    )


def click(key, seconds, content=LINK, via=MAIL):
    return event(key, EventType.EMAIL_CLICKED, seconds, content, via)


def hit(key, seconds, content=LANDING, via=MAIL):
    return event(key, EventType.PAGE_VISITED, seconds, content, via)


def opened(key, seconds, content=MAIL):
    return event(key, EventType.EMAIL_OPENED, seconds, content)


def keys(*events):
    ordered = in_order(events, START + timedelta(days=1))
    return [one.event.key for one in acts(ordered, 30)]


def test_a_click_its_landing_and_its_open_are_one_click():
    assert keys(opened("open", 0), click("hit:9", 0), hit("hit:10", 0)) == ["hit:9"]


def test_the_click_learns_where_it_led():
    (one,) = acts([click("hit:1", 0), hit("hit:2", 2)], 30)

    assert one.content == LANDING
    assert one.event.content == LINK


def test_the_script_of_an_own_page_is_the_same_click_and_shows_a_person():
    (one,) = acts([click("hit:1", 0), hit("hit:2", 2, OWN_PAGE, None)], 30)

    assert one.script_at == micros(START + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ((click("hit:1", 0), hit("hit:2", 31)), 2),
        ((click("hit:1", 0), hit("hit:2", 2, LANDING, OTHER_MAIL)), 2),
        ((click("hit:1", 0), click("hit:2", 4)), 1),
        ((click("hit:1", 0), click("hit:2", 31)), 2),
        ((click("hit:1", 0), click("hit:2", 4, OWN_PAGE, OTHER_MAIL)), 2),
        ((click("hit:1", 0), opened("open", 20)), 1),
        ((click("hit:1", 0), opened("open", 200)), 2),
        ((click("hit:1", 0), opened("open", 20, OTHER_MAIL)), 2),
        ((hit("hit:1", 0), opened("open", 0)), 2),
    ],
)
def test_what_is_one_and_what_is_two(events, count):
    assert len(keys(*events)) == count


@pytest.mark.parametrize("named", [LANDING, replace(LANDING, name="")])
def test_a_link_is_the_same_with_and_without_its_name(named):
    """A webhook tells what a page is called, Mautic's tables do not."""
    assert keys(click("hit:1", 0, LANDING), click("hit:2", 4, named)) == ["hit:1"]
    other = replace(LANDING, id="3")
    assert len(keys(click("hit:1", 0, LANDING), click("hit:2", 4, other))) == 2


def test_two_links_of_a_mail_get_their_own_landings():
    second = ContentRef(kind=ContentKind.URL, url="https://example.org/blog")
    blog = ContentRef(
        kind=ContentKind.PAGE, id="8", name="Blog", url="https://example.org/blog"
    )
    found = acts(
        [
            click("hit:1", 0),
            click("hit:2", 1, second),
            hit("hit:3", 2),
            hit("hit:4", 3, blog),
        ],
        30,
    )

    assert [one.content for one in found] == [LANDING, blog]


def test_state_is_no_act():
    sent = event("sent", EventType.EMAIL_SENT, 0, MAIL)

    assert keys(sent) == []


def test_moments_survive_the_way_there_and_back():
    moment = START + timedelta(microseconds=123_457)

    assert moment_of(micros(moment)) == moment
