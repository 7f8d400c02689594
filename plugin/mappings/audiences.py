"""The audiences as frozen values: what audiences.toml says, checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from plugin.mappings.model import Channel, Phase


class Edge(StrEnum):
    """The step from one phase to the next."""

    SEE_THINK = "see-think"
    THINK_DO = "think-do"
    DO_HIRE = "do-hire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """An assumption about one edge."""

    #: Share of the people in the phase who pass in the end, 0..1.
    conversion: float
    #: Conversions this is worth; the people that go with it follow from the share.
    worth: float = 0.5
    #: Half of those who pass have passed after so many days.
    median_days: float
    #: Where the numbers come from.
    source: str

    @property
    def passed(self) -> float:
        """First parameter of the Beta distribution."""
        return self.worth

    @property
    def stayed(self) -> float:
        """Second parameter of the Beta distribution."""
        return self.worth * (1 - self.conversion) / self.conversion

    @property
    def people(self) -> float:
        """How many people of one's own this weighs as much as."""
        return self.passed + self.stayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """How many people there are, and how many of them can be won."""

    #: People who fit: region, trade, level.
    size: int
    #: Share who do not look but are open to something, 0..1.
    latent: float
    #: Share who look, 0..1.
    active: float
    source: str = ""
    #: When the numbers were measured.
    measured_on: date | None = None

    @property
    def reachable(self) -> int:
        """People who look or are open to it: more cannot be won."""
        return int(self.size * min(1.0, self.latent + self.active))


class SunsetStep(StrEnum):
    """How far somebody is who shows no sign of life: three soft steps."""

    AWAKE = "awake"
    SLOW = "slow"
    WIN_BACK = "win-back"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sunset:
    """Three soft steps for who shows no sign of life, by mails since the last one."""

    #: From so many mails without a sign the rhythm is half as fast, ...
    slow_after: int = 6
    #: ... then they are asked whether they want to hear from us at all, ...
    win_back_after: int = 9
    #: ... and then nothing is sent until they do something.
    stop_after: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The rhythm in which an audience hears from us."""

    #: Phase -> a contact every so many days; a phase not named follows events only.
    every_days: "Mapping[Phase, int]" = field(default_factory=dict)
    #: ISO weekdays (1 = Monday) on which is sent; empty means any.
    weekdays: frozenset[int] = frozenset()
    #: Local time from which, and until which, nothing is sent.
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    #: Never sooner than so many days after the last one.
    gap_days: int = 3
    #: At most so many in `cap_days`, over all campaigns.
    cap: int = 4
    cap_days: int = 30
    timezone: str = "Europe/Amsterdam"
    #: None where nobody is ever let go.
    sunset: Sunset | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A group of people one recruits from (`[[audiences]]` in audiences.toml)."""

    key: str
    #: Language code -> name.
    label: Mapping[str, str] = field(default_factory=dict)
    #: Who has one of these interests belongs to it.
    topics: frozenset[str] = frozenset()
    #: None where nobody counted: no ceiling is known then.
    market: Market | None = None
    #: Where these people are, most important first.
    channels: "tuple[Channel, ...]" = ()
    cadence: Cadence = Cadence()
    #: What is assumed of an edge; where nothing is, the published benchmarks are.
    priors: Mapping[Edge, Prior] = field(default_factory=dict)
    #: What one point of conversion more costs, per edge, in any unit of one's own.
    effort: Mapping[Edge, float] = field(default_factory=dict)

    def name(self, lang: str) -> str:
        """Name it in a language, or by its key."""
        return self.label.get(lang) or self.key

    def effort_of(self, edge: Edge) -> float:
        """Look up what a point of conversion costs; 1 where nobody said."""
        return self.effort.get(edge, 1.0)


def zone_of(audiences: Mapping[str, Audience], key: str = "") -> ZoneInfo:
    """Give the time zone of an audience; of the first one unless it is named."""
    first = next(iter(audiences.values()), None)
    audience = audiences.get(key, first)
    return ZoneInfo(audience.cadence.timezone if audience else "UTC")
