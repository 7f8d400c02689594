"""Behaviour that is too old is deleted, and nothing that was decided by it changes."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.config import RetentionSettings
from plugin.pipeline.pull import Pull
from plugin.pipeline.refresh import refresh
from plugin.pipeline.rescore import rescore
from plugin.pipeline.retention import purge
from plugin.pipeline.sweep import sweep
from plugin.store import Rows
from webhooks.events import Event, EventType

DAYS = 60


def keep_for(house, days):
    keep = RetentionSettings(history_days=days)
    object.__setattr__(house.parts.settings, "retention", keep)


@pytest.fixture
def short(lively):
    """Keep behaviour for two months only."""
    keep_for(lively, DAYS)
    return lively


def look(house, visitor):
    """Visit two pages for Think in one evening."""
    visitor.visit_page("hackathon")
    house.clock.wait(minutes=45)
    visitor.visit_page("hackathon-programme")


def night(house):
    """Do what the worker does by the clock; return how much was forgotten."""
    gone = purge(house.parts)
    refresh(house.parts)
    sweep(house.parts)
    house.work()
    return gone.events


def moves(house, who):
    with house.parts.store.view() as unit:
        return unit.people.moves(who)


def load(house, who):
    with house.parts.store.view() as unit:
        return unit.people.load(who)


def shown(house, who):
    """Give all that must not slide along with the horizon."""
    state = house.state(who)
    return (
        (state.phase, state.since, state.cause, state.centipoints),
        (state.came_on, state.came_by, state.trend, state.interests),
        state.written["fields"]["stdc_phase_since"],
        state.written["fields"]["stdc_momentum"],
        house.value(who, "stdc_phase"),
        house.value(who, "stdc_score"),
        house.tags(who),
        house.notes(who),
        moves(house, who),
    )


def test_who_comes_weekly_for_three_years_stays_as_decided(lively):
    visitor = lively.visitor(email="joris@example.com")
    who, seen, gone = visitor.contact_id, [], 0
    for week in range(157):
        look(lively, visitor)
        lively.work()
        if week >= 100:
            seen.append(shown(lively, who))
        for _ in range(6):
            lively.clock.wait(days=1)
            gone += night(lively) if week >= 103 else 0
        lively.clock.wait(days=1, minutes=-45)

    assert gone > 100
    assert len({repr(one) for one in seen}) == 1
    assert [one.after for one in moves(lively, who)] == ["see", "think"]
    assert len(lively.notes(who)) == 1
    assert moves(lively, who)[0].at < load(lively, who).events[0].occurred_at


def test_a_fall_comes_when_it_was_to_come_though_nothing_is_left(short):
    keep_for(short, 5)
    visitor = short.visitor(email="joris@example.com")
    short.interest(visitor, days=3)
    short.work()
    who = visitor.contact_id
    began, falls_at = moves(short, who), short.state(who).review_at
    with short.parts.store.view() as unit:
        whole = unit.people.load(who)
    while short.state(who).phase == "think":
        short.clock.wait(days=1)
        night(short)

    assert whole.events
    assert load(short, who).events == ()
    assert moves(short, who)[:-1] == began
    assert moves(short, who)[-1].cause == "cooled"
    assert moves(short, who)[-1].at >= falls_at
    assert moves(short, who)[-1].at <= short.clock()
    assert len(short.notes(who)) == 2


def test_nothing_is_written_where_nothing_is_old(short):
    visitor = short.visitor(email="joris@example.com")
    short.interest(visitor, days=3)
    short.work()
    before = short.dump()
    refresh(short.parts)

    assert purge(short.parts).events == 0
    assert refresh(short.parts) == 0
    assert short.dump() == before


@pytest.fixture
def forgotten(short):
    """Somebody of whom the sign-up is no longer kept; they went on coming."""
    visitor = short.visitor(email="sanne@example.com")
    short.interest(visitor, days=3)
    short.sign_up(visitor, "sanne@example.com")
    short.work()
    for _ in range(12):
        short.clock.wait(days=7)
        look(short, visitor)
        short.work()
    assert night(short) > 0
    return short, visitor.contact_id


def old(house, who, key="hit:999999", type_=EventType.PAGE_VISITED, **more):
    at = house.clock() - timedelta(days=DAYS + 20)
    return Event(key=key, type=type_, contact_id=who, occurred_at=at, **more)


def test_what_was_forgotten_does_not_come_back(forgotten):
    house, who = forgotten
    before = house.events()
    rejected = old(house, who, "gone", EventType.CANDIDATE_REJECTED)
    with house.parts.store.unit() as unit:
        assert unit.history.append([old(house, who)], house.clock()) == set()
        assert not unit.history.recall([old(house, who)])
        assert unit.history.append([rejected], house.clock()) == {who}
    pull = Pull(house.parts)
    pull.keep(events=[old(house, who)])

    assert pull.healed.total() == 0
    assert house.events() == before + 1


def test_replaying_what_came_in_brings_nothing_back(forgotten):
    house, who = forgotten
    before, told, standing = house.events(), house.notes(who), house.state(who)
    with house.parts.store.view() as unit:
        bodies = [one.body for one in unit.inbox.page(0, 1000)]
    for body in bodies:
        house.post(body)
    house.work()

    assert house.events() == before
    assert house.notes(who) == told
    assert (house.state(who).phase, house.state(who).since) == (
        standing.phase,
        standing.since,
    )


def test_news_of_the_ats_that_comes_late_counts_after_all(forgotten):
    house, who = forgotten
    hired = old(
        house,
        who,
        "candidate.hired:odoo:1",
        EventType.CANDIDATE_HIRED,
        data={"connection": "odoo"},
    )
    with house.parts.store.unit() as unit:
        unit.history.append([hired], house.clock())
        rescore(house.parts, unit, [who], as_of=house.clock())
    first = moves(house, who)
    night(house)

    assert house.state(who).phase == "care"
    assert moves(house, who) == first


def test_what_is_left_names_no_page_and_is_given_with_the_rest(forgotten):
    house, who = forgotten
    with house.parts.store.view() as unit:
        (held,) = unit.holdings.of([who])["forgotten"]
        taken = unit.erasure.count(Rows(contact_ids=frozenset({who}), refs={}))
    journey = held["left"].pop("course")

    assert held["contact_id"] == who
    assert taken["pasts"] == 1
    assert len(journey["moves"]) > 1
    rest = json.dumps(held["left"])
    assert "hackathon" not in rest
    assert "sanne" not in rest


def test_a_merge_and_a_split_announce_nothing(forgotten):
    house, who = forgotten
    other = house.visitor(email="sanne@work.example.com")
    other.visit_page("hackathon")
    house.work()
    began, told = moves(house, who), house.notes(who)
    with house.parts.store.unit() as unit:
        unit.people.merge(other.contact_id, who, house.clock(), "a test")
    night(house)
    merged = load(house, who)
    assert moves(house, who) == began
    assert house.notes(who) == told
    assert {one.contact_id for one in merged.events} == {who, other.contact_id}

    with house.parts.store.unit() as unit:
        unit.people.unmerge(other.contact_id, house.clock(), "a test")
    night(house)

    assert load(house, who).past == merged.past
    assert load(house, other.contact_id).past is None
    assert moves(house, who) == began
    assert house.notes(who) == told


def test_who_is_merged_into_somebody_new_takes_the_past_along(forgotten):
    house, who = forgotten
    winner = house.visitor(email="sanne@work.example.com").contact_id
    house.work()
    began, came_on = moves(house, who), house.state(who).came_on
    with house.parts.store.unit() as unit:
        unit.people.merge(who, winner, house.clock(), "a test")
    before = house.events()
    with house.parts.store.unit() as unit:
        unit.history.append([old(house, winner)], house.clock())
    night(house)

    assert house.events() == before
    assert moves(house, winner) == began
    assert house.state(winner).came_on == came_on
    assert house.notes(winner) == []


def test_both_databases_forget_alike(rooms):
    left = []
    for step in (10, 500):
        with rooms(f"house-{step}") as house:
            house.set_up()
            house.furnish()
            house.subscribe()
            keep_for(house, 3)
            for name in ("joris", "sanne", "mo"):
                visitor = house.visitor(email=f"{name}@example.com")
                house.interest(visitor, days=3)
                house.work()
            with house.parts.store.unit() as unit:
                nobodys = replace(old(house, None), key="hit:nobody")
                unit.history.append([nobodys], house.clock())
            house.clock.wait(days=2)
            gone = purge(house.parts, step=step)
            again = purge(house.parts, step=step)
            with house.parts.store.view() as unit:
                pasts = unit.pasts.of(unit.people.ids(0, 10))
                assert (
                    unit.history.old(house.clock() - timedelta(days=3), None, 10) == []
                )
            assert gone.events > 3
            assert again.events == 0
            left.append((gone.events, sorted(pasts), house.events()))

    assert left[0] == left[1]
