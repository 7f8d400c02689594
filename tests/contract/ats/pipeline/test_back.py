"""What comes back: withdrawals, ends of assignments, and who only re-reads tell of."""

from dataclasses import replace
from typing import Any

from plugin.ats.base import Capabilities, Changes, Ok, Ref, Result, Snapshot, StageKind
from plugin.mappings.model import Phase
from tests.contract.ats.pipeline.house import House


class Rereading:
    """An ATS that has no listing by time: everybody is read again now and then."""

    def __init__(self, inner: Any, kind: StageKind) -> None:
        self._inner = inner
        self.kind_of = kind
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def capabilities(self) -> Capabilities:
        able: Capabilities = self._inner.capabilities()
        return replace(able, changes=Changes.REREAD)

    def changes(self, _cursor: str | None) -> Any:
        raise AssertionError("it must not be polled")

    def fetch(self, refs: Any) -> Result[tuple[Snapshot, ...]]:
        self.asked += 1
        return Ok(
            tuple(Snapshot(ref=Ref(id=one), stage_kind=self.kind_of) for one in refs)
        )


def handed_over(house: House, kind: StageKind) -> Rereading:
    house.sign_up()
    house.work()
    inner = house.parts.connectors[house.connection]
    telling = Rereading(inner, kind)
    house.parts.connectors = {house.connection: telling}  # type: ignore[dict-item]
    return telling


def read_again(house: House) -> None:
    house.clock.wait(hours=1, minutes=1)
    house.poll()


def test_a_withdrawal_rests_in_think_and_is_shown(odoo19: House) -> None:
    handed_over(odoo19, StageKind.WITHDRAWN)
    read_again(odoo19)

    assert odoo19.phase() is Phase.THINK
    assert odoo19.shown()[0] == "withdrawn"
    with odoo19.parts.store.view() as unit:
        notes = [one for one in unit.outbox.list("pending") if one.kind == "note"]
    assert any("teruggetrokken" in str(one.payload["text"]) for one in notes)


def test_where_a_withdrawal_moves_nobody_it_is_still_shown(odoo19: House) -> None:
    mappings = odoo19.parts.mappings
    phases = replace(mappings.phases, withdrawn_to=None)
    odoo19.parts.mappings = replace(mappings, phases=phases)
    handed_over(odoo19, StageKind.WITHDRAWN)
    read_again(odoo19)

    assert odoo19.phase() is Phase.DO
    assert odoo19.shown()[0] == "withdrawn"


def test_an_assignment_that_ends_begins_the_circle_again(odoo19: House) -> None:
    telling = handed_over(odoo19, StageKind.HIRED)
    read_again(odoo19)
    assert odoo19.phase() is Phase.CARE
    telling.kind_of = StageKind.ENDED
    read_again(odoo19)

    assert odoo19.phase() is Phase.SEE
    assert odoo19.shown()[0] == "ended"


def test_a_hire_that_is_taken_back_leads_to_do(odoo19: House) -> None:
    telling = handed_over(odoo19, StageKind.HIRED)
    read_again(odoo19)
    telling.kind_of = StageKind.ACTIVE
    read_again(odoo19)

    assert odoo19.phase() is Phase.DO
    assert odoo19.shown()[0] == "active"
    assert odoo19.candidates() == 1


def test_everybody_is_read_again_at_most_once_an_hour(odoo19: House) -> None:
    telling = handed_over(odoo19, StageKind.ACTIVE)
    read_again(odoo19)
    before = telling.asked
    for _ in range(3):
        odoo19.clock.wait(minutes=10)
        odoo19.poll()
    assert telling.asked == before
    read_again(odoo19)
    assert telling.asked == before + 1
