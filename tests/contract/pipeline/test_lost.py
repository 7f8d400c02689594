"""What counts as lost by webhooks: no more and no less than what was."""

import pytest

from plugin.pipeline.reconcile import reconcile
from plugin.pipeline.spool import Spool
from tests.contract.pipeline.test_reconcile import rehook, unhook
from webhooks.inbox import Delivery


@pytest.fixture
def away(lively):
    reconcile(lively.parts)
    lively.clock.wait(minutes=30)
    return lively


def lost(house):
    """Give the figures of `stdc_healed_events_total`."""
    with house.parts.store.view() as unit:
        told = unit.tallies.all()
    return {
        name.removeprefix("healed."): count
        for name, count in told.items()
        if name.startswith("healed.")
    }


def later(house, **span):
    house.clock.wait(**span)
    reconcile(house.parts)


def visit(house):
    visitor = house.visitor(email="sanne@example.com")
    visitor.visit_page("hackathon")
    return visitor


def test_what_no_webhook_brought_within_an_hour_is_counted_once(away):
    unhook(away)
    visit(away)
    rehook(away)
    found = reconcile(away.parts)
    assert (found.healed["page.visited"], lost(away)) == (1, {})
    later(away, minutes=59)
    assert lost(away) == {}

    for _ in range(3):
        later(away, minutes=10)

    assert lost(away) == {"contact.identified": 1, "page.visited": 1}
    metrics = away.client.get(
        "/metrics", headers={"Authorization": "Bearer webhook-secret-of-32-characters!"}
    ).get_data(as_text=True)
    assert 'stdc_healed_events_total{type="page.visited"} 1.0' in metrics


def test_in_queue_mode_a_webhook_that_comes_after_the_pull_is_not_lost(away):
    away.mautic.switches.queue_mode = True
    visit(away)
    assert reconcile(away.parts).healed["page.visited"] == 1
    away.clock.wait(minutes=30)
    away.mautic.process()
    away.work()

    later(away, hours=2)

    assert lost(away) == {}


def test_what_waits_in_our_inbox_or_on_the_spool_is_not_lost(away):
    visit(away)
    assert reconcile(away.parts).healed["page.visited"] == 1
    for _ in range(3):
        later(away, hours=2)
    waiting = lost(away)

    away.work()
    later(away, hours=2)

    assert waiting == lost(away) == {}


def test_what_waits_on_the_spool_is_not_lost(away):
    unhook(away)
    visit(away)
    reconcile(away.parts)
    delivery = Delivery(source="mautic", body=b"{}", received_at=away.clock())
    spooled = Spool(away.parts.settings.spool).keep(delivery)
    later(away, hours=2)
    waiting = lost(away)
    spooled.unlink()
    later(away, minutes=10)

    assert waiting == {}
    assert lost(away) == {"contact.identified": 1, "page.visited": 1}


def test_what_has_no_webhook_is_not_lost(away):
    visitor = away.visitor(email="sanne@example.com")
    away.work()
    visitor.download_asset(away.content["whitepaper-soc"])
    visitor.watch_video("https://v.example/1", seconds=60, duration=90)
    away.api("POST", f"/contacts/{visitor.contact_id}/utm/add", {"utm_source": "x"})
    body = {"reason": 2, "comments": "spam complaint"}
    away.api("POST", f"/contacts/{visitor.contact_id}/dnc/email/add", body)
    away.work()
    found = reconcile(away.parts)

    later(away, hours=2)

    assert len(found.healed) == 4
    assert lost(away) == {}
