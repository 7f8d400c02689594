"""The page of operations in a real browser: what is stuck, and getting it going."""

import pytest

from plugin.pipeline import ats_queue, heartbeat, writes
from plugin.pipeline.backfill_state import Standing, advance
from plugin.pipeline.process import process
from plugin.store import Gap, InboxState, OutboxState, OutboxWrite
from tests.e2e.test_pages import PHONE, WIDE, browser, sticking_out, tab_to, visit
from tests.support.browser import serving, shoot, violations
from tests.support.people import NOW, populate, town
from webhooks.inbox import Delivery

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture
def here(tmp_path):
    with town(tmp_path) as here:
        populate(here)
        heartbeat.pulse(here.parts)
        store = here.parts.store
        for body in (b"<html>", b"[1]"):
            store.inbox.accept(Delivery(source="mautic", body=body, received_at=NOW))
        process(here.parts)
        with store.unit() as unit:
            _stick(unit, writes.ats("odoo"), "Odoo: requires a phone number")
            _stick(unit, writes.MAUTIC, "no field stdc_phase")
            totals = {"contacts": 1_000, "page_hits": 40_000}
            rows = {"contacts": 1_000, "page_hits": 10_000}
            begun = Standing(run="r", begun_at=NOW, totals=totals, rows=rows)
            advance(unit, begun)
            why = "no moment can be read from 'never'"
            hit = Gap(what="page_hits", number=812, why=why, since=NOW)
            unit.gaps.note([hit, Gap(what="video_hits", why="HTTP 500", since=NOW)])
        yield here


def _stick(unit, destination, why):
    write = OutboxWrite(
        destination=destination, kind=writes.CONTACT, key=destination, payload={}
    )
    unit.outbox.put(write)
    for one in unit.outbox.claim(destination, 100, NOW, 60.0):
        if one.key == destination:
            unit.outbox.park(one, why)


@pytest.fixture
def address(here):
    with serving(here.app()) as address:
        yield address


def audit(here):
    with here.parts.store.view() as unit:
        return [(one.action, one.actor, one.subject) for one in unit.audit.list()]


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [("light", "en", WIDE), ("dark", "nl", PHONE)],
    ids=["light-en-wide", "dark-nl-phone"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(visit, here, scheme, language, size):
    ats_queue.pause(here.parts, "odoo", "somebody", "Odoo is being upgraded")
    page = visit(color_scheme=scheme, viewport=size)
    page.goto(f"/operations?lang={language}")
    shoot(page, f"operations-{language}-{scheme}-{size['width']}")

    assert violations(page) == []
    assert sticking_out(page) <= 0
    assert page.complaints == []


def test_what_no_pull_has_brought_is_named(visit):
    page = visit()
    page.goto("/operations?lang=en")

    told = page.locator("section", has=page.locator("#reconcile")).inner_text()
    assert "Could not be read yet (2)" in told
    assert "page_hits 812" in told
    assert "HTTP 500" in told


def test_a_delivery_is_worked_through_again_by_keyboard(visit, here):
    page = visit()
    page.goto("/operations?lang=en")
    with here.parts.store.view() as unit:
        first = unit.inbox.parked(10)[0]

    tab_to(page, f"Again {first.id}")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("1 deliveries will be processed").wait_for()

    with here.parts.store.view() as unit:
        assert unit.inbox.get(first.id).state is InboxState.NEW
    assert ("inbox.replayed", "admin-token", f"inbox:{first.id}") in audit(here)

    process(here.parts)  # nothing was mended
    page.goto("/operations")
    tab_to(page, "All of them again (3)")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("3 deliveries will be processed").wait_for()
    assert ("inbox.replayed", "admin-token", "inbox:all") in audit(here)


def test_what_an_ats_refused_is_tried_again(visit, here):
    page = visit()
    page.goto("/operations?lang=en")
    odoo = page.locator("article", has=page.get_by_role("heading", name="odoo"))
    assert "fill in the field in Mautic" in odoo.inner_text()
    odoo.locator(".trouble", has_text="requires").get_by_role("button").click()
    page.get_by_role("status").get_by_text("1 writes will be tried again").wait_for()

    with here.parts.store.view() as unit:
        stuck = unit.outbox.list(OutboxState.PARKED)
        waiting = unit.outbox.list(OutboxState.PENDING, writes.ats("odoo"))
    assert "Odoo: requires a phone number" not in [one.last_error for one in stuck]
    assert writes.MAUTIC in [one.destination for one in stuck]
    assert [one.key for one in waiting] == [writes.ats("odoo")]


def test_an_ats_is_paused_and_goes_on_by_keyboard(visit, here):
    page = visit()
    page.goto("/operations?lang=en")
    tab_to(page, "why-odoo")
    page.keyboard.type("Odoo is being upgraded")
    tab_to(page, "Pause: odoo")
    page.keyboard.press("Enter")
    page.get_by_text("By admin-token: Odoo is being upgraded").wait_for()
    with here.parts.store.view() as unit:
        assert ats_queue.paused(unit, "odoo")["why"] == "Odoo is being upgraded"

    tab_to(page, "Go on: odoo")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("odoo goes on.").wait_for()
    with here.parts.store.view() as unit:
        assert ats_queue.paused(unit, "odoo") is None
    assert ("ats.resumed", "admin-token", "ats:odoo") in audit(here)


def test_the_audit_is_asked_for_what_somebody_did(visit, here):
    page = visit()
    for _ in range(30):
        page.goto("/contacts/1")
    page.goto("/operations?lang=en")
    tab_to(page, "action")
    page.keyboard.type("contact.viewed")
    page.keyboard.press("Enter")
    page.wait_for_url("**action=contact.viewed**")
    rows = page.locator("#audit ~ .scroll tbody tr")
    assert rows.count() == 25
    page.get_by_role("link", name="Earlier").click()
    page.wait_for_url("**before=**")

    assert rows.count() == 5
    assert page.locator("#action").input_value() == "contact.viewed"


def test_it_keeps_itself_up_to_date_while_somebody_wants_that(visit):
    page = visit()
    page.goto("/operations?lang=en")
    page.get_by_role("link", name="Keep it up to date").click()
    assert page.goto(page.url).headers["refresh"] == "10"
    page.get_by_role("link", name="Stop").click()
    assert "refresh" not in page.goto(page.url).headers


def test_how_far_the_backfill_is_can_be_seen(visit):
    page = visit()
    page.goto("/operations?lang=en")

    rows = page.locator("section", has_text="History brought in").locator("tbody tr")
    assert "10,000 of 40,000" in rows.filter(has_text="page_hits").inner_text()
    bar = rows.filter(has_text="page_hits").get_by_role("progressbar")
    assert bar.get_attribute("value") == "0.25"


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "4711"])
def test_a_number_that_is_none_changes_nothing(here, number):
    client = here.app().test_client()
    client.get("/sign-in?token=a-token-of-the-tests")
    client.post("/operations/deliveries", data={"number": number})

    with here.parts.store.view() as unit:
        assert len(unit.inbox.parked(10)) == 3
        assert unit.inbox.depth()[InboxState.PARKED] == 3
