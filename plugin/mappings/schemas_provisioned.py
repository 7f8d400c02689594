"""What segments.toml and campaigns.toml may say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from marshmallow import post_load
from marshmallow.fields import Nested

from plugin.config.fields import Choice, Flag, JsonSchema, Number, Section, Text, Told
from plugin.mappings.audiences import SunsetStep
from plugin.mappings.kinds import OneOf, Properties, Set, Tables, Texts, each
from plugin.mappings.model import Phase, Trend
from plugin.mappings.provisioned import Campaign, CampaignStep, FollowUp, Keep, Segment
from plugin.mappings.schemas import Table, slug

#: What can be kept of each kind.
SEGMENT_KEEPS = (Keep.NAME, Keep.DESCRIPTION, Keep.FILTERS)
CAMPAIGN_KEEPS = (Keep.NAME, Keep.DESCRIPTION, Keep.EMAILS, Keep.WAITS, Keep.LAYOUT)

Kept = TypeVar("Kept", Segment, Campaign)


def _keep(words: tuple[Keep, ...]) -> Set:
    return Set(OneOf(words), load_default=None)


def _keeping(built: tuple[Kept, ...], keep: frozenset[str] | None) -> tuple[Kept, ...]:
    """Fill in what the file keeps where one says nothing; None is nothing said."""
    whole = frozenset(Keep(one) for one in keep or ())
    return tuple(
        replace(
            one, keep=frozenset(map(Keep, one.keep)) if one.keep is not None else whole
        )
        for one in built
    )


class SegmentTable(Table):
    """`[[segments]]` in segments.toml."""

    model = Segment
    alias = Text(
        "a segment's alias: lower case, digits and dashes, at most 64; with "
        "interests = true the word topic in braces",
        r"(?=.{1,64}$)[a-z]([a-z0-9]|-(?=[a-z0-9{])|\{topic\})*",
        required=True,
    )
    name = Texts(required=True)
    description = Texts(required=True)
    phase = Choice(Phase)
    momentum = Choice(Trend)
    interests = Flag()
    in_ats = Flag()
    due = Flag()
    sunset = Choice(SunsetStep)
    keep = _keep(SEGMENT_KEEPS)


class SegmentsFile(Section):
    """segments.toml."""

    segments = Tables(SegmentTable(), "segments", required=True)
    keep = _keep(SEGMENT_KEEPS)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> tuple[Segment, ...]:
        """Hand the file's `keep` on to the segments that say nothing of their own."""
        return _keeping(data["segments"], data.get("keep"))


class StepTable(Table):
    """`[[campaigns.steps]]` in campaigns.toml."""

    model = CampaignStep
    name = Text("a name", required=True)
    type = Text(
        "Mautic's type of event, as in lead.changetags",
        r"[A-Za-z_]+(\.[A-Za-z_]+)+",
        required=True,
    )
    properties = Properties(load_default=dict)
    wait_days = Number(0, 365)
    after = Text("the name of an earlier step")
    path = OneOf(("yes", "no"))


class EmailNames(Told):
    """Which e-mail of Mautic's is for what."""

    _name = Text("the name or the id of an e-mail in Mautic")

    def __init__(self, **kwargs: Any) -> None:
        """Accept a table of texts."""
        super().__init__("a table: what it is for, and the e-mail's name", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return each(self._name.deserialize, value)

    def json_schema(self) -> JsonSchema:
        """Say a table of texts."""
        return {"type": "object", "additionalProperties": self._name.json_schema()}


class FollowUpTable(Table):
    """`[campaigns.follow_up]` in campaigns.toml."""

    model = FollowUp
    interests = Flag()
    clicks = Flag()
    emails = EmailNames(load_default=dict)


class CampaignTable(Table):
    """`[[campaigns]]` in campaigns.toml."""

    model = Campaign
    key = slug("a key", required=True)
    name = Texts(required=True)
    description = Texts(required=True)
    segment = Text("a segment's alias", required=True)
    steps = Tables(StepTable(), "campaigns.steps", required=True)
    publish = Flag(load_default=False)
    follow_up = Nested(FollowUpTable, load_default=None)
    keep = _keep(CAMPAIGN_KEEPS)


class CampaignsFile(Section):
    """campaigns.toml."""

    campaigns = Tables(CampaignTable(), "campaigns", required=True)
    keep = _keep(CAMPAIGN_KEEPS)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> tuple[Campaign, ...]:
        """Hand the file's `keep` on to the campaigns that say nothing of their own."""
        return _keeping(data["campaigns"], data.get("keep"))
