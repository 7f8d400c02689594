"""A database that is there already: scored from its history, without a word."""

import json

import pytest
from werkzeug.wrappers import Response

from plugin.errors import Retryable
from plugin.pipeline.backfill import Backfill, How, Nobody, told
from plugin.pipeline.backfill_state import TakenOver
from plugin.pipeline.reconcile import reconcile
from plugin.pipeline.rediscovered import rediscovered
from tests.contract.pipeline.test_people import history
from tests.contract.pipeline.test_reconcile import live, refusals, refuse
from tests.support.line import Fault


class Killed(BaseException):
    """What no code of ours catches."""


class Killer(Nobody):
    """Ends the run after a page or step that was committed."""

    def did(self, count):  # noqa: ARG002 -- the watcher's name
        raise Killed


class Deadly:
    """A clock that ends the run when it is looked at for the n-th time."""

    def __init__(self, inner, looks):
        self.inner, self.left = inner, looks

    def __call__(self):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return self.inner()


@pytest.fixture
def old(house):
    """An installation that hears nothing; Mautic is full of people and content."""
    house.furnish()
    for name in ("sanne", "joris"):
        email = f"{name}@example.com"
        visitor = house.visitor(email=email)
        live(house, visitor, email)
        visitor.download_asset(house.content["whitepaper-soc"])
    walker = house.visitor(email="pieter@example.com")
    house.interest(walker, days=3)
    house.mautic.visitor().visit_page("hackathon")
    house.contact(email="nobody@example.com")
    house.clock.wait(minutes=10)
    house.line.calls.clear()
    return house


def ids(house):
    state = house.mautic.state
    return {contact.values.get("email"): one for one, contact in state.contacts.items()}


def run(house, **more):
    waits = more.pop("waits", [])
    how = How(**more.pop("how", {}))
    return Backfill(parts=house.parts, how=how, wait=waits.append, **more).run()


def read_by(house):
    """Count what there is to read, by where."""
    logs = house.mautic.state.logs
    names = ("email_stats", "page_hits", "asset_downloads", "form_submissions")
    found = {name: len(logs[name]) for name in names}
    return {"contacts": len(house.mautic.state.contacts), **found}


def test_it_finds_out_what_webhooks_would_have_told(old):
    done = run(old)

    who = ids(old)
    sanne, pieter = who["sanne@example.com"], who["pieter@example.com"]
    assert old.state(sanne).phase == "do"
    assert old.state(pieter).phase == "think"
    kinds = sorted(key.split(":")[0] for key in history(old, sanne))
    assert {"asset", "form", "hit", "identified", "open", "sent"} <= set(kinds)
    assert done.finished_at is not None
    assert done.rows == read_by(old)
    assert (done.unreadable, done.skipped) == (0, {})


def test_it_is_silent(old):
    before = {one: set(old.tags(one)) for one in old.mautic.state.contacts}

    run(old)
    old.work()

    assert old.outbox() == []
    assert {method for method, path in old.line.calls if "oauth" not in path} == {"GET"}
    assert before == {one: set(old.tags(one)) for one in old.mautic.state.contacts}


def test_killed_after_each_commit_it_goes_on_and_comes_to_the_same(old):
    kills = 0
    while True:
        try:
            Backfill(parts=old.parts, watch=Killer()).run()
            break
        except Killed:
            kills += 1
    assert kills == 6
    assert told(old.parts).rows == read_by(old)
    is_what_one_run_comes_to(old)


def test_killed_anywhere_it_goes_on_and_comes_to_the_same(old):
    clock, looks = old.parts.clock, 0
    while True:
        old.parts.clock = Deadly(clock, looks)
        try:
            run(old)
            break
        except Killed:
            looks += 1
    assert looks > 10
    old.parts.clock = clock
    is_what_one_run_comes_to(old)


def is_what_one_run_comes_to(old):
    """A whole new run finds nothing that is not there, and decides the same."""
    kept = old.parts.store.dump_state()
    with old.parts.store.unit() as unit:
        unit.marks.put("backfill", None)

    done = run(old)

    assert done.events == {}
    assert done.found == 3
    assert old.parts.store.dump_state() == kept
    assert told(old.parts) == done


def test_a_finished_one_does_nothing_more(old):
    first = run(old)
    old.line.calls.clear()

    again = run(old)

    assert again.finished_at == first.finished_at
    assert old.line.calls == []


def test_reconcile_does_not_pull_it_again(old):
    run(old)

    found = reconcile(old.parts)

    assert (found.rows, found.healed) == (0, {})
    old.clock.wait(hours=1)
    visitor = old.mautic.visitor(contact=ids(old)["pieter@example.com"])
    visitor.visit_page("hackathon")
    assert reconcile(old.parts).healed["page.visited"] >= 1


def test_what_reconcile_brought_before_is_left_to_it(old):
    reconcile(old.parts)
    old.clock.wait(hours=1)
    pieter = old.mautic.visitor(contact=ids(old)["pieter@example.com"])
    pieter.visit_page("hackathon-programme")
    reconcile(old.parts)
    heard = old.events()

    run(old)

    assert heard < old.events()
    with old.parts.store.view() as unit:
        person = unit.people.load(old.person(ids(old)["pieter@example.com"]))
    assert 0 < len(person.recalled) < len(person.events)


def test_afterwards_webhooks_announce_what_is_new_and_nothing_old(old):
    run(old)
    old.subscribe()
    who = ids(old)
    sanne, pieter = who["sanne@example.com"], who["pieter@example.com"]

    old.mautic.visitor(contact=sanne).visit_page("hackathon")
    old.clock.wait(minutes=5)
    old.work()

    assert old.value(sanne, "stdc_phase") == "do"
    assert old.notes(sanne) == []

    old.sign_up(old.mautic.visitor(contact=pieter), "pieter@example.com")
    old.clock.wait(minutes=5)
    old.work()

    assert old.value(pieter, "stdc_phase") == "do"
    assert len(old.notes(pieter)) == 1


def test_a_newsletter_to_everybody_writes_no_phase_that_nobody_asked_for(old):
    run(old)
    old.subscribe()
    old.line.calls.clear()
    mail = old.content["mail-hackathon"]
    who = ids(old)

    for contact_id in who.values():
        if old.value(contact_id, "email"):
            old.mautic.send_email(mail, contact_id)
    old.clock.wait(seconds=2)
    machine = old.mautic.visitor(contact=who["joris@example.com"])
    machine.user_agent = "BarracudaCentral"
    machine.open_email(mail)
    machine.click_email(mail, f"{old.mautic.url}/hackathon")
    old.clock.wait(hours=1)
    reconcile(old.parts)
    old.work()

    assert old.outbox() == []
    assert old.line.patches() == 0
    assert {old.value(one, "stdc_phase") for one in who.values()} == {None}

    pieter = old.mautic.visitor(contact=who["pieter@example.com"])
    old.clock.wait(hours=3)
    pieter.open_email(mail)
    old.clock.wait(minutes=2)
    pieter.click_email(mail, f"{old.mautic.url}/hackathon")
    old.clock.wait(minutes=5)
    old.work()

    phases = {email: old.value(one, "stdc_phase") for email, one in who.items()}
    assert phases["pieter@example.com"] == "think"
    assert phases["joris@example.com"] is None


def test_phases_are_written_only_when_asked(old):
    run(old)
    done = run(old, how={"write_phases": True})
    old.work()

    who = ids(old)
    assert done.finished_at is not None
    assert old.value(who["sanne@example.com"], "stdc_phase") == "do"
    assert old.value(who["pieter@example.com"], "stdc_phase") == "think"
    assert old.notes(who["sanne@example.com"]) == []
    assert old.value(who["nobody@example.com"], "stdc_phase") in (None, "see")


def test_it_waits_as_mautic_asks_and_then_goes_on(old):
    waits = []
    old.line.fail(503, "GET", "/api/contacts", times=3, Retry_After="77")
    old.line.fail(429, "GET", "/api/stats/page_hits", times=4, Retry_After="120")
    old.line.drop("after", "GET", "/api/stats/email_stats", times=9)

    done = run(old, waits=waits)

    assert done.rows == read_by(old)
    assert {77.0, 120.0} <= set(waits)
    assert not any(one.times for one in old.line.faults)


def test_a_mautic_that_stays_away_ends_it_and_the_next_one_goes_on(old):
    waits = []
    old.line.fail(503, "GET", "/api/stats/form_submissions", times=None)
    with pytest.raises(Retryable, match="503"):
        run(old, waits=waits)
    assert sum(waits) > 1_800
    assert told(old.parts) is None
    old.line.mend()

    assert run(old).finished_at is not None


def test_who_is_started_later_goes_on_alone(old):
    class Second(Nobody):
        def did(self, count):  # noqa: ARG002 -- the watcher's name
            if not other:
                other.append(run(old))

    other = []
    with pytest.raises(TakenOver, match="another"):
        Backfill(parts=old.parts, watch=Second()).run()

    assert other[0] == told(old.parts)
    assert other[0].finished_at is not None


def test_what_mautic_does_not_let_us_read_is_named_and_read_another_time(old):
    refused = {"errors": [{"message": "no access", "code": 403}]}
    answer = Response(json.dumps(refused), content_type="application/json")
    fault = Fault("GET", "/api/stats/page_hits", answer=answer, times=None)
    old.line.faults.append(fault)

    first = run(old)
    again = run(old)
    old.line.mend()
    last = run(old)

    assert list(first.skipped) == ["page_hits"]
    assert "no access" in first.skipped["page_hits"]
    assert first.finished_at is not None
    assert list(again.skipped) == ["page_hits"]
    assert last.skipped == {}
    assert last.events["page.visited"] > 0
    assert old.state(ids(old)["pieter@example.com"]).phase == "think"


def test_the_rediscovered_are_listed_best_first(old):
    done = run(old)

    found = list(rediscovered(old.parts, 10, "en"))

    assert [one.email for one in found] == [
        *("joris@example.com", "sanne@example.com", "pieter@example.com")
    ]
    assert [one.phase for one in found] == ["do", "do", "think"]
    assert done.found == 3
    assert found[0].link.endswith(f"/contacts/{found[0].contact_id}")
    assert "Do" in found[0].why
    assert next(rediscovered(old.parts, 1, "nl")).email == "joris@example.com"


def test_a_row_that_cannot_be_read_is_named_and_stops_nothing(old):
    row = old.mautic.state.logs["page_hits"][0]
    row["date_hit"] = None

    done = run(old)

    assert done.unreadable == 1
    assert done.examples[0].startswith(f"page_hits {row['id']}:")
    assert done.finished_at is not None


def test_refusals_of_the_past_are_read_and_count_once_when_heard_after_all(old):
    sanne = ids(old)["sanne@example.com"]
    old.subscribe()
    old.mautic.switches.queue_mode = True
    refuse(old, sanne, 1)

    run(old)
    kept = old.dump()
    old.mautic.process()
    old.work()

    assert list(refusals(old, sanne).values()) == ["unsubscribed"]
    # and nothing else changes but that it was heard now
    assert [
        one.replace("true]", "false]") for one in old.dump() if is_refusal(one)
    ] == [one.replace("true]", "false]") for one in kept if is_refusal(one)]
    assert [one for one in old.dump() if is_event(one) and not is_refusal(one)] == [
        one for one in kept if is_event(one) and not is_refusal(one)
    ]


def is_event(line):
    return line.startswith('["event"')


def is_refusal(line):
    return line.startswith('["event","dnc:')


def campaign_step(house, contact_id, **more):
    return house.mautic.state.log(
        "campaign_lead_event_log",
        lead_id=contact_id,
        campaign_id=1,
        event_id=2,
        **more,
    )


def test_what_campaigns_did_is_read_too_and_what_they_plan_comes_when_it_is_done(old):
    sanne = ids(old)["sanne@example.com"]
    moment = f"{old.clock():%Y-%m-%d %H:%M:%S}"
    campaign_step(old, sanne, is_scheduled=0, date_triggered=moment)
    planned = campaign_step(
        old, sanne, is_scheduled=1, trigger_date="2030-01-01 09:00:00"
    )
    old.clock.wait(minutes=1)

    done = run(old)
    old.work()

    assert done.events["campaign.acted"] == 1
    assert done.rows["campaign_lead_event_log"] == 2
    assert old.outbox() == []
    old.clock.wait(days=1)
    moment = f"{old.clock():%Y-%m-%d %H:%M:%S}"
    planned |= {"is_scheduled": 0, "date_triggered": moment}
    assert reconcile(old.parts).healed == {"campaign.acted": 1}
