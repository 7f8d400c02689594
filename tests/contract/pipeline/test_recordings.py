"""Everything Mautic 5.1.1 was recorded sending comes to the same, in any order.

The recorded content is given categories, so that people score and move by it.
"""

import json
from random import Random

import pytest

from plugin.content.match import CatalogueItem
from plugin.pipeline.process import CATALOGUED, process
from tests.support.house import START
from tests.support.recordings import (
    CAMPAIGN_ACTIONS,
    OTHER_HOOKS,
    SECRET,
    of_the_hook,
    sequence,
)
from webhooks.events import ContentKind
from webhooks.signature import HEADER
from webhooks.sources.mautic import MauticSource

NOT_OURS = [
    one for one in sequence() if one.name in CAMPAIGN_ACTIONS or one.name in OTHER_HOOKS
]
OURS = [one for one in of_the_hook() if one.name not in OTHER_HOOKS]
CATEGORIES = {
    ContentKind.FORM: "do",
    ContentKind.PAGE: "think-security",
    ContentKind.EMAIL: "see-cloud",
    ContentKind.ASSET: "think-data",
}
WEB = "https://stdc.example.org"


def catalogue():
    """Classify all that the recordings name."""
    source = MauticSource([SECRET])
    refs = {
        (ref.kind, ref.id)
        for one in OURS
        for event in source.parse(one.body, START).events
        for ref in (event.content, event.via)
        if ref is not None and ref.id is not None and ref.kind in CATALOGUED
    }
    return [
        CatalogueItem(
            kind=kind, id=number, name=f"{kind} {number}", category=CATEGORIES[kind]
        )
        for kind, number in sorted(refs)
    ]


CATALOGUE = catalogue()


def classify(house):
    with house.parts.store.unit() as unit:
        for kind in CATALOGUED:
            items = [one for one in CATALOGUE if one.kind == kind]
            unit.content.replace(kind, items, START)


def run(rooms, requests, limits=(200,)):
    """Send requests through the door, process them, and give what is known then."""
    with rooms(base_url=WEB) as house:
        classify(house)
        for one in requests:
            assert house.knock(one.body, one.headers[HEADER]) == 200
        draw = Random(len(limits))
        while process(house.parts, limit=draw.choice(limits)).deliveries:
            pass
        with house.parts.store.view() as unit:
            assert unit.inbox.depth() == {}
        return house.dump(notes=False)


@pytest.fixture(scope="module")
def expected():
    """What one ordered run comes to, by database."""
    return {}


@pytest.fixture
def ordered(expected, request, rooms):
    name = request.node.callspec.params["rooms"]
    if name not in expected:
        expected[name] = run(rooms, OURS)
    return expected[name]


def shuffled(requests, seed):
    return Random(seed).sample(requests, len(requests))


def test_they_are_all_there_and_people_move_by_them(ordered):
    moves = [line for line in ordered if line.startswith('["move"')]

    assert len(OURS) == 203
    assert len(OURS) + len(NOT_OURS) == 212
    assert any('"sign-up"' in line for line in moves)
    points = {json.loads(line)[6] for line in ordered if line.startswith('["person"')}
    assert len(points) > 3


def test_both_databases_come_to_the_same(ordered, expected):
    assert all(found == ordered for found in expected.values())


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_they_come_to_the_same(rooms, ordered, seed):
    assert run(rooms, shuffled(OURS, seed), (1, 7, 60)) == ordered


def test_doubled_they_count_once(rooms, ordered):
    assert run(rooms, [one for one in OURS for _ in range(2)]) == ordered


def test_doubled_and_shuffled_they_count_once(rooms, ordered):
    assert run(rooms, shuffled(OURS * 2, 99), (3, 200)) == ordered


@pytest.mark.parametrize("limits", [(1,), (2, 3, 50)], ids=str)
def test_in_any_batches_they_come_to_the_same(rooms, ordered, limits):
    assert run(rooms, OURS, limits) == ordered


def test_over_the_wire_they_come_to_the_same(rooms, ordered):
    with rooms(base_url=WEB) as house:
        classify(house)
        statuses = {house.post(one.body, one.headers[HEADER]) for one in OURS}
        house.process()

        assert statuses == {200}
        assert house.dump(notes=False) == ordered


def test_what_is_not_of_our_hook_is_refused_and_leaves_nothing(rooms):
    with rooms() as house:
        statuses = {
            house.post(one.body, one.headers.get(HEADER, "")) for one in NOT_OURS
        }

        assert statuses == {401}
        with house.parts.store.view() as unit:
            assert unit.inbox.list() == []
