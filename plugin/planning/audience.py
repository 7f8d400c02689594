"""An audience: its market, its channels, its rhythm and what is assumed of it.

`audiences` builds them from `mappings/audiences.toml` once that is parsed and its keys
and types are checked; it opens no file. `problems` checks what the numbers say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from plugin.mappings.model import Channel, Phase
from plugin.planning.model import Edge
from plugin.planning.priors import BENCHMARKS, Prior


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """How many people there are, and how many of them can be won."""

    #: People who fit: region, trade, level.
    size: int
    #: Share who do not look but are open to something, 0..1.
    latent: float
    #: Share who look, 0..1.
    active: float
    source: str = ""
    #: When the numbers were measured.
    measured_on: date | None = None

    @property
    def reachable(self) -> int:
        """People who look or are open to it: more cannot be won."""
        return int(self.size * min(1.0, self.latent + self.active))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The rhythm in which an audience hears from us."""

    #: Phase -> a contact every so many days; a phase not named follows events only.
    every_days: Mapping[Phase, int] = field(default_factory=dict)
    #: ISO weekdays (1 = Monday) on which is sent; empty means any.
    weekdays: frozenset[int] = frozenset()
    #: Local time from which, and until which, nothing is sent.
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    #: Never sooner than so many days after the last one.
    gap_days: int = 3
    #: At most so many in `cap_days`, over all campaigns.
    cap: int = 4
    cap_days: int = 30
    timezone: str = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group of people one recruits from (`[[audiences]]` in audiences.toml)."""

    key: str
    #: Language code -> name.
    label: Mapping[str, str] = field(default_factory=dict)
    #: Who has one of these interests belongs to it.
    topics: frozenset[str] = frozenset()
    #: None where nobody counted: no ceiling is known then.
    market: Market | None = None
    #: Where these people are, most important first.
    channels: tuple[Channel, ...] = ()
    cadence: Cadence = Cadence()
    priors: Mapping[Edge, Prior] = field(default_factory=dict)
    #: What one point of conversion more costs, per edge, in any unit of one's own.
    effort: Mapping[Edge, float] = field(default_factory=dict)

    def name(self, lang: str) -> str:
        """Name it in a language, or by its key."""
        return self.label.get(lang) or self.key

    def prior(self, edge: Edge) -> Prior:
        """Look up what is assumed of an edge, the benchmark where nothing is."""
        return self.priors.get(edge, BENCHMARKS[edge])

    def effort_of(self, edge: Edge) -> float:
        """Look up what a point of conversion costs; 1 where nobody said."""
        return self.effort.get(edge, 1.0)


def audiences(parsed: Mapping[str, Any]) -> dict[str, Audience]:
    """Build every audience of a parsed audiences.toml, by key, in the order written."""
    rows = [_audience(raw) for raw in parsed.get("audiences", ())]
    return {one.key: one for one in rows}


def _audience(raw: Mapping[str, Any]) -> Audience:
    market = raw.get("market")
    return Audience(
        key=raw["key"],
        label=raw.get("label", {}),
        topics=frozenset(raw.get("topics", ())),
        market=None if market is None else Market(**market),
        channels=tuple(Channel(one) for one in raw.get("channels", ())),
        cadence=_cadence(raw.get("cadence", {})),
        priors={Edge(k): Prior(**v) for k, v in raw.get("priors", {}).items()},
        effort={Edge(k): float(v) for k, v in raw.get("effort", {}).items()},
    )


def _cadence(raw: Mapping[str, Any]) -> Cadence:
    rest = {k: v for k, v in raw.items() if k not in {"every_days", "weekdays"}}
    every = {Phase(k): days for k, days in raw.get("every_days", {}).items()}
    weekdays = frozenset(raw.get("weekdays", ()))
    return Cadence(every_days=every, weekdays=weekdays, **rest)


def problems(audience: Audience) -> Iterable[str]:
    """Name what cannot be true of an audience, as `path: message`."""
    market = audience.market
    if market is not None:
        if market.size < 1:
            yield f"market.size: {market.size} is not 1 or more"
        for name, share in (("latent", market.latent), ("active", market.active)):
            if not 0 <= share <= 1:
                yield f"market.{name}: {share} is not a share of 0..1"
        if market.latent + market.active > 1:
            total = market.latent + market.active
            yield f"market: latent and active together are {total:.0%} of all people"
    for edge, prior in audience.priors.items():
        yield from _prior_problems(f"priors.{edge}", prior)
    for edge, effort in audience.effort.items():
        if effort <= 0:
            yield f"effort.{edge}: {effort} is not above 0"
    yield from _cadence_problems(audience.cadence)


def _prior_problems(where: str, prior: Prior) -> Iterable[str]:
    if not 0 < prior.conversion < 1:
        yield f"{where}.conversion: {prior.conversion} is not between 0 and 1"
    if prior.worth <= 0:
        yield f"{where}.worth: {prior.worth} is not above 0"
    if prior.median_days <= 0:
        yield f"{where}.median_days: {prior.median_days} is not above 0"
    if not prior.source:
        yield f"{where}.source: say where the numbers come from"


def _cadence_problems(cadence: Cadence) -> Iterable[str]:
    for phase, days in cadence.every_days.items():
        if days < cadence.gap_days:
            yield (
                f"cadence.every_days.{phase}: {days} is less than "
                f"gap_days ({cadence.gap_days}), so it can never be kept"
            )
    for day in sorted(cadence.weekdays - set(range(1, 8))):
        yield f"cadence.weekdays: {day} is not 1 (Monday) .. 7 (Sunday)"
    if cadence.cap < 1 or cadence.cap_days < 1:
        yield "cadence.cap: cap and cap_days are 1 or more"
