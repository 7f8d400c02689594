"""What a funnel plan says: numbers only, no words. `text` puts it in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from plugin.mappings.audiences import Edge, Prior
from plugin.mappings.model import Phase
from plugin.planning.model import Goal

#: Answers are given for these, and for the goal's own.
CERTAINTIES = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number that is not known for sure: its mean and its 90 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeReport:
    """What is known of one conversion."""

    edge: Edge
    #: Own people who began, passed, are under way, were lost.
    entered: int
    passed: int
    waiting: int
    gone: int
    #: Share that passes in the end.
    conversion: Estimate
    #: Passed over entered: too low as long as people are under way.
    seen_share: float
    #: Where the curve of Aalen and Johansen ends: nothing assumed.
    observed_share: float
    #: Days after which half of those who pass have passed.
    median_days: Estimate
    #: Own people watched to the end that the own data are worth.
    effective: float
    prior: Prior
    #: Weight of the own data against the assumption, 0..1.
    own_weight: float
    #: More people to be watched to the end before the interval is half as wide.
    halved_by: int
    #: Greatest distance between the observed and the assumed curve, as a share.
    misfit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """People a phase must see for a certainty; None where no number would do."""

    certainty: float
    #: Without a date and with nothing in hand: what a good calculator would say.
    ever: int | None
    #: By the date, coming evenly from now, with nothing in hand.
    by_date: int | None
    #: The gap: what must still come, evenly from now, beside what is in hand.
    extra: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseNeeds:
    """One phase: who is there and who must come."""

    phase: Phase
    now: int
    #: Days from here to the hire: half are through by, nine in ten are through by.
    median_days: float
    slow_days: float
    needs: tuple[Need, ...]

    def at(self, certainty: float) -> Need:
        """Look up the need for a certainty that was asked for."""
        return next(one for one in self.needs if one.certainty == certainty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spreadsheet:
    """The single number of a spreadsheet, and what it is worth."""

    people: int
    #: Chance of the goal with so many people, in the end and by the date.
    chance_ever: float
    chance_by_date: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """What one conversion would have to become, all else being as it is."""

    edge: Edge
    now: float
    #: None where even everybody passing is not enough.
    must: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What the market has."""

    size: int
    latent: float
    active: float
    #: People who can be won at all, and those who are in the funnel already.
    reachable: int
    known: int
    #: People who can still come.
    room: int
    #: For the goal's certainty: by the date, and if there were no date.
    possible: bool
    possible_ever: bool
    #: Hires one can be that certain of by the date if everybody comes.
    most_hires: int
    #: One of these would make it possible; empty where it is.
    musts: tuple[Must, ...]
    #: Or all conversions together by this factor; None where even that is no help.
    together: float | None
    source: str
    measured_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """What one point of conversion more does."""

    edge: Edge
    points: float
    #: People in See that need not be found for the goal's certainty.
    people_saved: int | None
    #: Gain in the chance of the goal at the present pace.
    chance_gained: float
    effort: float

    @property
    def per_effort(self) -> float:
        """People saved for each unit of effort."""
        return (self.people_saved or 0) / self.effort


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What the present pace comes to for one certainty."""

    certainty: float
    #: New people a week that would be needed; None where no number would do.
    weekly_needed: float | None
    #: The last day to begin at the present pace; None where that lies too far back.
    start_by: date | None
    #: The day on which the present pace gets there; None where that is far beyond.
    reached_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Where it goes if it goes on like this."""

    #: New people a week.
    weekly: Estimate
    #: Hires by the date, those of `hired` among them.
    hires: Estimate
    #: Chance of the goal: "on track".
    chance: float
    when: tuple[When, ...]

    def at(self, certainty: float) -> When:
        """Look up what was asked for."""
        return next(one for one in self.when if one.certainty == certainty)


@dataclass(frozen=True, slots=True, kw_only=True)
class FanPoint:
    """Hires by a day at the present pace: 5, 50 and 95 %."""

    on: date
    low: int
    middle: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPlan:
    """The answer to "so many hires by then: what does it take?"."""

    audience: str
    #: Language code -> name of the audience.
    label: Mapping[str, str]
    as_of: datetime
    goal: Goal
    #: Hires that count already.
    hired: int
    edges: tuple[EdgeReport, ...]
    phases: tuple[PhaseNeeds, ...]
    #: Hires expected by the date from the people in hand alone.
    in_hand: Estimate
    spreadsheet: Spreadsheet | None
    #: None where nobody counted the market.
    ceiling: Ceiling | None
    #: The best one for its effort first.
    levers: tuple[Lever, ...]
    pace: Pace
    fan: tuple[FanPoint, ...]
    #: The conversion that makes the plan least certain.
    weakest: Edge

    @property
    def possible(self) -> bool | None:
        """Whether the market is large enough; None where nobody counted it."""
        return None if self.ceiling is None else self.ceiling.possible

    def phase(self, phase: Phase) -> PhaseNeeds:
        """Look up See, Think or Do."""
        return next(one for one in self.phases if one.phase is phase)

    def edge(self, edge: Edge) -> EdgeReport:
        """Look up one conversion."""
        return next(one for one in self.edges if one.edge is edge)

    def as_json(self) -> dict[str, Any]:
        """Write everything as plain JSON values; moments and days in ISO 8601."""
        whole: dict[str, Any] = _plain(asdict(self))
        return {**whole, "possible": self.possible}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return round(value, 6) if isinstance(value, float) else value
