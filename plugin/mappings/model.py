"""The admin's policy as frozen values: what `mappings/*.toml` says, checked.

Pure: no file is read here and nothing is validated; `loader` does both and is
the only one that builds these outside of tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from plugin.mappings.alerts import Alerts
from plugin.mappings.ats import AtsMapping, HandOver
from plugin.mappings.audiences import Audience
from plugin.mappings.consent import Consent
from plugin.mappings.humans import HumanRules
from plugin.mappings.lint import Lint
from plugin.mappings.origin import Origin
from plugin.mappings.projects import Projects
from plugin.mappings.provisioned import Campaign, Segment
from webhooks.events import ContentKind, EventType

#: What a field of ours can show -> the types of Mautic field it fits into.
FIELD_VALUES: Mapping[str, frozenset[str]] = {
    "phase": frozenset({"select", "text"}),
    "phase_since": frozenset({"datetime"}),
    "score": frozenset({"number"}),
    "score_see": frozenset({"number"}),
    "score_think": frozenset({"number"}),
    "score_do": frozenset({"number"}),
    "interests": frozenset({"multiselect", "text", "textarea"}),
    "reason": frozenset({"text", "textarea"}),
    "next_touch": frozenset({"date"}),
    "next_touch_why": frozenset({"text", "textarea"}),
    "sunset": frozenset({"select", "text"}),
    "channels": frozenset({"text", "textarea"}),
    "momentum": frozenset({"select", "text"}),
    "available_from": frozenset({"text"}),
    "next_content": frozenset({"text"}),
    "next_content_url": frozenset({"text", "url"}),
    "ats_status": frozenset({"text"}),
    "ats_date": frozenset({"date"}),
    "ats_link": frozenset({"text", "url"}),
    "link": frozenset({"text", "url"}),
}


class Phase(StrEnum):
    """How ready somebody is now; an order, but no pipe: people move back."""

    SEE = "see"
    THINK = "think"
    DO = "do"
    CARE = "care"

    @property
    def label(self) -> str:
        """See, Think, Do, Care: the same in every language."""
        return self.value.capitalize()


class Trend(StrEnum):
    """Where somebody's activity goes, against their own past."""

    RISING = "rising"
    STEADY = "steady"
    COOLING = "cooling"


class Channel(StrEnum):
    """Where behaviour was seen."""

    SITE = "site"
    MAIL = "mail"
    MAGAZINE = "magazine"
    SOCIAL = "social"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """What one kind of behaviour is worth (`[[rules]]` in scoring.toml)."""

    id: str
    event: EventType
    #: Points of one fresh event, before damping and decay.
    points: float
    half_life_days: float
    #: The most this rule can give a person per phase, after decay.
    cap: float
    #: Only for content of these phases; empty means any classified content.
    phases: frozenset[Phase] = frozenset()
    #: Only through these channels; empty means any.
    channels: frozenset[Channel] = frozenset()
    #: Language code -> sentence; `{count}`, `{content}` and `{last}` are filled in.
    sentence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRule:
    """How a channel is recognised; first match wins (`[[channels]]`)."""

    channel: Channel
    event: EventType | None = None
    utm_medium: frozenset[str] = frozenset()
    utm_source: frozenset[str] = frozenset()
    #: Host names, `*` allowed, compared with the referrer.
    referrer_hosts: tuple[str, ...] = ()
    #: URL globs, compared with the page's address.
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentumRules:
    """When somebody's activity has changed (`[momentum]` in scoring.toml)."""

    #: The knob: how often a person whose behaviour did not change is called rising.
    false_alarms_per_1000_person_months: float = 1.0
    #: The same for cooling, of which less depends.
    false_coolings_per_1000_person_months: float = 50.0
    #: Rising is so many times a person's usual rate of visits, ...
    rising_shift: float = 3.0
    #: ... and at least this rate.
    active_visits_per_week: float = 3.0
    #: Cooling is a rate so many times lower.
    cooling_shift: float = 5.0
    #: Nobody rises with fewer visits since the change.
    min_visits: int = 3
    #: Nobody rises or cools before they have been in view so long.
    min_history_days: float = 28.0
    #: How much more visits come in bursts than by chance alone: 1 is by chance.
    dispersion: float = 1.4
    #: Acts with a shorter pause between them are one visit.
    visit_hours: float = 12.0
    #: What somebody did this long ago says half as much of what is usual for them.
    baseline_half_life_days: float = 180.0
    #: What is taken for usual of somebody new: so many visits, ...
    prior_visits_per_week: float = 0.25
    #: ... with the weight of so long a history.
    prior_weeks: float = 8.0
    #: A change that goes on for so long is the new normal.
    lasts_days: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """scoring.toml."""

    rules: tuple[ScoringRule, ...]
    channels: tuple[ChannelRule, ...] = ()
    humans: HumanRules = field(default_factory=HumanRules)
    momentum: MomentumRules = MomentumRules()
    #: Repeats of the same content within this time are halved each time.
    damping_hours: float = 24.0
    #: A landing hit this soon after the click that led there is that click.
    same_click_seconds: float = 30.0
    #: Points fade by themselves; so often Mautic is told how many are left.
    refresh_days: float = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRule:
    """Which content is for which phase and topics (`[[content]]`)."""

    id: str
    phase: Phase
    topics: frozenset[str] = frozenset()
    #: What must match; a rule with several needs one of each that is given.
    kinds: frozenset[ContentKind] = frozenset()
    #: URL globs (`https://example.org/blog/*`), scheme optional.
    urls: tuple[str, ...] = ()
    #: Globs over name, title or subject, case ignored.
    names: tuple[str, ...] = ()
    utm_campaigns: tuple[str, ...] = ()
    #: A form that counts as the candidate's own sign-up: enters Do at once.
    gate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRule:
    """What a Mautic category means (`[[categories]]`); wins over content rules."""

    #: Category alias in Mautic, as a glob.
    alias: str
    phase: Phase
    #: `*` stands for what the `*` in the alias stands for, if that is a topic.
    topics: frozenset[str] = frozenset()
    gate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """content.toml."""

    categories: tuple[CategoryRule, ...] = ()
    rules: tuple[ContentRule, ...] = ()
    #: Topic -> label per language.
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: A topic is an interest from this many points on it ...
    interest_points: float = 2.0
    #: ... and this share of all a person's points.
    interest_share: float = 0.15
    #: ... and stays one until it has fewer points, or a smaller share.
    interest_leave_points: float = 1.0
    interest_leave_share: float = 0.1
    #: Points on a topic are worth so many times more or less at most, by how much of
    #: what was sent on it a person follows, against all that was sent to them; 1 = off.
    interest_correction: float = 2.0
    #: An e-mail that nobody follows within so many days was passed over.
    interest_patience_days: float = 3.0
    #: What was sent so long ago says half as much.
    interest_offer_half_life_days: float = 90.0
    #: What is supposed of who is new: this share is followed, ...
    interest_prior_rate: float = 0.2
    #: ... with the weight of so many e-mails, also on each topic.
    interest_prior_offers: float = 5.0

    @property
    def aliases(self) -> tuple[str, ...]:
        """The categories that say what content is for: a pattern once per topic."""
        named: list[str] = []
        for rule in self.categories:
            if "*" not in rule.alias:
                named.append(rule.alias)
            elif "*" in rule.topics:
                named += [rule.alias.replace("*", topic) for topic in self.topics]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRule:
    """One phase's thresholds (`[see]`, `[think]`, `[do]` in phases.toml).

    A person enters when the points for content of this phase or a later one
    reach `enter`, and leaves downward when those fall below `leave`.
    """

    phase: Phase
    enter: float
    leave: float
    #: Not left downward before this long.
    dwell_days: float = 0.0
    #: Distinct human sessions needed to enter by score.
    sessions: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """phases.toml."""

    think: PhaseRule
    do: PhaseRule
    #: Entering Do by score alone hands nobody over; a sign-up does.
    gate_enters_do: bool = True
    #: Whether a score alone may lead from See straight into Do.
    may_skip_think: bool = True
    #: What a rejection does: the phase one falls back to, and for how long.
    rejected_to: Phase = Phase.THINK
    rejected_pause_days: float = 30.0
    #: What a candidate's own withdrawal does; None leaves them where they are.
    withdrawn_to: Phase | None = Phase.THINK
    withdrawn_pause_days: float = 30.0
    #: Where a person starts again when an assignment ends.
    assignment_ended_to: Phase = Phase.SEE
    #: A pause between two visits that makes a new session.
    session_minutes: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A contact field of ours in Mautic (`[[fields]]` in fields.toml)."""

    #: What we write into it: a name from `FIELD_VALUES`.
    value: str
    alias: str
    type: str
    group: str
    label: Mapping[str, str]
    #: Select options: value -> label per language.
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Longest text Mautic accepts; only for text-like types.
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """fields.toml."""

    fields: tuple[Field, ...]
    consent: Consent = field(default_factory=Consent)
    hand_over: HandOver = field(default_factory=HandOver)
    #: Tag templates: "stdc-{phase}", "interest-{topic}".
    phase_tag: str = "stdc-{phase}"
    interest_tag: str = "interest-{topic}"
    #: The tag of who is rising; empty for none.
    rising_tag: str = "stdc-rising"

    def by_value(self, value: str) -> Field | None:
        """Find the field that shows this value."""
        return next((one for one in self.fields if one.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """Everything the admin decided, of one moment."""

    #: Short hash over all files: each score knows which rules made it.
    version: str
    scoring: Scoring
    content: Content
    phases: Phases
    fields: Fields
    segments: tuple[Segment, ...]
    campaigns: tuple[Campaign, ...]
    ats: Mapping[str, AtsMapping] = field(default_factory=dict)
    projects: Projects = field(default_factory=Projects)
    alerts: Alerts = field(default_factory=Alerts)
    lint: Lint = field(default_factory=Lint)
    #: Key -> audience, in the order written.
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    #: Language of what is written into Mautic: nl or en.
    language: str = "nl"
    #: The files themselves; says nothing that the rest does not.
    origin: Origin = field(default_factory=Origin, compare=False, repr=False)
