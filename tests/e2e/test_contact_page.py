"""A contact's page in a real browser: a recruiter decides, an admin puts right."""

import pytest

from plugin.phases.gate import HAND_OVER
from plugin.pipeline import erasures, writes
from plugin.store import OutboxState
from plugin.ui.roles import KEY, Role
from tests.e2e.test_pages import PHONE, WIDE, browser, sticking_out, tab_to, visit
from tests.support.browser import serving, shoot, violations
from tests.support.people import NOW, populate, town

__all__ = ["browser", "visit"]

pytestmark = [pytest.mark.browser, pytest.mark.e2e]
#: In Do by what was read and seen; somebody in Think; one person of two contacts.
CANDIDATE, THINKER, TWINS = 40, 3, (50, 51)


@pytest.fixture
def here(tmp_path):
    with town(tmp_path) as here:
        populate(here)
        acts = [(days / 2, "considers", f"Baan {days}") for days in range(2, 30)]
        here.settle(CANDIDATE, "Noor Bos", *acts, email="noor@example.com")
        for number in TWINS:
            here.settle(number, f"Tim {number}", (number / 10, "reads", "Iets"))
        with here.parts.store.unit() as unit:
            unit.people.merge(TWINS[1], TWINS[0], NOW, "the same cookie")
        yield here


@pytest.fixture
def address(here):
    with serving(here.app()) as address:
        yield address


@pytest.fixture
def as_role(visit, here, address):
    """Open a window of somebody with a role."""

    def as_role(role, **options):
        page = visit(signed_in=False, **options)
        app = here.app()
        with app.test_client() as client:
            with client.session_transaction() as session:
                session[KEY] = {"name": "Kim", "role": role.value, "id": 5}
                session.permanent = True
            cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "url": address}]
        )
        return page

    return as_role


def audit(here):
    with here.parts.store.view() as unit:
        return [(one.action, one.actor) for one in unit.audit.list()]


def answer(here, person):
    with here.parts.store.view() as unit:
        return unit.answers.get(HAND_OVER, person)


@pytest.mark.parametrize(
    ("scheme", "language", "size"),
    [("light", "en", WIDE), ("dark", "nl", PHONE)],
    ids=["light-en-wide", "dark-nl-phone"],
)
@pytest.mark.parametrize("contact", [1, CANDIDATE, TWINS[0]])
def test_axe_finds_nothing_also_with_all_opened(visit, scheme, language, size, contact):
    page = visit(color_scheme=scheme, viewport=size)
    page.goto(f"/contacts/{contact}?lang={language}")
    for details in page.locator("details").all():
        details.locator("summary").click()
    shoot(page, f"contact-{contact}-{language}-{scheme}-{size['width']}")

    assert violations(page) == []
    assert sticking_out(page) <= 0
    assert page.complaints == []


def test_a_recruiter_says_yes_by_keyboard_and_they_go_to_the_ats(as_role, here):
    page = as_role(Role.RECRUITER)
    page.goto(f"/contacts/{CANDIDATE}?lang=en")
    tab_to(page, "Yes, hand over")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("They go to the ATS now").wait_for()

    with here.parts.store.view() as unit:
        waiting = unit.outbox.list(OutboxState.PENDING, writes.ats("odoo"))
    assert CANDIDATE in [one.person_id for one in waiting]
    assert ("handover.approved", "mautic-user:5") in audit(here)
    assert "A person said" in page.locator(".facts").inner_text()
    assert page.get_by_role("button", name="Yes, hand over").count() == 0


def test_a_recruiter_says_not_now_with_a_reason_and_a_day(as_role, here):
    page = as_role(Role.RECRUITER)
    page.goto(f"/contacts/{CANDIDATE}?lang=en")
    tab_to(page, "No, or not now")
    page.keyboard.press("Enter")
    tab_to(page, "no-reason")
    page.keyboard.type("No vacancy before spring")
    page.locator("#no-until").fill("2027-03-01")
    tab_to(page, "Do not hand over for now")
    page.keyboard.press("Enter")
    page.get_by_role("status").get_by_text("Not handed over until").wait_for()

    said = answer(here, CANDIDATE)
    assert (said.said, said.reason) == ("no", "No vacancy before spring")
    assert said.until.date().isoformat() == "2027-03-01"
    assert "No vacancy before spring" in page.locator(".facts").inner_text()


def test_a_recruiter_may_decide_only_about_candidates_and_erase_nobody(as_role, here):
    page = as_role(Role.RECRUITER)
    page.goto(f"/contacts/{CANDIDATE}?lang=en")

    assert page.get_by_text("Erase").count() == 0
    for path in (f"{CANDIDATE}/erase", f"{TWINS[0]}/split", f"{THINKER}/approve"):
        told = page.request.post(f"/contacts/{path}", form={"sure": f"{CANDIDATE}"})
        assert told.status == 403, path
    assert answer(here, THINKER) is None


def test_who_is_no_candidate_cannot_be_handed_over(visit, here):
    page = visit()
    page.goto(f"/contacts/{THINKER}?lang=en")
    assert page.get_by_role("button", name="Yes, hand over").count() == 0
    page.request.post(f"/contacts/{THINKER}/approve", max_redirects=0)
    page.goto(f"/contacts/{THINKER}")

    assert "only who is in Do" in page.get_by_role("status").inner_text()
    assert answer(here, THINKER) is None


@pytest.mark.parametrize("until", ["2020-01-01", "tomorrow", "99999-01-01"])
def test_a_day_that_is_none_or_has_passed_changes_nothing(visit, here, until):
    page = visit()
    told = {"reason": "why", "until": until}
    page.request.post(f"/contacts/{CANDIDATE}/decline", form=told)
    page.request.post(f"/contacts/{CANDIDATE}/decline", form={"until": "2027-01-01"})

    assert answer(here, CANDIDATE) is None


def test_an_admin_erases_somebody_after_typing_who_it_is(visit, here):
    page = visit()
    page.goto(f"/contacts/{CANDIDATE}?lang=en")
    for typed in ("41", f"{CANDIDATE}"):
        tab_to(page, "Erase")
        page.keyboard.press("Enter")
        tab_to(page, "sure")
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        with here.parts.store.view() as unit:
            is_asked = erasures.asked_at(unit, CANDIDATE) is not None
        assert is_asked is (typed == f"{CANDIDATE}")
    assert "is being erased" in page.locator("main").inner_text()

    assert erasures.go_on(here.parts) == 1
    assert page.goto(f"/contacts/{CANDIDATE}").status == 404
    assert ("person.erased", "admin-token") in audit(here)


def test_a_contact_that_is_somebody_else_cannot_be_split_without_a_reason(visit, here):
    page = visit()
    page.goto(f"/contacts/{TWINS[0]}?lang=en")
    assert "51" in page.locator(".facts").inner_text()
    form = {"contact": f"{TWINS[1]}", "reason": " "}
    page.request.post(f"/contacts/{TWINS[0]}/split", form=form)
    stranger = page.request.post(
        f"/contacts/{TWINS[0]}/split", form={"contact": "1", "reason": "why"}
    )

    assert stranger.status == 404
    with here.parts.store.view() as unit:
        assert unit.people.contacts_of(TWINS[0]) == [*TWINS]


def test_the_score_over_time_has_its_table(visit):
    page = visit()
    page.goto("/contacts/3?lang=en")
    rows = page.locator("#part-course tbody tr")

    assert page.locator("svg.course .ahead").count() >= 1
    assert rows.count() > 20
    page.locator("#part-course summary").click()
    assert "if nothing happens" in rows.last.inner_text()
