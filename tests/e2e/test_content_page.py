"""The page of content in a real browser, against the look-alike of Mautic."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from plugin.app import create_app
from plugin.pipeline import content_report
from plugin.pipeline.catalogue import refresh_all
from plugin.provision.resources import Kind
from plugin.ui.roles import Role
from tests.contract.pipeline.test_content_health import START, newsletter, settle
from tests.e2e.test_contact_page import as_role
from tests.e2e.test_pages import PHONE, WIDE, browser, sticking_out, tab_to, visit
from tests.support.browser import serving, shoot, violations
from tests.support.house import NEEDED, open_house
from webhooks.events import ContentKind

__all__ = ["as_role", "browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
WEEKS = 12


class Here:
    """An installation with a look-alike of Mautic, whose newsletter fell."""

    def __init__(self, house):
        self.house, self.parts = house, house.parts

    def app(self):
        return create_app(self.parts)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with ExitStack() as stack:
        house = stack.enter_context(open_house(tmp_path_factory.mktemp("content")))
        house.set_up([*NEEDED, Kind.CATEGORY])
        house.furnish()
        made = house.api("POST", "/emails/new", {"name": "Cloudbrief", "subject": "x"})
        mail = str(made["email"]["id"])
        settle(house)
        for number in range(WEEKS + 3):
            newsletter(house, number, 60 if number < WEEKS else 20, mail=mail)
        house.clock.at = START + timedelta(weeks=WEEKS + 3)
        refresh_all(house.parts)
        content_report.look(house.parts)
        yield Here(house)


@pytest.fixture(scope="module")
def address(here):
    with serving(here.app()) as address:
        yield address


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [("light", "en", WIDE), ("dark", "nl", PHONE)],
    ids=["light-en-wide", "dark-nl-phone"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(as_role, scheme, language, size):
    page = as_role(Role.MARKETER, color_scheme=scheme, viewport=size)
    page.goto(f"/content?lang={language}")
    for details in page.locator("details").all():
        details.locator("summary").click()
    shoot(page, f"content-{language}-{scheme}-{size['width']}")

    assert violations(page) == []
    assert sticking_out(page) <= 0
    assert page.complaints == []


def test_what_does_worse_stands_first_with_why(as_role):
    page = as_role(Role.MARKETER)
    page.goto("/content?lang=en")
    card = page.locator("article.failing").inner_text()

    assert "worse" in card
    assert "16.7% click since" in card
    assert "50.0% before" in card
    assert page.locator("svg.turns rect").count() >= WEEKS


def test_a_marketer_classifies_by_keyboard_and_it_stands_in_mautic(as_role, here):
    page = as_role(Role.MARKETER)
    page.goto("/content?lang=en")
    form = page.locator("#unclassified ~ ul li", has_text="Cloudbrief")
    assert "perhaps" in form.inner_text() or form.count() == 1
    field = form.locator("select").get_attribute("id")
    tab_to(page, field)
    page.keyboard.type("think-cloud")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Cloudbrief is think-cloud now").wait_for()

    kind, number = field.split("-")[1:]
    assert kind == ContentKind.EMAIL
    raw = here.house.api("GET", f"/emails/{number}")["email"]
    assert raw["category"]["alias"] == "think-cloud"
    row = page.locator("#catalogue ~ .scroll tbody tr", has_text="Cloudbrief")
    assert "Think" in row.inner_text()


def test_a_recruiter_sees_no_content(as_role):
    page = as_role(Role.RECRUITER)

    assert page.goto("/content").status == 403
    assert page.request.post("/content/email/1", form={"category": "do"}).status == 403


@pytest.mark.parametrize(
    ("path", "category", "status"),
    [("email/1", "x", 302), ("email/x", "do", 404), ("song/1", "do", 404)],
)
def test_what_is_no_content_or_no_category_changes_nothing(
    as_role, path, category, status
):
    page = as_role(Role.MARKETER)
    told = page.request.post(
        f"/content/{path}", form={"category": category}, max_redirects=0
    )

    assert told.status == status


def test_who_wants_it_looked_at_again_asks_a_worker(as_role, here):
    page = as_role(Role.MARKETER)
    page.goto("/content?lang=en")
    tab_to(page, "Look again now")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("A worker looks again").wait_for()
    assert page.get_by_role("button", name="Look again now").count() == 0

    assert content_report.go_on(here.parts)
