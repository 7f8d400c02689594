"""What each mapping file may say: its tables and keys, and what each accepts."""

from typing import Any, ClassVar

from marshmallow import post_load
from marshmallow.fields import Nested

from plugin.config.fields import Choice, Flag, Number, Section, Text
from plugin.mappings.ats import HandOver
from plugin.mappings.consent import NOT_NEEDED, Consent
from plugin.mappings.humans import HumanRules
from plugin.mappings.kinds import (
    Labelled,
    OneOf,
    Sequence,
    Set,
    Tables,
    Template,
    Texts,
)
from plugin.mappings.model import (
    FIELD_VALUES,
    CategoryRule,
    Channel,
    ChannelRule,
    Content,
    ContentRule,
    Field,
    Fields,
    MomentumRules,
    Phase,
    PhaseRule,
    Phases,
    Scoring,
    ScoringRule,
)
from webhooks.events import ContentKind, EventType

#: What behaviour can be worth something.
SCORABLE = (
    EventType.EMAIL_OPENED,
    EventType.EMAIL_CLICKED,
    EventType.PAGE_VISITED,
    EventType.FORM_SUBMITTED,
    EventType.ASSET_DOWNLOADED,
    EventType.VIDEO_WATCHED,
)

#: Mautic's tabs on a contact.
GROUPS = ("core", "social", "personal", "professional")

#: Types of Mautic field that some value of ours fits into.
TYPES = tuple(sorted({one for types in FIELD_VALUES.values() for one in types}))

#: The longest text that fits whatever the version of Mautic.
LONGEST = 191

_SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


def slug(what: str, longest: int = 64, **kwargs: Any) -> Text:
    """Accept a name in lower case, with digits and dashes."""
    expected = f"{what}: lower case, digits and dashes, at most {longest}"
    return Text(expected, rf"(?=.{{1,{longest}}}$){_SLUG}", **kwargs)


def _phases(**kwargs: Any) -> Set:
    return Set(Choice(Phase), load_default=frozenset, **kwargs)


def globs() -> Sequence:
    """Accept a list of patterns."""
    return Sequence(Text("text, `*` for any text"), load_default=())


class Table(Section):
    """A table that becomes a frozen value."""

    model: ClassVar[type[Any]]

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> Any:
        """Make the frozen value."""
        return self.model(**data)


class RuleTable(Table):
    """`[[rules]]` in scoring.toml."""

    model = ScoringRule
    id = slug("a name", required=True)
    event = OneOf(SCORABLE, required=True)
    points = Number(0, 100, whole=False, required=True)
    half_life_days = Number(0.1, 3650, whole=False, required=True)
    cap = Number(0, 1000, whole=False, required=True)
    phases = _phases()
    channels = Set(Choice(Channel), load_default=frozenset)
    sentence = Texts(Template(("count", "content", "last")), load_default=dict)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> ScoringRule:
        """Make the frozen value."""
        return ScoringRule(**data | {"event": EventType(data["event"])})


class ChannelTable(Table):
    """`[[channels]]` in scoring.toml."""

    model = ChannelRule
    channel = Choice(Channel, required=True)
    event = OneOf(SCORABLE)
    utm_medium = Set(Text("text in lower case", r"[^A-Z]+"), load_default=frozenset)
    utm_source = Set(Text("text in lower case", r"[^A-Z]+"), load_default=frozenset)
    referrer_hosts = Sequence(
        Text("a host name, `*` for any text", r"[^/\s]+"), load_default=()
    )
    urls = globs()

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> ChannelRule:
        """Make the frozen value."""
        event = data.pop("event", None)
        return ChannelRule(**data, event=EventType(event) if event else None)


def _network() -> Text:
    return Text("part of a network's name, in lower case", r"[^A-Z]{3,}")


class HumansTable(Table):
    """`[humans]` in scoring.toml."""

    model = HumanRules
    burst_links = Number(2, 1000)
    burst_seconds = Number(0.1, 3600, whole=False)
    too_soon_seconds = Number(0, 3600, whole=False)
    release_days = Number(0, 365, whole=False)
    user_agents = Sequence(
        Text("part of a user agent, in lower case", r"[^A-Z]{3,}"), load_default=()
    )
    hidden_links = globs()
    pair_seconds = Number(0, 60, whole=False)
    sign_minutes = Number(0, 10_080, whole=False)
    sweep_links = Number(2, 1000)
    sweep_seconds = Number(0.1, 3600, whole=False)
    soon_seconds = Number(0, 3600, whole=False)
    double_seconds = Number(0, 60, whole=False)
    clockwork_minutes = Number(0, 1440, whole=False)
    clockwork_mails = Number(2, 1000)
    clockwork_share = Number(0.01, 1, whole=False)
    networks = Sequence(_network(), load_default=())
    networks_of_people = Sequence(_network(), load_default=())
    domain_people = Number(2, 1_000_000)
    domain_seconds = Number(0.1, 3600, whole=False)
    domain_share = Number(0, 1, whole=False)


class MomentumTable(Table):
    """`[momentum]` in scoring.toml."""

    model = MomentumRules
    false_alarms_per_1000_person_months = Number(0.001, 1000, whole=False)
    false_coolings_per_1000_person_months = Number(0.001, 1000, whole=False)
    rising_shift = Number(1.1, 100, whole=False)
    active_visits_per_week = Number(0.1, 100, whole=False)
    cooling_shift = Number(1.1, 100, whole=False)
    min_visits = Number(2, 100)
    min_history_days = Number(0, 3650, whole=False)
    dispersion = Number(1, 10, whole=False)
    visit_hours = Number(0.1, 168, whole=False)
    baseline_half_life_days = Number(1, 3650, whole=False)
    prior_visits_per_week = Number(0.01, 100, whole=False)
    prior_weeks = Number(0.1, 520, whole=False)
    lasts_days = Number(1, 365, whole=False)


class ScoringFile(Table):
    """scoring.toml."""

    model = Scoring
    damping_hours = Number(0, 8760, whole=False)
    same_click_seconds = Number(0, 3600, whole=False)
    refresh_days = Number(1, 365, whole=False)
    rules = Tables(RuleTable(), "rules", required=True)
    channels = Tables(ChannelTable(), "channels", load_default=())
    humans = Nested(HumansTable, load_default=HumanRules)
    momentum = Nested(MomentumTable, load_default=MomentumRules)


class ContentTable(Table):
    """`[[content]]` in content.toml."""

    model = ContentRule
    id = slug("a name", required=True)
    phase = Choice(Phase, required=True)
    topics = Set(Text("a topic"), load_default=frozenset)
    kinds = Set(Choice(ContentKind), load_default=frozenset)
    urls = globs()
    names = globs()
    utm_campaigns = globs()
    gate = Flag(load_default=False)


class CategoryTable(Table):
    """`[[categories]]` in content.toml."""

    model = CategoryRule
    alias = Text(
        "a category's alias: lower case, digits, dashes, `*` for any text",
        r"[a-z0-9_*-]+",
        required=True,
    )
    phase = Choice(Phase, required=True)
    topics = Set(Text("a topic"), load_default=frozenset)
    gate = Flag(load_default=False)


class ContentFile(Table):
    """content.toml."""

    model = Content
    interest_points = Number(0, 1000, whole=False)
    interest_share = Number(0, 1, whole=False)
    interest_leave_points = Number(0, 1000, whole=False)
    interest_leave_share = Number(0, 1, whole=False)
    interest_correction = Number(1, 10, whole=False)
    interest_patience_days = Number(0, 90, whole=False)
    interest_offer_half_life_days = Number(1, 3650, whole=False)
    interest_prior_rate = Number(0.01, 0.99, whole=False)
    interest_prior_offers = Number(0.1, 1000, whole=False)
    topics = Labelled(
        "a table [topics]", slug("a topic", 40, required=True), load_default=dict
    )
    categories = Tables(CategoryTable(), "categories", load_default=())
    content = Tables(ContentTable(), "content", load_default=())

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> Content:
        """Make the frozen value."""
        return Content(rules=data.pop("content"), **data)


class PhaseTable(Section):
    """`[think]` and `[do]` in phases.toml."""

    enter = Number(0.01, 10_000, whole=False, required=True)
    leave = Number(0.01, 10_000, whole=False, required=True)
    dwell_days = Number(0, 3650, whole=False)
    sessions = Number(1, 1000)


#: What `withdrawn_to` says where a withdrawal moves nobody.
STAY = "stay"


def _as_rejected(data: dict[str, Any]) -> None:
    """Let a withdrawal do what a rejection does, as far as nothing else is said."""
    if data.get("withdrawn_to") == STAY:
        data["withdrawn_to"] = None
    elif "withdrawn_to" in data:
        data["withdrawn_to"] = Phase(data["withdrawn_to"])
    for key in ("to", "pause_days"):
        if f"rejected_{key}" in data:
            data.setdefault(f"withdrawn_{key}", data[f"rejected_{key}"])


class PhasesFile(Table):
    """phases.toml."""

    model = Phases
    gate_enters_do = Flag()
    may_skip_think = Flag(load_default=True)
    rejected_to = OneOf((Phase.SEE, Phase.THINK))
    rejected_pause_days = Number(0, 3650, whole=False)
    withdrawn_to = OneOf((Phase.SEE, Phase.THINK, STAY))
    withdrawn_pause_days = Number(0, 3650, whole=False)
    assignment_ended_to = OneOf((Phase.SEE, Phase.THINK))
    session_minutes = Number(1, 1440, whole=False)
    think = Nested(
        PhaseTable,
        required=True,
        error_messages={"required": "missing; expected a table [think]"},
    )
    do = Nested(
        PhaseTable,
        required=True,
        error_messages={"required": "missing; expected a table [do]"},
    )

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> Phases:
        """Make the frozen value."""
        for key in ("rejected_to", "assignment_ended_to"):
            if key in data:
                data[key] = Phase(data[key])
        _as_rejected(data)
        think = PhaseRule(phase=Phase.THINK, **data.pop("think"))
        do = PhaseRule(phase=Phase.DO, **data.pop("do"))
        return Phases(think=think, do=do, **data)


class FieldTable(Table):
    """`[[fields]]` in fields.toml."""

    model = Field
    value = OneOf(FIELD_VALUES, required=True)
    alias = Text(
        "a field's alias: a-z, 0-9 and _, at most 25 of them: Mautic cuts longer ones",
        r"[a-z](?:[a-z0-9_]{0,23}[a-z0-9])?",
        required=True,
    )
    type = OneOf(TYPES, required=True)
    group = OneOf(GROUPS, required=True)
    label = Texts(required=True)
    options = Labelled(
        "a table of options", Text("an option's value"), load_default=dict
    )
    length = Number(1, LONGEST)


class ConsentTable(Table):
    """`[consent]` in fields.toml."""

    model = Consent
    profiling_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    handover_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    handover_date_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    handover_text_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    handover_text = Text("the version of a text")
    handover = OneOf((NOT_NEEDED,))
    handover_reason = Text("a reason")


class HandOverTable(Table):
    """`[hand_over]` in fields.toml."""

    model = HandOver
    by_score = OneOf(("ask", "never"))
    yes_tag = Text("a tag", r"[^,|]*")
    no_tag = Text("a tag", r"[^,|]*")
    yes_field = Text("a field's alias", r"[a-z][a-z0-9_]*")
    decline_days = Number(1, 3650, whole=False)


class FieldsFile(Table):
    """fields.toml."""

    model = Fields
    phase_tag = Template(("phase",), required_names=("phase",))
    interest_tag = Template(("topic",), required_names=("topic",))
    rising_tag = Text("a tag", r"[^,|]*")
    # marshmallow takes declared fields off the class: no clash with its `fields`.
    fields = Tables(FieldTable(), "fields", required=True)  # type: ignore[assignment]
    consent = Nested(ConsentTable, load_default=Consent)
    hand_over = Nested(HandOverTable, load_default=HandOver)
