"""The calendar in a real browser: by eye, by keyboard, on a telephone."""

import pytest

from tests.e2e.test_pages import PHONE, WIDE, browser, sticking_out, tab_to, visit
from tests.support.browser import serving, shoot, violations
from tests.support.people import populate, town
from tests.support.readership import settle_readers

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with town(tmp_path_factory.mktemp("town")) as here:
        populate(here)
        settle_readers(here, 240)
        with serving(here.app()) as address:
            yield address


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [
        ("light", "nl", WIDE),
        ("dark", "nl", PHONE),
        ("light", "en", PHONE),
        ("dark", "en", WIDE),
    ],
)
@pytest.mark.parametrize("path", ["calendar", "calendar?day=now", "calendar?why=gap"])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, scheme, language, size, path):
    page = visit(color_scheme=scheme, viewport=size)
    page.goto(f"/?lang={language}")
    page.goto(f"/{path}")
    for details in page.locator("details").all():
        details.locator("summary").click()

    assert violations(page) == []
    assert sticking_out(page) <= 0
    assert page.locator("html").get_attribute("lang") == language
    name = path.replace("?", "-").replace("=", "-")
    shoot(page, f"{name}-{language}-{scheme}-{size['width']}")
    assert page.complaints == []


def test_a_marketer_finds_by_keyboard_who_is_due(visit):
    page = visit()
    page.goto("/?lang=nl")
    tab_to(page, "Kalender")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar")
    first = page.locator("#part-now dd a").first
    count = first.inner_text()
    tab_to(page, count)
    page.keyboard.press("Enter")
    page.wait_for_url("**day=now**")

    listed = page.locator("#part-people tbody tr")
    assert listed.count() == min(25, int(count.replace(".", "")))
    assert "Vandaag aan de beurt." in page.locator("#part-people").inner_text()
    listed.first.get_by_role("link").click()
    assert "Aan de beurt vanaf" in page.locator(".facts").inner_text()


def test_every_picture_has_its_table(visit):
    page = visit()
    page.goto("/calendar")

    assert page.locator("svg.turns").count() == 2
    assert page.locator("details table").count() == 2
