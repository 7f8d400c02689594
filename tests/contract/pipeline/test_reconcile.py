"""What webhooks lost while we were away comes in by the tables, once."""

import pytest

from plugin.errors import Retryable
from plugin.pipeline.reconcile import reconcile
from plugin.store import OutboxState
from tests.contract.pipeline.test_people import history
from webhooks.events import EventType


@pytest.fixture
def away(lively):
    """A house that pulled once and now hears no webhook any more."""
    reconcile(lively.parts)
    lively.clock.wait(minutes=30)
    return lively


def unhook(house):
    """Be down: Mautic sends to nobody, and forgets."""
    for hook in house.mautic.state.tables["hooks"].values():
        hook["isPublished"] = False


def rehook(house):
    for hook in house.mautic.state.tables["hooks"].values():
        hook["isPublished"] = True


def live(house, visitor, email):
    """Let somebody do one of everything."""
    mail = house.content["mail-hackathon"]
    house.mautic.send_email(mail, visitor.contact_id)
    house.clock.wait(hours=1)
    visitor.open_email(mail)
    house.clock.wait(minutes=1)
    visitor.click_email(mail, f"{house.mautic.url}/hackathon")
    house.clock.wait(minutes=5)
    visitor.visit_url("https://www.example.org/blog/1", title="Blog")
    house.clock.wait(minutes=5)
    house.sign_up(visitor, email)
    house.clock.wait(minutes=5)


def test_the_first_pull_starts_at_the_present(lively):
    visitor = lively.visitor(email="sanne@example.com")
    unhook(lively)
    live(lively, visitor, "sanne@example.com")
    visitor.download_asset(lively.content["whitepaper-soc"])
    lively.clock.wait(hours=1)
    lively.work()
    before = lively.events()

    first, second = reconcile(lively.parts), reconcile(lively.parts)

    assert (first.healed, second.healed) == ({}, {})
    assert lively.events() == before
    assert lively.phases(visitor.contact_id) == ["see"]


def test_everything_that_was_lost_is_healed_with_equal_keys(away):
    """Twice the same life: by webhooks, and by the tables alone."""
    heard = away.visitor(email="sanne@example.com")
    live(away, heard, "sanne@example.com")
    away.work()
    unhook(away)
    lost = away.visitor(email="joris@example.com")
    live(away, lost, "joris@example.com")

    found = reconcile(away.parts)
    away.work()

    def kinds(contact_id):
        return sorted(key.split(":")[0] for key in history(away, contact_id))

    assert kinds(lost.contact_id) == kinds(heard.contact_id)
    assert found.healed == {
        "contact.identified": 1,
        "email.sent": 1,
        "email.opened": found.healed["email.opened"],
        "email.clicked": 1,
        "page.visited": 2,
        "form.submitted": 1,
    }
    assert away.state(lost.contact_id).phase == "do"
    assert away.value(lost.contact_id, "stdc_phase") == "do"
    assert away.state(lost.contact_id).centipoints == (
        away.state(heard.contact_id).centipoints
    )


def test_what_webhooks_brought_is_not_counted_again(away):
    visitor = away.visitor(email="sanne@example.com")
    live(away, visitor, "sanne@example.com")
    away.work()
    before, patches = away.dump(), away.line.patches()

    found = reconcile(away.parts)
    again = reconcile(away.parts)
    away.work()

    assert found.rows > 0
    assert (found.healed, again.healed) == ({}, {})
    assert (found.profiles, again.profiles) == (0, 0)
    assert away.dump() == before
    assert away.line.patches() == patches


def test_a_webhook_that_comes_after_the_pull_counts_once(away):
    """In queue mode the pull is often there first."""
    away.mautic.switches.queue_mode = True
    visitor = away.visitor(email="sanne@example.com")
    live(away, visitor, "sanne@example.com")
    found = reconcile(away.parts)
    events = away.events()
    away.mautic.process()
    away.work()

    assert found.healed["form.submitted"] == 1
    assert away.events() == events
    assert away.line.patches() == 1


def test_downloads_and_videos_come_by_no_other_way(away):
    visitor = away.visitor(email="sanne@example.com")
    visitor.download_asset(away.content["whitepaper-soc"])
    visitor.watch_video("https://v.example/1", seconds=60, duration=90)
    away.work()
    before = away.state(visitor.contact_id).centipoints

    found = reconcile(away.parts)

    assert found.healed == {"asset.downloaded": 1, "video.watched": 1}
    assert away.state(visitor.contact_id).centipoints > before


def test_an_old_mail_that_is_opened_while_we_are_away_is_found(away):
    visitor = away.visitor(email="sanne@example.com")
    mail = away.content["mail-hackathon"]
    away.mautic.send_email(mail, visitor.contact_id)
    other = away.contact(email="joris@example.com")
    for _ in range(201):  # more mails later than are looked at again by number
        away.mautic.send_email(mail, other)
    away.work()
    reconcile(away.parts)
    unhook(away)
    away.clock.wait(days=2)
    visitor.open_email(mail)

    assert reconcile(away.parts).healed == {"email.opened": 1}
    assert reconcile(away.parts).healed == {}


def test_profiles_refusals_and_deletions_are_healed_too(away):
    saved, refusing, deleted, merged, winner = (
        away.visitor(email=f"p{number}@example.com").contact_id for number in range(5)
    )
    away.work()
    unhook(away)
    away.clock.wait(minutes=5)
    away.api("PATCH", f"/contacts/{saved}/edit", {"firstname": "Sanne"})
    away.api("POST", f"/contacts/{refusing}/dnc/email/add", {"reason": 1})
    away.api("DELETE", f"/contacts/{deleted}/delete")
    away.mautic.merge(winner, merged)
    away.clock.wait(minutes=5)

    found = reconcile(away.parts)
    away.work()

    assert found.profiles >= 2
    with away.parts.store.view() as unit:
        assert unit.people.load(saved).profile.first_name == "Sanne"
        assert unit.people.load(refusing).profile.do_not_contact == {"email"}
        assert unit.people.load(deleted).contact_id is None
    assert away.person(merged) == winner
    assert reconcile(away.parts).profiles == 0


def test_who_may_not_read_the_audit_still_pulls_the_rest(away):
    visitor = away.visitor(email="sanne@example.com")
    unhook(away)
    live(away, visitor, "sanne@example.com")
    error = b'{"errors":[{"message":"You do not have access","code":403}]}'
    away.line.fail(200, "GET", "/api/stats/audit_log", times=None)
    away.line.faults[-1].answer.set_data(error)

    found = reconcile(away.parts)

    assert found.healed["form.submitted"] == 1
    (skipped,) = found.skipped
    assert skipped.startswith("deletions: ")
    assert "access" in skipped


def test_a_row_that_cannot_be_read_is_named_and_stops_nothing(away):
    visitor = away.visitor(email="sanne@example.com")
    unhook(away)
    visitor.visit_page("hackathon")
    visitor.visit_page("hackathon-programme")
    away.mautic.state.logs["page_hits"][0]["date_hit"] = "never"

    found = reconcile(away.parts)

    assert found.healed["page.visited"] == 1
    (unreadable,) = found.unreadable
    assert unreadable.startswith("page_hits ")


def test_a_pull_that_breaks_off_is_taken_up_where_it_was(away):
    visitor = away.visitor(email="sanne@example.com")
    unhook(away)
    live(away, visitor, "sanne@example.com")
    away.line.drop("before", "GET", "/api/", times=None)
    with pytest.raises(Retryable):
        reconcile(away.parts)
    away.line.mend()
    away.line.drop("before", "GET", "/api/stats/form_submissions", times=None)
    first = reconcile(away.parts)
    away.line.mend()

    found = reconcile(away.parts)

    assert first.healed["page.visited"] == 2
    assert found.healed["form.submitted"] == 1
    assert "page.visited" not in found.healed
    assert away.outbox(OutboxState.PARKED) == []


def test_after_a_day_of_outage_nothing_is_missing(away):
    """Thirty people for a day; all that happened is there afterwards."""
    unhook(away)
    visitors = [away.visitor(email=f"p{number}@example.com") for number in range(10)]
    for hour in range(24):
        visitors[hour % 10].visit_page("hackathon")
        visitors[(hour + 3) % 10].visit_page("hackathon-programme")
        away.clock.wait(hours=1)
    rehook(away)

    found = reconcile(away.parts)
    away.work()

    hits = {f"hit:{row['id']}" for row in away.mautic.state.logs["page_hits"]}
    assert found.healed["page.visited"] == len(hits) == 48
    kept = set().union(*(history(away, one.contact_id) for one in visitors))
    assert hits <= kept


def test_utm_values_campaigns_and_foreign_stages_come_by_no_other_way(away):
    """Our own stages are no news: we put people there ourselves."""
    visitor = away.visitor(email="sanne@example.com")
    live(away, visitor, "sanne@example.com")
    away.work()
    who = visitor.contact_id
    stage = away.api("POST", "/stages/new", {"name": "Lead", "weight": 1})["stage"]
    away.api("POST", f"/contacts/{who}/utm/add", {"utm_source": "linkedin"})
    away.api("POST", f"/stages/{stage['id']}/contact/{who}/add")
    away.work()

    found = reconcile(away.parts)

    assert found.healed == {"contact.stage-changed": 1, "contact.utm-added": 1}
    assert {"utm", "stage"} <= {key.split(":")[0] for key in history(away, who)}


def test_a_step_that_a_campaign_planned_is_read_when_it_is_taken(away):
    visitor = away.visitor(email="sanne@example.com")
    away.work()
    who = visitor.contact_id
    logs = away.mautic.state.logs["campaign_lead_event_log"]
    row = away.mautic.state.log(
        "campaign_lead_event_log",
        lead_id=who,
        campaign_id=1,
        event_id=2,
        is_scheduled=1,
        trigger_date="2030-01-01 09:00:00",
    )
    planned = reconcile(away.parts)
    away.clock.wait(days=3)
    row |= {
        "is_scheduled": 0,
        "date_triggered": f"{away.clock():%Y-%m-%d %H:%M:%S}",
    }

    taken, again = reconcile(away.parts), reconcile(away.parts)

    assert logs
    assert (planned.healed, again.healed) == ({}, {})
    assert taken.healed == {"campaign.acted": 1}


def refusals(house, contact_id):
    """Give what somebody refused, by the keys of the events that tell of it."""
    with house.parts.store.view() as unit:
        events = unit.people.load(house.person(contact_id)).events
    return {
        one.key: one.data["new"]
        for one in events
        if one.type is EventType.SUBSCRIPTION_CHANGED
    }


def refuse(house, contact_id, reason):
    body = {"reason": reason}
    house.api("POST", f"/contacts/{contact_id}/dnc/email/add", body)


def test_refusals_that_webhooks_lost_are_events_too(away):
    """Heard, lost, and heard after they were pulled: each is there once, and equal."""
    away.mautic.switches.queue_mode = True
    people = [away.contact(email=f"p{number}@example.com") for number in range(3)]
    heard, lost, late = people
    away.mautic.process()
    away.work()
    refuse(away, heard, 1)
    away.mautic.process()
    away.work()
    unhook(away)
    refuse(away, lost, 2)
    rehook(away)
    refuse(away, late, 1)

    found, again = reconcile(away.parts), reconcile(away.parts)
    kept = away.dump()
    away.mautic.process()
    away.work()

    assert found.healed == {"contact.subscription-changed": 2}
    assert again.healed == {}
    events = [one for one in away.dump() if one.startswith('["event","dnc:')]
    assert events == [one for one in kept if one.startswith('["event","dnc:')]
    assert [list(refusals(away, one).values()) for one in people] == [
        ["unsubscribed"],
        ["bounced"],
        ["unsubscribed"],
    ]


def test_who_refuses_for_another_reason_keeps_their_row_and_is_found(away):
    who, other = (away.contact(email=f"p{number}@example.com") for number in range(2))
    refuse(away, who, 3)
    away.work()
    for _ in range(201):  # more rows later than are looked at again by number
        away.mautic.state.next("lead_donotcontact")
    refuse(away, other, 1)
    reconcile(away.parts)
    unhook(away)
    away.clock.wait(hours=3)
    refuse(away, who, 1)

    found = reconcile(away.parts)

    assert found.healed == {"contact.subscription-changed": 1}
    assert sorted(refusals(away, who).values()) == ["manual", "unsubscribed"]


def test_a_mail_that_bounced_and_was_opened_after_all_is_healed(away):
    visitor = away.visitor(email="sanne@example.com")
    away.work()
    unhook(away)
    mail = away.content["mail-hackathon"]
    number = away.mautic.send_email(mail, visitor.contact_id)
    away.mautic.bounce_email(number)
    away.clock.wait(hours=1)
    visitor.open_email(mail)
    away.clock.wait(hours=1)
    visitor.open_email(mail)

    found = reconcile(away.parts)

    assert found.unreadable == ()
    assert found.healed == {"email.opened": 2, "email.sent": 1}
    keys = {one.split(":")[0] for one in history(away, visitor.contact_id)}
    assert keys >= {"sent", "open"}
