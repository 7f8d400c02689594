"""The pages that the demo ends on, in a real browser."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from plugin.demo.house import open_house
from plugin.sandbox import people
from plugin.sandbox.player import Player
from plugin.sandbox.stage import Stage
from tests.support.browser import browser_page

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Play Sanne and Joris, and stay up."""
    with open_house(tmp_path_factory.mktemp("demo") / "house", "nl") as house:
        house.set_up()
        stage = Stage(house.mautic)
        stage.build()
        house.read_content()
        cast = (people.SANNE, people.JORIS)
        recruiter = house.odoo.recruiter()
        player = Player(house.mautic, stage, recruiter, cast, house.clock.wait)
        for act, who in player.acts():
            house.clock.set_day(act.day)
            player.play(act, who)
            house.work()
        house.clock.run_free()
        house.tick()
        yield house


@pytest.fixture(params=["light", "dark"])
def page(request, house):
    size = {"width": 1100, "height": 1300}
    with browser_page(color_scheme=request.param, viewport=size) as page:
        page.goto(house.page)
        page.scheme = request.param
        yield page


def shoot(page, name):
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}-{page.scheme}.png", full_page=True)


def violations(page):
    found = Axe().run(page)
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found.response["violations"]
    ]


def test_the_link_of_the_demo_opens_the_funnel(page):
    assert page.locator("h1").inner_text() == "Trechter"
    counts = page.locator(".funnel .count").all_inner_texts()
    assert [int(count) for count in counts] == [1, 0, 0, 1]
    shoot(page, "funnel")
    assert violations(page) == []


def test_a_contact_tells_its_reasons_and_they_add_up(page):
    page.get_by_role("link", name="Sanne de Vries").first.click()

    assert "Care" in page.locator("h1").inner_text()
    points = page.locator("#part-why tbody td.number")
    cents = [
        round(float(text.replace(",", ".").replace("−", "-")) * 100)
        for text in points.all_inner_texts()
    ]
    shown = page.locator("#part-why tfoot td.number").inner_text()
    assert sum(cents) == 100 * int(shown)
    assert page.locator("#part-journey li").count() == 4
    shoot(page, "contact")
    assert violations(page) == []


def test_it_speaks_english_too_and_remembers(page):
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Joris Bakker").first.click()

    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", name="Why this score").is_visible()
    assert "If nothing happens" in page.locator("main").inner_text()
    assert violations(page) == []


def test_the_keyboard_is_enough(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("searchbox").focus()
    page.keyboard.type("joris")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=joris*")

    assert page.locator("#part-people tbody tr").count() == 1


def test_without_the_token_nobody_gets_in(house):
    with browser_page() as page:
        page.goto(f"{house.parts.settings.base_url}/contacts/1")
        assert "/sign-in" in page.url
        page.get_by_label("token").fill("not-it")
        page.keyboard.press("Enter")

        page.get_by_role("alert").wait_for()
        assert violations(page) == []


def test_on_a_phone_nothing_sticks_out(house):
    with browser_page(viewport={"width": 360, "height": 700}) as page:
        page.goto(house.page)
        wide = page.evaluate("document.documentElement.scrollWidth")

        assert wide <= 360
