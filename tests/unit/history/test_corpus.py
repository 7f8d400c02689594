"""Twenty thousand simulated mails: machines out, people in, nobody moved."""

from dataclasses import replace

import pytest

from plugin.history.domains import bursts
from plugin.phases.decide import decide
from tests.golden.build import shipped
from tests.support.corpus import HUMANS, catalogue, corpus
from tests.support.scanners import SCANNERS
from tests.support.sieve import AS_OF, sieve
from webhooks.events import EventType

#: Families that only open, and those that never follow a link of an e-mail.
OPENERS = {"google-image-proxy", "apple-mail-privacy"}


@pytest.fixture(scope="module")
def people():
    return list(corpus(2_500, seed=20_260_101))


@pytest.fixture(scope="module")
def sieved(people):
    return sieve(people, shipped(), catalogue())


def test_the_corpus_has_everybody(people, sieved):
    assert len(SCANNERS) >= 12
    assert {one.scanner for one in people} == {"", *SCANNERS}
    assert set(sieved.machine) == set(SCANNERS) - OPENERS
    assert set(sieved.human) == set(HUMANS)
    assert sieved.mails == 20_000
    assert sieved.human.total() > 4_000


def test_machines_are_out(sieved):
    assert sieved.removed >= 0.99, sieved.as_text()
    worst = {
        family: sieved.passed[family] / count
        for family, count in sieved.machine.items()
    }
    assert max(worst.values()) <= 0.05, sieved.as_text()


def test_people_are_in(sieved):
    assert sieved.loss <= 0.005, sieved.as_text()


def test_no_machine_moves_anybody(sieved):
    assert sieved.moves.total() == 0, sieved.as_text()


def test_without_judging_machines_would_move_many(people):
    """The corpus is a test only if it could go wrong."""
    moved = 0
    for one in people[:300]:
        blind = [
            len(decide(_bare(who), _blind(), catalogue(), as_of=AS_OF).moves)
            for who in (one.person, one.without_machines())
        ]
        moved += blind[0] > blind[1]

    assert moved > 30


def test_knowing_domains_never_lets_more_machines_in(people, sieved):
    found = bursts(
        (click for one in people for click in one.clicks()), shipped().scoring.humans
    )

    with_domains = sieve(people, shipped(), catalogue(), found)

    assert found
    assert with_domains.passed.total() <= sieved.passed.total()
    assert with_domains.loss <= 0.01


def test_the_same_seed_gives_the_same_corpus():
    first, again = (list(corpus(30, seed=7)) for _ in range(2))

    assert first == again
    assert first != list(corpus(30, seed=8))


def _bare(person):
    """Leave out what tells machines: sends, user agents and networks."""
    events = tuple(
        replace(one, user_agent=None, data={})
        for one in person.events
        if one.type is not EventType.EMAIL_SENT
    )
    return replace(person, events=events)


def _blind():
    """Take rules that see no machine where the agent does not say so."""
    mappings = shipped()
    humans = replace(
        mappings.scoring.humans,
        burst_links=1000,
        pair_seconds=0,
        too_soon_seconds=0,
        sign_minutes=10_080,
    )
    return replace(mappings, scoring=replace(mappings.scoring, humans=humans))
