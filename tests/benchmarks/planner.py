"""The planner against firms whose truth is known: do its intervals hold?"""

import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np

from plugin.mappings.audiences import Audience
from plugin.planning import odds
from plugin.planning.model import Goal, PhaseHistory
from plugin.planning.planner import assess, plan_funnel
from tests.benchmarks.row import Row
from tests.support.firms import Firm, firm, plausible

#: Day 0 of the simulated firms: their times are in seconds from there.
DAY_0 = datetime(1970, 1, 1, tzinfo=UTC)
FIRMS, QUICK = 10_000, 200
PEOPLE = 30_000
DAYS = 180
GOAL = Goal(hires=10, by=date(1970, 1, 1) + timedelta(days=DAYS - 1))
WHOM = Audience(key="x")
#: Plans that are timed.
ANSWERS = 20
LEAST, MOST = 0.88, 0.92
ANSWER_SECONDS = 0.2


def measure(*, quick: bool) -> list[Row]:
    """Plan for many firms; compare intervals with what came, and time one answer."""
    firms = QUICK if quick else FIRMS
    with ProcessPoolExecutor() as pool:
        held = sum(pool.map(is_within, range(firms), chunksize=25))
    within = held / firms
    slow = float(np.median([_seconds(seed) for seed in range(ANSWERS)]))
    # with 200 firms chance alone makes two points
    spare = 2 * (0.9 * 0.1 / firms) ** 0.5 if quick else 0.0
    return [
        Row(
            promise=f"planner: hires within the 90 % interval, {firms:,} firms",
            must=f"{LEAST:.0%} to {MOST:.0%}",
            reached=f"{within:.1%}",
            holds=LEAST - spare <= within <= MOST + spare,
        ),
        Row(
            promise="planner: an answer, processor time",
            must=f"<= {ANSWER_SECONDS * 1000:.0f} ms",
            reached=f"{slow * 1000:.0f} ms",
            holds=slow <= ANSWER_SECONDS,
        ),
    ]


def is_within(seed: int) -> bool:
    """Tell whether the hires of one firm's people in hand were within the interval.

    Hires are whole numbers, so an interval of exactly 90 % cuts through its ends: it is
    drawn on which side of the cut they fall (the randomised probability transform).
    """
    rng = np.random.default_rng(seed)
    made = firm(rng, plausible(rng), PEOPLE)
    came = int((made.later <= DAYS).sum())
    situation, _, _ = assess(GOAL, _history(made), WHOM, as_of=DAY_0)
    counted = situation.in_hand()
    at_least, more = (float(odds.at_least(one, counted)) for one in (came, came + 1))
    place = more + rng.random() * (at_least - more)
    return 0.05 <= place <= 0.95


def _seconds(seed: int) -> float:
    rng = np.random.default_rng(seed)
    history = _history(firm(rng, plausible(rng), PEOPLE))
    began = time.process_time()
    plan_funnel(GOAL, history, WHOM, as_of=DAY_0)
    return time.process_time() - began


def _history(made: Firm) -> PhaseHistory:
    return PhaseHistory(tracks=made.tracks)
