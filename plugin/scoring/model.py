"""A score and the reasons that add up to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from plugin.mappings.model import Channel, Phase, Trend


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What one rule gave for one phase through one channel: a line of the sum."""

    rule: str
    phase: Phase
    channel: Channel
    #: Hundredths of a point, so that the lines add up exactly.
    centipoints: int
    #: Events behind it, and the last of them.
    count: int
    last_at: datetime
    #: Names of the content, most recent first, at most three.
    content: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Points with two decimals."""
        return self.centipoints / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something somebody did, as it is named to people."""

    content: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The fewest acts without which somebody would be in another phase."""

    #: Oldest first.
    acts: tuple[Act, ...]
    #: Where they would be.
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """How much a person cares for a topic now; decays like the score."""

    topic: str
    #: Share of the person's own points on this topic, 0..1.
    affinity: float
    centipoints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum:
    """Whether somebody has begun to move, and what that rests on."""

    trend: Trend = Trend.STEADY
    #: When there was evidence enough; None while steady.
    since: datetime | None = None
    #: When the change began, as far as can be told.
    began: datetime | None = None
    #: Visits since then.
    visits: int = 0
    #: What was usual for them before.
    usual_per_week: float = 0.0


class Confidence(StrEnum):
    """How sure an availability is."""

    #: The person said so.
    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """From when somebody is free, and what says so."""

    #: First day of the month.
    month: date
    confidence: Confidence
    #: The projects looked at, last one first; none where the person said so.
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a history is worth at a moment, and why."""

    as_of: datetime
    #: Sum of the reasons, in hundredths of a point; exact.
    centipoints: int
    reasons: tuple[Reason, ...] = ()
    by_phase: Mapping[Phase, int] = field(default_factory=dict)
    by_channel: Mapping[Channel, int] = field(default_factory=dict)
    interests: tuple[Interest, ...] = ()
    #: Distinct human sessions that gave points.
    sessions: int = 0
    #: Events not counted: quarantined, machine, unclassified, without consent.
    left_out: Mapping[str, int] = field(default_factory=dict)
    #: What speaks for a machine on the first two: name of the evidence -> events.
    evidence: Mapping[str, int] = field(default_factory=dict)

    @property
    def points(self) -> float:
        """Points with two decimals."""
        return self.centipoints / 100

    @property
    def shown(self) -> int:
        """The 1..100 that Mautic shows: Mautic drops a written 0."""
        return max(1, min(100, round(self.centipoints / 100)))
