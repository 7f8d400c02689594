"""Rows of Mautic's tables as events: what webhooks lost, and what has no webhook.

A row is put into the shape that the webhook of the same happening would have had
and read by the same reader, so that both ways give the same key and the same
event. Values are text, times UTC without a zone, NULL columns are left out, and
`query` and `open_details` are PHP-serialized (recordings api/133 to 139).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webhooks.events import ContentKind, ContentRef, Event, EventType
from webhooks.sources import php
from webhooks.sources.mautic_events import REASONS, TRIGGERS, Item
from webhooks.sources.mautic_fields import (
    Unfit,
    address,
    identity,
    moment,
    number,
    text,
    utm,
)

#: What providers write where somebody reported a mail as spam; Mautic tells it in the
#: comment of a row alone, and calls it unsubscribed or bounced.
COMPLAINTS = ("complain", "spam", "abuse", "feedback")
#: One row of `/api/stats/{table}`.
StatsRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table that is pulled, and how its rows are read."""

    name: str
    read: Callable[[StatsRow], Iterator[Event]]


def read(table: Table, row: StatsRow) -> tuple[Event, ...]:
    """Read one row; raise `Unfit` with the reason when it cannot be.

    A row without a contact says nothing about anybody: no events.
    """
    return tuple(table.read(row)) if row.get("lead_id") else ()


def _hits(row: StatsRow) -> Iterator[Event]:
    hit = {
        "id": row["id"],
        "dateHit": row.get("date_hit"),
        "page": _with_id(row.get("page_id")),
        "redirect": [] if row.get("redirect_id") else None,
        "email": _with_id(row.get("email_id")),
        "url": row.get("url"),
        "urlTitle": row.get("url_title"),
        "referer": row.get("referer"),
        "userAgent": row.get("user_agent"),
        "trackingId": row.get("tracking_id"),
        "source": row.get("source"),
        "sourceId": row.get("source_id"),
        "code": row.get("code"),
        "isp": row.get("isp"),
        "organization": row.get("organization"),
        "query": unserialize(row.get("query")),
    }
    yield from _as_trigger("mautic.page_on_hit", row, hit, row.get("date_hit"))


def _mails(row: StatsRow) -> Iterator[Event]:
    sent = {"idHash": row.get("tracking_hash"), "email": _with_id(row.get("email_id"))}
    yield from _as_trigger("mautic.email_on_send", row, sent, row.get("date_sent"))
    for count, opened_at in enumerate(_openings(row), 1):
        stat = {
            "id": row["id"],
            "openCount": count,
            "lastOpened": opened_at,
            "dateSent": row.get("date_sent"),
            "trackingHash": row.get("tracking_hash"),
            "email": _with_id(row.get("email_id")),
        }
        yield from _as_trigger("mautic.email_on_open", row, stat, opened_at)


def _openings(row: StatsRow) -> list[Any]:
    """List when a mail was opened; the count of opens, where details are cut.

    Openings stand under numbers, and how the mail came back under "bounces". Where
    one cannot be read, it is dated by what the row tells of the last.
    """
    details = unserialize(row.get("open_details"))
    told = details.items() if isinstance(details, dict) else ()
    openings = [one for name, one in told if isinstance(name, int)]
    count = int(row.get("open_count") or 0)
    last = row.get("last_opened") or row.get("date_read")
    times = [_opened_at(one) or last for one in openings] + [last] * count
    return [one for one in times[:count] if moment(one) is not None]


def _opened_at(opening: Any) -> Any:
    at = opening.get("datetime") if isinstance(opening, dict) else None
    return at if moment(at) is not None else None


def _submissions(row: StatsRow) -> Iterator[Event]:
    """Read a submission; its table has no answers, but a row may come with them.

    `submission` is then what Mautic shows of it at its form, which is what its
    webhook says.
    """
    submission = row.get("submission") or {
        "id": row["id"],
        "dateSubmitted": row.get("date_submitted"),
        "form": _with_id(row.get("form_id")),
        "page": _with_id(row.get("page_id")),
        "referer": row.get("referer"),
        "trackingId": row.get("tracking_id"),
        "results": [],
    }
    at = row.get("date_submitted")
    yield from _as_trigger("mautic.form_on_submit", row, submission, at)


def _downloads(row: StatsRow) -> Iterator[Event]:
    referrer = address(row.get("referer"))
    own = {
        name.removeprefix("utm_"): value
        for name in row
        if name.startswith("utm_") and (value := text(row[name]))
    }
    yield Event(
        key=f"asset:{identity(row['id'], 'asset_downloads.id')}",
        type=EventType.ASSET_DOWNLOADED,
        contact_id=identity(row["lead_id"], "lead_id"),
        occurred_at=_moment(row.get("date_download")),
        content=ContentRef(
            kind=ContentKind.ASSET, id=str(identity(row.get("asset_id"), "asset_id"))
        ),
        via=_came_by(row),
        referrer=referrer,
        utm=own or utm(referrer),
        tracking_id=text(row.get("tracking_id")),
    )


def _videos(row: StatsRow) -> Iterator[Event]:
    url = address(row.get("url"))
    yield Event(
        key=f"video:{identity(row['id'], 'video_hits.id')}",
        type=EventType.VIDEO_WATCHED,
        contact_id=identity(row["lead_id"], "lead_id"),
        occurred_at=_moment(row.get("date_hit")),
        content=ContentRef(kind=ContentKind.URL, url=url) if url else None,
        referrer=address(row.get("referer")),
        utm=utm(url, unserialize(row.get("query"))),
        user_agent=text(row.get("user_agent")),
    )


def _utm_sets(row: StatsRow) -> Iterator[Event]:
    referrer = address(row.get("referer"))
    names = ("medium", "source", "campaign", "content", "term")
    own = {one: told for one in names if (told := text(row.get(f"utm_{one}")))}
    if own:
        yield Event(
            key=f"utm:{identity(row['id'], 'lead_utmtags.id')}",
            type=EventType.UTM_ADDED,
            contact_id=identity(row["lead_id"], "lead_id"),
            occurred_at=_moment(row.get("date_added")),
            referrer=referrer,
            utm=own,
            user_agent=text(row.get("user_agent")),
        )


def _stages(row: StatsRow) -> Iterator[Event]:
    yield Event(
        key=f"stage:{identity(row['id'], 'lead_stages_change_log.id')}",
        type=EventType.STAGE_CHANGED,
        contact_id=identity(row["lead_id"], "lead_id"),
        occurred_at=_moment(row.get("date_added")),
        data={
            "stage": identity(row.get("stage_id"), "stage_id"),
            # Mautic writes "2:Customer" where a stage was set, else what set it
            "by": text(row.get("event_name")) or "",
        },
    )


def _campaigns(row: StatsRow) -> Iterator[Event]:
    """Read what a campaign did; what it only plans to do is no event yet."""
    if row.get("is_scheduled") not in {None, "", "0"}:
        return
    told = {
        "campaign": text(row.get("campaign_id")),
        "action": text(row.get("event_id")),
        "channel": text(row.get("channel")),
        "item": text(row.get("channel_id")),
        "failed": text(_values_of(row.get("metadata")).get("reason")),
    }
    yield Event(
        key=f"campaign:{identity(row['id'], 'campaign_lead_event_log.id')}",
        type=EventType.CAMPAIGN_ACTED,
        contact_id=identity(row["lead_id"], "lead_id"),
        occurred_at=_moment(row.get("date_triggered") or row.get("trigger_date")),
        data={name: one for name, one in told.items() if one},
    )


def _refusals(row: StatsRow) -> Iterator[Event]:
    """Read who must not be contacted any more, and whether they complained."""
    channel, reason = text(row.get("channel")), number(row.get("reason"))
    if reason not in REASONS:
        raise Unfit(f"reason {row.get('reason')!r} is none we know")
    told = {"id": row["id"], "channel": channel, "reason": reason}
    item = {"channel": channel, "new_status": REASONS[reason]}
    at = row.get("date_added")
    contact = {"doNotContact": [told]}
    trigger = "mautic.lead_channel_subscription_changed"
    yield from _as_trigger(trigger, row, item, at, contact)
    comment = (text(row.get("comments")) or "").lower()
    if any(one in comment for one in COMPLAINTS):
        yield Event(
            key=f"{COMPLAINT}{identity(row['id'], 'lead_donotcontact.id')}",
            type=EventType.SUBSCRIPTION_CHANGED,
            contact_id=identity(row["lead_id"], "lead_id"),
            occurred_at=_moment(at),
            data={"channel": channel, "new": "complained"},
        )


def _values_of(metadata: Any) -> Mapping[Any, Any]:
    found = unserialize(metadata)
    return found if isinstance(found, dict) else {}


#: What people do, in the order in which it is pulled.
TABLES = (
    Table(name="email_stats", read=_mails),
    Table(name="page_hits", read=_hits),
    Table(name="asset_downloads", read=_downloads),
    Table(name="video_hits", read=_videos),
    Table(name="form_submissions", read=_submissions),
)
#: What is done to people or kept of them, and has no webhook either.
LOGS = (
    Table(name="lead_utmtags", read=_utm_sets),
    Table(name="lead_stages_change_log", read=_stages),
)
#: Who must not be contacted any more, why and since when; one row for each channel,
#: which is gone again when that is lifted, and changes when the reason does.
DO_NOT_CONTACT = Table(name="lead_donotcontact", read=_refusals)
#: What campaigns did; a row stands there from when its step was planned.
CAMPAIGN_LOG = Table(name="campaign_lead_event_log", read=_campaigns)


#: Of these no webhook tells.
UNTOLD = frozenset(
    {
        EventType.ASSET_DOWNLOADED,
        EventType.VIDEO_WATCHED,
        EventType.UTM_ADDED,
        EventType.STAGE_CHANGED,
        EventType.CAMPAIGN_ACTED,
    }
)
#: How the key of a complaint begins: the comment it stands in is in no webhook.
COMPLAINT = "complaint:"


def is_told(event: Event) -> bool:
    """Whether Mautic has a webhook that tells of such an event."""
    return event.type not in UNTOLD and not event.key.startswith(COMPLAINT)


def unserialize(value: Any) -> Any:
    """Read PHP's serialized text as Python values; `{}` where it is no such thing."""
    if not isinstance(value, str) or not value:
        return {}
    try:
        return php.loads(value.encode("utf-8", "surrogatepass"))
    except php.Unreadable:
        return {}


def _as_trigger(
    trigger: str,
    row: StatsRow,
    raw: Mapping[str, Any],
    at: Any,
    contact: Mapping[str, Any] | None = None,
) -> Iterator[Event]:
    contact_id = identity(row["lead_id"], "lead_id")
    about = contact or {}
    item = Item(raw=raw, contact=about, contact_id=contact_id, at=_moment(at))
    event = TRIGGERS[trigger].read(item)
    if event is not None:
        yield event


def _came_by(row: StatsRow) -> ContentRef | None:
    email = row.get("email_id")
    return ContentRef(kind=ContentKind.EMAIL, id=str(email)) if email else None


def _with_id(value: Any) -> dict[str, Any] | None:
    return {"id": value} if value else None


def _moment(value: Any) -> datetime:
    found = moment(value)
    if found is None:
        raise Unfit(f"no moment can be read from {value!r}")
    return found
