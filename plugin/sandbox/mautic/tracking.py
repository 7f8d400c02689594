"""What a visitor's browser causes: hits, opens, clicks, downloads, identities.

A visitor is a device cookie. An unknown cookie gets an anonymous contact at its
first hit. A click in an e-mail says who the visitor is: an anonymous contact of
that cookie is then merged into the known one, whose id stays.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from plugin.sandbox.mautic import (
    campaign_run,
    contacts,
    content,
    hooks,
    mail,
    payloads,
    php,
)
from plugin.sandbox.mautic.contacts import Refusal, Save
from plugin.sandbox.mautic.model import NOBODY, Contact, Item
from plugin.sandbox.mautic.state import State

BROWSER = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0 Safari/537.36"
)
COOKIE_LENGTH = 23
UTM = tuple(
    f"utm_{name}" for name in ["campaign", "content", "medium", "source", "term"]
)


@dataclass(frozen=True)
class Browser:
    """What identifies one visitor to Mautic."""

    cookie: str
    ip: str = "127.0.0.1"
    user_agent: str = BROWSER


@dataclass(frozen=True)
class Hit:
    """One page view or click before it is stored; `query` as the payload has it."""

    url: str
    query: Item
    title: str | None = None
    referer: str | None = None
    language: str | None = None
    page: Item | None = None
    redirect: Item | None = None
    #: the row of email_stats the clickthrough names
    stat: Item | None = None


def new_cookie(state: State) -> str:
    """Make a device cookie."""
    return state.token("device", state.next("cookies"), length=COOKIE_LENGTH)


def visitor(state: State, browser: Browser) -> Contact:
    """Find the contact of a cookie, or start an anonymous one."""
    contact = state.contact(state.devices.get(browser.cookie, 0))
    if contact is None:
        contact = contacts.create(state, contacts.NOBODY_YET)
        contact.image = "gravatar"
        know(state, browser, contact)
        contact.ips.append(state.ip(browser.ip))
    return contact


def know(state: State, browser: Browser, contact: Contact) -> None:
    """Tie a cookie to a contact."""
    if browser.cookie not in state.devices:
        state.log(
            "lead_devices",
            lead_id=contact.id,
            date_added=php.sql(state.now()),
            client_info="N;",
            device="desktop",
            device_brand="",
            device_model="",
            tracking_id=browser.cookie,
        )
    state.devices[browser.cookie] = contact.id


def follow(state: State, browser: Browser, row: Item) -> Contact:
    """Make a cookie the contact an e-mail was sent to, as a clickthrough does.

    An anonymous contact of the cookie is merged away: its id is the one to go.
    """
    known = state.contact(row["lead_id"])
    if known is None:
        return visitor(state, browser)
    tracked = state.contact(state.devices.get(browser.cookie, 0))
    if tracked is not None and tracked is not known and tracked.anonymous:
        contacts.merge(state, known, tracked)
    know(state, browser, known)
    ip = state.ip(browser.ip)
    known.ips += [] if ip in known.ips else [ip]
    contacts.save(state, known, Save(NOBODY))
    return known


def hit(state: State, browser: Browser, seen: Hit) -> Item:
    """Store one hit and announce it; gives its row of page_hits."""
    contact = (
        follow(state, browser, seen.stat) if seen.stat else visitor(state, browser)
    )
    _save_utm(state, browser, contact, seen)
    if seen.stat and seen.redirect and not seen.stat["is_read"]:
        opened(state, seen.stat, browser.user_agent)
    row = _store(state, browser, contact, seen)
    hooks.emit(state, "page_on_hit", lambda: {"hit": _hit(state, contact, seen, row)})
    contact.last_active = state.now()
    _decide(state, contact, seen)
    return row


def opened(
    state: State, row: Item, user_agent: str, *, in_browser: bool = False
) -> None:
    """Count an opening and tell the campaigns that wait for it."""
    mail.opened(state, row, user_agent, in_browser=in_browser)
    contact = state.contact(row["lead_id"])
    if contact is not None:
        campaign_run.decide(state, contact, "email.open", row["email_id"])


def _decide(state: State, contact: Contact, seen: Hit) -> None:
    if seen.redirect and seen.stat:
        campaign_run.decide(state, contact, "email.click", seen.stat["email_id"])
    else:
        campaign_run.decide(state, contact, "page.pagehit", seen.url)


def _save_utm(state: State, browser: Browser, contact: Contact, seen: Hit) -> None:
    if not any(seen.query.get(name) for name in UTM):
        return
    tags = {name: seen.query.get(name) for name in UTM} | {
        "query": seen.query,
        "referer": seen.referer,
        "url": seen.url,
        "user_agent": browser.user_agent,
    }
    contacts.add_utm(state, contact, tags)
    contacts.save(state, contact, Save(NOBODY))


def _store(state: State, browser: Browser, contact: Contact, seen: Hit) -> Item:
    now = php.sql(state.now())
    if earlier := state.last_hit.get(browser.cookie):
        earlier["date_left"] = now
    email_id = seen.stat["email_id"] if seen.stat else None
    row = state.last_hit[browser.cookie] = state.log(
        "page_hits",
        page_id=seen.page["id"] if seen.page else None,
        redirect_id=seen.redirect["id"] if seen.redirect else None,
        email_id=email_id,
        lead_id=contact.id,
        ip_id=state.ip(browser.ip),
        date_hit=now,
        country="",
        region="",
        city="",
        isp="",
        organization="",
        code=200,
        referer=seen.referer,
        url=seen.url,
        url_title=seen.title,
        user_agent=browser.user_agent,
        page_language=seen.language,
        browser_languages=[],
        tracking_id=browser.cookie,
        source="email" if email_id else None,
        source_id=email_id,
        query=seen.query,
    )
    return row


def _hit(state: State, contact: Contact, seen: Hit, row: Item) -> Item:
    email = state.tables["emails"].get(row["email_id"] or 0)
    page = seen.page and {key: seen.page[key] for key in ("id", "title", "alias")} | {
        "category": content.stripped(seen.page)
    }
    return {
        "id": row["id"],
        "dateHit": php.iso(state.now()),
        "dateLeft": None,
        "page": page,
        "redirect": [] if seen.redirect else None,
        "email": email and content.email_inside(state, email),
        "lead": payloads.lead(state, contact),
        "ipAddress": [],
        "country": "",
        "region": "",
        "city": "",
        "isp": "",
        "organization": "",
        "code": 200,
        "referer": seen.referer,
        "url": seen.url,
        "urlTitle": seen.title,
        "userAgent": row["user_agent"],
        "remoteHost": None,
        "pageLanguage": seen.language,
        "browserLanguages": [],
        "trackingId": row["tracking_id"],
        "source": row["source"],
        "sourceId": row["source_id"],
        "query": seen.query or [],
    }


def external(state: State, browser: Browser, params: Item, referer: str | None) -> Item:
    """Store a hit of the tracking pixel: `params` are the pixel's own."""
    url = str(params.get("page_url") or referer or "")
    query: Item = dict(parse_qsl(urlsplit(url).query)) | params | {"page_url": url}
    ct = php.read_clickthrough(str(query.get("ct", "")))
    if ct:
        query["ct"] = ct
    seen = Hit(
        url=url,
        query=query,
        title=params.get("page_title"),
        referer=params.get("page_referrer")
        or (None if params.get("page_url") else referer),
        language=params.get("page_language"),
        stat=mail.stat(state, str(ct.get("stat", ""))) if ct else None,
    )
    row = hit(state, browser, seen)
    contact = state.contacts[row["lead_id"]]
    names = [name for name in str(params.get("tags") or "").split(",") if name]
    if contacts.change_tags(state, contact, names):
        contacts.save(state, contact, Save(NOBODY))
    return row


def landing(
    state: State, browser: Browser, page: Item, query: Item, referer: str | None = None
) -> Item:
    """Store a view of a landing page; a clickthrough in `query` names the e-mail."""
    text = "&".join(f"{name}={value}" for name, value in query.items())
    url = f"{state.site_url}/{page['alias']}" + (f"?{text}" if text else "")
    ct = php.read_clickthrough(str(query.get("ct", "")))
    shown = query | ({"ct": ct} if ct else {})
    page["hits"] += 1
    seen = Hit(
        url=url,
        query=shown | {"page_url": url, "page_title": page["title"]},
        title=page["title"],
        referer=referer,
        language=page["language"],
        page=page,
        stat=mail.stat(state, str(ct.get("stat", ""))) if ct else None,
    )
    return hit(state, browser, seen)


def clickthrough(row: Item) -> str:
    """Build the `ct` of the links in one sent e-mail."""
    email_id = row["email_id"]
    return php.clickthrough(
        {
            "source": [row["source"], row["source_id"]],
            "email": email_id,
            "stat": row["tracking_hash"],
            "lead": str(row["lead_id"]),
            "channel": {"email": email_id},
        }
    )


def click(
    state: State, browser: Browser, redirect: Item, query: Item
) -> tuple[Item, str]:
    """Store a click on a tracked link; gives the hit and where it leads.

    The redirect is the first leg; a landing page behind it is hit on its own.
    """
    ct = php.read_clickthrough(str(query.get("ct", "")))
    row = mail.stat(state, str(ct.get("stat", ""))) if ct else None
    url = str(redirect["url"])
    shown: Item = dict(parse_qsl(urlsplit(url).query)) | ({"ct": ct} if ct else {})
    shown |= {name: value for name, value in query.items() if name != "ct"}
    redirect["hits"] += 1
    redirect["unique_hits"] += 1
    seen = Hit(url=url, query=shown | {"page_url": url}, redirect=redirect, stat=row)
    stored = hit(state, browser, seen)
    return stored, _with_query(url, query)


def _with_query(url: str, query: Item) -> str:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return url + ("&" if "?" in url else "?") + text if text else url


def utm_of(email: Item) -> Item:
    """List the UTM parameters Mautic puts behind an e-mail's links."""
    tags = email.get("utmTags") or {}
    names = {
        "utmSource": "utm_source",
        "utmMedium": "utm_medium",
        "utmCampaign": "utm_campaign",
        "utmContent": "utm_content",
    }
    return {names[key]: value for key, value in tags.items() if value}


def download(state: State, browser: Browser, asset: Item) -> Item:
    """Store a download; no webhook tells of it."""
    contact = visitor(state, browser)
    asset["downloadCount"] += 1
    row = state.log(
        "asset_downloads",
        asset_id=asset["id"],
        ip_id=state.ip(browser.ip),
        lead_id=contact.id,
        date_download=php.sql(state.now()),
        code=200,
        tracking_id=browser.cookie,
    )
    contact.last_active = state.now()
    campaign_run.decide(state, contact, "asset.download", asset["id"])
    return row


def watch(
    state: State, browser: Browser, url: str, seconds: int, duration: int
) -> Item:
    """Store a watched video; no webhook tells of it."""
    contact = visitor(state, browser)
    return state.log(
        "video_hits",
        lead_id=contact.id,
        ip_id=state.ip(browser.ip),
        date_hit=php.sql(state.now()),
        duration=duration,
        time_watched=seconds,
        guid=state.token("video", url, length=32),
        url=url,
        user_agent=browser.user_agent,
        code=200,
    )


def unsubscribe(state: State, row: Item, comments: str) -> bool:
    """Set do-not-contact for the receiver of one sent e-mail."""
    contact = state.contact(row["lead_id"])
    if contact is None:
        return False
    return contacts.subscribe(state, contact, Refusal("email", 1, comments), NOBODY)
