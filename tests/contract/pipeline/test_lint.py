"""The lint over what marketers made in Mautic, read through its API."""

from plugin.content.lint import Rule
from plugin.pipeline import catalogue
from plugin.pipeline.lint import lint_all
from webhooks.events import ContentKind


def category(house, alias):
    for one in house.mautic.state.tables["categories"].values():
        if one["alias"] == alias:
            return one["id"]
    body = {"title": alias, "alias": alias, "bundle": "global", "isPublished": True}
    return house.api("POST", "/categories/new", body)["category"]["id"]


def make(house, path, one, **body):
    body = {"isPublished": True, "category": category(house, "see-cloud")} | body
    return house.api("POST", f"/{path}/new", body)[one]["id"]


def found(house):
    return [(one.kind, one.rule, one.says) for one in lint_all(house.parts)]


def test_an_email_is_read_from_subject_to_links(house):
    make(
        house,
        "emails",
        "email",
        name="Nieuwsbrief",
        subject="Nieuwe vacatures",
        customHtml='<p>Hoi {contactfield=voornaam}, <a href="https://example.org/a">lees'
        "</a> {contactfield=firstname}</p>",
    )

    assert [(rule, says) for _, rule, says in found(house)] == [
        (Rule.WORD, "'vacatures' in the subject of content for See"),
        (
            Rule.TOKEN,
            "text: {contactfield=voornaam}: there is no contact field 'voornaam'",
        ),
        (Rule.UTM, "no UTM tags on 1 link, the first to https://example.org/a"),
        (Rule.UNSENT, "published, and never sent to anybody"),
    ]


def test_utm_tags_of_the_email_are_enough(house):
    make(
        house,
        "emails",
        "email",
        name="x",
        subject="x",
        utmTags={"utmSource": "mautic"},
        customHtml='<a href="https://example.org/a">lees</a>',
    )

    assert [rule for _, rule, _ in found(house)] == [Rule.UNSENT]


def test_focus_items_and_dynamic_content_are_read_and_listed(house):
    make(
        house,
        "focus",
        "focus",
        name="Balk",
        type="link",
        style="bar",
        properties={"content": {"headline": "Wij zoeken jou", "link_url": "x"}},
    )
    make(
        house,
        "dynamiccontents",
        "dynamicContent",
        name="Held",
        slotName="held",
        content="<p>{dwc=held} {dwc=hold}</p>",
        sentCount=3,
    )

    assert found(house) == [
        (
            ContentKind.DYNAMIC_CONTENT,
            Rule.TOKEN,
            (
                "text: {dwc=hold}: there is no dynamic content slot 'hold'; "
                "did you mean 'held'?"
            ),
        ),
        (
            ContentKind.FOCUS,
            Rule.WORD,
            "'wij zoeken' in the headline of content for See",
        ),
    ]
    assert catalogue.refresh_all(house.parts)[ContentKind.FOCUS] == 1
    with house.parts.store.view() as unit:
        kinds = {one.kind for one in unit.content.all()}
    assert {ContentKind.FOCUS, ContentKind.DYNAMIC_CONTENT} <= kinds


def test_a_form_is_read_with_its_fields_and_its_answer(house):
    make(
        house,
        "forms",
        "form",
        name="Op de hoogte",
        formType="standalone",
        postAction="message",
        postActionProperty="Bedankt voor je sollicitatie",
        fields=[{"label": "Welke baan zoek je?", "type": "text", "alias": "baan"}],
    )

    assert [says for _, _, says in found(house)] == [
        "'baan' in the fields of content for See",
        "'sollicitatie' in the answer of content for See",
    ]


def test_without_the_focus_plugin_the_rest_is_read(house):
    house.mautic.state.switches.focus_plugin = False
    make(house, "emails", "email", name="x", subject="vacature", sentCount=1)

    assert catalogue.refresh_all(house.parts)[ContentKind.FOCUS] == 0
    assert [rule for _, rule, _ in found(house)] == [Rule.WORD]


def test_the_demos_content_has_nothing_to_mend_but_what_was_never_shown(house):
    house.furnish()

    assert {rule for _, rule, _ in found(house)} <= {Rule.UNSENT, Rule.UTM}
