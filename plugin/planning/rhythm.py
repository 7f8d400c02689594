"""When somebody should next hear from us: a steady rhythm, never a burst. Pure.

Mautic sends; this only says from which day somebody is due. That day is worked out
anew from what was sent, so a mail that Mautic reports moves it on, and a mail that
never went leaves it where it is: nothing piles up.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugin.mappings.audiences import Cadence, SunsetStep
from plugin.mappings.model import Phase

_DAY = timedelta(days=1)


class Why(StrEnum):
    """What the day rests on: the last thing that moved it."""

    #: Nothing was sent yet, or they gave a sign of life: as soon as it may be.
    FIRST = "first"
    SIGN_OF_LIFE = "sign-of-life"
    #: So many days after the last one.
    RHYTHM = "rhythm"
    GAP = "gap"
    CAP = "cap"
    #: A mail of the phase they were in may be on its way.
    TURN = "turn"
    WEEKDAY = "weekday"
    #: Never: the phase has no rhythm, they show no sign of life, do not want mail, or
    #: nobody knows where to send it.
    NO_RHYTHM = "no-rhythm"
    STOPPED = "stopped"
    REFUSED = "refused"
    NO_ADDRESS = "no-address"


#: Rules that hold nobody.
_AT_ONCE = frozenset({Why.FIRST, Why.SIGN_OF_LIFE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule that moved the day, or that says there is none."""

    why: Why
    #: The day to which it moved it; None for never.
    on: date | None = None
    #: The day it counts from: of a mail, of a sign of life.
    since: date | None = None
    #: How many days it asks for, and how many mails it counts; 0 where it does not.
    days: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """When somebody should next hear from us, and why then."""

    #: First day, in the audience's time zone; None for never.
    on: date | None
    #: Every rule that had a say, in that order; the last one decided.
    reasons: tuple[Reason, ...]
    step: SunsetStep = SunsetStep.AWAKE
    #: Mails since the last sign of life.
    ignored: int = 0
    #: The rhythm that holds for them, in days; 0 where there is none.
    every_days: int = 0

    @property
    def why(self) -> Why:
        """What the day rests on in the end."""
        return self.reasons[-1].why

    @property
    def held_by(self) -> Why:
        """The rule that holds them: days only round up what another one says."""
        *others, last = (one.why for one in self.reasons)
        is_rounded = last is Why.WEEKDAY and others[-1] not in _AT_ONCE
        return others[-1] if is_rounded else last

    def is_due(self, today: date) -> bool:
        """Tell whether they may be sent something on a day."""
        return self.on is not None and self.on <= today


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What somebody was sent, and what they did of their own."""

    #: Moments of every mail that was sent to them, oldest first, whatever campaign.
    sent: Sequence[datetime]
    #: When they last did something that only a person does.
    last_sign: datetime | None = None
    #: When they last spoke up: a reply, a sign-up.
    spoke_at: datetime | None = None
    #: When they spoke up before that: it may have been their turn then.
    spoke_before: Sequence[datetime] = ()
    #: When they came into view.
    since: datetime
    #: The phases they left, and when, oldest first.
    left: Sequence[tuple[datetime, Phase]] = ()
    #: Whether they may be mailed, and whether anybody knows where.
    refuses: bool = False
    has_address: bool = True


def next_touch(heard: Heard, phase: Phase, cadence: Cadence) -> Touch:
    """Say from which day somebody in a phase is due, and by which rules.

    A sign of life sets the rhythm aside; gap, cap, days and an open turn hold for
    everybody. Days are those of the calendar in the audience's time zone.
    """
    return _touch(heard, phase, cadence, _on_their_way(heard, cadence))


def may_send(moment: datetime, cadence: Cadence) -> bool:
    """Tell whether a moment is on a day and at an hour at which may be sent."""
    local = moment.astimezone(_zone(cadence.timezone))
    if cadence.weekdays and local.isoweekday() not in cadence.weekdays:
        return False
    return not _is_quiet(local.time(), cadence)


def first_moment(day: date, cadence: Cadence) -> datetime:
    """Give the first moment of a day at which may be sent, in UTC.

    A local time that the clock skips in spring is taken for the moment after the skip.
    """
    quiet_at_midnight = _is_quiet(time(0), cadence)
    start = cadence.quiet_until if quiet_at_midnight else time(0)
    zone = _zone(cadence.timezone)
    return datetime.combine(day, start, zone).astimezone(UTC)


def _touch(
    heard: Heard, phase: Phase, cadence: Cadence, on_their_way: Sequence[datetime]
) -> Touch:
    """Say it for mails that went, and for those that may be on their way."""
    ignored = _ignored(heard)
    step = _step(ignored, cadence)
    every = cadence.every_days.get(phase, 0)
    never = _never(heard, every, step, ignored)
    if never is not None:
        return Touch(on=None, reasons=(never,), step=step, ignored=ignored)
    if step is not SunsetStep.AWAKE:
        every *= 2
    days = _Days(heard, cadence)
    reasons = [days.wished(every)]
    for rule in (days.gap(), days.cap(), *_turns(heard, cadence, on_their_way)):
        if rule is not None and _later(rule, reasons[-1]):
            reasons.append(rule)
    on = _day(reasons[-1])
    if (allowed := _allowed(on, cadence)) != on:
        reasons.append(Reason(why=Why.WEEKDAY, on=allowed, since=on))
    return Touch(
        on=allowed,
        reasons=tuple(reasons),
        step=step,
        ignored=ignored,
        every_days=every,
    )


def _never(heard: Heard, every: int, step: SunsetStep, ignored: int) -> Reason | None:
    """Say why nothing is sent at all; None where something is."""
    if not heard.has_address:
        return Reason(why=Why.NO_ADDRESS)
    if heard.refuses:
        return Reason(why=Why.REFUSED)
    if step is SunsetStep.STOPPED:
        return Reason(why=Why.STOPPED, count=ignored)
    return None if every else Reason(why=Why.NO_RHYTHM)


def _ignored(heard: Heard) -> int:
    """Count mails since the last sign of life; opens are none, proxies open mail."""
    if heard.last_sign is None:
        return len(heard.sent)
    return len(heard.sent) - bisect_right(heard.sent, heard.last_sign)


def _step(ignored: int, cadence: Cadence) -> SunsetStep:
    sunset = cadence.sunset
    if sunset is None or ignored < sunset.slow_after:
        return SunsetStep.AWAKE
    if ignored < sunset.win_back_after:
        return SunsetStep.SLOW
    return SunsetStep.WIN_BACK if ignored < sunset.stop_after else SunsetStep.STOPPED


class _Days:
    """The days that the rules ask for, from what was sent to somebody."""

    def __init__(self, heard: Heard, cadence: Cadence) -> None:
        self.heard = heard
        self.cadence = cadence
        self.zone = _zone(cadence.timezone)
        self.last = _local(heard.sent[-1], self.zone) if heard.sent else None

    def wished(self, every: int) -> Reason:
        """Give the day that the rhythm alone would have."""
        heard, spoke = self.heard, self.heard.spoke_at
        if spoke is not None and (not heard.sent or spoke > heard.sent[-1]):
            day = _local(spoke, self.zone)
            return Reason(why=Why.SIGN_OF_LIFE, on=day, since=day)
        if self.last is None:
            day = _local(heard.since, self.zone)
            return Reason(why=Why.FIRST, on=day, since=day)
        on = self.last + every * _DAY
        return Reason(why=Why.RHYTHM, on=on, since=self.last, days=every)

    def gap(self) -> Reason | None:
        """Give the day from which the last mail is far enough away."""
        days = self.cadence.gap_days
        if self.last is None:
            return None
        return Reason(
            why=Why.GAP, on=self.last + days * _DAY, since=self.last, days=days
        )

    def cap(self) -> Reason | None:
        """Give the day from which one more fits."""
        cap, days, sent = self.cadence.cap, self.cadence.cap_days, self.heard.sent
        if len(sent) < cap:
            return None
        first = _local(sent[-cap], self.zone)
        on = first + days * _DAY
        return Reason(why=Why.CAP, on=on, since=first, days=days, count=cap)


def _on_their_way(heard: Heard, cadence: Cadence) -> list[datetime]:
    """Take it that they were mailed whenever they moved while it was their turn.

    Mautic reports a mail a little after it went. Who was due in the phase before may
    have been sent one that nobody reported yet, and the campaign of the new phase must
    not send another.
    """
    last = heard.sent[-1] if heard.sent else heard.since
    zone = _zone(cadence.timezone)
    found: list[datetime] = []
    for at, phase in heard.left:
        if at <= last:
            continue
        then = replace(heard, spoke_at=_spoken(heard, at))
        if _touch(then, phase, cadence, found).is_due(_local(at, zone)):
            found.append(at)
    return found


def _spoken(heard: Heard, before: datetime) -> datetime | None:
    """Say when they had last spoken up before a moment."""
    spoke = (*heard.spoke_before, *([heard.spoke_at] if heard.spoke_at else ()))
    return max((one for one in spoke if one < before), default=None)


def _turns(
    heard: Heard, cadence: Cadence, on_their_way: Sequence[datetime]
) -> Iterator[Reason | None]:
    """Keep gap and cap as if the mails that may be on their way had gone."""
    if on_their_way:
        days = _Days(replace(heard, sent=[*heard.sent, *on_their_way]), cadence)
        for rule in (days.gap(), days.cap()):
            yield None if rule is None else replace(rule, why=Why.TURN)


def _day(reason: Reason) -> date:
    if reason.on is None:
        message = f"{reason.why} names no day"
        raise ValueError(message)
    return reason.on


def _later(one: Reason, other: Reason) -> bool:
    return _day(one) > _day(other)


def _allowed(day: date, cadence: Cadence) -> date:
    if not cadence.weekdays:
        return day
    return next(
        one
        for one in (day + ahead * _DAY for ahead in range(7))
        if one.isoweekday() in cadence.weekdays
    )


def _is_quiet(at: time, cadence: Cadence) -> bool:
    start, end = cadence.quiet_from, cadence.quiet_until
    if start <= end:
        return start <= at < end
    return at >= start or at < end


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
