"""Events in our words: what happened to whom, about what, when.

Pure values. Vendor words end in `webhooks.sources`; from here on there is one
vocabulary, whichever system an event came from and by whichever way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

#: A JSON object as Python reads it.
Json = Mapping[str, Any]


class EventType(StrEnum):
    """What happened; dotted, noun.past-participle."""

    #: A contact became known (has an e-mail or a name); not the same as created.
    CONTACT_IDENTIFIED = "contact.identified"
    #: A known contact was saved; carries the profile. Also the echo of our writes.
    CONTACT_UPDATED = "contact.updated"
    #: A contact id ceased to exist: deleted, or the loser of a merge.
    CONTACT_DELETED = "contact.deleted"
    POINTS_CHANGED = "contact.points-changed"
    #: Do-not-contact changed for a channel: `data` has channel, old, new.
    SUBSCRIPTION_CHANGED = "contact.subscription-changed"
    CONTACT_COMPANY_CHANGED = "contact.company-changed"
    #: Segment membership: `data` has segment, alias, action (added / removed).
    SEGMENT_CHANGED = "contact.segment-changed"
    COMPANY_SAVED = "company.saved"
    COMPANY_DELETED = "company.deleted"
    EMAIL_SENT = "email.sent"
    EMAIL_OPENED = "email.opened"
    #: A tracked link in an e-mail was followed (in Mautic: a page hit).
    EMAIL_CLICKED = "email.clicked"
    #: Any page view: a Mautic landing page or a tracked page of one's own site.
    PAGE_VISITED = "page.visited"
    FORM_SUBMITTED = "form.submitted"
    SMS_SENT = "sms.sent"
    #: No webhook exists for these; they come in by reconcile.
    ASSET_DOWNLOADED = "asset.downloaded"
    VIDEO_WATCHED = "video.watched"
    #: A set of UTM values was kept with a contact, as by a form or an import.
    UTM_ADDED = "contact.utm-added"
    #: A contact came into a stage of Mautic: `data` has stage (its id) and by.
    STAGE_CHANGED = "contact.stage-changed"
    #: A campaign did something for a contact: `data` has campaign, action, channel
    #: and, where it had one, failed.
    CAMPAIGN_ACTED = "campaign.acted"
    #: From the ATS.
    CANDIDATE_HIRED = "candidate.hired"
    CANDIDATE_REJECTED = "candidate.rejected"
    CANDIDATE_WITHDRAWN = "candidate.withdrawn"
    #: A hire was taken back.
    CANDIDATE_UNHIRED = "candidate.unhired"
    ASSIGNMENT_ENDED = "assignment.ended"
    #: Something we have no word for yet: kept and counted, never an error.
    UNKNOWN = "unknown"


class ContentKind(StrEnum):
    """What an event is about."""

    EMAIL = "email"
    PAGE = "page"
    FORM = "form"
    ASSET = "asset"
    SMS = "sms"
    #: A bar or window that a site shows.
    FOCUS = "focus"
    #: A part of a page or mail that is not the same for everybody.
    DYNAMIC_CONTENT = "dynamic-content"
    #: A page outside Mautic, known by its address only.
    URL = "url"


#: By their text: asked for each event that is read, and quicker than the classes.
_TYPES: dict[str, EventType] = {one.value: one for one in EventType}
_KINDS: dict[str, ContentKind] = {one.value: one for one in ContentKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRef:
    """A piece of content, as far as the event names it."""

    kind: ContentKind
    #: The vendor's id as text; None for a page known by address only.
    id: str | None = None
    #: Title, name or subject, as the sender wrote it.
    name: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened once, however often it is reported.

    `key` is natural: the same from a webhook and from the REST API, so that an
    event is counted once whatever way and however often it comes.
    """

    key: str
    type: EventType
    #: Mautic's contact id at that moment; None for a company's own events.
    contact_id: int | None
    #: When it happened, aware UTC; not when it was queued or received.
    occurred_at: datetime
    #: What it was about: for a click, where the link led.
    content: ContentRef | None = None
    #: What brought the person there: for a click, the e-mail.
    via: ContentRef | None = None
    referrer: str | None = None
    #: utm_source and so on, without the prefix.
    utm: Mapping[str, str] = field(default_factory=dict)
    user_agent: str | None = None
    tracking_id: str | None = None
    #: What only this type of event has.
    data: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a naive time: it would be read as another moment elsewhere."""
        if self.occurred_at.tzinfo is None:
            message = f"event {self.key}: occurred_at has no time zone"
            raise ValueError(message)

    def to_json(self) -> dict[str, Any]:
        """Write as plain JSON values, leaving out what is empty."""
        whole = {
            "key": self.key,
            "type": self.type.value,
            "contact_id": self.contact_id,
            "occurred_at": self.occurred_at.astimezone(UTC).isoformat(),
        }
        known = {name: value for name, value in whole.items() if value is not None}
        return known | self.rest()

    def rest(self) -> dict[str, Any]:
        """Write what `of` takes as the rest: all but key, type, contact and moment."""
        whole = {
            "content": _ref_to_json(self.content),
            "via": _ref_to_json(self.via),
            "referrer": self.referrer,
            "utm": dict(self.utm),
            "user_agent": self.user_agent,
            "tracking_id": self.tracking_id,
            "data": dict(self.data),
        }
        return {name: value for name, value in whole.items() if value not in (None, {})}

    @classmethod
    def from_json(cls, value: Json) -> Self:
        """Read what `to_json` wrote."""
        occurred_at = datetime.fromisoformat(value["occurred_at"])
        contact_id = value.get("contact_id")
        return cls.of(value["key"], value["type"], contact_id, occurred_at, value)

    @classmethod
    def of(
        cls,
        key: str,
        type_: str,
        contact_id: int | None,
        occurred_at: datetime,
        rest: Json,
    ) -> Self:
        """Put an event together of what has a column of its own, and the rest."""
        return cls(
            key=key,
            type=_TYPES.get(type_) or EventType(type_),
            contact_id=contact_id,
            occurred_at=occurred_at,
            content=_ref_from_json(rest.get("content")),
            via=_ref_from_json(rest.get("via")),
            referrer=rest.get("referrer"),
            utm=rest.get("utm", {}),
            user_agent=rest.get("user_agent"),
            tracking_id=rest.get("tracking_id"),
            data=rest.get("data", {}),
        )


def _ref_to_json(ref: ContentRef | None) -> dict[str, str] | None:
    if ref is None:
        return None
    whole = {"kind": ref.kind.value, "id": ref.id, "name": ref.name, "url": ref.url}
    return {name: value for name, value in whole.items() if value}


def _ref_from_json(value: Json | None) -> ContentRef | None:
    if value is None:
        return None
    return ContentRef(
        kind=_KINDS.get(value["kind"]) or ContentKind(value["kind"]),
        id=value.get("id"),
        name=value.get("name", ""),
        url=value.get("url"),
    )
