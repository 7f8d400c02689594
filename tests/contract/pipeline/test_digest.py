"""The weekly digest: once a week, per owner and audience, and of no more than is so."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.mappings.alerts import Alerts, DigestRules, Plan
from plugin.mappings.model import Phase
from plugin.pipeline import content_health, deliver_alerts, digest
from plugin.pipeline.erase import erase
from plugin.pipeline.rescore import rescore
from plugin.planning.digest import Digest, Mention, as_text
from plugin.store import OutboxState
from tests.contract.pipeline.test_alerts import alerted
from tests.support.house import START
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

__all__ = ["alerted"]

#: Monday 9:00 in the zone of the first audience, a while after the start.
MONDAY = START + timedelta(days=(7 - START.weekday()) % 7 + 98)
RULES = DigestRules(via=("webhook",), weekday=1, hour=0)
#: contact -> owner; 3 begins to move, 1 and 2 moved this week, 4 did nothing lately.
OWNERS = {1: 5, 2: None, 3: 5, 4: 6}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"


def visit(contact, days, path="hackathon/24-uur"):
    at = MONDAY - timedelta(days=days)
    return Event(
        key=f"hit:{contact}:{days}",
        type=EventType.PAGE_VISITED,
        contact_id=contact,
        occurred_at=at,
        content=ContentRef(
            kind=ContentKind.URL, url=f"https://www.example.org/{path}/{days}"
        ),
        user_agent=BROWSER,
    )


@pytest.fixture
def week(alerted):
    """A house on Monday morning, after a week with news for owner 5 and for nobody."""
    house = alerted
    rules(house, RULES)
    events = [visit(who, days) for who in (1, 2) for days in (2, 3, 4, 5, 6)]
    events += [visit(4, 60), visit(4, 61)]
    seldom, often = (98, 68, 38), tuple(day + 0.25 for day in range(1, 9))
    events += [visit(3, days, "blog") for days in (*seldom, *often)]
    house.clock.at = MONDAY
    with house.parts.store.unit() as unit:
        unit.people.see_profiles(
            ProfileSeen(
                contact_id=who,
                seen_at=START,
                key="saved",
                email=f"reader{who}@example.org",
                first_name="Sanne",
                last_name=str(who),
                owner_id=owner,
                complete=True,
            )
            for who, owner in OWNERS.items()
        )
        unit.history.append(events, MONDAY)
        rescore(house.parts, unit, OWNERS, as_of=MONDAY)
    return house


def rules(house, digest_rules):
    mappings = house.parts.mappings
    house.parts.mappings = replace(mappings, alerts=Alerts(digest=digest_rules))


def wanted(house):
    return [one for one in house.outbox() if one.kind == "digest"]


def gathered(house, **which):
    with house.parts.store.view() as unit:
        return digest.gather(house.parts, unit, **which)


def test_each_owner_has_what_is_theirs(week):
    found = {one.owner_id: one for one in gathered(week)}

    assert set(found) == {5, None}
    assert [one.contact_id for one in found[5].moved] == [1]
    assert [one.contact_id for one in found[5].rising] == [3]
    assert [one.contact_id for one in found[None].moved] == [2]
    assert found[5].rising[0].why
    assert (found[5].moved[0].before, found[5].moved[0].after) == (
        Phase.SEE,
        Phase.THINK,
    )
    assert [one.owner_id for one in gathered(week, owner=5)] == [5]
    assert gathered(week, audience="legal") == []


def test_it_is_wanted_once_a_week_with_two_workers_too(week):
    assert digest.go_on(week.parts) == 2
    assert digest.go_on(week.parts) == 0
    assert digest.want(week.parts, gathered(week)) == 0
    assert len(wanted(week)) == 2
    week.clock.wait(days=7)

    digest.go_on(week.parts)
    keys = [one.key for one in wanted(week)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    "given",
    [
        replace(RULES, via=()),
        replace(RULES, weekday=2),
        replace(RULES, hour=23),
    ],
)
def test_it_is_off_or_not_its_time(week, given):
    rules(week, given)

    assert digest.go_on(week.parts) == 0
    assert wanted(week) == []


def test_it_is_sent_signed_and_names_nobody(week, httpserver):
    digest.go_on(week.parts)
    deliver_alerts.deliver_all(week.parts)

    bodies = [json.loads(request.get_data()) for request, _ in httpserver.log]
    assert {one["type"] for one in bodies} == {"digest.weekly"}
    (mine,) = (one["data"] for one in bodies if one["data"]["owner_id"] == 5)
    assert mine["moved"][0]["contact_id"] == 1
    assert "contact 1 (See -> Think)" in mine["text"]
    assert "Sanne" not in str(bodies)
    assert "example.org/contacts" in mine["text"] or "/contacts/1" in mine["text"]
    assert {one.state for one in wanted(week)} == {OutboxState.DONE}


def test_names_are_sent_where_the_mappings_say_so(week):
    rules(week, replace(RULES, names=True))

    assert "Sanne 1 (See -> Think)" in as_text(gathered(week, owner=5)[0], "en")


def test_who_was_erased_meanwhile_is_not_told_of(week, httpserver):
    rules(week, replace(RULES, names=True))
    digest.go_on(week.parts)
    assert "Sanne" not in str([one.payload for one in wanted(week)])
    erase(week.parts, 2)
    deliver_alerts.deliver_all(week.parts)

    owners = [
        json.loads(request.get_data())["data"]["owner_id"]
        for request, _ in httpserver.log
    ]
    assert owners == [5]
    assert {one.state for one in wanted(week)} == {OutboxState.DONE}


def test_content_that_does_worse_and_plans_are_told(week):
    with week.parts.store.unit() as unit:
        unit.marks.put(
            content_health.ALARMS,
            [
                {"audience": None, "says": "Nieuwsbrief: minder klikken"},
                {"audience": "legal", "says": "Juristenbrief: minder klikken"},
            ],
        )
    plan = Plan(
        audience="it-security", hires=3, by=(MONDAY + timedelta(days=200)).date()
    )
    rules(week, replace(RULES, plans=(plan,)))
    found = {one.audience: one for one in gathered(week)}

    assert all(
        one.failing == ("Nieuwsbrief: minder klikken",) for one in found.values()
    )
    told = [line for one in found.values() for line in one.plans]
    assert all("3" in line and "%" in line for line in told)
    assert bool(told) == ("it-security" in found)


def test_what_is_empty_is_left_out_of_the_text():
    one = Digest(
        owner_id=5,
        audience="",
        label="Iedereen",
        week=MONDAY.date(),
        moves=12,
        moved=[
            Mention(contact_id=7, name="", link="x", before=Phase.DO, after=Phase.THINK)
        ],
        due={Phase.SEE: 3},
    )

    assert as_text(one, "nl").splitlines() == [
        f"Iedereen, week van {MONDAY.date()}",
        "",
        "Bewogen: 12",
        "- contact 7 (Do -> Think) x",
        "- en nog 11",
        "",
        "Aan de beurt: See 3",
    ]
    assert not one.moved[0].is_up
    assert replace(one, moves=0, moved=()).is_empty
