"""What each of Mautic's triggers says in our words: one row of a table per trigger.

Facts that surprise stand where they matter; all were seen in recordings of
Mautic 5.1.1.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from webhooks.events import ContentKind, ContentRef, Event, EventType, Json
from webhooks.sources.body import storable
from webhooks.sources.mautic_fields import (
    Unfit,
    address,
    digest,
    identity,
    listed,
    mapping,
    moment,
    number,
    text,
    truth,
    utm,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a delivery, with what every reader needs."""

    raw: Json
    #: The contact as the item has it; `{}` where there is none.
    contact: Json
    contact_id: int | None
    #: When Mautic took the snapshot; when we received it if that is unreadable.
    at: datetime

    def event(self, event_type: EventType, **values: Any) -> Event:
        """Build an event of this contact, by default at the time of the snapshot."""
        about = {"contact_id": self.contact_id, "occurred_at": self.at, "key": ""}
        event = Event(type=event_type, **{**about, **values})
        # No id of its own: what it says is its key. The time is part of that, for
        # who is added, removed and added again is added twice.
        return event if event.key else replace(event, key=_content_key(event))


#: Why somebody is not to be contacted, by Mautic's number for it.
REASONS = {1: "unsubscribed", 2: "bounced", 3: "manual"}
#: Reads an item; None when it says nothing but what the contact looks like.
Reader = Callable[[Item], Event | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """How to read one trigger's items."""

    read: Reader
    #: The key of the object that everything is in; empty when it is the item itself.
    subject: str = ""
    #: Whose it is: a company's own events have no contact.
    has_contact: bool = True


def _identified(item: Item) -> Event:
    # "new" means identified, not created: an anonymous visitor's hits come before
    # it, and it may be a merge, with the date of the contact merged in.
    return item.event(
        EventType.CONTACT_IDENTIFIED,
        key=f"identified:{item.contact_id}",
        occurred_at=moment(item.contact.get("dateIdentified")) or item.at,
    )


def _updated(_: Item) -> None:
    """Say nothing: an update is state, not behaviour; our own echo is one."""


def deleted(item: Item) -> Event:
    """Read a delete: also of the loser of a merge, with no word about the winner."""
    return item.event(
        EventType.CONTACT_DELETED,
        key=f"deleted:{item.contact_id}:{item.at.isoformat()}",
        data={"id": item.contact_id},
    )


def _points(item: Item) -> Event | None:
    points = mapping(item.raw.get("points"), "points")
    old, new = number(points.get("old_points")), number(points.get("new_points"))
    if old is None or new is None:
        raise Unfit("points has no old_points and new_points")
    if old == new:  # every batch PATCH of a contact with points sends one
        return None
    # contact.points is mostly still the old value.
    return item.event(EventType.POINTS_CHANGED, data={"old": old, "new": new})


def _subscription(item: Item) -> Event:
    channel = text(item.raw.get("channel"))
    if channel is None:
        raise Unfit("channel is missing")
    old, new = text(item.raw.get("old_status")), text(item.raw.get("new_status"))
    number_of_row = _refusal(item.contact, channel, new)
    if number_of_row is None:  # it was lifted: then there is no row any more
        data = {"channel": channel, "old": old, "new": new}
        return item.event(EventType.SUBSCRIPTION_CHANGED, data=data)
    # The same from the table, which does not know what was before. Mautic itself
    # says "contactable" there for whoever refused already.
    key = f"dnc:{number_of_row}:{new}"
    data = {"channel": channel, "new": new}
    return item.event(EventType.SUBSCRIPTION_CHANGED, key=key, data=data)


def _refusal(contact: Json, channel: str, status: str | None) -> int | None:
    """Find the number of the row that this refusal is in Mautic's table."""
    rows = contact.get("doNotContact")
    for row in listed(rows):
        if not isinstance(row, Mapping) or row.get("channel") != channel:
            continue
        if REASONS.get(number(row.get("reason")) or 0) == status:
            return number(row.get("id"))
    return None


def _company_of_contact(item: Item) -> Event:
    data = _company_data(item.raw)
    data["action"] = "added" if truth(item.raw.get("added")) else "removed"
    return item.event(EventType.CONTACT_COMPANY_CHANGED, data=data)


def _company_saved(item: Item) -> Event:
    return item.event(EventType.COMPANY_SAVED, data=_company_data(item.raw))


def _company_deleted(item: Item) -> Event:
    return item.event(EventType.COMPANY_DELETED, data=_company_data(item.raw))


def _segment(item: Item) -> Event:
    segment = mapping(item.raw.get("segment"), "segment")
    data = {
        "segment": identity(segment.get("id"), "segment.id"),
        "alias": text(segment.get("alias")),
        "action": text(item.raw.get("action")),
    }
    return item.event(EventType.SEGMENT_CHANGED, data=data)


def _sent(item: Item) -> Event:
    tracking_hash = text(item.raw.get("idHash"))
    return item.event(
        EventType.EMAIL_SENT,
        key=f"sent:{tracking_hash}" if tracking_hash else "",
        content=_email(item.raw.get("email")),
        data=_present(tracking_hash=tracking_hash),
    )


def _opened(item: Item) -> Event:
    stat = item.raw
    count = number(stat.get("openCount")) or 1
    # Every pixel comes, with one stat id; dateRead stays that of the first.
    opened_at = moment(stat.get("lastOpened")) or moment(stat.get("dateRead"))
    sent_at = moment(stat.get("dateSent"))
    return item.event(
        EventType.EMAIL_OPENED,
        key=f"open:{identity(stat.get('id'), 'stat.id')}:{count}",
        occurred_at=opened_at or item.at,
        content=_email(stat.get("email")),
        data=_present(
            tracking_hash=text(stat.get("trackingHash")),
            sent_at=sent_at.isoformat() if sent_at else None,
        ),
    )


def _hit(item: Item) -> Event:
    hit = item.raw
    via = _came_by(hit)
    # A click in an e-mail is two hits: the redirect, then, on a page that Mautic
    # knows, the landing. `redirect` is `[]` on the first and null on the second.
    is_redirect = hit.get("redirect") is not None
    clicked = is_redirect and via is not None and via.kind is ContentKind.EMAIL
    query = hit.get("query")
    return item.event(
        EventType.EMAIL_CLICKED if clicked else EventType.PAGE_VISITED,
        key=f"hit:{identity(hit.get('id'), 'hit.id')}",
        occurred_at=moment(hit.get("dateHit")) or item.at,
        content=_page(hit),
        via=via,
        referrer=address(hit.get("referer")),
        utm=utm(text(hit.get("url")), query),
        user_agent=text(hit.get("userAgent")),
        tracking_id=text(hit.get("trackingId")),
        data=_evidence(hit, query),
    )


def _submitted(item: Item) -> Event:
    submission = item.raw
    form = mapping(submission.get("form"), "submission.form")
    page = mapping(submission.get("page"), "submission.page")
    referrer = address(submission.get("referer"))
    return item.event(
        EventType.FORM_SUBMITTED,
        key=f"form:{identity(submission.get('id'), 'submission.id')}",
        occurred_at=moment(submission.get("dateSubmitted")) or item.at,
        content=_ref(ContentKind.FORM, form.get("id"), text(form.get("name"))),
        via=_ref(ContentKind.PAGE, page.get("id"), text(page.get("title"))),
        referrer=referrer,
        # A form has no utm of its own, but stands on the page of its referrer.
        utm=utm(referrer),
        tracking_id=text(submission.get("trackingId")),
        data={"results": _results(submission)},
    )


def _sms(item: Item) -> Event:
    sms = _ref(ContentKind.SMS, item.raw.get("smsId"))
    return item.event(EventType.SMS_SENT, content=sms)


#: The triggers of Mautic 5 (`GET /api/hooks/triggers`). Everything else people do
#: (downloads, videos, stages, tags) has no webhook and comes by reconcile.
TRIGGERS: Mapping[str, Trigger] = {
    "mautic.lead_post_save_new": Trigger(read=_identified),
    "mautic.lead_post_save_update": Trigger(read=_updated),
    "mautic.lead_post_delete": Trigger(read=deleted),
    "mautic.lead_points_change": Trigger(read=_points),
    "mautic.lead_channel_subscription_changed": Trigger(read=_subscription),
    "mautic.lead_company_change": Trigger(read=_company_of_contact),
    "mautic.lead_list_change": Trigger(read=_segment),
    "mautic.company_post_save": Trigger(read=_company_saved, has_contact=False),
    "mautic.company_post_delete": Trigger(read=_company_deleted, has_contact=False),
    "mautic.email_on_send": Trigger(read=_sent),
    "mautic.email_on_open": Trigger(read=_opened, subject="stat"),
    "mautic.page_on_hit": Trigger(read=_hit, subject="hit"),
    "mautic.form_on_submit": Trigger(read=_submitted, subject="submission"),
    "mautic.sms_on_send": Trigger(read=_sms),
}


def _content_key(event: Event) -> str:
    return f"{event.type.value}:{digest(event.to_json())}"


def _ref(
    kind: ContentKind, raw_id: Any, name: str | None = None, url: str | None = None
) -> ContentRef | None:
    """Name a piece of content by its id; None where the payload has none."""
    found = number(raw_id)
    if found is None or found < 1:
        return None
    return ContentRef(kind=kind, id=str(found), name=name or "", url=url)


def _email(value: Any) -> ContentRef | None:
    email = value if isinstance(value, Mapping) else {}
    name = text(email.get("name")) or text(email.get("subject"))
    return _ref(ContentKind.EMAIL, email.get("id"), name)


def _page(hit: Json) -> ContentRef | None:
    """Name where a hit led: a page of Mautic's, or an address anywhere."""
    url = address(hit.get("url"))
    page = mapping(hit.get("page"), "hit.page")
    known = _ref(ContentKind.PAGE, page.get("id"), text(page.get("title")), url)
    if known:
        return known
    name = text(hit.get("urlTitle")) or ""
    return ContentRef(kind=ContentKind.URL, name=name, url=url) if url else None


def _came_by(hit: Json) -> ContentRef | None:
    """Name what brought the visitor: the e-mail or text message of the link."""
    source, source_id = text(hit.get("source")), hit.get("sourceId")
    email = _email(hit.get("email"))
    if source == "sms":
        return _ref(ContentKind.SMS, source_id)
    if source == "email" and email is None:
        return _ref(ContentKind.EMAIL, source_id)
    return email if source in ("email", None) else None


def _evidence(hit: Json, query: Any) -> dict[str, Any]:
    """Keep what tells people from scanners, and pages from errors."""
    ct = query.get("ct") if isinstance(query, Mapping) else None
    code = number(hit.get("code"))
    return _present(
        tracking_hash=text(ct.get("stat")) if isinstance(ct, Mapping) else None,
        code=code if code != HTTPStatus.OK else None,
        isp=text(hit.get("isp")),
        organization=text(hit.get("organization")),
    )


def _results(submission: Json) -> dict[str, str]:
    given = mapping(submission.get("results"), "submission.results")
    texts = {storable(alias): text(value) for alias, value in given.items()}
    return {alias: value for alias, value in texts.items() if value}


def _company_data(raw: Json) -> dict[str, Any]:
    given = raw.get("company")
    company = given if isinstance(given, Mapping) else {"name": given}
    found = number(raw.get("id") or company.get("id"))
    name = text(company.get("name")) or text(company.get("companyname"))
    return _present(company=found, name=name)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
