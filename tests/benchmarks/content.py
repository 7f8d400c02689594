"""Content health, looked at every week: how often wrong, and how soon right."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from plugin.content.health import LATELY, Verdict, health
from tests.benchmarks.row import Row
from tests.support.newsletters import mailing

ITEMS, QUICK = 400, 60
SENT = 2_000
#: A year of weekly looks, and the week in which it falls.
WEEKS, FALLS_AT = 52, 8
FALL = 0.8
RATES = (0.02, 0.05, 0.1, 0.2)
MOST_FALSE = 0.05


def measure(*, quick: bool) -> list[Row]:
    """Live through e-mails that stay as they are, and through ones that fall."""
    items = QUICK if quick else ITEMS
    with ProcessPoolExecutor() as pool:
        alarms = list(pool.map(partial(_false_alarm, WEEKS), range(items)))
        found = {
            rate: list(pool.map(partial(_verdict, rate), range(items)))
            for rate in RATES
        }
    false = sum(alarms) / items
    missed = max(some.count(Verdict.WELL) / items for some in found.values())
    told = ", ".join(
        f"{some.count(Verdict.ALARM) / items:.0%} at {rate:.0%}"
        for rate, some in found.items()
    )
    return [
        Row(
            promise="content: e-mails that stay as they are, looked at weekly for a "
            "year, ever called worse",
            must=f"<= {MOST_FALSE:.0%}",
            reached=f"{false:.2%}",
            holds=false <= MOST_FALSE,
        ),
        Row(
            promise=f"content: fell by a fifth, {LATELY} sends of {SENT:,} later "
            "called well (most, of four click rates)",
            must=f"<= {MOST_FALSE:.0%}",
            reached=f"{missed:.2%}",
            holds=missed <= MOST_FALSE,
        ),
        Row(
            promise="content: of those found by then, else not enough data, by rate",
            must="-",
            reached=told,
            holds=True,
        ),
    ]


def _lived(seed: int, rates: list[float]) -> list[int]:
    rng = np.random.default_rng(seed)
    return [int(rng.binomial(SENT, rate)) for rate in rates]


def _judged(clicks: list[int]) -> Verdict:
    rows = [mailing(week, one, sent=SENT) for week, one in enumerate(clicks)]
    (one,) = health(rows, lambda _: None)
    return one.verdict


def _false_alarm(weeks: int, seed: int) -> bool:
    clicks = _lived(seed, [RATES[seed % len(RATES)]] * weeks)
    looks = range(2, weeks + 1)
    return any(_judged(clicks[:upto]) is Verdict.ALARM for upto in looks)


def _verdict(rate: float, seed: int) -> Verdict:
    rates = [rate] * FALLS_AT + [FALL * rate] * LATELY
    return _judged(_lived(10**6 + seed, rates))
