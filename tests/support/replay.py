"""Told bit by bit or all at once: random histories, each judged both ways.

The long form, over 100,000 whole histories: `python -m tests.support.replay 100000`
"""

import sys
from random import Random

from plugin.history.clicks import DAY
from plugin.mappings.model import Channel, Phase, ScoringRule
from plugin.phases.decide import decide
from plugin.scoring.contributions import Contribution
from plugin.scoring.ledger import Ledger
from tests.golden.build import History, day, person, shipped
from webhooks.events import EventType

RULES = tuple(
    ScoringRule(
        id=f"rule-{half_life}",
        event=EventType.PAGE_VISITED,
        points=5,
        half_life_days=half_life,
        cap=cap,
    )
    for half_life, cap in ((3.0, 1000.0), (14.0, 12.0), (30.0, 1000.0))
)
#: Points: what the order of floating-point sums may make of them.
EXACT = 1e-9
PHASES = (Phase.SEE, Phase.THINK, Phase.DO)
VERBS = ("visits", "visits", "downloads", "clicks", "submits", "is rejected")


def contributions(rng: Random) -> list[Contribution]:
    """Draw up to six contributions, in the order in which they count."""
    drawn = []
    for number in range(rng.randint(1, 6)):
        at = rng.randrange(60 * DAY)
        drawn.append(
            Contribution(
                at=at,
                counts_from=at + rng.choice((0, 0, 0, rng.randrange(2 * DAY))),
                key=str(number),
                rule=rng.choice(RULES),
                phase=rng.choice(PHASES),
                channel=Channel.SITE,
                topics=frozenset(),
                content="",
                page="",
                points=rng.uniform(0.1, 9),
            )
        )
    return sorted(drawn, key=lambda one: (one.counts_from, one.at, one.key))


def at_once(some: list[Contribution], at: int) -> float:
    """Work out the level by the formula itself, from nothing but the list."""
    sums: dict[tuple[str, Phase], tuple[float, float]] = {}
    for one in some:
        if one.counts_from <= at:
            key = (one.rule.id, one.phase)
            half_life = one.rule.half_life_days * DAY
            before, cap = sums.get(key, (0.0, one.rule.cap))
            sums[key] = (before + one.points * 2.0 ** ((one.at - at) / half_life), cap)
    return sum(min(cap, points) for points, cap in sums.values())


def bit_by_bit_differs(rng: Random) -> bool:
    """Keep accounts one by one, reading in between; compare with the formula."""
    some, ledger = contributions(rng), Ledger(30)
    for count, one in enumerate(some, 1):
        ledger.add(one)
        at = one.counts_from
        if abs(ledger.level(PHASES, at) - at_once(some[:count], at)) > EXACT:
            return True
    at = some[-1].counts_from + rng.randrange(400 * DAY)
    return abs(ledger.level(PHASES, at) - at_once(some, at)) > EXACT


def history(rng: Random) -> History:
    """Draw a small history of events."""
    drawn = History()
    for _ in range(rng.randint(1, 6)):
        verb = rng.choice(VERBS)
        category = rng.choice(("see-cloud", "think-cloud", "do-data"))
        what = "" if verb.startswith("is ") else f"{rng.choice('AB')} {category}"
        by = what if verb == "clicks" else ""
        drawn.add(rng.random() * 40, verb, what, category=category, by=by)
    return drawn


def journey_differs(rng: Random) -> bool:
    """Decide as each event comes in, and with all known, as of the same moments."""
    told = history(rng)
    ordered = sorted(told.events, key=lambda one: (one.occurred_at, one.key))
    moments = [one.occurred_at for one in ordered] + [day(40 + rng.random() * 60)]
    for count, as_of in enumerate(moments, 1):
        known = person(ordered[:count])
        alone = decide(known, shipped(), told.catalogue, as_of=as_of)
        if alone != decide(told.person(), shipped(), told.catalogue, as_of=as_of):
            return True
    return False


if __name__ == "__main__":
    wanted = int(sys.argv[1])
    found = [seed for seed in range(wanted) if journey_differs(Random(seed))]
    sys.exit(f"these differ: {found[:10]}" if found else 0)
