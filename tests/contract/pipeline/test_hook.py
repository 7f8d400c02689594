"""Our hook in Mautic is watched, and put right by itself where that is right."""

from contextlib import suppress

import pytest

from plugin.pipeline.hook import HEALTH_MARK, Condition, watch
from plugin.provision.desired import TRIGGERS
from plugin.sandbox.mautic.model import KernelError
from tests.support.house import SECRET


def hook(house):
    (row,) = house.mautic.state.tables["hooks"].values()
    return row


def edit(house, **values):
    """Change the hook in Mautic, as one of its users would."""
    house.api("PATCH", f"/hooks/{hook(house)['id']}/edit", values)


def break_the_door(house):
    """Let deliveries fail: Mautic signs with a secret that is not ours."""
    hook(house)["secret"] = "another-one"


def somebody_visits(house):
    # killing a hook that no user made, Mautic breaks on its own words
    with suppress(KernelError):
        house.mautic.visitor().visit_url("https://www.example.org/blog/1")


def test_a_sound_hook_is_left_alone(lively):
    somebody_visits(lively)

    assert watch(lively.parts).condition is Condition.FINE
    assert watch(lively.parts).did == ()
    assert [one for one in lively.line.calls if one[0] != "GET"] == []


def test_before_it_is_made_a_person_is_told_how(house):
    found = watch(house.parts)

    assert found.condition is Condition.ABSENT
    assert "stdc apply" in found.advice


def test_one_that_mautic_killed_is_switched_on_again_and_spared(lively):
    break_the_door(lively)
    lively.clock.wait(days=3)  # the grace of its making is over
    somebody_visits(lively)
    killed = not hook(lively)["isPublished"]

    found = watch(lively.parts)
    somebody_visits(lively)

    assert killed
    assert found.condition is Condition.MENDED
    assert set(found.did) == {"secret", "switched on again"}
    assert hook(lively)["isPublished"]
    last = lively.mautic.state.logs["webhook_logs"][-1]
    assert last["status_code"] == "200"


def test_a_busy_hook_of_somebody_else_hides_nothing(lively):
    """Mautic's log has all hooks in it."""
    break_the_door(lively)
    lively.clock.wait(days=3)
    somebody_visits(lively)
    state = lively.mautic.state
    for _ in range(1_200):
        state.log(
            "webhook_logs",
            webhook_id=hook(lively)["id"] + 1,
            status_code="200",
            date_added="2026-11-23 12:00:00",
            note="ok",
            runtime=0.1,
        )

    assert "switched on again" in watch(lively.parts).did


def test_switched_off_by_a_person_while_calls_fail_it_stays_off(lively):
    lively.clock.wait(days=1)
    break_the_door(lively)
    somebody_visits(lively)
    still_on = hook(lively)["isPublished"]  # the grace of its making
    lively.clock.wait(minutes=1)
    edit(lively, isPublished=False)

    first, second = watch(lively.parts), watch(lively.parts)

    assert still_on
    assert {first.condition, second.condition} == {Condition.NEEDS_A_PERSON}
    assert "a person switched" in second.advice
    assert not hook(lively)["isPublished"]


def test_what_mautic_switches_off_again_and_again_is_left_to_a_person(lively):
    lively.clock.wait(days=3)
    for _ in range(4):
        hook(lively)["dateModified"] = None  # no grace, as after a restored backup
        break_the_door(lively)
        somebody_visits(lively)
        found = watch(lively.parts)
        lively.clock.wait(minutes=5)

    assert found.condition is Condition.NEEDS_A_PERSON
    assert "3 times in a day" in found.advice
    assert not hook(lively)["isPublished"]


def test_while_deliveries_fail_it_is_spared_again_and_again(lively):
    """The fault is elsewhere, say a proxy: no edit of the hook would mend it."""
    address = lively.parts.settings.mautic_webhook_url
    settings = lively.parts.settings
    object.__setattr__(settings, "base_url", f"{settings.base_url}/nowhere")
    edit(lively, webhookUrl=address.replace("/webhooks", "/nowhere/webhooks"))
    for _ in range(10):
        lively.clock.wait(hours=20)
        somebody_visits(lively)
        watch(lively.parts)

    assert hook(lively)["isPublished"]
    assert hook(lively)["eventsOrderbyDir"] == "ASC"


def test_without_a_watch_it_would_have_died(lively):
    hook(lively)["webhookUrl"] += "/nowhere"
    for _ in range(10):
        lively.clock.wait(hours=20)
        somebody_visits(lively)

    assert not hook(lively)["isPublished"]


def test_one_that_a_person_switched_off_stays_off_and_they_are_told(lively):
    somebody_visits(lively)
    edit(lively, isPublished=False)

    found = watch(lively.parts)

    assert found.condition is Condition.NEEDS_A_PERSON
    assert "switched our webhook off" in found.advice
    assert not hook(lively)["isPublished"]


def test_one_that_a_person_deleted_is_theirs_to_make_again(lively):
    lively.api("DELETE", f"/hooks/{hook(lively)['id']}/delete")

    found = watch(lively.parts)

    assert found.condition is Condition.NEEDS_A_PERSON
    assert "stdc apply" in found.advice
    assert lively.mautic.state.tables["hooks"] == {}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"webhookUrl": "https://elsewhere.example/webhooks/mautic"}, "address"),
        ({"secret": "rotated"}, "secret"),
        ({"eventsOrderbyDir": "DESC"}, "order"),
    ],
)
def test_what_somebody_changed_is_put_right(lively, wrong, name):
    edit(lively, **wrong)

    found = watch(lively.parts)

    assert (found.condition, found.did) == (Condition.MENDED, (name,))
    row = hook(lively)
    assert row["webhookUrl"] == lively.parts.settings.mautic_webhook_url
    assert row["secret"] == SECRET.decode()
    assert row["eventsOrderbyDir"] == "ASC"
    assert watch(lively.parts).condition is Condition.FINE
    assert lively.plan().changes == () or kinds(lively.plan()) == set()


def kinds(plan):
    return {one.key.kind.value for one in plan.changes} & {"hook"}


def test_triggers_that_are_missing_are_added_and_others_stay(lively):
    row = hook(lively)
    row["triggers"] = ["mautic.page_on_hit", "mautic.sms_on_send"]

    found = watch(lively.parts)

    assert found.did == ("triggers",)
    assert set(row["triggers"]) == {*TRIGGERS, "mautic.sms_on_send"}


def test_it_is_written_down_once_and_no_secret_with_it(lively):
    edit(lively, secret="rotated")
    watch(lively.parts)
    watch(lively.parts)

    with lively.parts.store.view() as unit:
        entries = unit.audit.list("hook")
        health = unit.marks.get(HEALTH_MARK)
    assert [one.detail for one in entries] == [{"did": ["secret"]}]
    assert health == {"condition": "fine", "advice": ""}


def test_who_cannot_read_mautics_log_does_not_guess(lively):
    somebody_visits(lively)
    edit(lively, isPublished=False)
    error = b'{"errors":[{"message":"no access","code":403}]}'
    lively.line.fail(200, "GET", "/api/stats/webhook_logs", times=None)
    lively.line.faults[-1].answer.set_data(error)

    found = watch(lively.parts)

    assert found.condition is Condition.NEEDS_A_PERSON
    assert "cannot tell" in found.advice
    assert not hook(lively)["isPublished"]
