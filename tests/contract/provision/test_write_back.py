"""What provisioning made can be written to: the client's daily calls, stateful."""

from datetime import timedelta

import pytest

from plugin.provision.apply import apply
from plugin.provision.plan import plan
from plugin.provision.resources import Kind, MemoryOwned
from tests.unit.provision import samples

from .conftest import NOW


@pytest.fixture
def ready(mautic):
    # Without the hook: its address is invented, and every write would call it.
    wanted = {
        key: one for key, one in samples.wanted().items() if key.kind is not Kind.HOOK
    }
    owned = MemoryOwned()
    list(apply(plan(wanted, {}, owned), mautic, owned))
    return mautic


@pytest.fixture
def people(ready):
    made = [
        ready.contacts.make({"email": f"p{number}@kandidaat.example"})
        for number in range(5)
    ]
    yield [one["id"] for one in made]
    for one in made:
        ready.contacts.remove(one["id"])


def values(mautic, contact_id):
    return mautic.contacts.get(contact_id)["fields"]["all"]


def test_a_projection_is_written_and_cleared(ready, people):
    stage = {one["name"]: one["id"] for one in ready.stages.everything()}["Think"]
    item = {
        "id": people[0],
        "stdc_phase": "think",
        "stdc_score": 42,
        "stdc_reason": "Klikte op de podcast",
        "stdc_since": "2026-11-23 12:00:00",
        "tags": ["stdc-think", "-stdc-see"],
        "stage": stage,
    }

    (written,) = ready.contacts.batch_patch([item])
    full = values(ready, people[0])
    blank = dict.fromkeys(("stdc_phase", "stdc_score", "stdc_since", "stdc_reason"))
    ready.contacts.batch_patch([{"id": people[0], **blank}])
    empty = values(ready, people[0])

    assert written.ok
    assert (full["stdc_phase"], full["stdc_score"]) == ("think", 42)
    assert full["stdc_reason"] == "Klikte op de podcast"
    assert all(not empty[name] for name in blank)
    contact = ready.contacts.get(people[0])
    assert contact["stage"]["name"] == "Think"
    assert [one["tag"] for one in contact["tags"]] == ["stdc-think"]


def test_a_bad_and_a_missing_contact_do_not_hold_up_the_rest(ready, people):
    items = [{"id": one, "stdc_phase": "do"} for one in people]
    items[1]["stdc_phase"] = "nosuch"
    items.insert(3, {"id": 999_999, "stdc_phase": "do"})

    results = ready.contacts.batch_patch(items)

    assert [one.status for one in results] == [200, 400, 200, 404, 200, 200]
    phases = [values(ready, one)["stdc_phase"] for one in people]
    assert [bool(phase) for phase in phases] == [True, False, True, True, True]


def test_a_merged_contact_is_found_under_its_new_id(ready, people, sandbox):
    winner, loser = people[:2]
    sandbox.merge(winner, loser)

    (result,) = ready.contacts.batch_patch([{"id": loser, "stdc_score": 5}])

    assert result.gone
    assert ready.contacts.resolve(loser) == winner


def test_people_are_found_by_address_and_by_change(ready, people):
    found = ready.contacts.find_by_email("p3@kandidaat.example")
    since = ready.contacts.list_since(NOW - timedelta(minutes=1), page=2)

    assert found["id"] == people[3]
    assert {one["id"] for one in since} >= set(people)
    assert list(ready.contacts.list_since(NOW + timedelta(minutes=1))) == []


def test_a_note_per_move(ready, people):
    ready.notes.add(people[0], "See -> Think")

    assert [one["text"] for one in ready.notes.list(people[0])] == ["See -> Think"]


def test_tags_are_made_once(ready):
    ids = ready.tags.ensure(["stdc-see", "interest-new"])

    assert ready.tags.ensure(["interest-new", "stdc-see"]) == ids


def test_stage_changes_show_in_the_tables(ready, people):
    stage = next(ready.stages.everything())
    ready.contacts.batch_patch([{"id": people[2], "stage": stage["id"]}])

    rows = ready.stats.rows("lead_stages_change_log", equal={"lead_id": people[2]})

    assert [row["stage_id"] for row in rows] == [str(stage["id"])]


def test_who_we_are(mautic):
    assert mautic.version == "5.1.1"
    assert mautic.users.missing_rights(["lead:leads:viewother"]) == []


def test_an_expired_token_is_no_obstacle(mautic, sandbox):
    mautic.users.self_()
    sandbox.expire_tokens()

    assert mautic.users.self_()["role"]["isAdmin"]
