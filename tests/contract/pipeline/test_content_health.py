"""What came of e-mails is counted from the histories, judged, kept, and told once."""

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.content.health import Verdict
from plugin.mappings.alerts import Alerts, ContentAlert
from plugin.pipeline import content_health, deliver_alerts
from plugin.pipeline.content_health import ALARMS, COUNTED
from plugin.pipeline.reconcile import reconcile
from plugin.store import OutboxState
from tests.contract.pipeline.test_alerts import alerted
from tests.support.house import START
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

__all__ = ["alerted"]

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
PAGE = ContentRef(kind=ContentKind.URL, url="https://www.example.org/blog/x")
PEOPLE = 120
WEEKS = 12


@pytest.fixture
def rooms_open(rooms):
    """Open one house on each database, and close it after."""
    with ExitStack() as stack:
        yield lambda name="house": stack.enter_context(rooms(name))


def settle(house, people=PEOPLE):
    with house.parts.store.unit() as unit:
        unit.people.see_profiles(
            ProfileSeen(
                contact_id=number,
                seen_at=START,
                key="saved",
                email=f"reader{number}@example{number}.org",
                complete=True,
            )
            for number in range(1, people + 1)
        )


def newsletter(house, number, clicks, *, mail="5", people=PEOPLE):
    """Send it to everybody in a week, and let so many click a day later."""
    ref = ContentRef(kind=ContentKind.EMAIL, id=mail, name="Nieuwsbrief")
    at = START + timedelta(weeks=number, hours=3)
    events = []
    for who in range(1, people + 1):
        sent = Event(
            key=f"sent:{mail}:{number}:{who}",
            type=EventType.EMAIL_SENT,
            contact_id=who,
            occurred_at=at,
            content=ref,
        )
        events.append(sent)
        if who <= clicks:
            click = Event(
                key=f"hit:{mail}:{number}:{who}",
                type=EventType.EMAIL_CLICKED,
                contact_id=who,
                occurred_at=at + timedelta(hours=9, minutes=7 * who),
                content=PAGE,
                via=ref,
                user_agent=BROWSER,
            )
            events.append(click)
    with house.parts.store.unit() as unit:
        unit.history.append(events, at)


def live(house, weeks=WEEKS, fall=4):
    settle(house)
    for number in range(weeks):
        newsletter(house, number, 60)
    for number in range(weeks, weeks + fall):
        newsletter(house, number, 24)
    house.clock.at = START + timedelta(weeks=weeks + fall)


def judged(house):
    with house.parts.store.view() as unit:
        return content_health.judged(unit, house.parts.mappings, house.clock())


def mark(house, name):
    with house.parts.store.view() as unit:
        return unit.marks.get(name)


def test_every_week_is_counted_and_a_fall_found(rooms_open):
    house = rooms_open()
    live(house)
    counted = content_health.run(house.parts)

    assert (counted.people, counted.mailings) == (PEOPLE, WEEKS + 4)
    (one,) = judged(house)
    assert [send.counts.clicked for send in one.sends] == [24] * 4 + [60] * WEEKS
    assert {send.counts.delivered for send in one.sends} == {PEOPLE}
    assert one.verdict is Verdict.ALARM
    assert one.change == pytest.approx(-0.6)


def test_counting_again_changes_nothing_and_looks_only_at_what_may_change(rooms_open):
    house = rooms_open()
    live(house)
    content_health.run(house.parts)
    before = judged(house)
    final = mark(house, COUNTED)
    again = content_health.run(house.parts)

    assert judged(house) == before
    assert mark(house, COUNTED) == final
    assert again.weeks <= 3


def test_what_comes_late_is_counted_as_long_as_the_week_is_open(rooms_open):
    house = rooms_open()
    settle(house)
    newsletter(house, 0, 10)
    house.clock.at = START + timedelta(days=1)
    content_health.run(house.parts)
    assert judged(house) == []
    house.clock.at = START + timedelta(days=9)
    content_health.run(house.parts)

    assert judged(house)[0].sends[0].counts.clicked == 10


def test_a_person_of_two_contacts_is_counted_once(rooms_open):
    house = rooms_open()
    live(house, weeks=2, fall=0)
    with house.parts.store.unit() as unit:
        unit.people.merge(PEOPLE, 1, house.clock(), "Mautic says so")
    content_health.run(house.parts)

    (one,) = judged(house)
    assert {send.counts.sent for send in one.sends} == {PEOPLE}


def test_what_is_erased_is_counted_no_more_but_nobody_was_named(rooms_open):
    house = rooms_open()
    live(house, weeks=3, fall=0)
    content_health.run(house.parts)
    with house.parts.store.view() as unit:
        rows = unit.mailings.all()

    assert rows
    assert "reader" not in str(rows)


def test_it_is_told_once_with_who_made_it(house, httpserver):
    made = house.api("POST", "/emails/new", {"name": "Nieuwsbrief", "subject": "x"})
    number = made["email"]["id"]
    settle(house)
    for week in range(WEEKS + 4):
        newsletter(house, week, 60 if week < WEEKS else 24, mail=str(number))
    house.clock.at = START + timedelta(weeks=WEEKS + 4)
    rules = Alerts(content=ContentAlert(via=("webhook",)))
    house.parts.mappings = replace(house.parts.mappings, alerts=rules)
    content_health.run(house.parts)
    content_health.run(house.parts)

    (wanted,) = house.outbox(OutboxState.PENDING)[-1:]
    assert len([one for one in house.outbox() if one.kind == "failing"]) == 1
    assert wanted.payload["made_by"]["user_id"] == made["email"]["createdBy"]
    assert wanted.payload["link"].endswith(f"/s/emails/view/{number}")
    assert "Nieuwsbrief: sinds" in wanted.payload["says"]
    assert mark(house, ALARMS)[0]["made_by"] == wanted.payload["made_by"]


def test_nothing_is_sent_unless_the_mappings_want_it(house):
    live(house)
    content_health.run(house.parts)

    assert [one for one in house.outbox() if one.kind == "failing"] == []
    assert mark(house, ALARMS)[0]["content"] == "email:5"


def test_the_hook_is_given_it(alerted, httpserver):
    house = alerted
    rules = Alerts(content=ContentAlert(via=("webhook",)))
    house.parts.mappings = replace(house.parts.mappings, alerts=rules)
    live(house)
    content_health.run(house.parts)
    deliver_alerts.deliver_all(house.parts)

    ((request, _),) = httpserver.log
    told = json.loads(request.get_data())
    assert told["type"] == "content.failing"
    assert told["data"]["verdict"] == "alarm"
    assert told["data"]["causes"][0]["says"]["en"]
    assert [one.state for one in house.outbox() if one.kind == "failing"] == [
        OutboxState.DONE
    ]


def test_a_report_of_spam_is_read_from_mautics_comment(house):
    contact = house.contact(email="anna@example.org")
    reconcile(house.parts)
    body = {"reason": 2, "comments": "AWS SES: complaint received (abuse)"}
    house.api("POST", f"/contacts/{contact}/dnc/email/add", body)
    house.clock.wait(minutes=5)
    reconcile(house.parts)

    with house.parts.store.view() as unit:
        person = unit.people.load(contact)
    told = [one.data.get("new") for one in person.events]
    assert told.count("complained") == 1
