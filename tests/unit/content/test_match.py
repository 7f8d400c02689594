"""Which content is for what: the category first, then the rules."""

import pytest

from plugin.content.match import Catalogue, CatalogueItem, classify
from plugin.mappings.model import Phase
from tests.golden.build import shipped
from webhooks.events import ContentKind, ContentRef


def ref(kind, id_=None, name="", url=None):
    return ContentRef(kind=kind, id=id_, name=name, url=url)


def item(kind, id_, category, name=""):
    return CatalogueItem(kind=kind, id=id_, name=name, category=category)


CATALOGUE = Catalogue.of(
    [
        item(ContentKind.EMAIL, "1", "think-security", "Doe mee"),
        item(ContentKind.PAGE, "2", "see-cloud"),
        item(ContentKind.FORM, "3", "do-aanmelden"),
        item(ContentKind.PAGE, "4", "do"),
        item(ContentKind.FORM, "5", None, "Nieuwsbrief"),
        item(ContentKind.PAGE, "6", "think-onbekend"),
        item(ContentKind.PAGE, "7", "iets-anders"),
    ]
)


def found(content, via=None, utm=None):
    return classify(content, via, utm or {}, shipped().content, CATALOGUE)


MAIL = ref(ContentKind.EMAIL, "1")


def test_the_category_of_the_content_speaks_first():
    page = ref(ContentKind.PAGE, "2", url="https://example.org/hackathon")

    one = found(page, MAIL)

    assert (one.phase, one.topics) == (Phase.SEE, {"cloud"})
    assert one.where == "category see-cloud"


def test_a_link_to_an_unknown_page_counts_as_the_mail_it_stood_in():
    one = found(ref(ContentKind.URL, url="https://other.example/x"), MAIL)

    assert (one.phase, one.topics) == (Phase.THINK, {"security"})


def test_a_topic_nobody_named_is_none():
    assert found(ref(ContentKind.PAGE, "6")).topics == frozenset()


@pytest.mark.parametrize(
    ("content", "utm", "where"),
    [
        (ref(ContentKind.URL, url="https://x.example/blog/a"), {}, "blog"),
        (ref(ContentKind.URL, url="https://x.example/podcast-1"), {}, "podcast"),
        (ref(ContentKind.ASSET, "9", "Wat dan ook"), {}, "white-paper-file"),
        (ref(ContentKind.FORM, "9", "Aanmelden hackathon"), {}, "sign-up-form"),
        (ref(ContentKind.FORM, "5"), {}, "newsletter-form"),
        (ref(ContentKind.EMAIL, "9", "24 uur Hackathon!"), {}, "hackathon-mail"),
        (
            ref(ContentKind.URL, url="https://x.example/l"),
            {"campaign": "think-najaar"},
            "campaign-think",
        ),
    ],
)
def test_rules_where_there_is_no_category(content, utm, where):
    assert found(content, utm=utm).where == f"content.toml: {where}"


@pytest.mark.parametrize(
    "content",
    [
        ref(ContentKind.URL, url="https://x.example/over-ons"),
        ref(ContentKind.PAGE, "7", "Over ons"),
        None,
    ],
)
def test_what_nobody_classified(content):
    assert found(content) is None


def test_only_a_form_can_be_a_gate():
    assert found(ref(ContentKind.FORM, "3")).gate
    assert not found(ref(ContentKind.PAGE, "4")).gate


def test_a_form_on_a_page_for_do_is_no_gate_for_that():
    page = ref(ContentKind.PAGE, "4")

    one = found(ref(ContentKind.FORM, "9", "Vragen"), page)

    assert (one.phase, one.gate) == (Phase.DO, False)
