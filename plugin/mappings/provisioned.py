"""What we make in Mautic, as frozen values: segments.toml and campaigns.toml. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugin.mappings.audiences import SunsetStep
    from plugin.mappings.model import Phase, Trend


class Keep(StrEnum):
    """What marketers may own in a thing of ours (`keep` in the mappings)."""

    NAME = "name"
    DESCRIPTION = "description"
    #: Who is in a segment.
    FILTERS = "filters"
    #: Which e-mail a step of a campaign sends.
    EMAILS = "emails"
    #: How long a step waits.
    WAITS = "waits"
    #: What a step is called, which one follows which, and steps that people added.
    LAYOUT = "layout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment of ours (`[[segments]]` in segments.toml)."""

    alias: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    #: Members are the contacts for which all of this holds; None does not ask.
    phase: "Phase | None" = None
    momentum: "Trend | None" = None
    #: One such segment for each topic, of who has that interest; `{topic}` stands for
    #: it in the alias, and for its label in name and description.
    interests: bool = False
    #: Whether an ATS has them, or they are on their way there.
    in_ats: bool | None = None
    #: Whether they should hear from us today, by the rhythm of their audience.
    due: bool = False
    #: How far they are who show no sign of life; None does not ask.
    sunset: "SunsetStep | None" = None
    #: What is the marketer's once the segment is there.
    keep: frozenset[Keep] = frozenset()

    @property
    def is_whole_phase(self) -> bool:
        """Whether its members are everybody in one phase, and nobody else."""
        narrowed = self.interests or self.due or self.in_ats is not None
        moving = self.momentum is not None or self.sunset is not None
        return self.phase is not None and not moving and not narrowed


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStep:
    """One action of a campaign; steps follow each other."""

    name: str
    #: Mautic's event type: `lead.changetags`, `email.send`, ...
    type: str
    properties: Mapping[str, Any]
    #: Waiting time before this step; 0 = at once.
    wait_days: int = 0
    #: Name of the step it follows; "" for the one before it.
    after: str = ""
    #: Below a decision or a condition: "yes" or "no"; "" elsewhere, and for yes.
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What a campaign sends after its own steps (`[campaigns.follow_up]`)."""

    #: A branch for each topic; without it everybody gets the general e-mail.
    interests: bool = True
    #: After each e-mail another one, by whether they clicked.
    clicks: bool = True
    #: Topic, "general" or "next" -> name or id of an e-mail in Mautic; for what is not
    #: named an empty one is made.
    emails: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign of ours (`[[campaigns]]` in campaigns.toml)."""

    #: Our own lasting name for it: Mautic's campaigns have no alias.
    key: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    #: Alias of the segment that feeds it.
    segment: str
    steps: tuple[CampaignStep, ...]
    publish: bool = False
    follow_up: FollowUp | None = None
    #: What is the marketer's once the campaign is there.
    keep: frozenset[Keep] = frozenset()
