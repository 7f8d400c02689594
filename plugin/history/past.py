"""What is left of behaviour that was forgotten: what it came to, and nothing of it.

When behaviour becomes too old to be kept it is deleted. What was decided by it stays:
phases and when they began, how somebody came, points that still fade. A journey goes
on from there instead of from the first event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from plugin.history.moves import Move
from plugin.mappings.model import Channel, Phase, Trend

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Share(NamedTuple):
    """What one channel gave to an account."""

    points: float
    #: Acts behind it, and when the last of them was.
    acts: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """What one rule had given for one phase, as of `at`, before its cap."""

    rule: str
    phase: Phase
    at: int
    total: float
    shares: Mapping[Channel, Share]

    def as_json(self) -> list[Any]:
        """Write it for the store."""
        shares = {channel.value: list(one) for channel, one in self.shares.items()}
        return [self.rule, self.phase.value, self.at, self.total, shares]

    @classmethod
    def of(cls, told: list[Any]) -> Self:
        """Read what `as_json` wrote."""
        rule, phase, at, total, shares = told
        read = {Channel(name): Share(*one) for name, one in shares.items()}
        return cls(
            rule=rule, phase=Phase(phase), at=at, total=float(total), shares=read
        )


class Evidence(NamedTuple):
    """One test for a changed pace, as far as it was."""

    rate: float
    usual: float
    evidence: float
    since: int
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often somebody came, as far as that was watched."""

    #: Visits, and when the last act was.
    visits: int
    last: int
    #: What was known of their own rate: visits, and the time they took.
    rate: tuple[float, float]
    at: int
    armed: int
    up: Evidence
    down: Evidence
    trend: Trend
    since: int | None

    def as_json(self) -> dict[str, Any]:
        """Write it for the store."""
        return {
            "visits": self.visits,
            "last": self.last,
            "rate": list(self.rate),
            "at": self.at,
            "armed": self.armed,
            "up": list(self.up),
            "down": list(self.down),
            "trend": self.trend.value,
            "since": self.since,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        visits, time = told["rate"]
        return cls(
            visits=told["visits"],
            last=told["last"],
            rate=(float(visits), float(time)),
            at=told["at"],
            armed=told["armed"],
            up=_evidence(told["up"]),
            down=_evidence(told["down"]),
            trend=Trend(told["trend"]),
            since=told["since"],
        )


def _evidence(told: list[Any]) -> Evidence:
    rate, usual, evidence, since, visits = told
    return Evidence(float(rate), float(usual), float(evidence), since, visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a journey stood; moments in microseconds since 1970."""

    #: Oldest first; never empty.
    moves: tuple[Move, ...]
    at: int
    since: int
    #: Before this moment nothing but an event moves them down, ...
    held_until: int
    #: ... and before this one no score moves them above `pause`.
    paused_until: int
    pause: Phase
    #: Phases for whose content a form was sent in.
    acted: frozenset[Phase]

    def as_json(self) -> dict[str, Any]:
        """Write it for the store."""
        return {
            "moves": [one.as_json() for one in self.moves],
            "at": self.at,
            "since": self.since,
            "held_until": self.held_until,
            "paused_until": self.paused_until,
            "pause": self.pause.value,
            "acted": sorted(one.value for one in self.acted),
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            moves=tuple(Move.of(one) for one in told["moves"]),
            at=told["at"],
            since=told["since"],
            held_until=told["held_until"],
            paused_until=told["paused_until"],
            pause=Phase(told["pause"]),
            acted=frozenset(Phase(one) for one in told["acted"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was decided by behaviour that is no longer kept.

    Everything that still is kept counts besides it: nothing is in both.
    """

    #: What a person did before this moment is not kept.
    until: datetime
    #: When the first event of all was, and by which channel they came.
    began: datetime
    came_by: Channel | None
    #: The first campaign that brought them.
    utm: Mapping[str, str]
    #: When they were first identified; None where that was not.
    identified_at: datetime | None
    #: When something was last heard as it happened, and a sign-up; None where never.
    heard_at: datetime | None
    asked_at: datetime | None
    #: Whether some of it was only recalled by a backfill.
    is_recalled: bool
    course: Course
    booked: tuple[Booked, ...]
    #: Human sessions that gave points, and when the last act of one was.
    sessions: int
    last_act: int | None
    #: None where nothing was to be watched.
    pace: Pace | None
    #: News of the ATS that is in it already, by key; it is kept for good.
    news: frozenset[str]
    #: Of acts that are kept: from when they count, where only what was forgotten
    #: told, and by how many repeats more they are damped; by key.
    verdicts: Mapping[str, int | None] = field(default_factory=lambda: _NOTHING)
    repeats: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    #: Whether points may not be counted: nobody may be profiled without consent.
    is_bare: bool = False

    def bare(self) -> Self:
        """Leave out all that behaviour scored."""
        return replace(
            self, booked=(), sessions=0, last_act=None, pace=None, is_bare=True
        )

    def as_json(self) -> dict[str, Any]:
        """Write it for the store, all but `until`."""
        return {
            "began": self.began.isoformat(),
            "came_by": self.came_by.value if self.came_by else None,
            "utm": dict(self.utm),
            "identified_at": _written(self.identified_at),
            "heard_at": _written(self.heard_at),
            "asked_at": _written(self.asked_at),
            "is_recalled": self.is_recalled,
            "course": self.course.as_json(),
            "booked": [one.as_json() for one in self.booked],
            "sessions": self.sessions,
            "last_act": self.last_act,
            "pace": self.pace.as_json() if self.pace else None,
            "news": sorted(self.news),
            "verdicts": dict(self.verdicts),
            "repeats": dict(self.repeats),
        }

    @classmethod
    def of(cls, until: datetime, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            until=until,
            began=datetime.fromisoformat(told["began"]),
            came_by=Channel(told["came_by"]) if told["came_by"] else None,
            utm=told["utm"],
            identified_at=_read(told["identified_at"]),
            heard_at=_read(told["heard_at"]),
            asked_at=_read(told["asked_at"]),
            is_recalled=told["is_recalled"],
            course=Course.of(told["course"]),
            booked=tuple(Booked.of(one) for one in told["booked"]),
            sessions=told["sessions"],
            last_act=told["last_act"],
            pace=Pace.of(told["pace"]) if told["pace"] else None,
            news=frozenset(told["news"]),
            verdicts=told["verdicts"],
            repeats=told["repeats"],
        )


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
