"""What a real Mautic sent, through the store: order and repetition do not matter."""

import random
from datetime import UTC, datetime

import pytest

from plugin.store import open_store
from tests.contract.store.units import undone
from tests.support import recordings
from webhooks.sources.mautic import MauticSource

#: After all that was recorded: a merge is looked up when Mautic has told of it.
AT = datetime(2026, 12, 1, tzinfo=UTC)
SOURCE = MauticSource([recordings.SECRET])
DELIVERIES = [SOURCE.parse(recorded.body, AT) for recorded in recordings.of_the_hook()]


def keep(unit, deliveries):
    for parsed in deliveries:
        unit.people.see_profiles(parsed.profiles)
        unit.people.persons_of(unit.history.append(parsed.events, AT), AT)
    unit.people.merge(17, 21, AT, "GET 17 answers 21")


@pytest.fixture
def clean(store, url, clock):
    with store.unit() as unit:
        keep(unit, DELIVERIES)
    return store.dump_state()


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_and_doubled_comes_to_the_same_bytes(
    clean, sqlite_template, tmp_path, clock, seed
):
    path = tmp_path / "shuffled.db"
    path.write_bytes(sqlite_template.read_bytes())
    other = open_store(f"sqlite:///{path}", clock=clock)
    order = DELIVERIES * 2
    random.Random(seed).shuffle(order)
    with other.unit() as unit:
        keep(unit, order)

    assert other.dump_state() == clean
    other.close()


def test_the_candidate_whose_id_changed_keeps_name_and_history(store):
    with undone(store) as unit:
        keep(unit, DELIVERIES)
        person = unit.people.load(17)

    assert (person.id, person.profile.email) == (21, "m1@example.com")
    assert {event.contact_id for event in person.events} == {17, 21}
