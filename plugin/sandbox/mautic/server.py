"""The look-alike as a server on loopback, and the levers an operator has."""

import threading
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox.mautic import campaign_run, contacts, hooks, mail, oauth, segments
from plugin.sandbox.mautic.app import create_app
from plugin.sandbox.mautic.model import Item
from plugin.sandbox.mautic.state import VERSION, Clock, State, Switches, wall_clock
from plugin.sandbox.mautic.tracking import BROWSER
from plugin.sandbox.mautic.visitor import Visitor

#: The administrator and the OAuth2 client every look-alike starts with.
ADMIN = ("admin", "mautic")
CLIENT = ("1_stdc", "stdc-client-secret")
LIMITED = ("limited", "mautic")
CALLBACKS = ("http://127.0.0.1/callback",)


#: seconds between looks at whether to stop
POLL = 0.02


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # werkzeug's name
        """Say nothing: the log of the look-alike is its webhook_logs."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Leave out the date of this machine: the answer has that of Mautic."""
        self.send_response_only(code, message)


class MauticSandbox:
    """A Mautic 5.1.1 in memory; `with MauticSandbox() as mautic: mautic.url`.

    With another `version` it lacks or has what that one does: the trigger of segment
    changes (5.0), the length limit of 64 (5.1), reports over the API (5.2).

    `clock` gives the time Mautic believes it is, so that weeks can be played in
    seconds. Sign in with `username` and `password`, or with `client_id` and
    `client_secret`.
    """

    username, password = ADMIN
    client_id, client_secret = CLIENT

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        queue_mode: bool = False,
        clock: Clock | None = None,
        site_url: str | None = None,
        version: str = VERSION,
    ) -> None:
        switches = Switches(queue_mode=queue_mode, version=version)
        self.state = State(clock or wall_clock, site_url or "", switches)
        _install(self.state)
        self._at = (host, port)
        self._fixed_site = site_url is not None
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen and serve in a thread; gives itself."""
        host, port = self._at
        app = create_app(self.state)
        self._server = make_server(
            host, port, app, threaded=True, request_handler=_Quiet
        )
        self._at = (host, self._server.port)
        if not self._fixed_site:
            self.state.site_url = self.url
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(POLL,),
            name="mautic-sandbox",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving; what it remembers stays readable."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Give the address, without a slash at the end."""
        host, port = self._at
        return f"http://{host}:{port}"

    @property
    def switches(self) -> Switches:
        """Give the configuration: api_enabled, basic_auth, queue_mode and limits."""
        return self.state.switches

    def visitor(
        self,
        cookie: str | None = None,
        *,
        contact: int | None = None,
        ip: str = "127.0.0.1",
        user_agent: str = BROWSER,
    ) -> Visitor:
        """Give a person with a browser; a new cookie is a new browser.

        With `contact` Mautic knows the browser already, as after an earlier click.
        """
        found = Visitor(self.state, cookie, ip=ip, user_agent=user_agent)
        if contact is not None:
            found.is_contact(contact)
        return found

    def segments_update(self) -> int:
        """Run mautic:segments:update; gives the number of moves."""
        with hooks.transaction(self.state):
            return segments.update(self.state)

    def campaigns_update(self) -> int:
        """Run mautic:campaigns:update; gives the number of changes."""
        with hooks.transaction(self.state):
            return campaign_run.update(self.state)

    def campaigns_trigger(self) -> int:
        """Run mautic:campaigns:trigger; gives the number of actions that ran."""
        with hooks.transaction(self.state):
            return campaign_run.trigger(self.state)

    def cron(self) -> None:
        """Run the three crons in order, and in queue mode the webhooks."""
        self.segments_update()
        self.campaigns_update()
        self.campaigns_trigger()
        if self.switches.queue_mode:
            self.process()

    def process(self, limit: int | None = None) -> int:
        """Run mautic:webhooks:process; gives the number of POSTs."""
        return hooks.process(self.state, limit)

    def send_email(self, email_id: int, contact_id: int) -> int | None:
        """Send an e-mail as a user would; gives its statistic's id, None unsent."""
        with hooks.transaction(self.state):
            contact = self.state.contact(contact_id)
            if contact is None:
                raise LookupError(f"no contact {contact_id}")
            row = mail.send(self.state, self.state.tables["emails"][email_id], contact)
            return None if row is None else int(row["id"])

    def bounce_email(self, stat_id: int, reason: str = "full") -> None:
        """Let a sent e-mail come back for now, as the cron that fetches mail reads."""
        with hooks.transaction(self.state):
            (row,) = (
                one for one in self.state.logs["email_stats"] if one["id"] == stat_id
            )
            mail.bounced(self.state, row, reason)

    def merge(self, winner_id: int, loser_id: int) -> None:
        """Merge two contacts, as a user does in the contact's menu."""
        with hooks.transaction(self.state):
            winner, loser = (
                self.state.contacts[winner_id],
                self.state.contacts[loser_id],
            )
            contacts.merge(self.state, winner, loser)

    def expire_tokens(self) -> None:
        """Make every access token expired, as an hour of waiting would."""
        with self.state.lock:
            oauth.expire_tokens(self.state)

    def allow_callback(self, *urls: str) -> None:
        """Register redirect addresses of the OAuth2 client."""
        with self.state.lock:
            client = self.state.tables["clients"][1]
            client["redirect_uris"] = (*client["redirect_uris"], *urls)


def _install(state: State) -> None:
    roles, users = state.tables["roles"], state.tables["users"]
    roles.add(_role("Administrator", "Full system access", None))
    roles.add(_role("Limited", "no contacts", {"email:emails": ["viewown"]}))
    users.add(_user(ADMIN, "Ada", "Admin", 1))
    users.add(_user(LIMITED, "Lim", "Ited", 2))
    public_id, secret = CLIENT
    client = {"name": "stdc", "public_id": public_id, "secret": secret, "role": 1}
    state.tables["clients"].add(client | {"redirect_uris": CALLBACKS})


def _unstamped() -> Item:
    return {"isPublished": True, "dateAdded": None} | dict.fromkeys(
        ("dateModified", "createdBy", "createdByUser", "modifiedBy", "modifiedByUser")
    )


def _role(name: str, description: str, permissions: Item | None) -> Item:
    return _unstamped() | {
        "name": name,
        "description": description,
        "isAdmin": permissions is None,
        "rawPermissions": permissions,
    }


def _user(login: tuple[str, str], first: str, last: str, role: int) -> Item:
    return _unstamped() | {
        "username": login[0],
        "password": login[1],
        "firstName": first,
        "lastName": last,
        "email": f"{login[0]}@example.com",
        "position": None,
        "role": role,
    }
