"""Which phase a person is in: the whole journey replayed, from the first event.

Points only grow at an event and only fade in between, so moves up happen at
events and moves down at moments that can be computed. Late evidence rewrites the
journey; the order in which events arrive cannot matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.content.match import Catalogue
from plugin.history.clicks import DAY, micros, moment_of
from plugin.history.model import Person
from plugin.mappings.model import Mappings, Phase, PhaseRule
from plugin.phases.model import Cause, Decision, Fall, Move
from plugin.scoring.availability import answers_of, availability
from plugin.scoring.contributions import Contribution, Counted, SignUp, count
from plugin.scoring.engine import read
from plugin.scoring.ledger import Ledger
from plugin.scoring.model import Availability, Momentum, Score
from plugin.scoring.momentum import momentum
from plugin.scoring.rulebook import rulebook
from webhooks.events import Event, EventType

#: Content whose points count for a phase: its own and that of later intent. Care
#: content is for people who were hired; it says nothing of looking.
COUNTS_FOR = {
    Phase.THINK: (Phase.THINK, Phase.DO),
    Phase.DO: (Phase.DO,),
}

#: What the ATS tells that moves a person.
_NEWS = frozenset(
    {
        EventType.CANDIDATE_HIRED,
        EventType.CANDIDATE_UNHIRED,
        EventType.CANDIDATE_REJECTED,
        EventType.CANDIDATE_WITHDRAWN,
        EventType.ASSIGNMENT_ENDED,
    }
)

#: From See up.
ORDER = {phase: place for place, phase in enumerate(Phase)}


def decide(
    person: Person, mappings: Mappings, catalogue: Catalogue, *, as_of: datetime
) -> Decision:
    """Replay a person's journey until `as_of` and say where they stand.

    Pure: the order of events is irrelevant, and so is how often one is told.
    """
    book = rulebook(mappings, catalogue)
    counted = count(person, book, as_of)
    now = micros(as_of)
    journey = travel(counted, mappings, now)
    fall = journey.next_fall()
    moving, turns = _momentum(counted, mappings, now)
    available, lapses = _availability(person, counted, mappings, now)
    changes = (fall, counted.next_release, turns, lapses)
    review = min((at for at in changes if at is not None), default=None)
    score = read(journey.ledger, counted, mappings.content, as_of)
    topics = [one.topic for one in score.interests]
    return Decision(
        phase=journey.phase,
        since=moment_of(journey.since if journey.moves else now),
        cause=journey.moves[-1].cause if journey.moves else Cause.STARTED,
        moves=tuple(journey.moves),
        score=score,
        review_at=moment_of(review) if review is not None else None,
        falls_to=journey.below(fall) if fall is not None and fall == review else None,
        fall=Fall(at=moment_of(fall), to=journey.below(fall)) if fall else None,
        refresh_at=_refresh(counted, score, mappings, now),
        momentum=moving,
        available=available,
        next_item=book.shelf.next(journey.phase, topics, counted.seen),
    )


def travel(counted: Counted, mappings: Mappings, now: int) -> "Journey":
    """Replay what counts until a moment, in microseconds since 1970."""
    journey = Journey(mappings)
    for stop in _stops(counted):
        journey.arrive(stop)
    journey.wait_until(now)
    return journey


def _refresh(
    counted: Counted, score: Score, mappings: Mappings, now: int
) -> datetime | None:
    """Say when the score shown is told again, in steps from the last act."""
    if score.shown <= 1 or not counted.contributions:
        return None
    step = round(mappings.scoring.refresh_days * DAY)
    since = counted.contributions[-1].counts_from
    return moment_of(since + step * ((now - since) // step + 1))


def _momentum(
    counted: Counted, mappings: Mappings, now: int
) -> tuple[Momentum, int | None]:
    if not counted.events:
        return Momentum(), None
    started = micros(counted.events[0].occurred_at)
    return momentum(counted.contributions, started, mappings.scoring.momentum, now)


def _availability(
    person: Person, counted: Counted, mappings: Mappings, now: int
) -> tuple[Availability | None, int | None]:
    rules = mappings.projects
    answers = answers_of(person.profile, counted.events, rules)
    return availability(counted.looks, answers, rules, now)


@dataclass(frozen=True, slots=True)
class _Stop:
    """A moment at which something counts."""

    at: int
    key: str
    earned: Contribution | None = None
    sign_up: SignUp | None = None
    event: Event | None = None


def _stops(counted: Counted) -> list[_Stop]:
    """Merge what counts into one order; a sign-up stands with its own points."""
    sign_ups = {one.key: one for one in counted.sign_ups}
    stops = [
        *(
            _Stop(one.counts_from, one.key, one, sign_ups.pop(one.key, None))
            for one in counted.contributions
        ),
        *(_Stop(one.at, one.key, sign_up=one) for one in sign_ups.values()),
        *(
            _Stop(micros(one.occurred_at), one.key, event=one)
            for one in _told(counted.events)
        ),
    ]
    return sorted(stops, key=lambda stop: (stop.at, stop.key, stop.earned is None))


def _told(events: Sequence[Event]) -> Iterator[Event]:
    """Yield the first event, with which a journey starts, and the ATS's."""
    for index, event in enumerate(events):
        if index == 0 or event.type in _NEWS:
            yield event


class Journey:
    """A person on the way: where they are, since when, and what they have earned."""

    def __init__(self, mappings: Mappings) -> None:
        """Begin before the first event."""
        self._rules = mappings.phases
        self._at = 0
        #: Before this moment nothing but an event moves them down, ...
        self._held_until = 0
        #: ... and before this one no score moves them up.
        self._paused_until = 0
        self._pause = mappings.phases.rejected_to
        self._acted: set[Phase] = set()
        self.ledger = Ledger(mappings.phases.session_minutes)
        self.phase = Phase.SEE
        self.since = 0
        self.moves: list[Move] = []

    def arrive(self, stop: _Stop) -> None:
        """Let time pass until a stop, and let it count."""
        self.wait_until(stop.at - 1)
        self._at = stop.at
        if not self.moves:
            self._move(Phase.SEE, Cause.STARTED, key=stop.key)
        if stop.earned is not None:
            self.ledger.add(stop.earned)
        if stop.sign_up is not None and self._takes_sign_ups():
            self._sign_up(stop.sign_up)
        elif stop.earned is not None:
            self._rise(stop.earned)
        elif stop.event is not None:
            self._hear(stop.event)

    def wait_until(self, at: int) -> None:
        """Let points fade until a moment, that moment included."""
        while (fall := self._fall_by(at)) is not None:
            self._at = fall
            self._move(self.below(fall), Cause.COOLED)

    def next_fall(self) -> int | None:
        """Say when they fall back if nothing happens; None if never."""
        rule = self._rule()
        if rule is None:
            return None
        counts = COUNTS_FOR[rule.phase]
        faded = self.ledger.falls_below(counts, rule.leave, self._at)
        return None if faded is None else max(faded, self._held_until)

    def below(self, at: int) -> Phase:
        """Say where a fall at this moment ends."""
        think = self._rules.think
        level = self.ledger.level(COUNTS_FOR[Phase.THINK], at)
        if self.phase is Phase.DO and level >= think.leave:
            return Phase.THINK
        return Phase.SEE

    def _fall_by(self, at: int) -> int | None:
        rule = self._rule()
        if rule is None or at < self._held_until:
            return None
        # Only when it has come about is it worth finding out when.
        if self.ledger.level(COUNTS_FOR[rule.phase], max(at, self._at)) >= rule.leave:
            return None
        fall = self.next_fall()
        return fall if fall is not None and fall <= at else None

    def _rule(self) -> PhaseRule | None:
        match self.phase:
            case Phase.THINK:
                return self._rules.think
            case Phase.DO:
                return self._rules.do
            case _:
                return None

    def _rise(self, one: Contribution) -> None:
        if one.rule.event is EventType.FORM_SUBMITTED:
            self._acted.add(one.phase)
        for rule in (self._rules.do, self._rules.think):
            if self._rises_to(rule):
                self._move(rule.phase, Cause.SCORE, detail=one.content, key=one.key)
                return

    def _rises_to(self, rule: PhaseRule) -> bool:
        if ORDER[self.phase] >= ORDER[rule.phase]:
            return False
        if self._at < self._paused_until and self._is_above_pause(rule.phase):
            return False
        if self._skips(rule) and not self._rules.may_skip_think:
            return False
        counts = COUNTS_FOR[rule.phase]
        is_seen = self.ledger.sessions >= rule.sessions or self._acted & set(counts)
        return bool(is_seen) and self.ledger.level(counts, self._at) >= rule.enter

    def _skips(self, rule: PhaseRule) -> bool:
        return self.phase is Phase.SEE and rule.phase is Phase.DO

    def _is_above_pause(self, phase: Phase) -> bool:
        return ORDER[phase] > ORDER[self._pause]

    def _takes_sign_ups(self) -> bool:
        return self._rules.gate_enters_do and self.phase is not Phase.CARE

    def _sign_up(self, one: SignUp) -> None:
        """Enter Do by the candidate's own act; it outweighs a pause."""
        if self.phase is Phase.DO and self._last_cause() is Cause.SIGN_UP:
            self._hold()
            return
        self._move(Phase.DO, Cause.SIGN_UP, detail=one.content, key=one.key)

    def _hear(self, event: Event) -> None:
        """Do what the ATS's news asks for; Care is only left by such news."""
        is_care = self.phase is Phase.CARE
        match event.type:
            case EventType.CANDIDATE_HIRED if not is_care:
                self._move_by(event, Phase.CARE, Cause.HIRED)
            case EventType.CANDIDATE_UNHIRED if is_care:
                self._move_by(event, Phase.DO, Cause.UNHIRED)
            case EventType.ASSIGNMENT_ENDED if is_care:
                to = self._rules.assignment_ended_to
                self._move_by(event, to, Cause.ASSIGNMENT_ENDED)
            case EventType.CANDIDATE_REJECTED if not is_care:
                rules = self._rules
                to, days = rules.rejected_to, rules.rejected_pause_days
                self._rest(event, to, days, Cause.REJECTED)
            case EventType.CANDIDATE_WITHDRAWN if not is_care:
                left, days = self._rules.withdrawn_to, self._rules.withdrawn_pause_days
                if left is not None:
                    self._rest(event, left, days, Cause.WITHDRAWN)

    def _rest(self, event: Event, to: Phase, days: float, cause: Cause) -> None:
        """Fall back to where the mapping says, and rest there for a while."""
        pause = round(days * DAY)
        self._pause = to
        if self._is_above_pause(self.phase):
            self._move_by(event, to, cause)
            self._held_until = max(self._held_until, self._at + pause)
        self._paused_until = self._at + pause

    def _move_by(self, event: Event, after: Phase, cause: Cause) -> None:
        told = str(event.data.get("connection") or "")
        self._move(after, cause, detail=told, key=event.key)

    def _move(
        self, after: Phase, cause: Cause, *, detail: str = "", key: str | None = None
    ) -> None:
        before = self.phase if self.moves else None
        at = moment_of(self._at)
        self.moves.append(
            Move(
                at=at,
                before=before,
                after=after,
                cause=cause,
                detail=detail,
                event_key=key,
            )
        )
        if before is not after:
            self.since = self._at
        self.phase = after
        if cause is Cause.COOLED:
            self._held_until = self._at
        else:
            self._hold()

    def _hold(self) -> None:
        """Let nobody fall at once who has just come; who is falling falls on."""
        rule = self._rule()
        dwell = rule.dwell_days if rule is not None else 0.0
        self._held_until = self._at + round(dwell * DAY)

    def _last_cause(self) -> Cause:
        return self.moves[-1].cause
