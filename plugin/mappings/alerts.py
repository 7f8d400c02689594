"""What is told at once, and to whom: alerts.toml as values. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class RisingAlert:
    """`[rising]` in alerts.toml: when somebody begins to move."""

    #: Ways to tell it: "webhook"; none keeps it to field, tag and note.
    via: tuple[str, ...] = ()
    #: Names of phases; empty for all.
    phases: frozenset[str] = frozenset()
    #: Whether only contacts with an owner in Mautic are told of.
    only_with_owner: bool = True
    #: Only with so many visits since the change.
    min_visits: int = 3
    #: About one person not again before so many days.
    quiet_days: float = 30.0
    #: What became known later than this is old news, and nobody is told.
    fresh_hours: float = 48.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAlert:
    """`[content]` in alerts.toml: when fewer people click in an e-mail than used to."""

    #: Ways to tell it: "webhook"; none keeps it to the page and the command.
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`[[digest.plans]]` in alerts.toml: a goal that is followed."""

    audience: str
    hires: int
    by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRules:
    """`[digest]` in alerts.toml: once a week, per owner and audience."""

    #: Ways to tell it: "webhook"; none sends nothing.
    via: tuple[str, ...] = ()
    #: Day of the week (1 for Monday), and from which hour, where the first audience is.
    weekday: int = 1
    hour: int = 8
    #: People named in each list.
    listed: int = 10
    #: Whether names are sent, or contact numbers alone.
    names: bool = False
    plans: tuple[Plan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """alerts.toml; the file may be left out."""

    rising: RisingAlert = RisingAlert()
    content: ContentAlert = ContentAlert()
    digest: DigestRules = DigestRules()
