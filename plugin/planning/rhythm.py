"""When somebody should next hear from us: a steady rhythm, never a burst. Pure.

Mautic sends; this only says from which day somebody is due. That day is worked out
anew from what was sent, so a mail that Mautic reports moves it on, and a mail that
never went leaves it where it is: nothing piles up.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from plugin.mappings.audiences import Cadence
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
    WEEKDAY = "weekday"
    #: Never: the phase has no rhythm, or they show no sign of life.
    NO_RHYTHM = "no-rhythm"
    STOPPED = "stopped"


class Step(StrEnum):
    """How far somebody is who shows no sign of life: three soft steps."""

    AWAKE = "awake"
    SLOW = "slow"
    WIN_BACK = "win-back"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """When somebody should next hear from us, and why then."""

    #: First day, in the audience's time zone; None for never.
    on: date | None
    why: Why
    step: Step = Step.AWAKE
    #: The rhythm that holds for them, in days; 0 where there is none.
    every_days: int = 0

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
    #: When they came into view.
    since: datetime


def next_touch(heard: Heard, phase: Phase, cadence: Cadence) -> Touch:
    """Say from which day somebody in a phase is due."""
    step = _step(heard, cadence)
    every = cadence.every_days.get(phase, 0)
    if step is Step.STOPPED:
        return Touch(on=None, why=Why.STOPPED, step=step)
    if not every:
        return Touch(on=None, why=Why.NO_RHYTHM, step=step)
    if step is not Step.AWAKE:
        every *= 2
    zone = _zone(cadence.timezone)
    on, why = _wished(heard, every, zone)
    on, why = _kept_apart(on, why, heard, cadence)
    day = _allowed(on, cadence)
    if day != on:
        on, why = day, Why.WEEKDAY
    return Touch(on=on, why=why, step=step, every_days=every)


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


def _step(heard: Heard, cadence: Cadence) -> Step:
    """Count mails since the last sign of life; opens are none, proxies open mail."""
    ignored = len(heard.sent)
    if heard.last_sign is not None:
        ignored -= bisect_right(heard.sent, heard.last_sign)
    sunset = cadence.sunset
    if sunset is None or ignored < sunset.slow_after:
        return Step.AWAKE
    if ignored < sunset.win_back_after:
        return Step.SLOW
    return Step.WIN_BACK if ignored < sunset.stop_after else Step.STOPPED


def _wished(heard: Heard, every: int, zone: ZoneInfo) -> tuple[date, Why]:
    """Take the day that the rhythm alone would have."""
    last = heard.sent[-1] if heard.sent else None
    spoke = heard.spoke_at
    if spoke is not None and (last is None or spoke > last):
        return _local(spoke, zone), Why.SIGN_OF_LIFE
    if last is None:
        return _local(heard.since, zone), Why.FIRST
    return _local(last, zone) + every * _DAY, Why.RHYTHM


def _kept_apart(on: date, why: Why, heard: Heard, cadence: Cadence) -> tuple[date, Why]:
    """Move the day on until gap and cap are kept."""
    if not heard.sent:
        return on, why
    zone = _zone(cadence.timezone)
    gap = _local(heard.sent[-1], zone) + cadence.gap_days * _DAY
    if gap > on:
        on, why = gap, Why.GAP
    if len(heard.sent) >= cadence.cap:
        free = _local(heard.sent[-cadence.cap], zone) + cadence.cap_days * _DAY
        if free > on:
            on, why = free, Why.CAP
    return on, why


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
