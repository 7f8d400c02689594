"""What goes wrong on the way: again later, for a person to see, or nobody's fault."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from plugin.mappings.ats import AtsField, AtsMapping, AtsTarget
from plugin.mappings.model import Phase
from plugin.pipeline import failures, writes
from plugin.store import OutboxState
from tests.contract.ats.pipeline.house import House


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
    assert [len(one.notes) for one in partner.ats.people.values()] == [1]
    assert partner.shown()[0] == "new"


class Killing:
    """A connector whose process dies when the note stands there."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def add_note(self, *args: Any, **named: Any) -> Any:
        self._inner.add_note(*args, **named)
        raise KeyboardInterrupt


def test_an_earlier_sign_up_heard_of_after_a_kill_adds_no_note(odoo: House) -> None:
    """Their journey is dated otherwise then, and so the wish has another key."""
    sound = odoo.parts.connectors
    odoo.parts.connectors = {name: Killing(one) for name, one in sound.items()}
    odoo.sign_up()
    with pytest.raises(KeyboardInterrupt):
        odoo.work()
    odoo.parts.connectors = sound
    odoo.sign_up(at=odoo.clock() - timedelta(hours=3))
    keys = {one.key for one in odoo.writes()}
    odoo.clock.wait(minutes=10)
    odoo.work()

    assert len(keys) == 2
    assert odoo.candidates() == 1
    assert len(odoo.ats.notes(odoo.ref())) == 1
    assert {one.state for one in odoo.writes()} == {OutboxState.DONE}


def test_who_asks_for_a_pause_gets_it_for_everybody(partner: House) -> None:
    for contact_id in range(1, 6):
        partner.sign_up(contact_id)
    partner.faults.answer(429, {"Retry-After": "120"})
    for _ in range(3):
        partner.work()
        partner.clock.wait(seconds=30)
    assert partner.faults.calls == 1

    partner.clock.wait(seconds=60)
    partner.work()

    assert partner.candidates() == 5
    with partner.parts.store.view() as unit:
        assert unit.marks.get("paused.ats:webhook") is None


def test_while_an_ats_is_down_one_at_a_time_is_tried(partner: House) -> None:
    for contact_id in range(1, 6):
        partner.sign_up(contact_id)
    for _ in range(2):
        partner.faults.answer(503)
        partner.work()
    assert partner.faults.calls == 2

    partner.work()
    assert partner.candidates() == 3, "those that were not tried yet need not wait"
    partner.clock.wait(seconds=10)
    partner.work()
    assert partner.candidates() == 5


@pytest.mark.parametrize("how", [502, 503, 504, "drop"])
def test_an_ats_that_does_not_answer_is_left_alone_after_three_calls(
    odoo: House, how: Any
) -> None:
    for contact_id in range(1, 6):
        odoo.sign_up(contact_id)
    if how == "drop":
        odoo.faults.planned = dict.fromkeys(range(1, 200), "before")
    else:
        for _ in range(200):
            odoo.faults.answer(how)
    for _ in range(6):
        odoo.work()
    at_once = odoo.faults.calls
    for _ in range(60):
        odoo.clock.wait(seconds=60)
        odoo.work()
    calls = odoo.faults.calls
    odoo.faults.answers.clear()
    odoo.faults.planned.clear()
    odoo.clock.wait(minutes=20)
    odoo.work()

    assert at_once == 3
    assert calls <= 66
    assert odoo.candidates() == 5
    assert {one.state for one in odoo.writes()} == {OutboxState.DONE}


def test_a_dead_ats_is_asked_for_no_news_either(odoo: House) -> None:
    """What is to be read again, and the poll, each would wait for it to time out."""
    with odoo.parts.store.unit() as unit:
        for number in range(60):
            unit.outbox.put(writes.reread("odoo", str(number), odoo.clock()))
    for _ in range(50):
        odoo.faults.answer(503)
    for _ in range(4):
        odoo.work()
        odoo.poll()

    assert odoo.faults.calls == 3


def test_one_record_that_gets_no_answer_stops_none_of_the_others(
    partner: House,
) -> None:
    for contact_id in range(1, 6):
        partner.sign_up(contact_id)
    partner.faults.answer(504)
    partner.work()
    partner.work()

    assert partner.candidates() >= 4
    with partner.parts.store.view() as unit:
        assert unit.marks.get("paused.ats:webhook") is None


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
    assert failures.MEND in str(wish.last_error)
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


def test_what_the_ats_must_have_and_mautic_lacks_is_for_a_person(odoo: House) -> None:
    mappings = odoo.parts.mappings
    field = AtsField(target="linkedin_profile", source="linkedin", required=True)
    rules = AtsMapping(connection="odoo", fields=(field,))
    odoo.parts.mappings = replace(mappings, ats={"odoo": rules})
    odoo.sign_up()

    assert odoo.work().parked == 1

    (wish,) = odoo.writes()
    assert "requires linkedin_profile: blank in Mautic" in str(wish.last_error)
    assert odoo.candidates() == 0
    assert odoo.shown() == ("needs-attention", None)


def test_what_was_left_out_of_a_hand_over_is_in_the_audit(partner: House) -> None:
    partner.sign_up(phone="bel mij niet")
    partner.work()

    (handed,) = partner.audit("candidate.handed_over")
    assert handed["warnings"] == ["phone: no phone number; it is left out"]
    assert handed["by"] == "candidate"
