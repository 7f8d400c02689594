"""Whose turn it is when, counted, and laid out as a calendar. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from plugin.mappings.audiences import zone_of
from plugin.mappings.model import Mappings, Phase
from plugin.planning.rhythm import Why

_DAY = timedelta(days=1)
#: Rules by which nobody can be mailed, whatever the rhythm (`Why`, by its value).
OUT_OF_REACH = frozenset({Why.NO_ADDRESS.value, Why.REFUSED.value})
#: Days of a week.
WEEK = 7
#: How far ahead is looked unless somebody asks for another number, and at most.
WEEKS, MOST_WEEKS = 6, 26
#: How far back it shows what was sent.
PAST_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """People who are due on the same day by the same rule."""

    #: None for never.
    on: date | None
    #: Key of the audience whose rhythm it is; empty for the calmest, None for none.
    rhythm: str | None
    phase: Phase
    #: `Why` and `SunsetStep`, by their values.
    why: str
    sunset: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day to come, and the people who are due from it on."""

    on: date
    due: Mapping[Phase, int]

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.due.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An audience's people in a phase: how many are due when."""

    #: Key of the audience; empty for who belongs to none, None for no rhythm.
    rhythm: str | None
    phase: Phase
    now: int
    #: In each of the coming weeks, from tomorrow on.
    weeks: tuple[int, ...]
    #: After those, and never.
    later: int
    never: int

    @property
    def people(self) -> int:
        """All of them."""
        return self.now + sum(self.weeks) + self.later + self.never


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Who is due when, and what holds back the others."""

    today: date
    #: Phase -> people who are due today, or were before and were sent nothing since.
    now: Mapping[Phase, int]
    #: From tomorrow on.
    days: tuple[Day, ...]
    #: Due after those days.
    later: int
    #: Day -> mails that went, up to and with today.
    sent: Mapping[date, int]
    rows: tuple[Row, ...]
    #: `Why` -> people who are due on a later day by that rule, and who never are.
    held: Mapping[str, int]
    never: Mapping[str, int]
    #: `SunsetStep` -> people who can be mailed.
    sunset: Mapping[str, int]

    @property
    def last(self) -> date:
        """The last day that is shown."""
        return self.days[-1].on if self.days else self.today

    def as_json(self) -> dict[str, Any]:
        """Write it as plain JSON values."""
        return {
            "today": self.today.isoformat(),
            "due_now": {one.value: count for one, count in self.now.items()},
            "days": [
                {
                    "on": one.on.isoformat(),
                    "due": {phase.value: count for phase, count in one.due.items()},
                }
                for one in self.days
            ],
            "later": self.later,
            "sent": {day.isoformat(): mails for day, mails in self.sent.items()},
            "audiences": [asdict(one) | {"people": one.people} for one in self.rows],
            "held": dict(self.held),
            "never": dict(self.never),
            "sunset": dict(self.sunset),
        }


def calendar(
    waiting: Iterable[Waiting],
    today: date,
    *,
    weeks: int = WEEKS,
    sent: Mapping[date, int] | None = None,
    rhythm: str | None = None,
) -> Calendar:
    """Lay out counts as a calendar; `rhythm` keeps to one audience's."""
    asked = [one for one in waiting if rhythm is None or one.rhythm == rhythm]
    last = today + weeks * WEEK * _DAY
    later = [one for one in asked if one.on is not None and one.on > today]
    due = [one for one in asked if one.on is not None and one.on <= today]
    never = [one for one in asked if one.on is None]
    return Calendar(
        today=today,
        now=_by_phase(due),
        days=_days(later, today, last),
        later=sum(one.people for one in later if one.on is not None and one.on > last),
        sent=sent or {},
        rows=_rows(asked, today, weeks),
        held=_summed((one.why, one.people) for one in later),
        never=_summed((one.why, one.people) for one in never),
        sunset=_summed((one.sunset, one.people) for one in _reachable(asked)),
    )


def today_in(mappings: Mappings, as_of: datetime, key: str = "") -> date:
    """Say which day it is where an audience is; the first one unless it is named."""
    return as_of.astimezone(zone_of(mappings.audiences, key)).date()


def midnights(mappings: Mappings, today: date, key: str = "") -> list[datetime]:
    """Give the moments at which the past days began, and at which today ends."""
    zone = zone_of(mappings.audiences, key)
    begins = (today - back * _DAY for back in range(PAST_DAYS - 1, -2, -1))
    return [datetime.combine(one, time(0), zone) for one in begins]


def _reachable(waiting: Iterable[Waiting]) -> Iterable[Waiting]:
    return (one for one in waiting if one.why not in OUT_OF_REACH)


def _by_phase(waiting: Iterable[Waiting]) -> Mapping[Phase, int]:
    counts = Counter[Phase]()
    for one in waiting:
        counts[one.phase] += one.people
    return {phase: counts[phase] for phase in Phase}


def _days(later: Iterable[Waiting], today: date, last: date) -> tuple[Day, ...]:
    by_day: dict[date, list[Waiting]] = {}
    for one in later:
        if one.on is not None and one.on <= last:
            by_day.setdefault(one.on, []).append(one)
    ahead = (today + number * _DAY for number in range(1, (last - today).days + 1))
    return tuple(Day(on=one, due=_by_phase(by_day.get(one, ()))) for one in ahead)


def _rows(asked: Iterable[Waiting], today: date, weeks: int) -> tuple[Row, ...]:
    by_row: dict[tuple[str | None, Phase], list[Waiting]] = {}
    for one in asked:
        by_row.setdefault((one.rhythm, one.phase), []).append(one)
    order = list(Phase)
    return tuple(
        _row(rhythm, phase, found, today, weeks)
        for (rhythm, phase), found in sorted(
            by_row.items(), key=lambda one: (one[0][0] or "~", order.index(one[0][1]))
        )
    )


def _row(
    rhythm: str | None,
    phase: Phase,
    found: Sequence[Waiting],
    today: date,
    weeks: int,
) -> Row:
    counts = Counter[int]()
    never = 0
    for one in found:
        if one.on is None:
            never += one.people
        else:
            # 0 for today and before, 1 for the first week from tomorrow on
            week = -((today - one.on).days // WEEK)
            counts[min(max(0, week), weeks + 1)] += one.people
    return Row(
        rhythm=rhythm,
        phase=phase,
        now=counts[0],
        weeks=tuple(counts[number] for number in range(1, weeks + 1)),
        later=counts[weeks + 1],
        never=never,
    )


def _summed(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    counts = Counter[str]()
    for name, people in pairs:
        counts[name] += people
    return dict(counts.most_common())
