"""Whether the rules would have found those who signed up, how early, at what price.

Pure. Adds up what `replay` found of each person: how many of those who signed up had
been called, how long before, and how many were called who did not sign up.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import sqrt
from statistics import quantiles

from plugin.history.clicks import DAY, micros, moment_of
from plugin.mappings.model import Mappings
from plugin.planning.replay import Alarm, Design, Kind, Signal, Track

#: With fewer outcomes nothing is proposed: chance would choose.
ENOUGH = 50
#: The share of the time that a proposal is made from; the rest tests it.
EARLY = 0.6
#: So much more balance of precision and recall is worth an edit; less is chance.
MARGIN = 0.03
#: Thresholds tried, as multiples of Think's own.
MULTIPLES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)

_MONTH_DAYS = 365.25 / 12
#: Standard deviations that 95 % lie within.
_Z = 1.959964


def signals(mappings: Mappings) -> tuple[Signal, ...]:
    """List what is judged: the phases, rising, and thresholds around Think's own."""
    kinds = (Kind.ANY, Kind.THINK, Kind.DO, Kind.RISING)
    enter = mappings.phases.think.enter
    points = (Signal(Kind.POINTS, round(enter * one, 2)) for one in MULTIPLES)
    return (*map(Signal, kinds), *points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, with where the true share lies at 95 % (Wilson, 1927)."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def make(cls, count: int, of: int) -> "Share":
        """Work out the interval; none of none says nothing."""
        if not of:
            return cls(count=count, of=of, share=None, low=None, high=None)
        share, squared = count / of, _Z * _Z
        middle = share + squared / (2 * of)
        spread = _Z * sqrt(share * (1 - share) / of + squared / (4 * of * of))
        low, high = ((middle + sign * spread) / (1 + squared / of) for sign in (-1, 1))
        return cls(
            count=count, of=of, share=share, low=max(0.0, low), high=min(1.0, high)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in 1,000 person-months, with 95 % limits (Byar's, for a Poisson)."""

    value: float
    low: float
    high: float

    @classmethod
    def make(cls, count: int, months: float) -> "Rate | None":
        """Work out the limits; None without any person-months."""
        if months <= 0:
            return None
        more = count + 1
        low = _byar(count, -1) if count else 0.0
        return cls(
            value=1000 * count / months,
            low=1000 * low / months,
            high=1000 * _byar(more, 1) / months,
        )


def _byar(count: int, sign: int) -> float:
    return float(count * (1 - 1 / (9 * count) + sign * _Z / (3 * sqrt(count))) ** 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How many days before the outcome people were called: the middle and half of all.

    No longer than the horizon: who was called before that counts as so many days.
    """

    median: float
    #: A quarter was called later than this, a quarter earlier than that.
    lower: float
    upper: float

    @classmethod
    def of(cls, leads: list[int]) -> "Lead | None":
        """Take the quartiles of some leads in microseconds; None of none."""
        if not leads:
            return None
        days = [one / DAY for one in leads]
        if len(days) == 1:
            days *= 2
        lower, median, upper = quantiles(days, n=4, method="inclusive")
        return cls(
            median=round(median, 1), lower=round(lower, 1), upper=round(upper, 1)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How well one signal did."""

    signal: Signal
    #: Of the calls, those that an outcome followed within the horizon.
    precision: Share
    #: Of the outcomes, those that had been called within the horizon before.
    recall: Share
    #: Precision against that of calling anybody at any moment; with its limits.
    lift: tuple[float, float, float] | None
    #: Calls that nothing followed.
    false_alarms: Rate | None
    lead: Lead | None
    #: Days before -> of the outcomes, those called at that very moment.
    before: dict[int, Share] = field(default_factory=dict)

    @property
    def f1(self) -> float:
        """Balance of precision and recall: their harmonic mean."""
        if not self.precision.share or not self.recall.share:
            return 0.0
        both = self.precision.share * self.recall.share
        return 2 * both / (self.precision.share + self.recall.share)


class Part(StrEnum):
    """Which part of the time is looked at."""

    WHOLE = "whole"
    #: What a proposal is made from, ...
    EARLY = "early"
    #: ... and what tests it.
    LATE = "late"


@dataclass(slots=True)
class _Sums:
    """What is counted of one signal in one part of the time."""

    right: int = 0
    wrong: int = 0
    leads: list[int] = field(default_factory=list)
    before: Counter[int] = field(default_factory=Counter)
    looked: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class _Scene:
    """What is counted of everybody in one part of the time."""

    outcomes: int = 0
    hired: int = 0
    known: int = 0
    looks: int = 0
    looks_right: int = 0
    sums: dict[Signal, _Sums] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Another threshold for Think that did better, before and after."""

    enter: float
    instead_of: float
    #: Both on the late part, which the choice has not seen.
    row: Row
    now: Row


class Backtest:
    """Adds up tracks; what it says of them can be read at any time."""

    def __init__(self, design: Design) -> None:
        """Begin with nobody."""
        self.design = design
        self.people = 0
        begin, end = micros(design.since), micros(design.until)
        self._split = begin + round((end - begin) * EARLY)
        self._scenes = {part: _Scene() for part in Part}
        for scene in self._scenes.values():
            scene.sums = {one: _Sums() for one in design.signals}

    @property
    def split_at(self) -> datetime:
        """Say where the early part ends."""
        return moment_of(self._split)

    def add(self, track: Track) -> None:
        """Add one person."""
        self.people += 1
        for look in track.watched:
            for scene in self._scenes_of(look):
                scene.looks += 1
                scene.looks_right += look.is_right
        for signal, alarms in track.alarms.items():
            for alarm in alarms:
                for scene in self._scenes_of(alarm):
                    scene.sums[signal].right += alarm.is_right
                    scene.sums[signal].wrong += not alarm.is_right
        if track.outcome is not None:
            is_late = track.outcome.at > self._split
            for part in (Part.WHOLE, Part.LATE if is_late else Part.EARLY):
                self._add_outcome(self._scenes[part], track)

    def outcomes(self, part: Part = Part.WHOLE) -> int:
        """Count those who signed up or were hired."""
        return self._scenes[part].outcomes

    @property
    def hired(self) -> int:
        """Count those of them who were hired."""
        return self._scenes[Part.WHOLE].hired

    @property
    def known(self) -> int:
        """Count those of them of whom anything was known a day before."""
        return self._scenes[Part.WHOLE].known

    @property
    def person_months(self) -> float:
        """Tell how long people were watched, their horizons being over."""
        return self._months(self._scenes[Part.WHOLE])

    @property
    def base_rate(self) -> Share:
        """Tell how many sign up within the horizon of any moment."""
        scene = self._scenes[Part.WHOLE]
        return Share.make(scene.looks_right, scene.looks)

    def rows(self, part: Part = Part.WHOLE) -> list[Row]:
        """Say how well each signal did."""
        scene = self._scenes[part]
        return [self._row(one, scene) for one in self.design.signals]

    @property
    def is_enough(self) -> bool:
        """Whether there are outcomes enough to propose anything."""
        return self.outcomes() >= ENOUGH

    def proposal(self) -> Proposal | None:
        """Propose a threshold for Think; None if none is better or there is not ENOUGH.

        Chosen on the early part by the balance of precision and recall (F1); it must
        do better than the present one by MARGIN, on the late part too.
        """
        own = self.design.mappings.phases.think.enter
        early = self._by_enter(Part.EARLY)
        late = self._by_enter(Part.LATE)
        if not self.is_enough or own not in early:
            return None
        best = max(early, key=lambda enter: (early[enter].f1, enter == own, enter))
        gains = (part[best].f1 - part[own].f1 for part in (early, late))
        if min(gains) < MARGIN:
            return None
        return Proposal(enter=best, instead_of=own, row=late[best], now=late[own])

    def _by_enter(self, part: Part) -> dict[float, Row]:
        return {
            row.signal.enter: row
            for row in self.rows(part)
            if row.signal.kind is Kind.POINTS
        }

    def _scenes_of(self, look: Alarm) -> Iterable[_Scene]:
        """Take the parts of the time a look belongs to; one across the split to none.

        Whether somebody looked at early signs up is only known within the horizon:
        what is known after the split must not choose.
        """
        yield self._scenes[Part.WHOLE]
        if look.at > self._split:
            yield self._scenes[Part.LATE]
        elif look.at + self.design.horizon <= self._split:
            yield self._scenes[Part.EARLY]

    def _add_outcome(self, scene: _Scene, track: Track) -> None:
        scene.outcomes += 1
        scene.hired += track.outcome is not None and track.outcome.is_hired
        scene.known += track.was_known
        for signal, lead in track.lead.items():
            scene.sums[signal].leads.append(lead)
        for (signal, days), was_called in track.called.items():
            scene.sums[signal].before[days] += was_called
            scene.sums[signal].looked[days] += 1

    def _months(self, scene: _Scene) -> float:
        return scene.looks * self.design.step_days / _MONTH_DAYS

    def _row(self, signal: Signal, scene: _Scene) -> Row:
        sums = scene.sums[signal]
        precision = Share.make(sums.right, sums.right + sums.wrong)
        return Row(
            signal=signal,
            precision=precision,
            recall=Share.make(len(sums.leads), scene.outcomes),
            lift=_lift(precision, Share.make(scene.looks_right, scene.looks)),
            false_alarms=Rate.make(sums.wrong, self._months(scene)),
            lead=Lead.of(sums.leads),
            before={
                days: Share.make(sums.before[days], sums.looked[days])
                for days in self.design.days_before
            },
        )


def _lift(precision: Share, base: Share) -> tuple[float, float, float] | None:
    """Divide by the share of anybody, who are so many that it is taken as is."""
    if precision.share is None or not base.share:
        return None
    low, high = precision.low or 0.0, precision.high or 0.0
    return precision.share / base.share, low / base.share, high / base.share
