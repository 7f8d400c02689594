"""A contact's activity: the timeline over REST, in the few kinds we cause."""

from collections.abc import Callable, Iterator

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.model import Answer, Call, Item, not_found
from plugin.sandbox.mautic.search import listed, number
from plugin.sandbox.mautic.state import State

TYPES = {
    "asset.download": "Asset downloaded",
    "campaign.event": "Campaign action triggered",
    "campaign.event.scheduled": "Campaign event scheduled",
    "campaign_membership": "Campaign membership change",
    "lead.source.created": "Contact created by source",
    "lead.source.identified": "Contact identified by source",
    "lead.donotcontact": "Do not contact",
    "dynamic.content.sent": "Dynamic Content Triggered",
    "email.failed": "Email failed",
    "email.read": "Email read",
    "email.replied": "Email replied",
    "email.sent": "Email sent",
    "sms.failed": "Failed",
    "focus.on_click": "Focus click",
    "focus.on_view": "Focus view",
    "form.submitted": "Form submitted",
    "lead.imported": "Imported",
    "integration_sync_issues": "Integration sync notice",
    "message.queue": "Message Queue",
    "page.hit": "Page hit",
    "point.gained": "Point gained",
    "segment_membership": "Segment membership change",
    "sms.sent": "Sent",
    "stage.changed": "Stage changed",
    "sms_reply": "Text message received",
    "lead.utmtagsadded": "UTM tags recorded",
    "page.videohit": "Video view event",
}
PAGE = 25


def index(state: State, call: Call, entity_id: int | None = None) -> Answer:
    """List activity, newest first; `limit` counts per kind, as Mautic's does."""
    contact = None if entity_id is None else state.contact(entity_id)
    if entity_id is not None and contact is None:
        raise not_found()
    limit = number(call.query.get("limit"), PAGE)
    filters = call.query.get("filters") or {}
    include = listed(filters.get("includeEvents"))
    exclude = listed(filters.get("excludeEvents"))
    found = [
        event
        for event in _events(state)
        if (contact is None or event["contactId"] == str(contact.id))
        and (not include or event["event"] in include)
        and event["event"] not in exclude
    ]
    return (
        200,
        {
            "events": _newest(found, limit),
            "filters": {
                "search": "",
                "includeEvents": include,
                "excludeEvents": exclude,
            },
            "order": ["timestamp", "DESC"],
            "types": TYPES,
            "total": len(found),
            "page": number(call.query.get("page"), 1),
            "limit": limit,
            "maxPages": float(-(-len(found) // max(limit, 1))),
        },
        {},
    )


def _newest(found: list[Item], limit: int) -> list[Item]:
    found = sorted(found, key=lambda event: str(event["timestamp"]), reverse=True)
    taken: dict[str, int] = {}
    shown = []
    for event in found:
        kind = event["event"]
        taken[kind] = taken.get(kind, 0) + 1
        if taken[kind] <= limit:
            shown.append(event)
    return shown


def _event(kind: str, row: Item, at: str, label: object, details: Item) -> Item:
    return {
        "event": kind,
        "eventId": f"{kind}{row['id']}",
        "eventLabel": label,
        "eventType": TYPES[kind],
        "timestamp": php.iso(php.read_date(row[at])),
        "contactId": str(row["lead_id"]),
        "details": details,
    }


def _hit(_state: State, row: Item) -> Item:
    label = {
        "label": row["url_title"] or row["url"],
        "href": row["url"],
        "isExternal": True,
    }
    hit = {
        "hitId": str(row["id"]),
        "userAgent": row["user_agent"],
        "dateHit": php.iso(php.read_date(row["date_hit"])),
        "url": row["url"],
        "query": row["query"],
        "device": "desktop",
    }
    return _event("page.hit", row, "date_hit", label, {"hit": hit}) | {
        "eventId": str(row["id"])
    }


def _sent(state: State, row: Item) -> Item:
    email = state.tables["emails"][row["email_id"]]
    kind, at = (
        ("email.read", "date_read") if row["is_read"] else ("email.sent", "date_sent")
    )
    label = {
        "label": email["name"],
        "href": f"{state.site_url}/email/view/{row['tracking_hash']}",
        "isExternal": True,
    }
    stat = {
        "email_id": str(row["email_id"]),
        "id": str(row["id"]),
        "dateSent": php.iso(php.read_date(row["date_sent"])),
        "subject": email["subject"],
        "email_name": email["name"],
        "isRead": str(row["is_read"]),
        "idHash": row["tracking_hash"],
        "openDetails": row["open_details"],
    }
    return _event(kind, row, at, label, {"stat": stat, "type": kind.partition(".")[2]})


def _stage(state: State, row: Item) -> Item:
    label = {
        "label": row["event_name"],
        "href": f"{state.site_url}/s/stages/edit/{row['stage_id']}",
        "isExternal": False,
    }
    log = {
        "id": str(row["id"]),
        "reference": str(row["stage_id"]),
        "eventName": row["event_name"],
        "actionName": row["action_name"],
        "dateAdded": php.iso(php.read_date(row["date_added"])),
        "lead_id": str(row["lead_id"]),
    }
    return _event("stage.changed", row, "date_added", label, {"log": log})


def _points(_state: State, row: Item) -> Item:
    log = {
        "eventName": row["event_name"],
        "actionName": row["action_name"],
        "dateAdded": php.iso(php.read_date(row["date_added"])),
        "type": row["type"],
        "delta": str(row["delta"]),
        "id": str(row["id"]),
        "lead_id": str(row["lead_id"]),
    }
    label = f"{row['event_name']} / {row['delta']}"
    return _event("point.gained", row, "date_added", label, {"log": log})


def _utm(_state: State, row: Item) -> Item:
    tags = {name: value for name, value in row.items() if value is not None}
    tags |= {"id": str(row["id"]), "lead_id": str(row["lead_id"])}
    tags["date_added"] = php.iso(php.read_date(row["date_added"]))
    label = (
        f"UTM Campaign: {row['utm_campaign']}" if row["utm_campaign"] else "UTM tags"
    )
    return _event("lead.utmtagsadded", row, "date_added", label, {"utmtags": tags})


def _form(state: State, row: Item) -> Item:
    form = state.tables["forms"][row["form_id"]]
    label = {
        "label": form["name"],
        "href": f"{state.site_url}/s/forms/view/{form['id']}",
    }
    submission = {
        "id": row["id"],
        "dateSubmitted": php.iso(php.read_date(row["date_submitted"])),
        "referer": row["referer"],
        "results": row["results"],
    }
    return _event(
        "form.submitted", row, "date_submitted", label, {"submission": submission}
    )


def _download(state: State, row: Item) -> Item:
    asset = state.tables["assets"][row["asset_id"]]
    label = {
        "label": asset["title"],
        "href": f"{state.site_url}/s/assets/view/{asset['id']}",
    }
    return _event(
        "asset.download", row, "date_download", label, {"asset": {"id": asset["id"]}}
    )


SOURCES: dict[str, Callable[[State, Item], Item]] = {
    "page_hits": _hit,
    "email_stats": _sent,
    "lead_stages_change_log": _stage,
    "lead_points_change_log": _points,
    "lead_utmtags": _utm,
    "form_submissions": _form,
    "asset_downloads": _download,
}


def _events(state: State) -> Iterator[Item]:
    for table, write in SOURCES.items():
        for row in state.logs[table]:
            yield write(state, row)
