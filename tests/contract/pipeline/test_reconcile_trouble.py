"""What is wrong with one table holds up no other, and is told until it is read."""

import pytest

from plugin.errors import Misconfigured
from plugin.pipeline.reconcile import last_whole, reconcile
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

    assert {path for _, path in away.line.calls if "stats" in path} == {
        "/api/stats/email_stats"
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
