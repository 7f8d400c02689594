"""What a plan is made from: a goal, and who passed from phase to phase when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from plugin.mappings.audiences import Edge
from plugin.mappings.model import Phase

_DAY = timedelta(days=1)


_ENDS: Mapping[Edge, tuple[Phase, Phase]] = {
    Edge.SEE_THINK: (Phase.SEE, Phase.THINK),
    Edge.THINK_DO: (Phase.THINK, Phase.DO),
    Edge.DO_HIRE: (Phase.DO, Phase.CARE),
}


def start_of(edge: Edge) -> Phase:
    """Name the phase people are in before they pass."""
    return _ENDS[edge][0]


def end_of(edge: Edge) -> Phase:
    """Name the phase they are in when they have passed."""
    return _ENDS[edge][1]


#: First to last, as a person goes.
EDGES = tuple(Edge)

#: Where people can still be won from, first to last.
STARTS = tuple(start_of(edge) for edge in EDGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """So many hires, by the end of a day."""

    hires: int
    by: date
    #: Hires from this day on count already; None counts only those to come.
    since: date | None = None
    #: New people a week; None means as many as came of late.
    weekly_inflow: float | None = None
    #: How sure one wants to be where one answer is given.
    certainty: float = 0.9

    def days_from(self, as_of: datetime) -> float:
        """Count the days that are left; the day itself belongs to them.

        Raises ValueError where none is left, or where nothing is asked.
        """
        if self.hires < 1:
            raise ValueError(f"a goal of {self.hires} hires is no goal")
        if not 0 < self.certainty < 1:
            raise ValueError(f"certainty {self.certainty} is not between 0 and 1")
        end = datetime.combine(self.by, time(), UTC) + _DAY
        if end <= as_of:
            raise ValueError(f"{self.by} has passed on {as_of.date()}")
        return (end - as_of) / _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """People on their way over an edge: passed, gone, or still under way.

    A passage begins when somebody first reaches the phase in a journey, and ends
    when they first reach a later one. Falling back in between is no end: they may
    return, and the conversions of the three edges multiply to those who are hired.
    """

    edge: Edge
    entered_at: datetime
    #: When they reached the phase beyond; None while they have not.
    passed_at: datetime | None = None
    #: When they were lost for good (deleted, consent taken back); None while not.
    gone_at: datetime | None = None
    #: How many did exactly this.
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The passages over one edge in columns of seconds since 1970 (NaN = never)."""

    entered: tuple[float, ...] = ()
    passed: tuple[float, ...] = ()
    gone: tuple[float, ...] = ()
    people: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseHistory:
    """Everything a firm knows of its own funnel."""

    tracks: Mapping[Edge, Track] = field(default_factory=dict)
    #: People per phase as it stands in the store now, whatever they reached before.
    now: Mapping[Phase, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, passages: Iterable[Passage], now: Mapping[Phase, int] | None = None
    ) -> "PhaseHistory":
        """Sort passages into columns.

        Without `now` it is taken that nobody ever fell back.
        """
        rows: dict[Edge, list[Passage]] = {edge: [] for edge in EDGES}
        for one in passages:
            rows[one.edge].append(one)
        counts = _open(rows) if now is None else now
        return cls(
            tracks={edge: _track(found) for edge, found in rows.items()}, now=counts
        )

    def track(self, edge: Edge) -> Track:
        """Take what is known of one edge; nothing is a track without rows."""
        return self.tracks.get(edge, Track())


def _track(rows: Iterable[Passage]) -> Track:
    kept = tuple(rows)
    return Track(
        entered=tuple(one.entered_at.timestamp() for one in kept),
        passed=tuple(_seconds(one.passed_at) for one in kept),
        gone=tuple(_seconds(one.gone_at) for one in kept),
        people=tuple(one.people for one in kept),
    )


def _seconds(at: datetime | None) -> float:
    return float("nan") if at is None else at.timestamp()


def _open(rows: Mapping[Edge, Iterable[Passage]]) -> dict[Phase, int]:
    return {
        start_of(edge): sum(
            one.people for one in found if one.passed_at is None and one.gone_at is None
        )
        for edge, found in rows.items()
    }
