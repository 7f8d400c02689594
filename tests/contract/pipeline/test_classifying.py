"""Content that is classified on a page has its category in Mautic, and scores by it."""

import pytest

from plugin.errors import Rejected
from plugin.pipeline import content_report
from plugin.pipeline.catalogue import refresh_all
from plugin.pipeline.classifying import classify
from plugin.provision.resources import Kind
from webhooks.events import ContentKind

KINDS = (ContentKind.EMAIL, ContentKind.PAGE, ContentKind.FORM)


@pytest.fixture
def unsorted(house):
    """A house with an e-mail, a page and a form that nobody classified."""
    made = {
        ContentKind.EMAIL: ("emails", {"name": "Los", "subject": "Los"}),
        ContentKind.PAGE: ("pages", {"title": "Los", "alias": "los"}),
        ContentKind.FORM: (
            "forms",
            {"name": "Los", "fields": [{"label": "E-mail", "type": "email"}]},
        ),
    }
    house.set_up([Kind.CATEGORY])
    house.furnish()
    house.made = {}
    for kind, (endpoint, body) in made.items():
        answer = house.api("POST", f"/{endpoint}/new", body)
        (item,) = answer.values()
        house.made[kind] = str(item["id"])
    refresh_all(house.parts)
    return house


@pytest.mark.parametrize(
    "kind", [ContentKind.EMAIL, ContentKind.PAGE, ContentKind.FORM]
)
def test_the_choice_stands_in_mautic_and_here(unsorted, kind):
    number = unsorted.made[kind]
    classify(unsorted.parts, kind, number, "think-cloud", "mautic-user:4")

    endpoint = {"email": "emails", "page": "pages", "form": "forms"}[kind.value]
    (item,) = unsorted.api("GET", f"/{endpoint}/{number}").values()
    assert item["category"]["alias"] == "think-cloud"
    assert item.get("name", item.get("title")) == "Los"
    with unsorted.parts.store.view() as unit:
        catalogue = unsorted.parts.catalogue(unit)
        (line,) = [one for one in unit.audit.list() if "classified" in one.action]
    assert catalogue.items[kind, number].category == "think-cloud"
    assert (line.actor, line.subject) == ("mautic-user:4", f"{kind.value}:{number}")
    assert line.detail == {"category": "think-cloud", "before": None}


def test_a_category_that_only_its_kind_may_have_does_too(lively):
    body = {"title": "think-sea", "alias": "think-sea", "bundle": "email"}
    lively.api("POST", "/categories/new", body)
    made = lively.api("POST", "/emails/new", {"name": "Los", "subject": "Los"})
    number = str(made["email"]["id"])
    refresh_all(lively.parts)
    classify(lively.parts, ContentKind.EMAIL, number, "think-sea", "somebody")

    raw = lively.api("GET", f"/emails/{number}")["email"]
    assert raw["category"]["bundle"] == "email"
    page = lively.content["hackathon"]
    with pytest.raises(Rejected, match="no category think-sea"):
        classify(lively.parts, ContentKind.PAGE, str(page), "think-sea", "somebody")


def test_a_form_keeps_its_fields(unsorted):
    number = unsorted.made[ContentKind.FORM]
    before = unsorted.api("GET", f"/forms/{number}")["form"]["fields"]
    classify(unsorted.parts, ContentKind.FORM, number, "do", "somebody")

    assert before
    assert unsorted.api("GET", f"/forms/{number}")["form"]["fields"] == before


def test_what_is_not_there_is_refused_and_nothing_is_kept(unsorted):
    with pytest.raises(Rejected, match="no email 4711"):
        classify(unsorted.parts, ContentKind.EMAIL, "4711", "do", "somebody")
    number = unsorted.made[ContentKind.EMAIL]
    with pytest.raises(Rejected, match="stdc apply"):
        classify(unsorted.parts, ContentKind.EMAIL, number, "do-sailing", "somebody")

    with unsorted.parts.store.view() as unit:
        assert not [one for one in unit.audit.list() if "classified" in one.action]


def test_who_asks_has_it_looked_at_once(unsorted):
    parts = unsorted.parts
    assert not content_report.go_on(parts)
    content_report.ask(parts)
    with parts.store.view() as unit:
        assert content_report.asked_at(unit) == unsorted.clock()
    assert content_report.go_on(parts)

    with parts.store.view() as unit:
        found = content_report.findings(unit)
        assert content_report.asked_at(unit) is None
    assert "Los" in {one["name"] for one in found["found"]}
    assert all(one["mend"] for one in found["found"])
    assert not content_report.go_on(parts)
