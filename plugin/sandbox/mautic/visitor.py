"""A person with a browser, as the demo and the tests play one."""

from collections.abc import Mapping
from typing import Any

from plugin.sandbox.mautic import hooks, mail, submissions, tracking
from plugin.sandbox.mautic.model import Item
from plugin.sandbox.mautic.state import State
from plugin.sandbox.mautic.tracking import BROWSER, Browser


class Visitor:
    """One device cookie; anonymous until a click or a form says who it is."""

    def __init__(
        self,
        state: State,
        cookie: str | None = None,
        *,
        ip: str = "127.0.0.1",
        user_agent: str = BROWSER,
    ) -> None:
        with state.lock:
            self._browser = Browser(
                cookie or tracking.new_cookie(state), ip, user_agent
            )
        self._state = state

    @property
    def cookie(self) -> str:
        """Give the device cookie."""
        return self._browser.cookie

    @property
    def contact_id(self) -> int | None:
        """Give the contact Mautic takes this browser for, if it has met it."""
        with self._state.lock:
            contact = self._state.contact(self._state.devices.get(self.cookie, 0))
            return contact.id if contact else None

    def is_contact(self, contact_id: int) -> None:
        """Let Mautic know this browser as a contact's, without any event."""
        with self._state.lock:
            contact = self._state.contact(contact_id)
            if contact is None:
                raise LookupError(f"no contact {contact_id} in this Mautic")
            tracking.know(self._state, self._browser, contact)

    def visit_url(
        self,
        url: str,
        *,
        referer: str | None = None,
        title: str | None = None,
        language: str | None = None,
        user_agent: str | None = None,
        **params: str,
    ) -> int:
        """View a page of another site that has the tracking pixel; gives the hit id."""
        given = {
            "page_url": url,
            "page_title": title,
            "page_language": language,
            "page_referrer": referer,
        }
        query: Item = {k: v for k, v in given.items() if v is not None} | params
        with hooks.transaction(self._state):
            browser = self._as(user_agent)
            return int(tracking.external(self._state, browser, query, None)["id"])

    def visit_page(
        self,
        alias: str,
        *,
        query: Mapping[str, str] | None = None,
        referer: str | None = None,
        user_agent: str | None = None,
    ) -> int:
        """View a landing page of Mautic; gives the hit id."""
        with hooks.transaction(self._state):
            page = _require(
                self._state.tables["pages"].first(alias=alias), "page", alias
            )
            browser = self._as(user_agent)
            row = tracking.landing(
                self._state, browser, page, dict(query or {}), referer
            )
            return int(row["id"])

    def open_email(
        self,
        email: str | int,
        *,
        contact: int | None = None,
        user_agent: str | None = None,
    ) -> int:
        """Open the e-mail last sent to this person; gives the id of its statistic.

        `contact` is needed when the browser is not known yet, as for a scanner.
        """
        with hooks.transaction(self._state):
            row = self._sent(email, contact)
            tracking.opened(self._state, row, self._as(user_agent).user_agent)
            return int(row["id"])

    def click_email(
        self,
        email: str | int,
        link: str,
        *,
        contact: int | None = None,
        user_agent: str | None = None,
    ) -> int:
        """Click a link of the e-mail last sent to this person; gives the hit id.

        `contact` is needed when the browser is not known yet. A link to a
        landing page is two hits: the redirect and the page.
        """
        state = self._state
        with hooks.transaction(state):
            row, browser = self._sent(email, contact), self._as(user_agent)
            target = mail.redirect(state, link)
            query = {"ct": tracking.clickthrough(row)}
            query |= tracking.utm_of(state.tables["emails"][row["email_id"]])
            stored, _ = tracking.click(state, browser, target, query)
            alias = link.removeprefix(state.site_url + "/").partition("?")[0]
            page = state.tables["pages"].first(alias=alias)
            if link.startswith(state.site_url) and page:
                tracking.landing(state, browser, page, query)
            return int(stored["id"])

    def submit_form(
        self,
        form: str | int,
        values: Mapping[str, Any],
        *,
        referer: str = "",
        user_agent: str | None = None,
    ) -> int:
        """Submit a form by name, alias or id; gives the submission id."""
        with hooks.transaction(self._state):
            found = _named(self._state, "forms", form)
            if wrong := submissions.missing(found, values):
                raise ValueError(f"form {found['name']!r} needs: {', '.join(wrong)}")
            row = submissions.submit(
                self._state, self._as(user_agent), found, values, referer
            )
            return int(row["id"])

    def download_asset(self, asset: str | int) -> int:
        """Download an asset; no webhook tells of it. Gives the download's id."""
        with hooks.transaction(self._state):
            found = _named(self._state, "assets", asset)
            return int(tracking.download(self._state, self._browser, found)["id"])

    def watch_video(self, url: str, *, seconds: int, duration: int) -> int:
        """Watch a video; no webhook tells of it. Gives the id of the video hit."""
        with hooks.transaction(self._state):
            row = tracking.watch(self._state, self._browser, url, seconds, duration)
            return int(row["id"])

    def unsubscribe(self, email: str | int, *, contact: int | None = None) -> None:
        """Follow the unsubscribe link of an e-mail."""
        with hooks.transaction(self._state):
            tracking.unsubscribe(
                self._state, self._sent(email, contact), "User unsubscribed."
            )

    def _as(self, user_agent: str | None) -> Browser:
        browser = self._browser
        return Browser(browser.cookie, browser.ip, user_agent or browser.user_agent)

    def _sent(self, email: str | int, contact: int | None = None) -> Item:
        state = self._state
        found = _named(state, "emails", email)
        who = state.contact(contact or state.devices.get(self.cookie, 0))
        for row in reversed(state.logs["email_stats"]):
            if who and row["lead_id"] == who.id and row["email_id"] == found["id"]:
                return row
        raise LookupError(f"e-mail {found['name']!r} was not sent to this visitor")


def _named(state: State, table: str, name: str | int) -> Item:
    rows = state.tables[table]
    if isinstance(name, int):
        return _require(rows.get(name), table, name)
    for row in rows.values():
        if name in (row.get("name"), row.get("title"), row.get("alias")):
            return row
    return _require(None, table, name)


def _require(row: Item | None, what: str, name: object) -> Item:
    if row is None:
        raise LookupError(f"no {what} called {name!r} in this Mautic")
    return row
