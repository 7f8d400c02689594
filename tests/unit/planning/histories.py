"""Phase histories to plan from, with numbers one can check by hand."""

from datetime import UTC, date, datetime, timedelta

from plugin.mappings.audiences import Audience, Edge, Market, Prior
from plugin.planning.model import Goal, Passage, PhaseHistory

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)
#: A date so far away that lags do not matter.
SOME_DAY = date(2040, 1, 1)
JEFFREYS = {
    edge: Prior(conversion=0.5, worth=0.5, median_days=30, source="Jeffreys")
    for edge in Edge
}
#: The worked example: 300 of 3000, 60 of 400, 18 of 120.
CASUS = {
    Edge.SEE_THINK: (300, 3000),
    Edge.THINK_DO: (60, 400),
    Edge.DO_HIRE: (18, 120),
}


def passages(edge, passed, entered, days=30):
    """So many passed after some days; the others were lost, so all is known."""
    then = LONG_AGO + timedelta(days=days)
    yield Passage(edge=edge, entered_at=LONG_AGO, passed_at=then, people=passed)
    gone = LONG_AGO + timedelta(days=400)
    lost = entered - passed
    yield Passage(edge=edge, entered_at=LONG_AGO, gone_at=gone, people=lost)


def settled_rows(numbers=CASUS):
    return [row for edge, (k, n) in numbers.items() for row in passages(edge, k, n)]


def settled(numbers=CASUS, now=None):
    return PhaseHistory.of(settled_rows(numbers), now or {})


def audience(market=None, **more):
    return Audience(key="it", priors=JEFFREYS, market=market, **more)


def market(size, latent=0.5, active=0.07):
    return Market(size=size, latent=latent, active=active)


def goal(hires=24, by=SOME_DAY, **more):
    return Goal(hires=hires, by=by, **more)
