"""What a contact keeps of what is written to it, over REST."""

from itertools import pairwise

import pytest

from tests.contract.mautic.conftest import Mautic

PHASES = {"list": [{"label": "See", "value": "see"}, {"label": "Do", "value": "do"}]}
WHOLE = {"roundmode": 4, "scale": 0}


def patch(mautic: Mautic, contact_id: int, **body: object) -> int:
    answer = mautic.call("PATCH", f"/contacts/{contact_id}/edit", body)
    return answer.status_code


def test_creating_a_known_address_edits_it(mautic: Mautic) -> None:
    email = mautic.email()
    first = mautic.call("POST", "/contacts/new", {"email": email})
    second = mautic.call("POST", "/contacts/new", {"email": email, "city": "Utrecht"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"].endswith(f"/{first.json()['contact']['id']}")
    assert first.json()["contact"]["id"] == second.json()["contact"]["id"]
    assert second.json()["contact"]["fields"]["all"]["city"] == "Utrecht"
    mautic.made.append(f"/contacts/{first.json()['contact']['id']}/delete")


@pytest.mark.parametrize("zero", [0, "0", 0.0, "0.00", 0.5, -0.5])
def test_a_zero_is_dropped(mautic: Mautic, zero: object) -> None:
    alias = mautic.field("number", properties=WHOLE)
    contact = mautic.contact(**{alias: 7})

    assert (
        patch(mautic, contact["id"], **{alias: zero, "overwriteWithBlank": True}) == 200
    )
    assert mautic.values(contact["id"])[alias] == 7


def test_put_stores_a_zero_and_blanks_the_rest(mautic: Mautic) -> None:
    alias = mautic.field("number", properties=WHOLE)
    contact = mautic.contact(firstname="Sanne", points=5, **{alias: 7})
    email = contact["fields"]["all"]["email"]
    answer = mautic.call(
        "PUT", f"/contacts/{contact['id']}/edit", {"email": email, alias: 0}
    )
    values = mautic.values(contact["id"])

    assert answer.status_code == 200
    assert (values[alias], values["firstname"], values["points"]) == (0, None, 0)


def test_put_of_a_missing_id_creates_another(mautic: Mautic) -> None:
    answer = mautic.call("PUT", "/contacts/99999999/edit", {"email": mautic.email()})
    made = answer.json()["contact"]["id"]
    mautic.made.append(f"/contacts/{made}/delete")

    assert (answer.status_code, made != 99999999) == (201, True)


@pytest.mark.parametrize("blank", ["", None])
def test_blank_is_ignored_unless_asked_to_overwrite(
    mautic: Mautic, blank: object
) -> None:
    contact = mautic.contact(city="Utrecht")

    patch(mautic, contact["id"], city=blank)
    assert mautic.values(contact["id"])["city"] == "Utrecht"

    patch(mautic, contact["id"], city=blank, overwriteWithBlank=True)
    assert mautic.values(contact["id"])["city"] in (None, "")


def test_only_null_clears_a_date(mautic: Mautic) -> None:
    alias = mautic.field("datetime")
    contact = mautic.contact(**{alias: "2026-01-02 03:04:05"})

    patch(mautic, contact["id"], **{alias: "", "overwriteWithBlank": True})
    assert mautic.values(contact["id"])[alias] == "2026-01-02 03:04:00"

    patch(mautic, contact["id"], **{alias: None, "overwriteWithBlank": True})
    assert mautic.values(contact["id"])[alias] is None


def test_a_datetime_becomes_utc_and_loses_its_seconds(mautic: Mautic) -> None:
    alias = mautic.field("datetime")
    contact = mautic.contact(**{alias: "2026-01-02T03:04:05+02:00"})

    assert mautic.values(contact["id"])[alias] == "2026-01-02 01:04:00"


def test_a_choice_has_to_be_an_option(mautic: Mautic) -> None:
    alias = mautic.field("select", properties=PHASES)
    contact = mautic.contact(**{alias: "see"})
    answer = mautic.call("PATCH", f"/contacts/{contact['id']}/edit", {alias: "nosuch"})

    assert answer.status_code == 400
    assert alias in answer.json()["errors"][0]["details"]
    assert mautic.values(contact["id"])[alias] == "see"


def test_a_country_is_one_mautic_knows(mautic: Mautic) -> None:
    contact = mautic.contact()

    assert patch(mautic, contact["id"], country="Czechia") == 400
    assert patch(mautic, contact["id"], country="Czech Republic") == 200


def test_text_has_64_characters_by_default(mautic: Mautic) -> None:
    alias = mautic.field("text")
    contact = mautic.contact()

    assert patch(mautic, contact["id"], **{alias: "x" * 64}) == 200
    assert patch(mautic, contact["id"], **{alias: "x" * 65}) == 400


def test_unknown_fields_are_ignored(mautic: Mautic) -> None:
    contact = mautic.contact()

    assert patch(mautic, contact["id"], no_such_field="x") == 200


def test_tags_add_and_a_dash_removes(mautic: Mautic) -> None:
    keep, gone, new = (mautic.name(text) for text in ("keep", "gone", "new"))
    contact = mautic.contact(tags=[keep, gone])

    patch(mautic, contact["id"], tags=[new, f"-{gone}"])
    found = mautic.get(f"/contacts/{contact['id']}").json()["contact"]["tags"]

    assert {tag["tag"] for tag in found} == {keep, new}


def test_a_stage_has_to_exist_and_null_clears_it(mautic: Mautic) -> None:
    stage = mautic.make("stages", "stage", {"name": mautic.name("stage")})
    contact = mautic.contact()

    assert patch(mautic, contact["id"], stage=99999) == 400
    assert patch(mautic, contact["id"], stage=stage["id"]) == 200
    shown = mautic.get(f"/contacts/{contact['id']}").json()["contact"]
    assert shown["stage"]["name"] == stage["name"]
    assert patch(mautic, contact["id"], stage=None) == 200
    assert mautic.get(f"/contacts/{contact['id']}").json()["contact"]["stage"] is None


def test_an_address_of_another_contact_is_refused(mautic: Mautic) -> None:
    one, other = mautic.contact(), mautic.contact()
    email = one["fields"]["all"]["email"]
    answer = mautic.call("PATCH", f"/contacts/{other['id']}/edit", {"email": email})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["message"] == "email: This field must be unique."


def test_frequency_rules_break_it(mautic: Mautic) -> None:
    contact = mautic.contact()

    assert patch(mautic, contact["id"], frequencyRules={"email": {}}) == 500


def test_a_batch_says_per_item_how_it_went(mautic: Mautic) -> None:
    contact = mautic.contact()
    items = [{"id": contact["id"], "city": "Ede"}, {"id": 99999999, "city": "Ede"}]
    answer = mautic.call("PATCH", "/contacts/batch/edit", items)

    assert (answer.status_code, answer.json()["statusCodes"]) == (200, [200, 404])
    assert answer.json()["errors"]["1"]["code"] == 404


def test_one_refused_choice_fails_the_whole_batch(mautic: Mautic) -> None:
    alias = mautic.field("select", properties=PHASES)
    good, bad = mautic.contact(), mautic.contact()
    items = [
        {"id": good["id"], alias: "do"},
        {"id": bad["id"], alias: "nosuch"},
        {"id": 99999999},
    ]
    answer = mautic.call("PATCH", "/contacts/batch/edit", items)

    assert answer.status_code == 500
    assert mautic.values(good["id"])[alias] is None


def test_more_than_200_in_a_batch_are_refused(mautic: Mautic) -> None:
    answer = mautic.call("POST", "/contacts/batch/new", [{"city": "x"}] * 201)

    assert answer.status_code == 500
    assert "max of 200" in answer.json()["errors"][0]["message"]


def test_deleting_answers_a_null_id_and_then_404(mautic: Mautic) -> None:
    contact = mautic.contact()
    path = f"/contacts/{contact['id']}/delete"

    assert mautic.call("DELETE", path).json()["contact"]["id"] is None
    assert mautic.call("DELETE", path).status_code == 404


def test_a_contact_is_found_by_address_tag_and_field(mautic: Mautic) -> None:
    tag, city = mautic.name("tag"), mautic.name("city")
    contact = mautic.contact(tags=[tag], city=city)
    email = contact["fields"]["all"]["email"]
    where = {"where[0][col]": "email", "where[0][expr]": "eq", "where[0][val]": email}

    for query in (where, {"search": f"tag:{tag}"}, {"search": f'city:"{city}"'}):
        found = mautic.get("/contacts", params=query).json()
        assert (found["total"], list(found["contacts"])) == ("1", [str(contact["id"])])


def test_nothing_found_is_an_empty_object(mautic: Mautic) -> None:
    found = mautic.get(
        "/contacts", params={"search": "email:nobody@nowhere.example"}
    ).json()

    assert found == {"total": "0", "contacts": {}}


def test_paging_by_id(mautic: Mautic) -> None:
    tag = mautic.name("page")
    made = [mautic.contact(tags=[tag])["id"] for _ in range(3)]
    query = {"search": f"tag:{tag}", "orderBy": "id", "orderByDir": "asc", "limit": 2}
    first = mautic.get("/contacts", params=query).json()["contacts"]
    rest = mautic.get("/contacts", params=query | {"start": 2}).json()["contacts"]

    assert [*first, *rest] == [str(number) for number in made]
    assert all(int(a) < int(b) for a, b in pairwise(first))


def test_ordering_by_a_property_name_breaks_it(mautic: Mautic) -> None:
    assert (
        mautic.get("/contacts", params={"orderBy": "date_modified"}).status_code == 200
    )
    if mautic.is_real:
        assert (
            mautic.get("/contacts", params={"orderBy": "dateModified"}).status_code
            == 500
        )


def test_do_not_contact_is_added_and_lifted(mautic: Mautic) -> None:
    contact = mautic.contact()
    path = f"/contacts/{contact['id']}/dnc/email"
    added = mautic.call("POST", f"{path}/add", {"reason": 1}).json()["contact"]

    assert added["doNotContact"][0]["reason"] == 1
    assert mautic.call("POST", f"{path}/remove").json()["recordFound"] is True
    assert mautic.call("POST", f"{path}/remove").json()["recordFound"] is False


def test_points_are_added_and_taken(mautic: Mautic) -> None:
    contact = mautic.contact()
    path = f"/contacts/{contact['id']}/points"

    assert mautic.call("POST", f"{path}/plus/5").json() == {"success": 1}
    assert mautic.call("POST", f"{path}/minus/5").json() == {"success": 1}
    assert mautic.values(contact["id"])["points"] == 0


def test_a_note_is_kept_with_its_contact(mautic: Mautic) -> None:
    contact = mautic.contact()
    body = {"lead": contact["id"], "text": "See -> Think", "type": "general"}
    note = mautic.make("notes", "note", body | {"dateTime": "2026-11-23 00:10:00"})
    found = mautic.get(f"/contacts/{contact['id']}/notes").json()

    assert note["lead"]["id"] == contact["id"]
    assert (found["total"], found["notes"][0]["text"]) == (1, "See -> Think")
    assert found["notes"][0]["dateTime"].startswith("2026-11-23T")
    assert (
        mautic.call("POST", "/notes/new", body | {"type": "nosuch"}).status_code == 400
    )
