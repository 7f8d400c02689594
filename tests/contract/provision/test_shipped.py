"""What the shipped mappings make of a new Mautic, and whether it works there."""

from datetime import timedelta

import pytest

from plugin.content.lint import Piece, Rule, lint
from plugin.content.markup import read as read_markup
from plugin.content.match import CatalogueItem, Classified
from plugin.content.tokens import Known
from plugin.mappings.model import Phase
from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.desired import desired
from plugin.provision.destroy import destroy, removals, survey
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import Kind, MemoryOwned
from tests.golden.build import shipped
from webhooks.events import ContentKind

from .conftest import NOW


@pytest.fixture
def owned():
    return MemoryOwned()


@pytest.fixture
def wanted():
    whole = desired(
        shipped(), webhook_url="https://stdc.example/hook", webhook_secret="x" * 16
    )
    # Without the hook: nobody listens there.
    # And without the report: this Mautic makes none.
    left_out = {Kind.HOOK, Kind.REPORT}
    return {key: one for key, one in whole.items() if key.kind not in left_out}


def see(mautic, wanted, owned):
    return plan(wanted, read(mautic, wanted, owned), owned)


@pytest.fixture
def made(mautic, wanted, owned):
    results = list(apply(see(mautic, wanted, owned), mautic, owned))
    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []
    return mautic


def test_a_second_plan_is_empty_and_needs_no_store(made, wanted, owned):
    assert render.as_text(see(made, wanted, owned)) == render.EMPTY
    assert render.as_text(see(made, wanted, MemoryOwned())) == render.EMPTY


def test_the_emails_wait_to_be_filled_in_the_right_category(made, wanted, owned):
    found = {one["utmTags"]["utmContent"]: one for one in made.emails.everything()}

    email = found["stdc.think-security"]
    assert (email["name"], email["isPublished"]) == ("STDC - Think - Security", False)
    assert email["category"]["alias"] == "think-security"
    assert (email["emailType"], email["language"]) == ("template", "nl")
    for token in ("firstname|daar", "stdc_next_content", "stdc_next_content_url"):
        assert f"{{contactfield={token}}}" in email["customHtml"]
    assert found["stdc.care-general"]["category"]["alias"] == "care"
    topics = set(shipped().content.topics)
    assert {key for key in found if key.startswith("stdc.see")} == {
        f"stdc.see-{name}" for name in {*topics, "general", "next"}
    }


def test_no_word_of_vacancies_and_no_broken_token_before_do(made):
    known = {one["alias"] for one in made.fields.everything()}
    emails = made.emails.everything()
    pieces = [
        Piece(
            item=CatalogueItem(kind=ContentKind.EMAIL, id=str(one["id"]), name="x"),
            classified=Classified(
                phase=Phase(one["category"]["alias"].partition("-")[0]),
                topics=frozenset(),
                gate=False,
                where="category",
            ),
            texts=(
                ("subject", one["subject"]),
                ("text", read_markup(one["customHtml"]).text),
            ),
            has_utm=True,
        )
        for one in emails
    ]

    assert len(pieces) > 20
    tokens = Known(names={"contact field": frozenset(known)})
    found = lint(pieces, shipped().lint, tokens)
    assert [one for one in found if one.rule in {Rule.WORD, Rule.TOKEN}] == []


def test_what_a_marketer_makes_of_an_email_is_never_changed_or_taken_away(
    made, wanted, owned
):
    email = next(
        one
        for one in made.emails.everything()
        if one["utmTags"]["utmContent"] == "stdc.think-security"
    )
    body = {"name": "Bastions", "customHtml": "<p>Lees!</p>", "isPublished": True}
    made.emails.change(email["id"], body)

    assert render.as_text(see(made, wanted, owned)) == render.EMPTY
    planned = removals(survey(made, wanted, owned))
    assert [str(one.key) for one in planned if not one.goes] == [
        "email think-security",
        "category think-security",
    ]
    list(destroy(planned, made, owned))
    assert made.emails.read(email["id"])["name"] == "Bastions"


def test_a_copy_of_an_email_is_somebody_elses(made, wanted, owned):
    email = next(made.emails.everything())
    copy = made.emails.make(
        {
            "name": "Copy",
            "subject": "x",
            "customHtml": "x",
            "utmTags": email["utmTags"],
        }
    )

    list(destroy(removals(survey(made, wanted, owned)), made, owned))

    assert [one["id"] for one in made.emails.everything()] == [copy["id"]]


@pytest.fixture
def running(sandbox, made):
    """Everything filled and published, as a marketer would; time can pass."""
    for email in made.emails.everything():
        made.emails.change(email["id"], {"isPublished": True})
    for campaign in made.campaigns.everything():
        made.campaigns.change(campaign["id"], {"isPublished": True})
    began = sandbox.state.clock

    def after(days):
        sandbox.state.clock = lambda: NOW + timedelta(days=days)
        sandbox.cron()

    yield after
    sandbox.state.clock = began


def sent(sandbox, mautic, contact_id):
    names = {one["id"]: one["name"] for one in mautic.emails.everything()}
    rows = sandbox.state.logs["email_stats"]
    return [names[one["email_id"]] for one in rows if one["lead_id"] == contact_id]


def test_of_two_interests_only_the_first_is_written_about(
    sandbox, made, contact, running
):
    tags = ["interest-legal", "interest-data"]
    made.contacts.batch_patch([{"id": contact, "stdc_phase": "think", "tags": tags}])

    for day in range(10):
        running(day)

    assert sent(sandbox, made, contact) == ["STDC - Think - Data"]


def test_each_gets_what_is_of_interest_in_the_rhythm_of_their_audience(
    sandbox, made, contact, running
):
    tags = ["interest-legal"]
    made.contacts.batch_patch([{"id": contact, "stdc_phase": "think", "tags": tags}])

    seen = []
    for day in range(60):
        running(day)
        seen.append(len(sent(sandbox, made, contact)))

    # the rhythm of the audience "legal": a gap of 7 days, every 14
    assert [seen.index(1), seen.index(2)] == [7, 7 + 2 * 14]
    assert sent(sandbox, made, contact) == [
        "STDC - Think - Juridisch",
        "STDC - Think - algemeen",
    ]


def members(sandbox, mautic, contact_id):
    sandbox.segments_update()
    ids = {
        segment
        for (segment, member), row in sandbox.state.members.items()
        if member == contact_id and not row["manually_removed"]
    }
    return {
        one["alias"] for one in mautic.segments.everything() if one["id"] in ids
    } - {"stdc-do"}


@pytest.fixture
def contact(made):
    one = made.contacts.make({"email": "s@kandidaat.example", "stdc_phase": "do"})
    yield one["id"]
    made.contacts.remove(one["id"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"stdc-ready"}),
        ({"stdc_ats_status": "new"}, set()),
        ({"stdc_momentum": "rising"}, {"stdc-ready", "stdc-rising"}),
        ({"tags": ["interest-cloud"]}, {"stdc-ready", "stdc-do-cloud"}),
        ({"stdc_next_touch_on": "2026-11-23"}, {"stdc-ready", "stdc-due"}),
        ({"stdc_next_touch_on": "2026-11-24"}, {"stdc-ready"}),
    ],
    ids=["do", "handed-over", "rising", "interest", "due", "not-due-yet"],
)
def test_people_are_in_the_segments_they_belong_to(
    sandbox, made, contact, values, expected
):
    assert NOW.date().isoformat() == "2026-11-23"
    made.contacts.batch_patch([{"id": contact, **values}])

    assert members(sandbox, made, contact) == expected
