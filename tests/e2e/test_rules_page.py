"""The page of the rules in a real browser: what is in use, what was, and a draft."""

import time
from datetime import timedelta

import pytest

from plugin.mappings.drafts import begin
from plugin.pipeline import trials
from plugin.pipeline.refresh import refresh
from tests.e2e.test_pages import PHONE, WIDE, browser, sticking_out, tab_to, visit
from tests.support.browser import serving, shoot, violations
from tests.support.people import populate, town

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with town(tmp_path_factory.mktemp("town")) as here:
        populate(here)
        refresh(here.parts)
        folder = here.parts.settings.mappings
        change(begin(folder, "easier") / "phases.toml", "enter = 10", "enter = 6")
        change(begin(folder, "broken") / "phases.toml", "enter = 10", 'enter = "ten"')
        # an edit of what is in use makes a second version
        change(folder / "scoring.toml", "damping_hours = 24", "damping_hours = 12")
        first = here.parts.mappings.version
        while here.parts.mappings.version == first:
            time.sleep(0.1)  # it is looked for every few seconds
        here.now += timedelta(days=1)
        refresh(here.parts)
        yield here


@pytest.fixture(scope="module")
def address(here):
    with serving(here.app()) as address:
        yield address


def change(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [("light", "nl", WIDE), ("dark", "en", PHONE)],
    ids=["light-nl-wide", "dark-en-phone"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(visit, here, scheme, language, size):
    page = visit(color_scheme=scheme, viewport=size)
    page.goto(f"/?lang={language}")
    used = here.parts.mappings.version
    paths = ["/rules", "/rules/drafts/easier", "/rules/drafts/broken"]
    for path in [*paths, f"/rules/versions/{used}"]:
        page.goto(path)
        assert violations(page) == [], path
        assert sticking_out(page) <= 0, path
        name = path.strip("/").split("/")[:3]
        shoot(page, f"{'-'.join(name)}-{language}-{scheme}-{size['width']}")
    assert page.complaints == []


def test_a_marketer_sees_by_keyboard_what_a_draft_would_change(visit, here):
    page = visit()
    page.goto("/")
    tab_to(page, "Regels")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules")
    ladder = page.locator(".ladder")
    assert "vanaf 10 punten" in ladder.inner_text()
    assert "of meteen door een aanmelding" in ladder.inner_text()

    tab_to(page, "Bekijk wat dit zou veranderen: easier")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Het wordt geprobeerd.").wait_for()
    assert page.get_by_role("progressbar").get_attribute("value") == "0.0"
    trials.go_on(here.parts)
    tab_to(page, "Kijk opnieuw")
    page.keyboard.press("Enter")
    told = page.locator("article", has_text="Geprobeerd op")
    told.wait_for()

    with here.parts.store.view() as unit:
        audit = unit.audit.list()
    assert any(one.action == "draft.tried" for one in audit)
    assert "zouden in een andere fase staan" in told.inner_text()
    assert page.get_by_text("stdc mappings publish easier").is_visible()


def test_mistakes_in_a_draft_are_named_where_they_are(visit):
    page = visit()
    page.goto("/rules")

    broken = page.locator("article", has=page.get_by_role("heading", name="broken"))
    assert "phases.toml:" in broken.inner_text()
    assert broken.get_by_role("button").count() == 0


def test_a_version_says_what_it_changed(visit, here):
    page = visit()
    page.goto("/rules")
    page.locator("section", has_text="Wat in gebruik was").get_by_role(
        "link", name=here.parts.mappings.version
    ).click()

    changes = page.locator(".difference").inner_text()
    assert "damping_hours = 24" in changes
    assert "damping_hours = 12" in changes


@pytest.mark.parametrize("path", ["/rules/drafts/none", "/rules/versions/none"])
def test_what_is_not_there_is_said(visit, path):
    page = visit()

    assert page.goto(path).status == 404
