"""The own database beside the market, per audience. Pure.

The market is told by two shares: who is latent (open to something, not looking) and
who is active (looking). The own database is told by phases. They are set side by side
so: See and Think beside latent, as both read and compare and neither asks for work;
Do beside active, as that is where one signs up. Care was won already and stands beside
neither. It does count in the coverage of the whole, as in the planner, for whoever was
hired came out of the same market.

A person may belong to several audiences, and is counted in each of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from plugin.mappings.audiences import Audience, Cadence, Edge, Market, Prior
from plugin.mappings.model import Channel, Phase
from plugin.planning.priors import prior_of

#: Stands for the channel of who did nothing of their own yet.
UNKNOWN = ""
#: Every channel there is, in the order in which they are shown.
CHANNELS: tuple[str, ...] = (*(one.value for one in Channel), UNKNOWN)
#: How many weeks are shown unless somebody asks for another number, and at most.
WEEKS, MOST_WEEKS = 12, 52
#: A market that was measured longer ago than this should be measured anew.
FRESH = timedelta(days=365)
_WEEK = timedelta(days=7)


class Group(StrEnum):
    """The two groups of people who can be won."""

    LATENT = "latent"
    ACTIVE = "active"


#: Which phases stand beside which group of the market.
PHASES: Mapping[Group, tuple[Phase, ...]] = {
    Group.LATENT: (Phase.SEE, Phase.THINK),
    Group.ACTIVE: (Phase.DO,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """People who came on the same day by the same channel."""

    on: date
    #: Keys of their audiences.
    audiences: tuple[str, ...]
    phase: Phase
    #: None where they did nothing of their own yet.
    channel: str | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One group: the own people beside those of the market."""

    group: Group
    own: int
    #: Of the own people who can be won, 0..1; None where there are none.
    own_share: float | None
    #: None where nobody counted the market.
    market: int | None
    #: Of the reachable market, 0..1; None where there is none.
    market_share: float | None

    @property
    def coverage(self) -> float | None:
        """Own people per person in the market; above 1 the count cannot be right."""
        return _share(self.own, self.market)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Who came in one calendar week."""

    #: Its Monday.
    begins: date
    #: Channel, or `UNKNOWN` -> people; every channel is there.
    channels: Mapping[str, int]
    #: Whether its Sunday has passed.
    is_complete: bool

    @property
    def people(self) -> int:
        """All of them."""
        return sum(self.channels.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What is assumed of one step until the own numbers speak."""

    edge: Edge
    prior: Prior
    #: Whether audiences.toml says it; otherwise it is what is published.
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """One audience: its own people, its market, and how people come."""

    #: None for the people who belong to no audience.
    audience: Audience | None
    today: date
    phases: Mapping[Phase, int]
    #: Of these, how many belong to another audience too.
    shared: int
    parts: tuple[Part, ...]
    #: The running week is the last.
    weeks: tuple[Week, ...]

    @property
    def key(self) -> str:
        """Key of the audience; empty for none."""
        return self.audience.key if self.audience else ""

    @property
    def market(self) -> Market | None:
        """The market; None where nobody counted it."""
        return self.audience.market if self.audience else None

    @property
    def people(self) -> int:
        """Everybody of one's own in it."""
        return sum(self.phases.values())

    @property
    def coverage(self) -> float | None:
        """Own people per reachable person; None where no market is known."""
        return _share(self.people, self.market.reachable if self.market else None)

    @property
    def is_old(self) -> bool:
        """Whether the market was measured more than a year ago."""
        measured_on = self.market.measured_on if self.market else None
        return measured_on is not None and self.today - measured_on > FRESH

    @property
    def per_week(self) -> float | None:
        """New people a week, on average; None where no week is complete."""
        complete = [one.people for one in self.weeks if one.is_complete]
        return sum(complete) / len(complete) if complete else None

    @property
    def by_channel(self) -> Mapping[str, int]:
        """Channel -> people who came by it in these weeks."""
        return {
            name: sum(one.channels[name] for one in self.weeks) for name in CHANNELS
        }

    @property
    def silent(self) -> tuple[str, ...]:
        """Channels that are named for the audience and brought nobody these weeks."""
        named = self.audience.channels if self.audience else ()
        came = self.by_channel
        return tuple(one.value for one in named if not came[one.value])

    @property
    def assumed(self) -> tuple[Assumed, ...]:
        """What is assumed of each step."""
        whom = self.audience
        if whom is None:
            return ()
        return tuple(
            Assumed(edge=one, prior=prior_of(whom, one), is_own=one in whom.priors)
            for one in Edge
        )

    def as_json(self) -> dict[str, Any]:
        """Write it as plain JSON values."""
        return {
            "audience": self.key,
            "label": dict(self.audience.label) if self.audience else {},
            "market": _market_json(self),
            "people": self.people,
            "shared": self.shared,
            "phases": {one.value: count for one, count in self.phases.items()},
            "mix": [_part_json(one) for one in self.parts],
            "coverage": self.coverage,
            "per_week": self.per_week,
            "weeks": [_week_json(one) for one in self.weeks],
            "by_channel": _named(self.by_channel),
            "channels": [one.value for one in self.audience.channels]
            if self.audience
            else [],
            "silent": list(self.silent),
            "cadence": _cadence_json(self.audience.cadence) if self.audience else None,
            "priors": [_prior_json(one) for one in self.assumed],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Markets:
    """Every audience beside its market."""

    today: date
    #: Everybody, each counted once.
    people: int
    #: How many of them belong to more than one audience.
    shared: int
    audiences: tuple[Mix, ...]
    #: Who belongs to no audience.
    outside: Mix

    def as_json(self) -> dict[str, Any]:
        """Write it as plain JSON values."""
        return {
            "today": self.today.isoformat(),
            "people": self.people,
            "shared": self.shared,
            "audiences": [one.as_json() for one in self.audiences],
            "outside": self.outside.as_json(),
        }


def markets(
    came: Iterable[Came],
    audiences: Mapping[str, Audience],
    today: date,
    *,
    weeks: int = WEEKS,
    only: str | None = None,
) -> Markets:
    """Set everybody beside the markets; `only` keeps to one audience's.

    `weeks` counts the running one too. An audience that audiences.toml does not name
    any more is none. Who came on a day after this week is in the counts, and in no
    week.
    """
    everybody = [
        (one, tuple(key for key in one.audiences if key in audiences)) for one in came
    ]
    members: dict[str, list[tuple[Came, bool]]] = {}
    for one, keys in everybody:
        for key in keys or ("",):
            members.setdefault(key, []).append((one, len(keys) > 1))
    asked = [one for one in audiences.values() if only is None or one.key == only]
    return Markets(
        today=today,
        people=sum(one.people for one, _ in everybody),
        shared=sum(one.people for one, keys in everybody if len(keys) > 1),
        audiences=tuple(
            _mix(one, members.get(one.key, ()), today, weeks) for one in asked
        ),
        outside=_mix(None, members.get("", ()), today, weeks),
    )


def _mix(
    audience: Audience | None,
    members: Sequence[tuple[Came, bool]],
    today: date,
    weeks: int,
) -> Mix:
    counts = Counter[Phase]()
    for one, _ in members:
        counts[one.phase] += one.people
    phases = {phase: counts[phase] for phase in Phase}
    return Mix(
        audience=audience,
        today=today,
        phases=phases,
        shared=sum(one.people for one, is_shared in members if is_shared),
        parts=_parts(phases, audience.market if audience else None),
        weeks=_weeks((one for one, _ in members), today, weeks),
    )


def _parts(phases: Mapping[Phase, int], market: Market | None) -> tuple[Part, ...]:
    own = {
        group: sum(phases[phase] for phase in names) for group, names in PHASES.items()
    }
    there = _groups(market) if market else {}
    return tuple(
        Part(
            group=group,
            own=own[group],
            own_share=_share(own[group], sum(own.values())),
            market=there.get(group),
            market_share=_share(there.get(group, 0), sum(there.values())),
        )
        for group in Group
    )


def _groups(market: Market) -> Mapping[Group, int]:
    """Divide the reachable market, so that the groups add up to it."""
    latent = min(market.reachable, round(market.size * market.latent))
    return {Group.LATENT: latent, Group.ACTIVE: market.reachable - latent}


def _weeks(members: Iterable[Came], today: date, weeks: int) -> tuple[Week, ...]:
    running = today - timedelta(days=today.weekday())
    counts = Counter[tuple[date, str]]()
    for one in members:
        monday = one.on - timedelta(days=one.on.weekday())
        counts[monday, _channel(one)] += one.people
    mondays = [running - back * _WEEK for back in range(weeks - 1, -1, -1)]
    return tuple(
        Week(
            begins=monday,
            channels={name: counts[monday, name] for name in CHANNELS},
            is_complete=monday < running,
        )
        for monday in mondays
    )


def _channel(came: Came) -> str:
    return came.channel if came.channel in CHANNELS and came.channel else UNKNOWN


def _share(part: int, whole: int | None) -> float | None:
    return part / whole if whole else None


def _market_json(mix: Mix) -> dict[str, Any] | None:
    market = mix.market
    if market is None:
        return None
    measured_on = market.measured_on
    return {
        "size": market.size,
        "latent": market.latent,
        "active": market.active,
        "reachable": market.reachable,
        "source": market.source,
        "measured_on": measured_on.isoformat() if measured_on else None,
        "older_than_a_year": mix.is_old,
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "group": part.group.value,
        "phases": [one.value for one in PHASES[part.group]],
        "own": part.own,
        "own_share": part.own_share,
        "market": part.market,
        "market_share": part.market_share,
        "coverage": part.coverage,
    }


def _week_json(week: Week) -> dict[str, Any]:
    return {
        "begins": week.begins.isoformat(),
        "is_complete": week.is_complete,
        "people": week.people,
        "channels": _named(week.channels),
    }


def _named(channels: Mapping[str, int]) -> dict[str, int]:
    return {name or "not known": people for name, people in channels.items()}


def _cadence_json(cadence: Cadence) -> dict[str, Any]:
    sunset = cadence.sunset
    return {
        "every_days": {
            phase.value: cadence.every_days[phase]
            for phase in Phase
            if phase in cadence.every_days
        },
        "weekdays": sorted(cadence.weekdays),
        "quiet_from": cadence.quiet_from.isoformat(),
        "quiet_until": cadence.quiet_until.isoformat(),
        "gap_days": cadence.gap_days,
        "cap": cadence.cap,
        "cap_days": cadence.cap_days,
        "timezone": cadence.timezone,
        "sunset": {
            "slow_after": sunset.slow_after,
            "win_back_after": sunset.win_back_after,
            "stop_after": sunset.stop_after,
        }
        if sunset
        else None,
    }


def _prior_json(assumed: Assumed) -> dict[str, Any]:
    prior = assumed.prior
    return {
        "edge": assumed.edge.value,
        "conversion": prior.conversion,
        "worth": prior.worth,
        "median_days": prior.median_days,
        "source": prior.source,
        "is_own": assumed.is_own,
    }
