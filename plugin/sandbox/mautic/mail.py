"""Sending e-mail: statistics, tracked links and email_on_send; nothing is mailed."""

import hashlib
import re
from typing import Any

from plugin.sandbox.mautic import content, crud, hooks, payloads, php
from plugin.sandbox.mautic.model import (
    NOBODY,
    Actor,
    Answer,
    Call,
    Contact,
    Item,
    not_found,
)
from plugin.sandbox.mautic.state import State

LINK = re.compile(r'<a\s[^>]*href="(https?://[^"]+)"', re.IGNORECASE)
TRACKING_HASH, REDIRECT_ID = 22, 25


def send(
    state: State,
    email: Item,
    contact: Contact,
    source: tuple[str, int] = ("api", 0),
    *,
    actor: Actor = NOBODY,
    tokens: Item | None = None,
    list_id: int | None = None,
) -> Item | None:
    """Send an e-mail; gives its row of email_stats, None without an address."""
    address = contact.values.get("email")
    if not address:
        return None
    for url in LINK.findall(str(email["customHtml"] or "")):
        redirect(state, url, actor)
    number = state.next("email_stats")
    row: Item = {
        "id": number,
        "email_id": email["id"],
        "lead_id": contact.id,
        "list_id": list_id,
        "email_address": address,
        "date_sent": php.sql(state.now()),
        "is_read": 0,
        "is_failed": 0,
        "viewed_in_browser": 0,
        "tracking_hash": state.token("stat", number, length=TRACKING_HASH),
        "retry_count": 0,
        "source": source[0],
        "source_id": source[1],
        "open_count": 0,
        "open_details": [],
    }
    state.logs["email_stats"].append(row)
    state.sent[row["tracking_hash"]] = row
    _announce(state, email, contact, row, tokens or {})
    email["sentCount"] += 1
    return row


def _announce(
    state: State, email: Item, contact: Contact, row: Item, tokens: Item
) -> None:
    body = str(email["customHtml"] or "")
    hooks.emit(
        state,
        "email_on_send",
        lambda: {
            "email": content.email(state, email),
            "contact": _receiver(state, contact, row),
            "contentHash": hashlib.md5(
                body.encode(), usedforsecurity=False
            ).hexdigest(),
            "idHash": row["tracking_hash"],
            "subject": email["subject"],
            "source": [row["source"], row["source_id"]],
            "headers": [],
            "content": body.replace(
                "</body>",
                '<img height="1" width="1" src="{tracking_pixel}" alt="" /></body>',
            ),
            "tokens": _tokens(state, email, row, tokens),
        },
    )


def _receiver(state: State, contact: Contact, row: Item) -> Item:
    # A segment e-mail reads its contacts straight from the database.
    if row["list_id"] is not None:
        return payloads.database_row(state, contact) | {"companies": []}
    flat = payloads.flat(state, contact)
    return flat | {"owner_id": contact.owner, "companies": []}


def _tokens(state: State, email: Item, row: Item, tokens: Item) -> Item:
    mail_url = f"{state.site_url}/email"
    unsubscribe = (
        f"{mail_url}/unsubscribe/{row['tracking_hash']}/{row['email_address']}"
    )
    unsubscribe += "/" + secret(state, row)
    view = f"{mail_url}/view/{row['tracking_hash']}"
    return tokens | {
        '{dynamiccontent="Dynamic Content 1"}': "Default Dynamic Content",
        "{unsubscribe_text}": f"<a href='{unsubscribe}'>Unsubscribe</a> "
        "to no longer receive emails from us.",
        "{unsubscribe_url}": unsubscribe,
        "{webview_text}": f"<a href='{view}'>"
        "Having trouble reading this email? Click here.</a>",
        "{webview_url}": view,
        "{signature}": "",
        "{subject}": email["subject"],
    }


def secret(state: State, row: Item) -> str:
    """Make the hash that protects the unsubscribe link of one sent e-mail."""
    return state.token("unsubscribe", row["tracking_hash"], length=64)


def redirect(state: State, url: str, actor: Actor = NOBODY) -> Item:
    """Find or add the tracked redirect of a link."""
    for row in state.logs["page_redirects"]:
        if row["url"] == url:
            return row
    return state.log(
        "page_redirects",
        is_published=1,
        date_added=php.sql(state.now()),
        created_by=actor.id,
        created_by_user=actor.name,
        redirect_id=state.token("redirect", url, length=REDIRECT_ID),
        url=url,
        hits=0,
        unique_hits=0,
    )


def stat(state: State, tracking_hash: str) -> Item | None:
    """Find the statistic of a sent e-mail by its hash."""
    return state.sent.get(tracking_hash)


def opened(
    state: State, row: Item, user_agent: str, *, in_browser: bool = False
) -> None:
    """Count an opening; every one is announced, also those of machines."""
    now = php.sql(state.now())
    email = state.tables["emails"][row["email_id"]]
    if not row["is_read"]:
        row |= {"is_read": 1, "date_read": now}
        email["readCount"] += 1
    row["open_count"] += 1
    row["last_opened"] = now
    row["viewed_in_browser"] = row["viewed_in_browser"] or int(in_browser)
    row["ip_id"] = state.ip("127.0.0.1")
    opening = {"datetime": now, "useragent": user_agent, "inBrowser": in_browser}
    _note(row, opening)
    hooks.emit(state, "email_on_open", lambda: {"stat": _stat(state, row)})


def bounced(state: State, row: Item, reason: str) -> None:
    """Let a mail come back for now: it is tried again, and may be opened yet.

    No webhook tells it. It stands among the openings, which are numbered on.
    """
    row["retry_count"] += 1
    if isinstance(row["open_details"], list):
        row["open_details"] = dict(enumerate(row["open_details"]))
    bounces = row["open_details"].setdefault("bounces", [])
    bounces.append({"datetime": php.sql(state.now()), "reason": reason})


def _note(row: Item, opening: Item) -> None:
    details = row["open_details"]
    if isinstance(details, list):
        details.append(opening)
    else:
        details[sum(isinstance(one, int) for one in details)] = opening


def _stat(state: State, row: Item) -> Item:
    contact = state.contact(row["lead_id"])
    email = state.tables["emails"][row["email_id"]]
    return {
        "id": row["id"],
        "emailAddress": row["email_address"],
        "ipAddress": [],
        "dateSent": _iso(row["date_sent"]),
        "isRead": bool(row["is_read"]),
        "isFailed": False,
        "dateRead": _iso(row["date_read"]),
        "retryCount": 0,
        "source": row["source"],
        "openCount": row["open_count"],
        "lastOpened": _iso(row["last_opened"]),
        "sourceId": row["source_id"],
        "trackingHash": row["tracking_hash"],
        "viewedInBrowser": bool(row["viewed_in_browser"]),
        "lead": payloads.lead(state, contact) if contact else None,
        "email": content.email_inside(state, email),
    }


def _iso(text: Any) -> str | None:
    return php.iso(php.read_date(text))


def send_to_contact(
    state: State, call: Call, entity_id: int, contact_id: int
) -> Answer:
    """Send one e-mail to one contact, whatever its do-not-contact says."""
    email = crud.require(state, content.EMAILS, entity_id)
    contact = state.contact(contact_id)
    if contact is None:
        raise not_found()
    tokens = crud.body_of(call).get("tokens") or {}
    sent = send(state, email, contact, actor=call.actor, tokens=tokens)
    if sent is None:
        return 200, {"success": False}, {}
    return 200, {"success": True}, {}


def send_to_segments(state: State, call: Call, entity_id: int) -> Answer:
    """Send a segment e-mail once to everybody in its segments who may get it."""
    email = crud.require(state, content.EMAILS, entity_id)
    sent = 0
    for (segment, member), row in list(state.members.items()):
        contact = state.contacts[member]
        if segment not in email["lists"] or row["manually_removed"]:
            continue
        if _had(state, email, contact) or refuses(contact):
            continue
        source = ("email", int(email["id"]))
        sent += (
            send(state, email, contact, source, actor=call.actor, list_id=segment)
            is not None
        )
    return 200, {"success": 1, "sentCount": sent, "failedRecipients": 0}, {}


def _had(state: State, email: Item, contact: Contact) -> bool:
    return any(
        row["lead_id"] == contact.id and row["email_id"] == email["id"]
        for row in state.logs["email_stats"]
    )


def refuses(contact: Contact) -> bool:
    """Tell whether a contact may not get e-mail."""
    return any(row["channel"] == "email" for row in contact.dnc)
