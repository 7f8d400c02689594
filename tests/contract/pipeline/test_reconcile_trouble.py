"""What is wrong with one table holds up no other, and is told until it is read."""

import json
from datetime import timedelta

import pytest

from plugin.errors import Misconfigured
from plugin.pipeline import reconcile_people
from plugin.pipeline.reconcile import last_whole, noted, reconcile
from tests.contract.pipeline.test_people import history
from tests.contract.pipeline.test_reconcile import away, unhook

__all__ = ["away"]


def whole_at(house):
    with house.parts.store.view() as unit:
        return last_whole(unit)


def page_hits(house, hits):
    """Let somebody known look at so many pages."""
    visitor = house.visitor(email="sanne@example.com")
    for _ in range(hits):
        visitor.visit_page("hackathon")
    return visitor


@pytest.mark.parametrize("status", [500, 403])
def test_a_table_that_mautic_cannot_give_starves_no_other(away, status):
    visitor = away.visitor(email="sanne@example.com")
    away.work()
    begun = whole_at(away)
    unhook(away)
    away.sign_up(visitor, "sanne@example.com")
    away.api("POST", f"/contacts/{visitor.contact_id}/dnc/email/add", {"reason": 1})
    away.line.fail(status, "GET", "/api/stats/email_stats", times=None)

    found = reconcile(away.parts)

    assert [one.split(":")[0] for one in found.failed] == [
        "email_stats",
        "email_stats.last_opened",
    ]
    assert found.healed["form.submitted"] == 1
    with away.parts.store.view() as unit:
        person = unit.people.load(visitor.contact_id)
    assert person.profile.do_not_contact == {"email"}
    assert whole_at(away) == begun
    away.line.mend()
    assert reconcile(away.parts).failed == ()
    assert whole_at(away) == away.clock()


def test_our_own_mistake_in_one_table_starves_no_other(away):
    visitor = page_hits(away, 1)
    away.work()
    unhook(away)
    away.sign_up(visitor, "sanne@example.com")
    answer = b'{"total":"1","stats":[{"lead_id":"1"}]}'
    away.line.fail(200, "GET", "/api/stats/email_stats")
    away.line.faults[-1].answer.set_data(answer)

    found = reconcile(away.parts)

    assert found.failed == ("email_stats: our bug: KeyError('id')",)
    assert found.healed["form.submitted"] == 1


def test_when_mautic_refuses_us_altogether_nothing_more_is_asked(away):
    begun = whole_at(away)
    away.clock.wait(hours=2)
    away.line.fail(401, "GET", "/api/", times=None)
    away.line.calls.clear()

    with pytest.raises(Misconfigured):
        reconcile(away.parts)

    assert {path for _, path in away.line.calls if path.startswith("/api")} == {
        "/api/users/self"
    }
    assert whole_at(away) == begun


def test_a_page_that_is_too_much_is_asked_for_with_fewer_rows(away, monkeypatch):
    visitor = page_hits(away, 1)
    away.work()
    unhook(away)
    for _ in range(35):
        visitor.visit_page("hackathon")
    stats, asked = away.parts.mautic.stats, []
    fetch = stats._fetch

    def noted(*parts, params=None):
        if parts == ("page_hits",):
            asked.append(params["limit"])
        return fetch(*parts, params=params)

    monkeypatch.setattr(stats, "_fetch", noted)
    away.line.fail(500, "GET", "/api/stats/page_hits", times=2)

    found = reconcile(away.parts)

    assert found.failed == ()
    assert found.healed["page.visited"] == 35
    assert asked == [1000, 100, 10, 20, 40, 80]


def test_after_retry_after_a_table_is_not_asked_again_at_once(away):
    away.line.fail(503, "GET", "/api/stats/page_hits", times=None, Retry_After="60")
    away.line.calls.clear()

    found = reconcile(away.parts)

    assert [one.split(":")[0] for one in found.failed] == ["page_hits"]
    assert away.line.count("GET", "/api/stats/page_hits") == 1


def test_opens_are_looked_for_only_among_mails_of_the_last_months(away):
    mail = away.content["mail-hackathon"]
    old, young = (away.visitor(email=f"{one}@example.com") for one in ("old", "young"))
    away.mautic.send_email(mail, old.contact_id)
    away.clock.wait(days=60)
    away.mautic.send_email(mail, young.contact_id)
    other = away.contact(email="joris@example.com")
    for _ in range(201):  # more mails later than are looked at again by number
        away.mautic.send_email(mail, other)
    away.work()
    reconcile(away.parts)
    away.clock.wait(days=40)
    reconcile(away.parts)
    unhook(away)
    away.clock.wait(hours=1)
    for one in (old, young):
        one.open_email(mail)

    found = reconcile(away.parts)

    assert found.healed == {"email.opened": 1}
    assert any(key.startswith("open:") for key in history(away, young.contact_id))


def refuses(house, contact_id):
    with house.parts.store.view() as unit:
        return unit.people.load(contact_id).profile.do_not_contact


def test_a_refusal_with_a_lower_number_that_is_committed_later_is_read(away):
    """Mautic numbers a row when it is made, and shows it when it is committed."""
    early, late = (away.contact(email=f"{one}@example.com") for one in ("a", "b"))
    away.work()
    reconcile(away.parts)
    unhook(away)
    away.clock.wait(hours=1)
    before = away.mautic.state.contacts[early].date_modified
    away.api("POST", f"/contacts/{early}/dnc/email/add", {"reason": 1})
    contact = away.mautic.state.contacts[early]
    uncommitted, contact.dnc, contact.date_modified = contact.dnc, [], before
    away.api("POST", f"/contacts/{late}/dnc/email/add", {"reason": 1})
    reconcile(away.parts)
    contact.dnc = uncommitted

    found, again = reconcile(away.parts), reconcile(away.parts)

    assert refuses(away, late) == refuses(away, early) == {"email"}
    assert (found.profiles, again.profiles) == (1, 0)


def test_a_deletion_with_a_lower_number_that_is_committed_later_is_read(away):
    early, late = (away.contact(email=f"{one}@example.com") for one in ("a", "b"))
    away.work()
    reconcile(away.parts)
    unhook(away)
    away.api("DELETE", f"/contacts/{early}/delete")
    audit = away.mautic.state.logs["audit_log"]
    uncommitted = audit.pop()
    away.api("DELETE", f"/contacts/{late}/delete")
    reconcile(away.parts)
    audit.insert(-1, uncommitted)

    for _ in range(2):
        reconcile(away.parts)
        away.work()

    with away.parts.store.view() as unit:
        assert unit.people.living([early, late]) == set()


def lacking(house):
    """List what is named as lacking: what, number and since when."""
    with house.parts.store.view() as unit:
        return [(one.what, one.number, one.since) for one in unit.gaps.list(100)]


def test_a_row_that_cannot_be_read_is_named_until_it_was(away):
    visitor = page_hits(away, 1)
    away.work()
    reconcile(away.parts)
    unhook(away)
    visitor.visit_page("hackathon-programme")
    row = away.mautic.state.logs["page_hits"][-1]
    good, row["date_hit"] = row["date_hit"], "never"
    since = away.clock()
    first = reconcile(away.parts)
    for _ in range(201):  # so many that it is not looked at again by number
        visitor.visit_page("hackathon")
    away.clock.wait(hours=5)
    reconcile(away.parts)
    second = reconcile(away.parts)
    assert first.lacking == second.lacking == 1
    assert lacking(away) == [("page_hits", row["id"], since)]
    assert str(second.gaps[0]).startswith(f"page_hits {row['id']}: no moment can")
    row["date_hit"] = good

    found = reconcile(away.parts)

    assert found.healed == {"page.visited": 1}
    assert (found.gaps, lacking(away)) == ((), [])


def test_a_row_that_is_gone_in_mautic_is_lacking_no_longer(away):
    page_hits(away, 1)
    unhook(away)
    hits = away.mautic.state.logs["page_hits"]
    hits[-1]["date_hit"] = "never"
    reconcile(away.parts)
    assert len(lacking(away)) == 1
    hits.pop()

    reconcile(away.parts)

    assert lacking(away) == []


def test_answers_that_could_not_be_read_are_asked_for_again(away):
    visitor = away.visitor(email="sanne@example.com")
    away.work()
    unhook(away)
    away.sign_up(visitor, "sanne@example.com")
    away.line.fail(500, "GET", "/api/forms/", times=None)
    reconcile(away.parts)
    away.clock.wait(hours=3)
    again = reconcile(away.parts)
    assert [one.what for one in again.gaps] == ["answers of form_submissions"]
    away.line.mend()

    found = reconcile(away.parts)

    assert (found.healed, found.gaps) == ({}, ())
    with away.parts.store.view() as unit:
        events = unit.people.load(visitor.contact_id).events
    (results,) = [one.data["results"] for one in events if one.key == "form:1"]
    assert results["email"] == "sanne@example.com"


def test_a_contact_that_could_not_be_read_is_asked_for_again(away):
    who = away.contact(email="sanne@example.com")
    away.work()
    reconcile(away.parts)
    unhook(away)
    away.clock.wait(hours=1)
    away.api("PATCH", f"/contacts/{who}/edit", {"firstname": "Sanne"})
    answer = {"id": who, "fields": {"core": {"email": {"value": "s@example.com"}}}}
    away.line.fail(200, "GET", "/api/contacts")
    away.line.faults[-1].answer.set_data(json.dumps({"contacts": {"1": answer}}))

    first = reconcile(away.parts)
    second = reconcile(away.parts)

    assert [str(one).split(": ")[0] for one in first.gaps] == [f"contact {who}"]
    assert second.gaps == ()
    with away.parts.store.view() as unit:
        assert unit.people.load(who).profile.first_name == "Sanne"


def test_a_table_is_named_since_when_it_cannot_be_read(away):
    since = away.clock()
    error = b'{"errors":[{"message":"You do not have access","code":403}]}'
    away.line.fail(200, "GET", "/api/stats/audit_log", times=None)
    away.line.faults[-1].answer.set_data(error)
    away.line.fail(500, "GET", "/api/stats/video_hits", times=None)
    reconcile(away.parts)
    away.clock.wait(days=1)
    reconcile(away.parts)
    assert lacking(away) == [("deletions", 0, since), ("video_hits", 0, since)]
    away.line.mend()

    assert reconcile(away.parts).gaps == ()


def test_one_table_that_cannot_be_read_again_keeps_no_other_lacking(away):
    visitor = page_hits(away, 1)
    away.work()
    unhook(away)
    visitor.visit_page("hackathon")
    visitor.watch_video("https://v.example/1", seconds=60, duration=90)
    logs = away.mautic.state.logs
    good = logs["page_hits"][-1]["date_hit"]
    for table in ("page_hits", "video_hits"):
        logs[table][-1]["date_hit"] = "never"
    reconcile(away.parts)
    for table in ("page_hits", "video_hits"):
        logs[table][-1]["date_hit"] = good
    away.line.fail(500, "GET", "/api/stats/page_hits", times=None)

    found = reconcile(away.parts)

    assert found.healed == {"video.watched": 1}
    assert ("page_hits", logs["page_hits"][-1]["id"], away.clock()) in lacking(away)


def test_rows_of_nobody_are_counted_once(away):
    page_hits(away, 2)
    away.mautic.state.logs["page_hits"][-1]["lead_id"] = None

    first, second = reconcile(away.parts), reconcile(away.parts)

    assert (first.ownerless, second.ownerless) == ({"page_hits": 1}, {})
    assert (first.unreadable, first.gaps) == ((), ())
    with away.parts.store.view() as unit:
        assert unit.tallies.all()["ownerless.page_hits"] == 1


def test_a_hit_with_a_lower_number_that_is_committed_later_is_read(away):
    visitor = page_hits(away, 1)
    away.work()
    reconcile(away.parts)
    unhook(away)
    visitor.visit_page("hackathon")
    hits = away.mautic.state.logs["page_hits"]
    uncommitted = hits.pop()
    visitor.visit_page("hackathon")
    reconcile(away.parts)
    hits.insert(-1, uncommitted)

    assert reconcile(away.parts).healed == {"page.visited": 1}


def test_a_contact_that_was_saved_just_before_the_last_pull_is_read(away):
    """By Mautic's clock, which is not ours, or by a commit that took its time."""
    who = away.contact(email="sanne@example.com")
    away.work()
    unhook(away)
    away.clock.wait(hours=1)
    reconcile(away.parts)
    away.api("PATCH", f"/contacts/{who}/edit", {"firstname": "Sanne"})
    away.mautic.state.contacts[who].date_modified -= timedelta(minutes=10)

    reconcile(away.parts)

    with away.parts.store.view() as unit:
        assert unit.people.load(who).profile.first_name == "Sanne"


def test_a_refusal_that_is_no_save_of_the_contact_is_read(away):
    """Recorded is that it moves the date of the contact; measured was that not."""
    who = away.contact(email="sanne@example.com")
    away.work()
    unhook(away)
    for _ in range(2):
        away.clock.wait(hours=1)
        reconcile(away.parts)
    contact = away.mautic.state.contacts[who]
    before = contact.date_modified
    away.api("POST", f"/contacts/{who}/dnc/email/add", {"reason": 1})
    assert contact.date_modified == away.clock() > before
    contact.date_modified = before

    reconcile(away.parts)

    assert refuses(away, who) == {"email"}


def test_a_refusal_that_was_lifted_is_found_by_and_by(away, monkeypatch):
    monkeypatch.setattr(reconcile_people, "SOME", 3)
    people = [away.contact(email=f"p{number}@example.com") for number in range(7)]
    for one in people:
        away.api("POST", f"/contacts/{one}/dnc/email/add", {"reason": 1})
    away.work()
    unhook(away)
    for _ in range(2):
        away.clock.wait(hours=1)
        reconcile(away.parts)
    for one in people[:2], people[-1:]:
        for who in one:
            contact = away.mautic.state.contacts[who]
            before = contact.date_modified
            away.api("POST", f"/contacts/{who}/dnc/email/remove", {})
            contact.date_modified = before
    away.line.calls.clear()

    found = [reconcile(away.parts).profiles for _ in range(6)]

    assert [bool(refuses(away, one)) for one in people] == [False] * 2 + [True] * 4 + [
        False
    ]
    assert sum(found) == 3
    assert away.line.count("GET", "/api/contacts/") <= 6 * 3


def drift(house, **span):
    """Let Mautic's clock be apart from ours."""
    ours, apart = house.clock, timedelta(**span)
    house.mautic.state.clock = lambda: ours() + apart


@pytest.mark.parametrize("minutes", [-90, 90])
def test_what_is_dated_by_a_clock_that_is_not_ours_is_read(away, minutes):
    drift(away, minutes=minutes)
    who = away.visitor(email="sanne@example.com")
    mail = away.content["mail-hackathon"]
    away.mautic.send_email(mail, who.contact_id)
    other = away.contact(email="joris@example.com")
    for _ in range(201):
        away.mautic.send_email(mail, other)
    away.work()
    unhook(away)
    for _ in range(12):  # the mark is ours, from before the clocks went apart
        away.clock.wait(minutes=20)
        reconcile(away.parts)
    away.clock.wait(minutes=5)
    who.open_email(mail)
    away.api("PATCH", f"/contacts/{who.contact_id}/edit", {"firstname": "Sanne"})
    away.clock.wait(minutes=5)

    found = reconcile(away.parts)

    assert found.healed == {"email.opened": 1}
    assert found.profiles == 1


def test_a_clock_that_was_ahead_and_is_set_right_leaves_no_gap(away):
    who = away.contact(email="sanne@example.com")
    away.work()
    drift(away, hours=3)
    away.clock.wait(hours=1)
    reconcile(away.parts)
    unhook(away)
    drift(away, hours=0)
    away.clock.wait(minutes=5)
    away.api("PATCH", f"/contacts/{who}/edit", {"firstname": "Sanne"})
    away.clock.wait(minutes=5)

    assert reconcile(away.parts).profiles == 1


def restore(house, hits):
    """Let Mautic be restored from a backup that has so many hits."""
    logs = house.mautic.state.logs["page_hits"]
    del logs[hits:]
    house.mautic.state.counters["page_hits"] = hits


def test_a_mautic_that_was_restored_is_read_on_and_told_of(away):
    visitor = page_hits(away, 5)
    away.work()
    unhook(away)
    reconcile(away.parts)
    restore(away, 2)
    first = reconcile(away.parts)
    assert (first.healed, first.gaps) == ({}, ())
    away.clock.wait(hours=2)
    for _ in range(5):
        visitor.visit_page("hackathon-programme")

    found = reconcile(away.parts)
    again = reconcile(away.parts)

    # three of them have the numbers of what is known already
    assert (found.healed, again.healed) == ({"page.visited": 2}, {})
    (gap,) = again.gaps
    assert gap.what == "numbers of page_hits"
    assert "up to 5 again" in gap.why
    noted(away.parts)
    assert reconcile(away.parts).gaps == ()


def test_rows_at_the_end_that_were_deleted_are_no_restoring(away):
    visitor = page_hits(away, 5)
    away.work()
    reconcile(away.parts)
    unhook(away)
    del away.mautic.state.logs["page_hits"][-2:]
    reconcile(away.parts)
    visitor.visit_page("hackathon-programme")

    found = reconcile(away.parts)

    assert (found.healed, found.gaps) == ({"page.visited": 1}, ())
