"""What time changes, and what content that is classified late changes."""

from dataclasses import replace
from datetime import timedelta

from plugin.phases.decide import decide
from plugin.pipeline import catalogue
from plugin.pipeline.refresh import refresh
from plugin.pipeline.sweep import sweep
from webhooks.events import ContentKind


def settle_in_think(house):
    visitor = house.visitor(email="joris@example.com")
    house.interest(visitor, days=3)
    house.work()
    assert house.phases(visitor.contact_id) == ["see", "think"]
    return visitor.contact_id


def fall_of(house, contact_id):
    """Say when somebody falls back if nothing happens."""
    with house.parts.store.unit() as unit:
        person = unit.people.load(contact_id)
        catalogue = house.parts.catalogue(unit)
    now = house.clock()
    return decide(person, house.parts.mappings, catalogue, as_of=now).fall.at


def test_a_person_moves_back_at_the_computed_moment_and_not_before(lively):
    contact_id = settle_in_think(lively)
    review_at = fall_of(lively, contact_id)
    notes = len(lively.notes(contact_id))

    lively.clock.at = review_at - timedelta(microseconds=1)
    sweep(lively.parts)
    lively.work()
    too_soon = lively.phases(contact_id)
    lively.clock.at = review_at
    swept = sweep(lively.parts)
    lively.work()

    assert (too_soon, swept) == (["see", "think"], 1)
    assert lively.phases(contact_id) == ["see", "think", "see"]
    assert lively.state(contact_id).since == review_at
    assert lively.value(contact_id, "stdc_phase") == "see"
    assert lively.tags(contact_id) & {"stdc-see", "stdc-think"} == {"stdc-see"}
    assert len(lively.notes(contact_id)) == notes + 1


def test_the_score_that_mautic_shows_fades_until_nothing_is_left(lively):
    contact_id = settle_in_think(lively)
    shown = [int(lively.value(contact_id, "stdc_score"))]
    while lively.state(contact_id).review_at is not None:
        lively.clock.at = lively.state(contact_id).review_at
        sweep(lively.parts)
        lively.work()
        shown.append(int(lively.value(contact_id, "stdc_score")))

    assert shown == sorted(shown, reverse=True)
    assert len(shown) > 4
    assert shown[-1] == 1


def test_a_second_sweep_finds_nobody(lively):
    contact_id = settle_in_think(lively)
    lively.clock.at = lively.state(contact_id).review_at + timedelta(days=3)
    sweep(lively.parts)
    lively.work()
    patches, notes = lively.line.patches(), lively.notes(contact_id)

    assert sweep(lively.parts) == 0
    lively.work()
    assert lively.line.patches() == patches
    assert lively.notes(contact_id) == notes


def test_a_late_sweep_dates_the_move_when_it_happened(lively):
    contact_id = settle_in_think(lively)
    review_at = fall_of(lively, contact_id)
    lively.clock.at = review_at + timedelta(days=30)
    sweep(lively.parts)

    assert lively.state(contact_id).since == review_at


def test_many_are_swept_in_steps(lively):
    for number in range(5):
        visitor = lively.visitor(email=f"p{number}@example.com")
        lively.interest(visitor, days=3)
    lively.work()
    lively.clock.wait(days=365)

    assert sweep(lively.parts, limit=2) == 5
    assert sweep(lively.parts) == 0


def test_content_nobody_has_seen_yet_is_asked_for_and_counts(lively):
    """A page made after the last look: its category is read, and scores."""
    category = lively.api(
        "POST",
        "/categories/new",
        {"title": "T", "alias": "think-testing", "bundle": "page"},
    )["category"]["id"]
    for alias in ("new-one", "new-two"):
        page = {"title": alias, "alias": alias, "category": category}
        lively.api("POST", "/pages/new", {**page, "isPublished": True})
    visitor = lively.visitor(email="joris@example.com")
    for _ in range(3):
        for alias in ("new-one", "new-two"):
            visitor.visit_page(alias)
            lively.clock.wait(minutes=20)
        lively.clock.wait(days=1)
    lively.line.calls.clear()

    lively.work()

    assert lively.line.count("GET", "/api/pages") == 1
    assert lively.phases(visitor.contact_id) == ["see", "think"]
    assert lively.value(visitor.contact_id, "stdc_phase") == "think"
    assert "interest-testing" in lively.tags(visitor.contact_id)


def test_content_that_mautic_does_not_have_is_asked_for_once(lively):
    visitor = lively.visitor(email="joris@example.com")
    visitor.visit_page("hackathon")
    page = lively.content["hackathon"]
    lively.api("DELETE", f"/pages/{page}/delete")
    catalogue.refresh(lively.parts, ContentKind.PAGE)
    lively.line.calls.clear()
    lively.work()
    with lively.parts.store.unit() as unit:
        unit.inbox.replay([item.id for item in unit.inbox.list()])
    lively.work()

    assert lively.line.count("GET", "/api/pages") == 1


def test_a_category_given_later_scores_what_was_done_before(lively):
    contact_id = settle_in_think(lively)
    before = lively.state(contact_id).centipoints
    see = lively.api(
        "POST",
        "/categories/new",
        {"title": "S", "alias": "see-testing", "bundle": "page"},
    )["category"]["id"]
    for key in ("hackathon", "hackathon-programme"):
        path = f"/pages/{lively.content[key]}/edit"
        lively.api("PATCH", path, {"category": see})

    catalogue.refresh(lively.parts, ContentKind.PAGE)
    lively.work()

    assert before
    assert lively.phases(contact_id) == ["see"]
    assert lively.value(contact_id, "stdc_phase") == "see"


def test_a_change_of_content_that_was_cut_off_is_taken_up_again(lively):
    """The people it concerns are marked with it, and decided about whenever."""
    contact_id = settle_in_think(lively)
    refresh(lively.parts)
    with lively.parts.store.unit() as unit:
        items = [replace(one, category="see-testing") for one in unit.content.all()]
        pages = [one for one in items if one.kind is ContentKind.PAGE]
        unit.content.replace(ContentKind.PAGE, pages, lively.clock())
        unit.people.mark_dirty([contact_id])

    assert refresh(lively.parts) == 1
    assert lively.phases(contact_id) == ["see"]
