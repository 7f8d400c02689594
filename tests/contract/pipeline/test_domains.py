"""One mail domain's scanner, which no look at one person can tell from a person."""

from datetime import timedelta

from plugin.pipeline.domains import learn_domains
from plugin.pipeline.refresh import refresh
from tests.support.house import START
from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources.base import ProfileSeen

MAIL = ContentRef(kind=ContentKind.EMAIL, id="7", name="De nieuwe podcast")
LINK = ContentRef(kind=ContentKind.URL, url="https://www.example.org/podcast/7")


def click(house, contact_id, seconds, domain="acme.example"):
    at = START + timedelta(seconds=seconds)
    house.clock.at = max(house.clock.at, at)
    seen = ProfileSeen(
        contact_id=contact_id,
        seen_at=at,
        key=f"hit:{contact_id}",
        email=f"p{contact_id}@{domain}",
    )
    event = Event(
        key=f"hit:{contact_id}:{seconds}",
        type=EventType.EMAIL_CLICKED,
        contact_id=contact_id,
        occurred_at=at,
        content=LINK,
        via=MAIL,
    )
    with house.parts.store.unit() as unit:
        unit.people.see_profile(seen)
        unit.history.append([event], at)
        unit.people.mark_dirty([contact_id])


def settle(house):
    """Let the background do its work; return who has points."""
    refresh(house.parts)
    learn_domains(house.parts)
    refresh(house.parts)
    with house.parts.store.view() as unit:
        states = unit.people.states(range(1, 100))
    return {who for who, state in states.items() if state.centipoints}


def test_late_evidence_takes_back_what_a_domains_scanner_earned(rooms):
    with rooms() as house:
        for who in range(1, 5):
            click(house, who, who)
        four = settle(house)
        click(house, 5, 5)
        click(house, 6, 6, domain="other.example")

        assert four == {1, 2, 3, 4}
        assert settle(house) == {6}


def test_the_order_of_arrival_does_not_matter(rooms):
    dumps = []
    for name, order in (("one", range(1, 8)), ("other", (7, 3, 5, 1, 2, 6, 4))):
        with rooms(name, base_url="http://127.0.0.1:9") as house:
            for who in order:
                click(house, who, who)
                if name == "other":
                    settle(house)
            settle(house)
            house.clock.at = START + timedelta(hours=1)
            with house.parts.store.unit() as unit:
                unit.people.mark_all_dirty()
            settle(house)
            dumps.append([one for one in house.dump() if one.startswith('["person"')])

    assert dumps[0] == dumps[1]


def test_many_who_click_over_the_day_clear_those_who_clicked_together(rooms):
    with rooms() as house:
        for who in range(1, 6):
            click(house, who, who)
        together = settle(house)
        for who in range(6, 30):
            click(house, who, who * 600)

        assert together == set()
        assert settle(house) == set(range(1, 30))


def test_nothing_new_is_nothing_to_do(rooms):
    with rooms() as house:
        for who in range(1, 6):
            click(house, who, who)

        assert learn_domains(house.parts) == 1
        assert learn_domains(house.parts) == 0
