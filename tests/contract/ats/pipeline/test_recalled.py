"""What a backfill recalled announces nothing; what is heard afterwards does."""

from datetime import timedelta

from plugin.mappings.model import Phase
from plugin.pipeline.rescore import rescore
from plugin.pipeline.silence import Voice
from plugin.store import OutboxItem
from tests.contract.ats.pipeline.house import House
from webhooks.events import ContentKind, ContentRef, Event, EventType

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"


def form(house: House, days_ago: float, contact_id: int = 12) -> Event:
    at = house.clock() - timedelta(days=days_ago)
    return Event(
        key=f"form:{contact_id}:{at.isoformat()}",
        type=EventType.FORM_SUBMITTED,
        contact_id=contact_id,
        occurred_at=at,
        content=ContentRef(kind=ContentKind.FORM, id="7", name="Kennismaken"),
        user_agent=BROWSER,
    )


def visit(house: House, contact_id: int = 12) -> Event:
    return Event(
        key=f"hit:{contact_id}",
        type=EventType.PAGE_VISITED,
        contact_id=contact_id,
        occurred_at=house.clock(),
        content=ContentRef(kind=ContentKind.URL, url="https://www.example.org/x"),
        user_agent=BROWSER,
    )


def recall(house: House, *events: Event, voice: Voice = Voice.SILENT) -> None:
    """Bring events as a backfill does, and decide."""
    with house.parts.store.unit() as unit:
        unit.history.recall(events)
        who = {one.contact_id or 0 for one in events}
        people = unit.people.persons_of(who, house.clock()).values()
        rescore(house.parts, unit, people, as_of=house.clock(), voice=voice)


def hear(house: House, *events: Event) -> None:
    """Bring events as a delivery does, and decide."""
    with house.parts.store.unit() as unit:
        who = unit.history.append(events, house.clock())
        people = unit.people.persons_of(who, house.clock()).values()
        rescore(house.parts, unit, people, as_of=house.clock())


def everything(house: House) -> list[OutboxItem]:
    with house.parts.store.view() as unit:
        return unit.outbox.list(limit=100)


def kinds(house: House) -> set[str]:
    return {one.kind for one in everything(house)}


def test_an_old_sign_up_moves_and_says_nothing(odoo19: House) -> None:
    odoo19.meet()
    recall(odoo19, form(odoo19, days_ago=3))

    assert odoo19.phase() is Phase.DO
    assert everything(odoo19) == []


def test_nor_does_it_when_it_is_decided_about_again(odoo19: House) -> None:
    """By a profile that changes, by the sweep, by other mappings."""
    odoo19.meet()
    recall(odoo19, form(odoo19, days_ago=3))

    odoo19.clock.wait(days=1)
    odoo19.meet(phone="0612345678")
    odoo19.clock.wait(days=300)
    odoo19.meet(phone="0687654321")

    assert odoo19.phase() is Phase.SEE
    assert everything(odoo19) == []


def test_only_the_contact_is_written_when_an_admin_says_so(odoo19: House) -> None:
    odoo19.meet()
    recall(odoo19, form(odoo19, days_ago=3), voice=Voice.SHOW)

    (write,) = everything(odoo19)
    assert write.payload["fields"]["stdc_phase"] == "do"
    assert write.payload["fields"]["stdc_ats_status"] == "waits-for-yes"
    odoo19.work()
    assert odoo19.candidates() == 0


def test_a_new_event_shows_them_and_does_not_hand_over_the_old_sign_up(
    odoo19: House,
) -> None:
    odoo19.meet()
    recall(odoo19, form(odoo19, days_ago=3))

    hear(odoo19, visit(odoo19))
    odoo19.work()

    assert kinds(odoo19) == {"contact"}
    assert odoo19.shown() == ("waits-for-yes", None), "a person may still say yes"
    assert odoo19.candidates() == 0


def test_a_new_sign_up_is_handed_over_though_it_moves_nobody(odoo19: House) -> None:
    odoo19.meet()
    recall(odoo19, form(odoo19, days_ago=3))

    hear(odoo19, form(odoo19, days_ago=0))
    assert odoo19.shown() == ("waiting", None)
    odoo19.work()

    assert odoo19.candidates() == 1
    assert "note" not in kinds(odoo19)


def test_a_new_move_of_somebody_recalled_is_announced(odoo19: House) -> None:
    odoo19.meet()
    recall(odoo19, visit(odoo19))

    hear(odoo19, form(odoo19, days_ago=0))

    assert {"contact", "note", "handover"} <= kinds(odoo19)


def test_what_is_heard_after_all_is_news(odoo19: House) -> None:
    """A delivery that waited longer than the backfill took."""
    odoo19.meet()
    event = form(odoo19, days_ago=0.01)
    recall(odoo19, event)
    assert everything(odoo19) == []

    hear(odoo19, event)

    assert odoo19.shown() == ("waiting", None)
    odoo19.work()
    assert odoo19.candidates() == 1
