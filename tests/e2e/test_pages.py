"""The pages as people meet them: in a real browser, by eye, ear and keyboard."""

import pytest

from tests.support.browser import open_browser, serving, shoot, violations
from tests.support.people import TOKEN, populate, town

pytestmark = [pytest.mark.browser, pytest.mark.e2e]

SANNE, JORIS, ANNA, FATIMA, VISITOR, SCRIPT, UNSCORED = range(1, 8)
WIDE, PHONE = {"width": 1180, "height": 900}, {"width": 320, "height": 640}
#: Every kind of page, and the state that makes it look different.
PAGES = {
    "funnel": "/",
    "nobody-found": "/?q=nobody-of-that-name",
    "second-page": "/?page=2",
    "hired": f"/contacts/{SANNE}",
    "rising": f"/contacts/{ANNA}",
    "stuck": f"/contacts/{FATIMA}",
    "script": f"/contacts/{SCRIPT}",
    "unscored": f"/contacts/{UNSCORED}",
    "planner": "/planner?hires=4&by=2027-06-30&audience=it-security",
    "planner-late": "/planner?by=2020-01-01",
    "doctor": "/doctor",
    "not-there": "/contacts/4711",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with town(tmp_path_factory.mktemp("town")) as here:
        populate(here)
        with serving(here.app()) as address:
            yield address


@pytest.fixture(scope="module")
def browser():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def visit(browser, address):
    """Open a browser window of somebody; those that look must be signed in."""
    contexts = []

    def visit(*, signed_in=True, **options):
        context = browser.new_context(base_url=address, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
        page.on("request", lambda asked: page.complaints.extend(_foreign(asked)))
        if signed_in:
            page.goto(f"/sign-in?token={TOKEN}")
        return page

    def _foreign(asked):
        return [] if asked.url.startswith((address, "data:")) else [asked.url]

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [
        ("light", "nl", WIDE),
        ("dark", "nl", PHONE),
        ("light", "en", PHONE),
        ("dark", "en", WIDE),
    ],
    ids=["light-nl-wide", "dark-nl-phone", "light-en-phone", "dark-en-wide"],
)
def test_axe_finds_nothing_and_nothing_sticks_out(visit, scheme, language, size):
    page = visit(color_scheme=scheme, viewport=size)
    page.goto(f"/?lang={language}")
    found = {}
    for name, path in PAGES.items():
        page.goto(path)
        found[name] = violations(page)
        shoot(page, f"{name}-{language}-{scheme}-{size['width']}")
        assert page.locator("html").get_attribute("lang") == language
        assert sticking_out(page) <= 0, name

    assert {name: one for name, one in found.items() if one} == {}
    assert [said for said in page.complaints if "404" not in said] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_sign_in_page_is_accessible_when_refusing_too(visit, scheme, size):
    page = visit(signed_in=False, color_scheme=scheme, viewport=size)
    page.goto("/")
    assert violations(page) == []
    page.get_by_label("token").fill("not-it")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    shoot(page, f"sign-in-nl-{scheme}-{size['width']}")

    assert violations(page) == []
    assert sticking_out(page) <= 0


def test_the_keyboard_is_enough_from_signing_in_to_the_reasons(visit):
    page = visit(signed_in=False)
    page.goto("/")
    page.wait_for_function("document.activeElement.matches('input')")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    page.locator(".funnel").wait_for()

    tab_to(page, "skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    tab_to(page, "q")
    page.keyboard.type("sanne")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=sanne*")
    tab_to(page, "Sanne de Vries")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/contacts/{SANNE}")

    assert page.get_by_role("heading", name="Sanne de Vries").is_visible()
    reasons = page.get_by_role("table", name="Waarom deze score")
    assert "aangemeld" in reasons.inner_text()


@pytest.mark.parametrize("path", ["/", f"/contacts/{FATIMA}", "/contacts/4711"])
def test_wherever_the_focus_is_it_can_be_seen(visit, path):
    page = visit()
    page.goto(path)
    seen = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        where = page.evaluate(FOCUSED)
        if where["tag"] == "BODY" or where["path"] in seen:
            break
        seen.add(where["path"])
        assert where["outline"] >= 2, where
        assert where["inside"], where
    assert len(seen) >= 5


def test_everything_works_without_javascript(visit):
    page = visit(signed_in=False, java_script_enabled=False)
    page.goto(f"/contacts/{ANNA}")
    page.locator("#token").fill(TOKEN)
    page.get_by_role("button", name="Aanmelden").click()
    assert "Anna Smit" in page.locator("h1").inner_text()
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", name="Why this score").is_visible()
    page.get_by_role("link", name="Back to the funnel").click()
    page.get_by_label("Phase").select_option("think")
    page.get_by_role("button", name="Search").click()
    assert "People in Think" in page.locator("#people").inner_text()
    page.get_by_role("button", name="Sign out").click()

    assert "/sign-in" in page.url
    page.goto(f"/contacts/{ANNA}")
    assert "/sign-in" in page.url


def test_what_visitors_call_themselves_is_only_text(visit):
    page = visit()
    page.goto("/?q=alert")
    page.get_by_role("link", name="<script>alert(1)</script> O'Brien").first.click()

    assert page.locator("h1").inner_text().startswith("<script>alert(1)</script>")
    assert "<img src=x onerror=alert(2)>" in page.locator("#part-history").inner_text()
    assert page.locator("main script, main img").count() == 0
    assert page.complaints == []


def test_changing_the_language_keeps_the_question(visit):
    page = visit()
    page.goto("/?q=anna&phase=think")
    page.get_by_role("link", name="English").click()

    assert page.get_by_label("Name, e-mail or number").input_value() == "anna"
    assert page.get_by_label("Phase").input_value() == "think"
    assert page.locator("#part-people tbody tr").count() == 1


def test_the_funnel_leads_to_the_people_of_a_phase(visit):
    page = visit()
    page.locator(".funnel").get_by_role("link", name="Do").click()

    assert "Mensen in Do" in page.locator("#people").inner_text()
    rows = page.locator("#part-people tbody tr").all_inner_texts()
    assert len(rows) == 1
    assert "Fatima El Amrani" in rows[0]


#: Where the focus is, how thick it is shown, and whether it is within the window.
FOCUSED = """() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    tag: one.tagName,
    path: one.id + one.outerHTML.slice(0, 200) + box.top + scrollY,
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    inside: box.width > 0 && box.left >= 0 && box.right <= innerWidth,
  };
}"""


def sticking_out(page):
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def tab_to(page, name):
    """Press Tab until the focus is on what has this id, class or text."""
    names = """() => { const one = document.activeElement;
        return [one.id, one.className, one.textContent.trim()] }"""
    for _ in range(200):
        page.keyboard.press("Tab")
        if name in page.evaluate(names):
            return
    pytest.fail(f"the keyboard never reaches {name!r}")
