"""The score over time is what would have been decided at each of its moments."""

from datetime import UTC, datetime, timedelta

import pytest

from plugin.content.match import Catalogue
from plugin.history.model import Person
from plugin.phases.course import AHEAD, FURTHEST, course
from plugin.phases.decide import decide
from tests.golden.build import shipped
from tests.support.people import SITE
from webhooks.events import ContentKind, ContentRef, Event, EventType

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
MAPPINGS = shipped()


def event(days, path="hackathon/24-uur-bouwen"):
    return Event(
        key=f"hit:{days}",
        type=EventType.PAGE_VISITED,
        contact_id=7,
        occurred_at=NOW - timedelta(days=days),
        content=ContentRef(kind=ContentKind.URL, url=f"{SITE}/{path}"),
        user_agent=BROWSER,
    )


def person(*events):
    ordered = sorted(events, key=lambda one: one.occurred_at)
    return Person(id=7, contact_id=7, events=tuple(ordered))


READER = person(*(event(days) for days in (90, 40, 12, 11, 10)))


def follow(whose, until=None):
    return course(whose, MAPPINGS, Catalogue(), as_of=NOW, until=until)


def test_each_point_of_the_past_is_what_is_decided_there():
    past = [one for one in follow(READER) if not one.is_ahead]

    assert past[0].at == NOW - timedelta(days=90)
    assert past[-1].at == NOW
    for one in past:
        decision = decide(READER, MAPPINGS, Catalogue(), as_of=one.at)
        assert (one.shown, one.phase) == (decision.score.shown, decision.phase)


def test_it_rises_with_what_they_do_and_falls_with_time():
    points = {one.at: one.shown for one in follow(READER)}
    moments = sorted(points)
    lately = [points[NOW - timedelta(days=days)] for days in (12, 11, 10)]
    ahead = [points[at] for at in moments if at > NOW]

    assert lately == sorted(set(lately))
    assert ahead == sorted(ahead, reverse=True)
    assert ahead[-1] < points[NOW]
    assert moments[-1] == NOW + AHEAD


def test_the_moment_they_would_fall_is_on_it():
    fall = NOW + timedelta(days=80)
    points = follow(READER, until=fall)

    assert fall in [one.at for one in points]
    assert points[-1].at == fall + timedelta(days=7)


def test_nobody_looks_further_ahead_than_a_year():
    points = follow(READER, until=NOW + timedelta(days=3000))

    assert points[-1].at == NOW + FURTHEST


def test_who_did_nothing_has_no_course():
    assert follow(person()) == []


def test_what_a_clock_that_runs_ahead_says_is_left_out():
    early = person(event(10), event(-5))
    points = follow(early)

    assert points[-1].shown <= points[0].shown
    assert follow(person(event(-5))) == []


@pytest.mark.parametrize("count", [1, 200])
def test_a_long_life_takes_no_more_points(count):
    busy = person(*(event(days / 2) for days in range(1, count + 1)))

    assert len(follow(busy)) <= 2 + 24 + 16 + 13
