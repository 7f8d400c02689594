"""The market dashboard in a real browser: by eye, by keyboard, on a telephone."""

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
        here.settle(30_000, "Vandaag Gekomen", (0.1, "reads", "Data mesh"))
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
@pytest.mark.parametrize("path", ["market", "market?audience=legal"])
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


def test_a_marketer_finds_by_keyboard_how_an_audience_stands(visit):
    page = visit()
    page.goto("/?lang=nl")
    tab_to(page, "Markt")
    page.keyboard.press("Enter")
    page.wait_for_url("**/market")
    assert page.get_by_role("heading", name="In één oogopslag").is_visible()

    tab_to(page, "IT-security, Randstad")
    page.keyboard.press("Enter")
    page.wait_for_url("**#audience-it-security")
    part = page.locator("#part-it-security")
    assert part.locator(":scope > h2").evaluate("one => one === document.activeElement")
    assert "meer dan een jaar geleden gemeten" in part.inner_text()

    tab_to(page, "Het beeld in cijfers")
    page.keyboard.press("Enter")
    weeks = part.get_by_role(
        "table", name="IT-security, Randstad Nieuw per week, per kanaal"
    )
    assert weeks.locator("tbody tr").count() == 12
    assert "nog niet compleet" in weeks.locator("tbody tr").last.inner_text()

    tab_to(page, "Wat van conversie wordt aangenomen tot je eigen cijfers spreken")
    page.keyboard.press("Enter")
    assumed = part.locator("table[aria-labelledby$=priors-it-security] tbody tr")
    assert assumed.count() == 3
    assert "9,8" in assumed.first.inner_text()


def test_one_audience_is_chosen_in_the_form(visit):
    page = visit()
    page.goto("/market?lang=en")
    page.get_by_label("Audience", exact=True).select_option("legal")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**/market?audience=legal")

    assert page.get_by_role("heading", level=2).all_inner_texts() == ["Lawyers"]
    assert "Nobody counted this market yet" in page.locator("#part-legal").inner_text()


def test_every_picture_has_its_table(visit):
    page = visit()
    page.goto("/market")

    pictures = page.locator("svg.turns").count()
    assert pictures == 3
    assert page.locator("details table[aria-labelledby*=inflow]").count() == pictures
    assert page.locator(".mixed").count() == 2
    assert page.locator("table[aria-labelledby*=mix]").count() == 2
