"""Fields, tags, stages, segments, campaigns and hooks over REST."""

from typing import Any

import pytest

from tests.contract.mautic.conftest import Mautic


def test_a_long_alias_is_cut_at_25(mautic: Mautic) -> None:
    wanted = f"t{mautic.run}_a_name_of_more_than_25_characters"

    assert mautic.field("text", alias=wanted) == wanted[:25].rstrip("_")


def test_an_alias_in_use_is_refused_and_a_reserved_one_numbered(mautic: Mautic) -> None:
    body = {"label": "x", "alias": "email", "type": "text"}
    answer = mautic.call("POST", "/fields/contact/new", body)

    assert answer.status_code == 400
    assert "alias" in answer.json()["errors"][0]["details"]
    assert mautic.field("text", alias="id").startswith("id")


def test_a_choice_needs_its_options(mautic: Mautic) -> None:
    answer = mautic.call(
        "POST", "/fields/contact/new", {"label": "x", "type": "select"}
    )

    assert answer.status_code == 400


def test_fields_are_an_object_by_id_with_all_of_them(mautic: Mautic) -> None:
    alias = mautic.field("text", group="professional")
    found = mautic.get("/fields/contact", params={"limit": 0}).json()
    mine = [row for row in found["fields"].values() if row["alias"] == alias]

    assert (mine[0]["group"], mine[0]["object"]) == ("professional", "lead")
    assert isinstance(found["total"], int)


def test_a_tag_is_made_once(mautic: Mautic) -> None:
    name = mautic.name("tag")
    first = mautic.make("tags", "tag", {"tag": name})
    again = mautic.call("POST", "/tags/new", {"tag": name})

    assert (again.status_code, again.json()["tag"]["id"]) == (200, first["id"])


def test_a_segment_alias_is_numbered(mautic: Mautic) -> None:
    alias = mautic.name("seg")
    made = [
        mautic.make("segments", "list", {"name": alias, "alias": alias})["alias"]
        for _ in range(2)
    ]

    assert made == [alias, f"{alias}1"]


def test_a_segment_filter_has_to_fit_its_field(mautic: Mautic) -> None:
    options = {"list": [{"label": "See", "value": "see"}]}
    alias = mautic.field("select", properties=options)
    rule = {
        "glue": "and",
        "object": "lead",
        "field": alias,
        "type": "select",
        "operator": "=",
        "properties": {"filter": "see"},
    }
    name = mautic.name("phase")
    made = mautic.make("segments", "list", {"name": name, "filters": [rule]})
    wrong = rule | {"properties": {"filter": "nosuch"}}
    answer = mautic.call("POST", "/segments/new", {"name": name, "filters": [wrong]})

    assert made["filters"] == [rule]
    assert answer.status_code == 400


def test_a_contact_is_put_in_a_segment_and_taken_out(mautic: Mautic) -> None:
    segment = mautic.make("segments", "list", {"name": mautic.name("static")})
    contact = mautic.contact()
    path = f"/segments/{segment['id']}/contact/{contact['id']}"

    assert mautic.call("POST", f"{path}/add").json() == {"success": 1}
    found = mautic.get(f"/contacts/{contact['id']}/segments").json()
    assert found["lists"][str(segment["id"])]["manuallyAdded"] is True
    assert mautic.call("POST", f"{path}/remove").json() == {"success": 1}
    assert mautic.get(f"/contacts/{contact['id']}/segments").json()["total"] == 0


def campaign(mautic: Mautic, **changes: Any) -> dict[str, Any]:
    segment = mautic.make("segments", "list", {"name": mautic.name("source")})
    event = {
        "id": "new1",
        "name": "tag",
        "type": "lead.changetags",
        "eventType": "action",
        "order": 1,
        "triggerMode": "immediate",
        "properties": {"add_tags": ["camp"], "remove_tags": []},
    }
    wire = {
        "sourceId": "lists",
        "targetId": "new1",
        "anchors": {"source": "leadsource", "target": "top"},
    }
    nodes = [
        {"id": name, "positionX": "100", "positionY": "200"}
        for name in ("new1", "lists")
    ]
    return {
        "name": mautic.name("campaign"),
        "isPublished": False,
        "lists": [{"id": segment["id"]}],
        "events": [event],
        "canvasSettings": {"nodes": nodes, "connections": [wire]},
    } | changes


def test_a_campaign_gives_its_events_new_ids(mautic: Mautic) -> None:
    made = mautic.make("campaigns", "campaign", campaign(mautic))
    number = made["events"][0]["id"]

    assert isinstance(number, int)
    assert made["canvasSettings"]["connections"][0]["targetId"] == str(number)
    assert made["isPublished"] is False


def test_events_without_a_canvas_are_lost(mautic: Mautic) -> None:
    body = campaign(mautic)
    del body["canvasSettings"]

    assert mautic.make("campaigns", "campaign", body)["events"] == []


@pytest.mark.parametrize("missing", ["events", "lists"])
def test_a_campaign_needs_events_and_a_source(mautic: Mautic, missing: str) -> None:
    answer = mautic.call("POST", "/campaigns/new", campaign(mautic, **{missing: []}))

    assert answer.status_code == 400


def test_put_deletes_the_events_it_leaves_out_and_asks_ids_of_the_rest(
    mautic: Mautic,
) -> None:
    body = campaign(mautic)
    made = mautic.make("campaigns", "campaign", body)
    path = f"/campaigns/{made['id']}/edit"
    (event,) = body["events"]
    anonymous = {name: event[name] for name in event if name != "id"}
    refused = mautic.call("PUT", path, body | {"events": [anonymous]})
    replaced = mautic.call("PUT", path, body).json()["campaign"]

    assert refused.status_code == 400
    assert '["id"] is missing' in refused.json()["errors"][0]["message"]
    assert [one["name"] for one in replaced["events"]] == ["tag"]
    assert replaced["events"][0]["id"] != made["events"][0]["id"]


def test_a_campaign_is_renamed_and_published_by_patch(mautic: Mautic) -> None:
    made = mautic.make("campaigns", "campaign", campaign(mautic))
    path = f"/campaigns/{made['id']}/edit"
    shown = mautic.call("PATCH", path, {"isPublished": True}).json()["campaign"]

    assert shown["isPublished"] is True
    assert shown["events"][0]["id"] == made["events"][0]["id"]


def hook(mautic: Mautic, **changes: Any) -> dict[str, Any]:
    body = {
        "name": mautic.name("hook"),
        "webhookUrl": "http://127.0.0.1:9/x",
        "triggers": ["mautic.page_on_hit"],
        "isPublished": False,
    }
    return mautic.make("hooks", "hook", body | changes)


def test_a_hook_gets_a_secret_and_keeps_what_it_is_given(mautic: Mautic) -> None:
    assert len(hook(mautic)["secret"]) == 64
    assert hook(mautic, secret="mine", triggers=["no.such"])["secret"] == "mine"


def test_patch_adds_triggers_and_put_sets_them(mautic: Mautic) -> None:
    made = hook(mautic, secret="mine")
    path = f"/hooks/{made['id']}/edit"
    added = mautic.call("PATCH", path, {"triggers": ["mautic.form_on_submit"]}).json()[
        "hook"
    ]
    body = {key: made[key] for key in ("name", "webhookUrl")}
    put = mautic.call(
        "PUT", path, body | {"triggers": ["mautic.email_on_open"]}
    ).json()["hook"]

    assert sorted(added["triggers"]) == ["mautic.form_on_submit", "mautic.page_on_hit"]
    assert added["secret"] == "mine"
    assert put["triggers"] == ["mautic.email_on_open"]
    assert put["secret"] != "mine"


def test_two_hooks_may_have_one_address(mautic: Mautic) -> None:
    assert hook(mautic)["id"] != hook(mautic)["id"]


def test_a_hook_needs_a_real_address(mautic: Mautic) -> None:
    body = {"name": "x", "webhookUrl": "not a url"}

    assert mautic.call("POST", "/hooks/new", body).status_code == 400


def test_a_category_shows_on_what_has_it(mautic: Mautic) -> None:
    body = {"title": mautic.name("Think"), "bundle": "email"}
    category = mautic.make("categories", "category", body)
    email = mautic.make(
        "emails",
        "email",
        {
            "name": mautic.name("mail"),
            "subject": "s",
            "category": category["id"],
            "customHtml": "<html><body>x</body></html>",
            "emailType": "template",
        },
    )
    found = mautic.get(f"/emails/{email['id']}").json()["email"]["category"]

    assert (found["id"], found["alias"]) == (category["id"], category["alias"])


def test_stats_are_text_and_leave_nulls_out(mautic: Mautic) -> None:
    contact = mautic.contact()
    body = {"utm_source": "linkedin", "utm_campaign": "see"}
    mautic.call("POST", f"/contacts/{contact['id']}/utm/add", body)
    where = {
        "where[0][col]": "lead_id",
        "where[0][expr]": "eq",
        "where[0][val]": contact["id"],
    }
    found = mautic.get("/stats/lead_utmtags", params=where).json()

    assert found["total"] == "1"
    assert found["stats"][0]["lead_id"] == str(contact["id"])
    assert "utm_term" not in found["stats"][0]


def test_stats_answer_200_whatever_is_wrong(mautic: Mautic) -> None:
    where = {"where[0][col]": "nosuch", "where[0][expr]": "gt", "where[0][val]": "1"}
    wrong = mautic.get("/stats/page_hits", params=where)

    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (200, 1054)
    assert "page_hits" in mautic.get("/stats/nosuch").json()["availableTables"]


def test_who_am_i_and_what_may_i(mautic: Mautic) -> None:
    me = mautic.get("/users/self").json()
    asked = {"permissions": ["lead:leads:viewother"]}
    answer = mautic.call("POST", f"/users/{me['id']}/permissioncheck", asked)

    assert me["username"] == mautic.auth[0]
    assert answer.json() == {"lead:leads:viewother": True}
