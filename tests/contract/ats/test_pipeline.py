"""From a sign-up to the ATS and back: the pipeline over a store and a look-alike."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugin.ats.base import Ref, Snapshot, StageKind
from plugin.mappings.model import AtsMapping, AtsTarget, Phase
from plugin.pipeline import ats_news, deliver_ats
from plugin.pipeline.writes import REREAD
from plugin.sandbox.odoo.records import Records
from plugin.store import OutboxState
from tests.contract.ats.house import INBOUND, House, open_house

ODOOS = ["odoo-18", "odoo-19"]


@pytest.fixture(params=[*ODOOS, "webhook"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, request.param) as opened:
        if opened.connection == "webhook":
            opened.ats.subscribe(f"http://{opened.door}")
        yield opened


@pytest.fixture(params=ODOOS)
def odoo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def odoo19(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "odoo-19") as opened:
        yield opened


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "webhook") as opened:
        opened.ats.subscribe(f"http://{opened.door}")
        yield opened


def told(house: House) -> None:
    """Let news come in whichever way they come."""
    house.clock.wait(seconds=2)
    house.work()
    house.poll()


def test_who_signs_up_stands_in_the_ats_once(house: House) -> None:
    house.sign_up()
    assert house.shown() == ("waiting", None)

    house.work()
    house.work()

    link = house.link()
    assert link is not None
    assert link.marker == "mautic:tests:12"
    assert house.candidates() == 1
    assert house.shown() == ("new", link.url)
    assert house.phase() is Phase.DO
    (handed,) = house.audit("candidate.handed_over")
    assert (handed["created"], handed["ref"]) == (True, link.ref)
    assert handed["mappings"] == house.parts.mappings.version


def test_who_only_scores_is_nobodys_business_yet(house: House) -> None:
    house.meet()
    house.work()

    assert house.candidates() == 0
    assert house.writes() == []


def test_a_hire_is_care_and_an_undone_one_is_do_again(house: House) -> None:
    house.sign_up()
    house.work()
    house.poll()

    house.ats.hire(house.ref())
    told(house)
    assert (house.phase(), house.shown()[0]) == (Phase.CARE, "hired")

    house.ats.unhire(house.ref())
    told(house)
    assert (house.phase(), house.shown()[0]) == (Phase.DO, "active")
    assert len(house.writes()) == 1, "un-hired is not a new sign-up"


def test_a_rejection_is_think_with_a_pause(house: House) -> None:
    house.sign_up()
    house.work()
    house.poll()

    house.ats.refuse(house.ref())
    told(house)

    assert (house.phase(), house.shown()[0]) == (Phase.THINK, "rejected")


@pytest.mark.parametrize("secret", ["?token=", "basic"])
def test_a_hook_is_enough_for_a_hire(odoo: House, secret: str) -> None:
    address = f"http://{odoo.door}?token={INBOUND}"
    if secret == "basic":
        address = f"http://odoo:{INBOUND}@{odoo.door}"
    odoo.sign_up()
    odoo.work()
    odoo.ats.subscribe(address)

    odoo.ats.hire(odoo.ref())
    odoo.work()

    assert odoo.phase() is Phase.CARE


def test_a_hook_with_a_wrong_secret_moves_nobody(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.ats.subscribe(f"http://{odoo.door}?token=guessed")

    odoo.ats.hire(odoo.ref())
    odoo.work()

    assert odoo.phase() is Phase.DO
    assert odoo.writes(REREAD) == []


def test_a_hook_before_the_commit_is_read_once_more(tmp_path: Path) -> None:
    """18 tells inside the transaction: the first reading still finds the old stage."""
    with open_house(tmp_path, "odoo-18") as house:
        house.sign_up()
        house.work()
        house.ats.subscribe(f"http://{house.door}?token={INBOUND}")
        house.on_accepted.append(house.work)

        house.ats.hire(house.ref())

        (hint,) = house.writes(REREAD)
        assert (hint.state, hint.attempts) == (OutboxState.PENDING, 1)
        assert house.phase() is Phase.DO
        house.clock.wait(seconds=6)
        house.work()
        assert house.phase() is Phase.CARE
        assert house.writes(REREAD)[0].state is OutboxState.DONE


def test_a_hire_that_is_rolled_back_hires_nobody(tmp_path: Path) -> None:
    with open_house(tmp_path, "odoo-18") as house:
        house.sign_up()
        house.work()
        house.ats.hire(house.ref())
        house.ats.unhire(house.ref())
        house.ats.subscribe(f"http://{house.door}?token={INBOUND}")

        with pytest.raises(ZeroDivisionError):
            roll_back_a_hire(house)
        house.work()
        house.clock.wait(seconds=6)
        house.work()
        house.clock.wait(seconds=60)

        assert house.work().done == 0, "read twice is enough: the poll is the truth"
        assert house.phase() is Phase.DO


def roll_back_a_hire(house: House) -> None:
    with house.ats.state.writing() as transaction:
        records = Records(house.ats.state, transaction, 5)
        (number,) = transaction.tables["hr.applicant"]
        records.write("hr.applicant", [number], {"stage_id": 6})
        raise ZeroDivisionError


def test_hints_of_strangers_are_read_and_left_alone(odoo: House) -> None:
    ref = odoo.ats.make(partner_name="Piet", email_from="piet@example.nl")
    odoo.ats.subscribe(f"http://{odoo.door}?token={INBOUND}")
    odoo.ats.hire(ref)

    odoo.work()

    assert [one.state for one in odoo.writes(REREAD)] == [OutboxState.PENDING]
    with odoo.parts.store.view() as unit:
        assert unit.links.list() == []
        assert unit.history.count() == 0


@pytest.mark.parametrize(
    "failure", [(503, {}), (429, {"Retry-After": "120"}), (502, {}), ("drop", {})]
)
def test_a_failure_that_passes_is_tried_again_later(
    partner: House, failure: tuple[Any, dict[str, str]]
) -> None:
    status, headers = failure
    partner.sign_up()
    if status == "drop":
        partner.faults.drop(1, "after")
    else:
        partner.faults.answer(status, headers)

    assert partner.work().retried == 1
    (wish,) = partner.writes()
    assert wish.state is OutboxState.PENDING
    assert wish.due_at is not None
    assert wish.last_error
    wait = (wish.due_at - partner.clock()).total_seconds()
    assert wait > (110 if headers else 0)
    assert partner.shown() == ("waiting", None)
    partner.clock.wait(seconds=wait + 1)
    partner.work()

    assert partner.candidates() == 1
    assert partner.shown()[0] == "new"


def test_waiting_grows_with_every_failure(partner: House) -> None:
    partner.sign_up()
    waits = []
    for _ in range(5):
        partner.faults.answer(503)
        partner.work()
        (wish,) = partner.writes()
        assert wish.due_at is not None
        waits.append((wish.due_at - partner.clock()).total_seconds())
        partner.clock.wait(seconds=waits[-1] + 0.1)

    assert waits == sorted(waits)
    assert waits[-1] > 4 * waits[0]


def test_a_wrong_key_is_tried_seldom_and_seen(odoo: House) -> None:
    odoo.sign_up()
    for _ in range(30):
        odoo.faults.answer(401, {"Content-Type": "application/json"}, "{}")
    odoo.work()
    odoo.faults.answers.clear()

    (wish,) = odoo.writes()
    assert wish.state is OutboxState.PENDING
    assert wish.due_at is not None
    assert wish.due_at - odoo.clock() > timedelta(seconds=250)
    assert "HTTP 401" in str(wish.last_error)
    assert deliver_ats.MEND in str(wish.last_error)
    assert odoo.shown() == ("waiting", None)
    odoo.clock.wait(seconds=301)
    odoo.work()
    assert odoo.candidates() == 1


def test_what_cannot_be_mended_by_waiting_is_parked(partner: House) -> None:
    partner.sign_up()
    partner.faults.answer(410)

    assert partner.work().parked == 1

    (wish,) = partner.writes()
    assert wish.state is OutboxState.PARKED
    assert "410" in str(wish.last_error)
    assert partner.shown() == ("needs-attention", None)
    with partner.parts.store.unit() as unit:
        unit.outbox.replay([wish.id], partner.clock())
    partner.work()
    assert partner.shown()[0] == "new"


def test_two_who_may_be_the_one_are_for_a_person(odoo: House) -> None:
    for _ in range(2):
        odoo.ats.make(partner_name="S. de Wit", email_from="sanne.12@example.nl")
    odoo.sign_up()

    odoo.work()

    (wish,) = odoo.writes()
    assert wish.state is OutboxState.PARKED
    assert "needs a person: 2 candidates" in str(wish.last_error)
    assert odoo.candidates() == 2
    assert odoo.shown() == ("needs-attention", None)


def test_who_was_refused_there_before_is_not_rejected_by_it(odoo: House) -> None:
    """What stood there when we came is no news; what happens afterwards is."""
    ref = odoo.ats.make(partner_name="Sanne", email_from="sanne.12@example.nl")
    odoo.ats.refuse(ref)
    odoo.clock.wait(hours=1)
    odoo.sign_up()

    odoo.work()
    told(odoo)
    odoo.clock.wait(hours=2)
    told(odoo)

    assert odoo.candidates() == 1
    assert odoo.phase() is Phase.DO
    assert odoo.shown()[0] == "rejected"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_anywhere_makes_nobody_twice(odoo: House, when: str) -> None:
    """One after the other signs up, and each time the next call breaks."""
    for number in range(1, 100):
        odoo.sign_up(number)
        odoo.faults.drop(number, when)
        odoo.work()
        odoo.clock.wait(seconds=10)
        odoo.work()

        assert odoo.candidates() == number
        assert odoo.shown(number)[0] == "new"
        assert len(odoo.ats.notes(odoo.ref(number))) == 1
        if odoo.faults.planned:
            break

    assert 10 < number < 40, "every call was broken once"


def test_a_link_is_kept_even_if_the_rest_must_wait(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.faults.drop(14, "before")
    assert odoo19.work().retried == 1
    kept = odoo19.link()
    assert kept is not None
    assert odoo19.shown()[0] == "new"

    odoo19.clock.wait(seconds=10)
    odoo19.work()

    assert odoo19.link() == kept
    assert len(odoo19.ats.notes(kept.ref)) == 1
    assert len(odoo19.audit("candidate.handed_over")) == 1


def test_news_that_came_between_two_attempts_are_not_undone(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.faults.drop(14, "before")
    odoo19.work()
    odoo19.ats.hire(odoo19.ref())
    odoo19.poll()
    assert odoo19.phase() is Phase.CARE

    odoo19.clock.wait(seconds=10)
    odoo19.work()

    assert odoo19.phase() is Phase.CARE
    assert odoo19.shown()[0] == "hired"


def test_who_was_deleted_there_is_never_made_again(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.poll()
    odoo.ats.delete(odoo.ref())
    odoo.clock.wait(hours=2)

    assert odoo.poll() == 1
    assert odoo.shown()[0] == "deleted"
    odoo.clock.wait(days=40)
    odoo.sign_up()
    odoo.work()

    assert odoo.candidates() == 0
    assert odoo.poll() == 0


def test_a_deletion_between_two_attempts_is_respected(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.faults.drop(14, "before")
    odoo19.work()
    odoo19.ats.delete(odoo19.ref())
    odoo19.clock.wait(seconds=10)

    odoo19.work()

    assert odoo19.candidates() == 0
    assert odoo19.shown()[0] == "deleted"
    assert odoo19.audit("handover.dropped")[0]["why"] == "deleted in the ATS"
    assert odoo19.writes() == []


def test_a_link_follows_who_was_merged(house: House) -> None:
    house.sign_up(12)
    house.work()
    house.meet(30)
    with house.parts.store.unit() as unit:
        unit.people.merge(12, 30, house.clock(), "merged in Mautic")
    house.clock.wait(seconds=1)
    house.sign_up(30)
    house.work()

    link = house.link(30)
    assert link is not None
    assert link.marker == "mautic:tests:12"
    assert house.candidates() == 1
    house.ats.hire(link.ref)
    told(house)
    assert house.phase(30) is Phase.CARE


def test_a_merge_between_wish_and_deed_makes_one_candidate(odoo: House) -> None:
    odoo.sign_up(12)
    odoo.meet(30)
    with odoo.parts.store.unit() as unit:
        unit.people.merge(12, 30, odoo.clock(), "merged in Mautic")
    odoo.meet(30, phone="0612345678")

    odoo.work()

    assert odoo.candidates() == 1
    assert odoo.link(30) is not None


def delete_in_mautic(house: House) -> None:
    with house.parts.store.unit() as unit:
        unit.people.delete(12, house.clock())


@pytest.mark.parametrize(
    ("overtake", "why"),
    [
        (lambda house: house.clock.wait(days=400), "in See by now"),
        (lambda house: house.ask_consent("mag_delen"), "no consent"),
        (delete_in_mautic, "deleted in Mautic"),
    ],
)
def test_a_hand_over_that_was_overtaken_is_dropped(
    odoo19: House, overtake: Any, why: str
) -> None:
    odoo19.sign_up()
    overtake(odoo19)

    odoo19.work()

    assert odoo19.candidates() == 0
    assert odoo19.link() is None
    assert [one["why"] for one in odoo19.audit("handover.dropped")] == [why]
    assert odoo19.writes() == []


def test_no_consent_holds_it_up_and_is_seen(odoo: House) -> None:
    odoo.ask_consent("mag_delen")
    odoo.sign_up(mag_delen="0")
    odoo.work()
    assert odoo.candidates() == 0
    assert odoo.shown() == ("no-consent", None)

    odoo.clock.wait(seconds=5)
    odoo.meet(mag_delen="1")
    assert odoo.shown() == ("waiting", None)
    odoo.work()

    assert odoo.candidates() == 1
    assert odoo.shown()[0] == "new"


def test_consent_that_comes_back_is_acted_on(odoo19: House) -> None:
    """A wish that was dropped for it must not count as done."""
    odoo19.ask_consent("mag_delen")
    odoo19.sign_up(mag_delen="1")
    with odoo19.parts.store.unit() as unit:
        seen = unit.outbox.list(destination="ats:odoo")
        assert len(seen) == 1
    odoo19.clock.wait(seconds=5)
    odoo19.meet(mag_delen="0")
    odoo19.work()
    assert odoo19.candidates() == 0

    odoo19.clock.wait(seconds=5)
    odoo19.meet(mag_delen="1")
    odoo19.work()

    assert odoo19.candidates() == 1


def test_news_of_a_partner_by_its_own_id_are_understood(partner: House) -> None:
    partner.sign_up()
    partner.work()
    at = partner.clock().isoformat()
    for ref in (partner.ref(), "somebody-else"):
        data = {"ref": ref, "at": at}
        partner.deliver(json.dumps({"type": "candidate.hired", "data": data}).encode())

    partner.work()

    assert partner.phase() is Phase.CARE
    assert partner.shown()[0] == "hired"


def test_news_that_come_late_do_not_rewrite_the_status(partner: House) -> None:
    partner.sign_up()
    partner.work()
    now = partner.clock()
    for minutes, event in ((0, "candidate.unhired"), (-1, "candidate.hired")):
        at = (now + timedelta(minutes=minutes)).isoformat()
        data = {"marker": "mautic:tests:12", "at": at}
        partner.deliver(json.dumps({"type": event, "data": data}).encode())
        partner.work()

    assert partner.shown()[0] == "active"


def test_the_end_of_an_assignment_starts_the_circle_again(partner: House) -> None:
    partner.sign_up()
    partner.work()
    partner.ats.hire(partner.ref())
    partner.work()
    partner.clock.wait(seconds=1)
    partner.ats.end(partner.ref())
    partner.work()

    assert partner.phase() is Phase.SEE
    assert partner.shown()[0] == "ended"


def test_a_rejection_after_a_hire_takes_the_hire_back(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    odoo19.ats.hire(odoo19.ref())
    told(odoo19)
    odoo19.ats.unhire(odoo19.ref())
    odoo19.ats.refuse(odoo19.ref())

    told(odoo19)

    assert odoo19.phase() is Phase.THINK


def test_who_was_merged_there_is_followed(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    old = Ref(id=odoo19.ref())
    merged = Snapshot(ref=old, stage_kind=StageKind.NEW, merged_into="77")

    assert ats_news.take(odoo19.parts, "odoo", [merged]) == 1

    assert odoo19.ref() == "77"
    hired = Snapshot(ref=Ref(id="77"), stage_kind=StageKind.HIRED)
    ats_news.take(odoo19.parts, "odoo", [hired])
    assert odoo19.phase() is Phase.CARE


def test_a_clock_that_differs_loses_no_news(odoo19: House) -> None:
    odoo19.sign_up()
    odoo19.work()
    ref = Ref(id=odoo19.ref())
    for kind, hours in ((StageKind.HIRED, -3), (StageKind.ACTIVE, 3)):
        at = odoo19.clock() + timedelta(hours=hours)
        snapshot = Snapshot(ref=ref, stage_kind=kind, updated_at=at)
        assert ats_news.take(odoo19.parts, "odoo", [snapshot]) == 1
        odoo19.clock.wait(seconds=1)

    with odoo19.parts.store.view() as unit:
        assert [one.after for one in unit.people.moves(12)][-2:] == [
            Phase.CARE,
            Phase.DO,
        ]


def test_a_poll_that_fails_goes_on_where_it_was(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.poll()
    odoo.clock.wait(seconds=2)
    odoo.ats.hire(odoo.ref())
    for _ in range(9):
        odoo.faults.answer(503)

    assert odoo.poll() == 0
    odoo.faults.answers.clear()

    assert odoo.poll() == 1
    assert odoo.phase() is Phase.CARE


def test_a_hire_before_the_first_poll_is_found(odoo: House) -> None:
    odoo.sign_up()
    odoo.work()
    odoo.ats.hire(odoo.ref())

    assert odoo.poll() == 1
    assert odoo.phase() is Phase.CARE


def test_our_own_bug_parks_the_write_with_what_it_was(odoo19: House) -> None:
    odoo19.sign_up()
    broken = AtsTarget(kind="no-such-kind", ref="1")
    mended = odoo19.parts.mappings
    mapping = AtsMapping(connection="odoo", targets=(broken,))
    odoo19.parts.mappings = replace(mended, ats={"odoo": mapping})

    assert odoo19.work().parked == 1

    (wish,) = odoo19.writes()
    assert "no-such-kind" in str(wish.last_error)
    odoo19.parts.mappings = mended
    with odoo19.parts.store.unit() as unit:
        unit.outbox.replay([wish.id], odoo19.clock())
    assert odoo19.work().done == 1


def test_two_contacts_of_one_address_share_their_candidate(odoo: House) -> None:
    """A contact that was made anew in Mautic hears of the hire too."""
    for contact_id in (12, 30):
        odoo.sign_up(contact_id, email="sanne.12@example.nl")
        odoo.work()
    odoo.poll()
    assert odoo.ref(12) == odoo.ref(30)

    odoo.ats.hire(odoo.ref(12))
    told(odoo)

    assert (odoo.phase(12), odoo.phase(30)) == (Phase.CARE, Phase.CARE)
