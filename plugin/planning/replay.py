"""One person's past, judged again as it could have been judged at the time.

Pure. At each moment a person is decided about from nothing but what was known by
then: later events, which may prove a click to be a machine's, stay unseen, and so
does the sign-up itself with all that came after it. One decision over the whole
history would not do: it knows better afterwards, and that is leakage.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from plugin.content.match import Catalogue
from plugin.history.clicks import DAY, micros, moment_of
from plugin.history.model import Person
from plugin.history.moves import Cause
from plugin.mappings.model import Mappings, Phase, PhaseRule, Trend
from plugin.phases.decide import COUNTS_FOR, decide
from plugin.scoring.contributions import count
from plugin.scoring.rulebook import rulebook
from webhooks.events import Event, EventType

#: Nobody is looked at in the last day before a sign-up: a call then helps no recruiter,
#: and the visit to the page with the form is no foresight.
LAST_CALL = DAY


class Kind(StrEnum):
    """What can call somebody."""

    #: In Think or Do, or rising.
    ANY = "any"
    THINK = "think-or-do"
    DO = "do"
    RISING = "rising"
    #: So many points for content of Think and Do, whatever Think's threshold is.
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Signal:
    """One way in which people are called."""

    kind: Kind
    #: Only for POINTS.
    enter: float = 0.0

    @property
    def label(self) -> str:
        """`rising`, `points >= 12.5`."""
        if self.kind is Kind.POINTS:
            return f"points >= {self.enter:g}"
        return self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What is judged, by which rules, and when."""

    mappings: Mappings
    catalogue: Catalogue
    since: datetime
    until: datetime
    #: A call is right if a sign-up or a hire follows within so many days.
    horizon_days: int = 90
    #: Everybody is looked at every so many days.
    step_days: int = 7
    #: Look back so many days from each sign-up.
    days_before: tuple[int, ...] = (1, 7, 14, 30)
    signals: tuple[Signal, ...] = ()

    @property
    def horizon(self) -> int:
        """In microseconds."""
        return self.horizon_days * DAY

    @property
    def step(self) -> int:
        """In microseconds."""
        return self.step_days * DAY

    def moments(self) -> range:
        """List the moments at which everybody is looked at; microseconds."""
        return range(micros(self.since), micros(self.until) + 1, self.step)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sign-up or, where none is known, a hire."""

    #: Microseconds since 1970.
    at: int
    is_hired: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """Somebody was called who was not before."""

    at: int
    #: Whether a sign-up or a hire followed within the horizon.
    is_right: bool


@dataclass(slots=True)
class Track:
    """What came of following one person."""

    outcome: Outcome | None = None
    #: Moments at which they were looked at and whose horizon is over, and at which
    #: of these an outcome lay within it.
    watched: list[Alarm] = field(default_factory=list)
    #: Calls whose horizon is over.
    alarms: dict[Signal, list[Alarm]] = field(default_factory=dict)
    #: How long before the outcome they were called; none where they were not.
    lead: dict[Signal, int] = field(default_factory=dict)
    #: Whether they were called so many days before the outcome.
    called: dict[tuple[Signal, int], bool] = field(default_factory=dict)
    #: Whether anything was known of them a day before the outcome.
    was_known: bool = False


def outcome(
    person: Person, facts: Mappings, catalogue: Catalogue, until: datetime
) -> Outcome | None:
    """Find when somebody first signed up, or else was hired.

    `facts` are the mappings in use, whichever are being tried: what was a sign-up
    must not depend on the rules that are judged by it.
    """
    counted = count(person, rulebook(facts, catalogue), until)
    hires = [
        micros(one.occurred_at)
        for one in counted.events
        if one.type is EventType.CANDIDATE_HIRED
    ]
    moments = [*(one.at for one in counted.sign_ups), *hires, *_earlier(person)]
    return Outcome(min(moments), bool(hires)) if moments else None


def _earlier(person: Person) -> Iterator[int]:
    """Yield the sign-ups of which only the moves are kept."""
    for one in person.past.course.moves if person.past else ():
        if one.cause is Cause.SIGN_UP:
            yield micros(one.at)


def follow(
    person: Person,
    result: Outcome | None,
    design: Design,
    received: Mapping[str, datetime] | None = None,
) -> Track | None:
    """Follow one person until their outcome; None if they were never at risk.

    An event is known from when it happened, or with `received` (event key -> when it
    came in) from when it came in, if that was later.
    """
    design = _as_kept(design, person)
    since, end = micros(design.since), micros(design.until)
    if result is not None:
        if result.at <= since:
            return None
        end = min(end, result.at - LAST_CALL)
    known = sorted(_known(person.events, end, received or {}), key=lambda one: one[0])
    if not known and result is None and person.past is None:
        return None
    track = Track(outcome=result)
    walk = _Walk(_Past(person, known, design), design, track)
    begins = 0 if person.past else known[0][0] if known else end
    for moment in _moments(begins, end, design):
        walk.look(moment)
    if result is not None:
        walk.look_back(result)
    return track


def _as_kept(design: Design, person: Person) -> Design:
    """Look at nobody before the moment up to which their behaviour was forgotten."""
    past = person.past
    if past is None or past.until <= design.since:
        return design
    weeks = -(-(micros(past.until) - micros(design.since)) // design.step)
    begins = micros(design.since) + weeks * design.step
    return replace(design, since=moment_of(begins))


def _known(
    events: Sequence[Event], end: int, received: Mapping[str, datetime]
) -> Iterator[tuple[int, Event]]:
    for event in events:
        at = micros(event.occurred_at)
        came = received.get(event.key)
        if at <= end:
            yield (at if came is None else max(at, micros(came))), event


def _moments(begins: int, end: int, design: Design) -> Iterator[int]:
    """Yield the moments from the first at which something is known of them."""
    grid = design.moments()
    first = max(0, -(-(begins - grid.start) // grid.step))
    yield from (at for at in grid[first:] if at <= end)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a person stood, as could be told at the time."""

    phase: Phase
    since: int
    rising_since: int | None
    points: float
    sessions: int
    review_at: int | None


class _Past:
    """What was known of a person at any moment, decided only when it may differ."""

    def __init__(
        self, person: Person, known: list[tuple[int, Event]], design: Design
    ) -> None:
        self._person = person
        self._known_at = [at for at, _ in known]
        self._events = tuple(event for _, event in known)
        self._design = design
        self._least = min((_least(one, design) for one in design.signals), default=0.0)
        self._count = 0
        self._last: _Standing | None = None
        self._last_at = 0

    def at(self, moment: int) -> _Standing | None:
        """Say where they stood; None when nobody knew of them."""
        count_ = bisect_right(self._known_at, moment)
        if count_ == 0 and self._person.past is None:
            return None
        if count_ != self._count or self._last is None or self._may_differ(moment):
            self._last, self._count = self._decide(count_, moment), count_
            self._last_at = moment
        return self._last

    def _may_differ(self, moment: int) -> bool:
        last = self._last
        if last is None or moment < self._last_at:
            return True
        if last.points >= self._least:
            return True  # what fades may have fallen below a threshold
        return last.review_at is not None and last.review_at <= moment

    def _decide(self, count_: int, moment: int) -> _Standing:
        design = self._design
        then = replace(self._person, events=self._events[:count_])
        found = decide(then, design.mappings, design.catalogue, as_of=moment_of(moment))
        counts = COUNTS_FOR[Phase.THINK]
        rising = found.momentum.trend is Trend.RISING
        since = found.momentum.since
        return _Standing(
            phase=found.phase,
            since=micros(found.since),
            rising_since=micros(since) if rising and since else None,
            points=sum(found.score.by_phase.get(one, 0) for one in counts) / 100,
            sessions=found.score.sessions,
            review_at=micros(found.review_at) if found.review_at else None,
        )


class _Walk:
    """Goes through the moments of one person and notes who would have called."""

    def __init__(self, past: _Past, design: Design, track: Track) -> None:
        self._past = past
        self._design = design
        self._track = track
        self._ends = micros(design.until)
        #: Signal -> since when it is on.
        self._on: dict[Signal, int] = {}
        self._previous = 0

    def look(self, moment: int) -> None:
        """Look at them at one of everybody's moments."""
        standing = self._past.at(moment)
        if standing is None:
            return
        alarm = Alarm(moment, self._is_right(moment))
        is_over = moment + self._design.horizon <= self._ends
        if is_over:
            self._track.watched.append(alarm)
        for signal in self._read(standing, moment):
            if is_over:
                self._track.alarms.setdefault(signal, []).append(alarm)
        self._note_lead()

    def look_back(self, result: Outcome) -> None:
        """Look once more just before the outcome, and some days before."""
        standing = self._past.at(result.at - LAST_CALL)
        if standing is not None:
            self._track.was_known = True
            self._read(standing, result.at - LAST_CALL)
            self._note_lead()
        for days in self._design.days_before:
            self._look_before(result, days)

    def _look_before(self, result: Outcome, days: int) -> None:
        at = result.at - days * DAY
        if at < micros(self._design.since):
            return
        standing = self._past.at(at)
        for signal in self._design.signals:
            is_on = standing is not None and _is_on(
                signal, standing, self._design, was_on=False
            )
            self._track.called[signal, days] = is_on

    def _read(self, standing: _Standing, moment: int) -> list[Signal]:
        """Say which signals have come on; others stay, or go off."""
        fresh = []
        for signal in self._design.signals:
            was_on = signal in self._on
            if not _is_on(signal, standing, self._design, was_on=was_on):
                self._on.pop(signal, None)
            elif not was_on:
                self._on[signal] = self._began(signal, standing, moment)
                fresh.append(signal)
        self._previous = moment
        return fresh

    def _began(self, signal: Signal, standing: _Standing, moment: int) -> int:
        """Say when it came on: exactly where the decision tells, else at this look."""
        exact = _exact(signal, standing)
        return exact if exact is not None and self._previous < exact else moment

    def _note_lead(self) -> None:
        result = self._track.outcome
        if result is None:
            return
        for signal, began in self._on.items():
            if self._previous >= result.at - self._design.horizon:
                lead = min(result.at - began, self._design.horizon)
                self._track.lead.setdefault(signal, lead)

    def _is_right(self, moment: int) -> bool:
        result = self._track.outcome
        return result is not None and result.at <= moment + self._design.horizon


def _exact(signal: Signal, standing: _Standing) -> int | None:
    match signal.kind:
        case Kind.THINK | Kind.DO:
            return standing.since
        case Kind.RISING:
            return standing.rising_since
        case _:
            return None


def _is_on(
    signal: Signal, standing: _Standing, design: Design, *, was_on: bool
) -> bool:
    is_think = standing.phase in (Phase.THINK, Phase.DO)
    match signal.kind:
        case Kind.ANY:
            return is_think or standing.rising_since is not None
        case Kind.THINK:
            return is_think
        case Kind.DO:
            return standing.phase is Phase.DO
        case Kind.RISING:
            return standing.rising_since is not None
        case Kind.POINTS:
            rule = design.mappings.phases.think
            if was_on:
                return standing.points >= signal.enter * _kept(rule)
            return (
                standing.sessions >= rule.sessions and standing.points >= signal.enter
            )


def _kept(rule: PhaseRule) -> float:
    """Leave as far below a threshold as the mapping does."""
    return rule.leave / rule.enter


def _least(signal: Signal, design: Design) -> float:
    if signal.kind is not Kind.POINTS:
        return float("inf")
    return signal.enter * _kept(design.mappings.phases.think)
