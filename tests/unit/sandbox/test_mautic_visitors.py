"""A visitor causes the webhooks and the statistics that were recorded."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from plugin.sandbox.mautic.resources import triggers
from plugin.sandbox.mautic.server import MauticSandbox
from tests.contract.mautic.recordings import deliveries, differences

#: the recording had other custom fields, parameters and form fields
IGNORED = re.compile(r"\.(fields|query|results)\.")
PODCAST = "https://werk.example/podcast?utm_source=mautic&utm_medium=email"


class Stage:
    """A look-alike with content, one hook on everything, and what it heard."""

    def __init__(self, sandbox: MauticSandbox, server: Any) -> None:
        self.sandbox, self.server = sandbox, server
        self.api(
            "hooks/new",
            {
                "name": "all",
                "webhookUrl": server.url_for("/all"),
                "triggers": list(triggers()),
            },
        )
        self.api("categories/new", {"title": "Think", "bundle": "email"})
        self.api("pages/new", {"title": "Hackathon", "alias": "hackathon"})
        self.api(
            "emails/new",
            {
                "name": "Podcast",
                "subject": "s",
                "category": 1,
                "customHtml": f'<a href="{PODCAST}">x</a>',
            },
        )
        address = {
            "label": "E-mail",
            "alias": "email",
            "type": "email",
            "mappedField": "email",
            "mappedObject": "contact",
            "isRequired": True,
        }
        name = {
            "label": "Naam",
            "alias": "naam",
            "type": "text",
            "mappedField": "firstname",
            "mappedObject": "contact",
        }
        points = {
            "name": "Points",
            "type": "lead.pointschange",
            "properties": {"operator": "plus", "points": 3},
        }
        self.api("forms/new", {"name": "Plain", "fields": [address, name]})
        self.api(
            "forms/new",
            {"name": "Scored", "fields": [address, name], "actions": [points]},
        )
        self.heard()

    def api(self, path: str, body: Any = None) -> Any:
        auth = (self.sandbox.username, self.sandbox.password)
        url = f"{self.sandbox.url}/api/{path}"
        answer = requests.request(
            "GET" if body is None else "POST", url, json=body, auth=auth, timeout=10
        )
        assert answer.ok, answer.text
        return answer.json()

    def contact(self, **body: Any) -> int:
        number = int(self.api("contacts/new", body)["contact"]["id"])
        self.heard()
        return number

    def heard(self) -> list[dict[str, Any]]:
        bodies = [json.loads(request.data) for request, _ in self.server.log]
        self.server.clear_log()
        return bodies

    def rows(self, table: str) -> list[dict[str, str]]:
        return list(self.api(f"stats/{table}?limit=0")["stats"])


@pytest.fixture
def stage(httpserver: Any) -> Iterator[Stage]:
    httpserver.expect_request("/all", method="POST").respond_with_data("ok")
    with MauticSandbox() as sandbox:
        yield Stage(sandbox, httpserver)


def names(bodies: list[dict[str, Any]]) -> list[str]:
    return [name.removeprefix("mautic.") for body in bodies for name in body]


def check(heard: list[dict[str, Any]], scenario: str) -> None:
    recorded = deliveries(scenario)
    assert names(heard) == names(recorded)
    for have, want in zip(heard, recorded, strict=True):
        found = list(differences(have, want))
        assert [f for f in found if not IGNORED.search(f)] == []


def test_an_anonymous_page_view(stage: Stage) -> None:
    visitor = stage.sandbox.visitor()
    visitor.visit_url("https://www.example.com/?utm_source=li", title="Home")

    check(stage.heard(), "mtracking-gif-anonymous")
    assert stage.rows("page_hits")[0]["lead_id"] == str(visitor.contact_id)


def test_a_known_page_view_with_utm_updates_the_contact(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    visitor = stage.sandbox.visitor()
    visitor.click_email("Podcast", "https://werk.example/plain", contact=contact)
    stage.heard()
    visitor.visit_url(
        "https://www.example.com/pricing?utm_source=fb",
        title="Pricing",
        referer="https://facebook.com/",
        language="en",
    )
    check(stage.heard(), "mtracking-gif-identified")

    visitor.visit_url("https://www.example.com/docs", title="Docs")
    check(stage.heard(), "mtc-event-identified")


def test_every_opening_is_told(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    (mail,) = stage.heard()
    tracking_hash = mail["mautic.email_on_send"][0]["idHash"]
    for _ in range(2):
        requests.get(f"{stage.sandbox.url}/email/{tracking_hash}.gif", timeout=10)
        check(stage.heard(), "email-open-pixel")
    (row,) = stage.rows("email_stats")

    assert (row["is_read"], row["open_count"]) == ("1", "2")
    assert row["open_details"].startswith('a:2:{i:0;a:3:{s:8:"datetime"')


def test_the_first_click_opens_the_mail(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    stage.heard()
    visitor = stage.sandbox.visitor()
    visitor.click_email("Podcast", PODCAST, contact=contact)
    heard = stage.heard()
    hit = heard[-1]["mautic.page_on_hit"][0]["hit"]

    check(heard, "stdc-email-click-external")
    assert (hit["redirect"], hit["source"], hit["url"]) == ([], "email", PODCAST)
    assert hit["email"]["category"] == []
    assert visitor.contact_id == contact


def test_a_click_to_a_landing_page_is_two_hits(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    visitor = stage.sandbox.visitor()
    visitor.click_email("Podcast", PODCAST, contact=contact)
    stage.heard()
    visitor.click_email("Podcast", f"{stage.sandbox.url}/hackathon")
    heard = stage.heard()
    first, second = (body["mautic.page_on_hit"][0]["hit"] for body in heard[1::2])

    # The recording also had a point action on the page: two events more.
    page = "lead_post_save_update", "page_on_hit"
    assert names(heard) == [*page, *page]
    assert (first["page"], first["redirect"]) == (None, [])
    assert (second["page"]["alias"], second["redirect"]) == ("hackathon", None)
    assert second["source"] == "email"


def test_following_a_link_over_http(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    (redirect,) = stage.rows("page_redirects")
    url = f"{stage.sandbox.url}/r/{redirect['redirect_id']}"
    answer = requests.get(url, allow_redirects=False, timeout=10)

    assert (answer.status_code, answer.headers["Location"]) == (302, PODCAST)
    assert stage.rows("page_hits")[0]["redirect_id"] == redirect["id"]


def test_a_click_merges_the_anonymous_visitor_away(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    visitor = stage.sandbox.visitor()
    visitor.visit_url("https://www.example.com/a")
    anonymous = visitor.contact_id
    stage.heard()
    visitor.click_email("Podcast", PODCAST, contact=contact)
    deleted = [
        item
        for body in stage.heard()
        for item in body.get("mautic.lead_post_delete", [])
    ]

    assert [item["id"] for item in deleted] == [anonymous]
    assert visitor.contact_id == contact
    assert {row["lead_id"] for row in stage.rows("page_hits")} == {str(contact)}


@pytest.mark.parametrize(
    ("form", "scenario"),
    [
        ("Scored", "visitor-merge-3-form-known-email"),
        ("Plain", "stdc-form-signup"),
    ],
)
def test_a_form_keeps_the_anonymous_id(stage: Stage, form: str, scenario: str) -> None:
    known = stage.contact(
        email="sanne@kandidaat.example",
        lastname="de Vries",
        points=7 if form == "Plain" else 0,
    )
    visitor = stage.sandbox.visitor()
    visitor.visit_url("https://www.example.com/a")
    anonymous = visitor.contact_id
    stage.heard()
    values = {"email": "sanne@kandidaat.example", "naam": "Sanne"}
    visitor.submit_form(form, values, referer="https://www.example.com/a")
    heard = stage.heard()
    lead = heard[-1]["mautic.form_on_submit"][0]["submission"]["lead"]

    check(heard, scenario)
    assert visitor.contact_id == anonymous
    assert stage.api(f"contacts/{known}")["contact"]["id"] == anonymous
    assert lead["fields"]["core"]["email"]["value"] is None
    assert (
        stage.api(f"contacts/{anonymous}")["contact"]["fields"]["all"]["lastname"]
        == "de Vries"
    )


def test_a_form_names_a_new_visitor(stage: Stage) -> None:
    visitor = stage.sandbox.visitor()
    visitor.visit_url("https://www.example.com/a")
    stage.heard()
    values = {"email": "nieuw@kandidaat.example", "naam": "N"}
    visitor.submit_form("Scored", values)
    check(stage.heard(), "visitor-new-2-form-new-email")

    visitor.submit_form("Scored", values)
    check(stage.heard(), "form-submit-again")


def test_a_form_over_http(stage: Stage) -> None:
    form = {"mauticform[email]": "ajax@example.com", "mauticform[naam]": "Aj"}
    url = f"{stage.sandbox.url}/form/submit?formId=2&ajax=1"
    answer = requests.post(url, data=form, timeout=10)

    assert answer.json()["results"] == {"email": "ajax@example.com", "naam": "Aj"}
    check(stage.heard(), "form-submit-ajax")


def test_a_shared_browser_is_somebody_else(stage: Stage) -> None:
    visitor = stage.sandbox.visitor()
    visitor.submit_form("Plain", {"email": "one@kandidaat.example"})
    first = visitor.contact_id
    visitor.submit_form("Plain", {"email": "two@kandidaat.example"})

    assert visitor.contact_id != first


def test_downloads_and_videos_are_silent(stage: Stage) -> None:
    stage.api(
        "assets/new", {"title": "Guide", "file": "https://werk.example/guide.pdf"}
    )
    visitor = stage.sandbox.visitor()
    visitor.download_asset("Guide")
    visitor.watch_video("https://werk.example/v.mp4", seconds=30, duration=60)

    assert stage.heard() == []
    assert stage.rows("asset_downloads")[0]["asset_id"] == "1"
    assert stage.rows("video_hits")[0]["time_watched"] == "30"


def test_unsubscribing(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    stage.sandbox.send_email(1, contact)
    stage.heard()
    stage.sandbox.visitor().unsubscribe("Podcast", contact=contact)

    check(stage.heard(), "email-unsubscribe-page")


def test_a_visitor_can_start_out_known(stage: Stage) -> None:
    contact = stage.contact(email="sanne@kandidaat.example")
    visitor = stage.sandbox.visitor(contact=contact)
    visitor.visit_page("hackathon")
    ((hit,),) = (body["mautic.page_on_hit"] for body in stage.heard())

    assert (visitor.contact_id, hit["hit"]["lead"]["id"]) == (contact, contact)
