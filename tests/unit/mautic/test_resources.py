from datetime import datetime, timedelta, timezone

import pytest

from plugin.errors import Misconfigured, Rejected
from webhooks.events import ContentKind

from .exchanges import recorded


def test_lists_are_read_whatever_their_shape(mautic, replay):
    for name in ("006-hooks-list", "029-stages-list", "031-tags-list"):
        replay.expect(name)
    replay.expect("173-assets-list")
    replay.expect("003-contacts-list-empty", path="/api/contacts")

    assert [one["name"] for one in mautic.hooks.everything()] == ["capture-all"]
    assert [one["name"] for one in mautic.stages.everything()] == ["Lead", "Customer"]
    assert [one["tag"] for one in mautic.tags.everything()] == ["vip"]
    assert list(mautic.assets.everything()) == []
    assert list(mautic.contacts.everything()) == []


def test_everything_goes_on_until_a_page_is_not_full(mautic, replay):
    replay.expect("029-stages-list")
    replay.expect("029-stages-list")
    replay.handler("GET", "/api/stages").respond_with_json({"total": 4, "stages": []})

    assert len(list(mautic.stages.everything(page=2))) == 4

    assert [request.args.get("start") for request in replay.requests] == [
        None,
        "2",
        "4",
    ]


def test_segments_are_called_lists(mautic, replay):
    replay.expect("035-segments-list")

    aliases = {one["alias"] for one in mautic.segments.everything()}

    assert aliases == {"example-people", "old-style", "static-seg"}


def test_making_sends_json_as_recorded(mautic, replay):
    wanted = replay.expect("q3-segments-new-phase")

    made = mautic.segments.make(wanted.request)

    assert made["alias"] == "phase-see"
    assert replay.bodies() == [wanted.request]


def test_a_tag_that_exists_is_not_made_again(mautic, replay):
    replay.expect("031-tags-list")
    wanted = replay.expect("030-tags-new")

    ids = mautic.tags.ensure(["vip", "VIP"])

    assert ids == {"vip": 1, "VIP": 1}
    assert replay.bodies() == [wanted.request | {"tag": "VIP"}]


def test_a_note_is_written_and_read(mautic, replay):
    wanted = replay.expect("017-note-new-by-client-credentials")
    replay.expect("q5-contact-notes")

    note_id = mautic.notes.add(4027, wanted.request["text"])
    notes = mautic.notes.list(34990)

    assert note_id == wanted.answer["note"]["id"]
    assert replay.bodies() == [wanted.request]
    assert [one["text"] for one in notes] == ["<b>hello</b> from scoring"]


def test_a_note_has_the_moment_it_is_of(mautic, replay):
    wanted = replay.expect("q5-notes-new-client-credentials")
    at = datetime(2026, 11, 23, 1, 10, 59, tzinfo=timezone(timedelta(hours=1)))

    mautic.notes.add(34990, wanted.request["text"], at)

    assert replay.bodies() == [wanted.request]


def test_the_triggers_of_this_mautic(mautic, replay):
    replay.expect("004-hooks-triggers")

    triggers = mautic.hooks.triggers()

    assert len(triggers) == 14
    assert "mautic.page_on_hit" in triggers


def test_content_comes_with_its_category(mautic, replay):
    for kind in ("emails", "pages", "forms", "assets"):
        replay.expect(f"q5-get-{kind}-list")

    items = {
        one.kind: one
        for part in (mautic.emails, mautic.pages, mautic.forms, mautic.assets)
        for one in part.items()
        if one.category
    }

    assert items[ContentKind.EMAIL].category == "cat-email"
    assert items[ContentKind.EMAIL].name == "CatMail"
    assert items[ContentKind.PAGE].url.endswith("/cat-page")
    assert items[ContentKind.FORM].published
    assert items[ContentKind.ASSET].url == "http://127.0.0.1:8800/asset/1:catasset"
    assert items[ContentKind.ASSET].id == "1"


def test_content_without_a_category_has_none(mautic, replay):
    replay.expect("095-pages-list")

    (page,) = mautic.pages.items()

    assert page.category is None
    assert page.language == "en"
    assert page.name == "Landing 1"


def test_stats_are_asked_for_by_their_last_id(mautic, replay):
    wanted = replay.expect("018-stats-page_hits")

    rows = mautic.stats.rows("page_hits", 2000, 20, equal={"lead_id": 4027})

    args = replay.requests[0].args
    assert [row["id"] for row in rows] == [r["id"] for r in wanted.answer["stats"]]
    assert args["where[0][col]"] == "id"
    assert args["where[0][expr]"] == "gt"
    assert args["where[0][val]"] == "2000"
    assert args["where[1][val]"] == wanted.query["where[0][val]"]
    assert args["order[0][col]"] == "id"


def test_all_rows_after_an_id(mautic, replay):
    replay.expect("018-stats-page_hits")
    replay.handler("GET", "/api/stats/page_hits").respond_with_json({"stats": []})

    rows = list(mautic.stats.everything_after("page_hits"))

    assert replay.requests[1].args["where[0][val]"] == rows[-1]["id"]


@pytest.mark.parametrize(
    "name", ["029-stats-lead_lists_leads-no-id-column", "q4-stats-page_hits-bad-column"]
)
def test_errors_of_stats_hide_behind_a_200(mautic, replay, name):
    wanted = replay.expect(name)
    table = wanted.path.rpartition("/")[2]

    with pytest.raises(Rejected, match="Unknown column"):
        mautic.stats.rows(table)


def test_an_unknown_table_is_no_empty_one(mautic, replay):
    replay.expect("171-stats-nosuch")

    with pytest.raises(Rejected, match="no such table"):
        mautic.stats.rows("nosuch")


def test_an_admin_has_all_rights(mautic, replay):
    replay.expect("033-users-self-client-credentials")

    assert mautic.users.missing_rights(["lead:leads:viewother"]) == []


def test_a_users_rights_are_asked_for(mautic, replay):
    wanted = recorded("q5-admin-users-check")
    me = recorded("090-users-self").answer
    me["role"]["isAdmin"] = False
    replay.handler("GET", "/api/users/self").respond_with_json(me)
    granted = dict.fromkeys(wanted.request["permissions"], True)
    granted["email:emails:viewown"] = False
    replay.handler("POST", wanted.path).respond_with_json(granted)

    missing = mautic.users.missing_rights(wanted.request["permissions"])

    assert missing == ["email:emails:viewown"]
    assert replay.bodies() == [wanted.request]


def test_a_limited_clients_rights_are_read_from_its_role(mautic, httpserver):
    role = {"isAdmin": False, "rawPermissions": {"lead:leads": ["viewother"]}}
    httpserver.expect_request("/api/users/self").respond_with_json({"role": role})

    rights = ["lead:leads:viewother", "lead:leads:editother", "stage:stages:view"]

    assert mautic.users.missing_rights(rights) == rights[1:]


def test_removing_what_is_gone_is_fine(mautic, httpserver):
    gone = recorded("059-contacts-edit-notfound")
    httpserver.expect_request("/api/segments/7/delete").respond_with_data(
        gone.text, status=404, content_type="application/json"
    )

    mautic.segments.remove(7)


def test_an_answer_without_what_was_asked_for_is_refused(mautic, httpserver):
    httpserver.expect_request("/api/stages").respond_with_json({"odd": 1})
    httpserver.expect_request("/api/stages/1").respond_with_json({"odd": 1})

    with pytest.raises(Rejected, match="stages"):
        list(mautic.stages.everything())
    with pytest.raises(Rejected, match="stage"):
        mautic.stages.read(1)


def test_a_wrong_password_is_told_where_basic_auth_is_switched_on(mautic, replay):
    replay.expect("002-auth-bad")

    with pytest.raises(Misconfigured, match="HTTP basic auth"):
        list(mautic.contacts.everything())
