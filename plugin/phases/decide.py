"""Which phase a person is in: the whole journey replayed, from the first event.

Points only grow at an event and only fade in between, so moves up happen at
events and moves down at moments that can be computed. Late evidence rewrites the
journey; the order in which events arrive cannot matter. Where behaviour is too old
to be kept, the journey goes on from what it had come to.
"""

from datetime import datetime

from plugin.content.match import Catalogue
from plugin.history.clicks import DAY, micros, moment_of
from plugin.history.model import Person
from plugin.history.past import Course, Past
from plugin.mappings.model import Mappings, Phase, PhaseRule
from plugin.phases.model import Cause, Decision, Fall, Move
from plugin.phases.stops import Stop, stops
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

#: Moves that rest on points: without consent to profile there are none.
_BY_POINTS = frozenset({Cause.SCORE, Cause.COOLED})

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
        refresh_at=_refresh(journey.ledger, score, mappings, now),
        momentum=moving,
        available=available,
        next_item=book.shelf.next(journey.phase, topics, counted.seen),
    )


def travel(counted: Counted, mappings: Mappings, now: int) -> "Journey":
    """Replay what counts until a moment, in microseconds since 1970."""
    journey = begin(counted, mappings, now)
    for stop in stops(counted):
        journey.arrive(stop)
    journey.wait_until(now)
    return journey


def begin(counted: Counted, mappings: Mappings, now: int) -> "Journey":
    """Begin before the first event, or where what was forgotten had led."""
    journey, past = Journey(mappings), counted.past
    if past is None:
        return journey
    if now < counted.floor:
        journey.remember(past, moment_of(now))
    elif past.is_bare:
        journey.retell(past)
    else:
        journey.go_on(past, mappings)
    return journey


def _refresh(
    ledger: Ledger, score: Score, mappings: Mappings, now: int
) -> datetime | None:
    """Say when the score shown is told again, in steps from the last act."""
    since = ledger.last_at
    if score.shown <= 1 or since is None:
        return None
    step = round(mappings.scoring.refresh_days * DAY)
    return moment_of(since + step * ((now - since) // step + 1))


def _momentum(
    counted: Counted, mappings: Mappings, now: int
) -> tuple[Momentum, int | None]:
    past = counted.past
    if not counted.events and (past is None or past.pace is None):
        return Momentum(), None
    return momentum(
        counted.contributions,
        started(counted),
        mappings.scoring.momentum,
        now,
        past.pace if past else None,
    )


def started(counted: Counted) -> int:
    """Say when they came into view."""
    if counted.past is not None:
        return micros(counted.past.began)
    return micros(counted.events[0].occurred_at)


def _availability(
    person: Person, counted: Counted, mappings: Mappings, now: int
) -> tuple[Availability | None, int | None]:
    rules = mappings.projects
    answers = answers_of(person.profile, counted.events, rules)
    return availability(counted.looks, answers, rules, now)


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
        #: Whether it is only told: what behind it lay is not kept.
        self._is_memory = False

    def go_on(self, past: Past, mappings: Mappings) -> None:
        """Begin where what was forgotten had led, with the points that are left."""
        then = past.course
        self._at, self.since = then.at, then.since
        self._held_until = then.held_until
        self._paused_until, self._pause = then.paused_until, then.pause
        self._acted = set(then.acted)
        self.moves = list(then.moves)
        self.phase = then.moves[-1].after
        self.ledger.open(past, mappings.scoring.rules)

    def retell(self, past: Past) -> None:
        """Begin with what moved them but points, which may not be counted."""
        for one in past.course.moves:
            is_news_of_ats = one.cause in (Cause.REJECTED, Cause.WITHDRAWN)
            at = micros(one.at)
            self.wait_until(at - 1)
            is_up = ORDER[one.after] >= ORDER[self.phase]
            if one.cause not in _BY_POINTS and not (is_news_of_ats and is_up):
                self._at = at
                self._move(one.after, one.cause, detail=one.detail, key=one.event_key)
        self.wait_until(micros(past.until) - 1)

    def remember(self, past: Past, as_of: datetime) -> None:
        """Tell where they were at a moment of which only the moves are kept."""
        self._is_memory = True
        self.moves = [one for one in past.course.moves if one.at <= as_of]
        for one in self.moves:
            self.phase = one.after
            if one.before is not one.after:
                self.since = micros(one.at)

    def course(self) -> Course:
        """Say where they are, so that it can be gone on from there."""
        return Course(
            moves=tuple(self.moves),
            at=self._at,
            since=self.since,
            held_until=self._held_until,
            paused_until=self._paused_until,
            pause=self._pause,
            acted=frozenset(self._acted),
        )

    def arrive(self, stop: Stop) -> None:
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
        if rule is None or self._is_memory:
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
        if rule is None or self._is_memory or at < self._held_until:
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
