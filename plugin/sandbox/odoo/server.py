"""The look-alike as a server on loopback, and what a recruiter does in it."""

import threading
from types import TracebackType
from typing import Any, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from plugin.sandbox.faults import Faults
from plugin.sandbox.odoo import app
from plugin.sandbox.odoo.model import APPLICANT, CANDIDATE, MESSAGE, STAGE, Record
from plugin.sandbox.odoo.overview import application_of
from plugin.sandbox.odoo.records import Records
from plugin.sandbox.odoo.seed import RECRUITER
from plugin.sandbox.odoo.state import Automation, Clock, State, wall_clock

#: Seconds between looks at whether to stop.
POLL = 0.005
#: Fields that the recorded automations send along.
HOOK_FIELDS = (
    "active",
    "application_status",
    "categ_ids",
    "date_closed",
    "email_normalized",
    "id",
    "partner_name",
    "refuse_reason_id",
    "stage_id",
    "write_date",
)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing: the page shows what there is."""


class OdooSandbox:
    """An Odoo 18 or 19 in memory; `with OdooSandbox(version=18) as odoo: odoo.url`.

    `clock` gives the time Odoo believes it is. Sign in with `api_key`, in 18 with
    `login` too.
    """

    database, login, api_key = app.DATABASE, "mautic-sync", app.KEY
    key_without_rights = app.KEY_WITHOUT_RIGHTS

    def __init__(
        self,
        version: int = 19,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Take the generation, and where to listen; port 0 takes a free one."""
        self.version = version
        self.state = State(version, clock or wall_clock)
        self.faults = Faults()
        self._at = (host, port)
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Listen and serve in a thread; gives itself."""
        host, port = self._at
        served = app.create_app(self.state, self.faults)
        self._server = make_server(
            host, port, served, threaded=True, request_handler=_Quiet
        )
        self._at = (host, self._server.port)
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(POLL,),
            name="odoo-sandbox",
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
    def person(self) -> str:
        """Name the model of a person in this generation."""
        return CANDIDATE if CANDIDATE in self.state.tables else APPLICANT

    def subscribe(self, url: str, fields: tuple[str, ...] = HOOK_FIELDS) -> None:
        """Make the automations that post to an address, as an administrator does.

        18 sends the candidate's id too. `https://any:secret@host/...` sends the
        secret as a header.
        """
        more = ("candidate_id",) if fields and self.version == 18 else ()  # noqa: PLR2004 -- a version
        for trigger in ("hired", "archived", "deleted"):
            number = 275 + len(self.state.automations)
            made = Automation(
                trigger=trigger, url=url, fields=(*fields, *more), number=number
            )
            self.state.automations.append(made)

    def applicants(self, email: str) -> list[Record]:
        """List the people with this address, archived ones too."""
        wanted = email.strip().lower()
        rows = self.state.tables[self.person].values()
        return [one for one in rows if one["email_normalized"] == wanted]

    def notes(self, ref: str) -> list[str]:
        """List the notes on a person, as HTML."""
        return [
            row["body"]
            for row in self.state.tables[MESSAGE].values()
            if (row["model"], row["res_id"]) == (self.person, int(ref))
            and row["message_type"] == "comment"
        ]

    def hire(self, ref: str) -> None:
        """Move somebody to the hired stage, as the recruiter."""
        self._write(self._application(ref), {"stage_id": self._stage(is_hired=True)})

    def unhire(self, ref: str) -> None:
        """Move somebody back out of it."""
        self._write(self._application(ref), {"stage_id": self._stage(is_hired=False)})

    def refuse(self, ref: str) -> None:
        """Refuse somebody with a reason, which archives them; mails nobody."""
        self._write(self._application(ref), {"active": False, "refuse_reason_id": 1})

    def delete(self, ref: str) -> None:
        """Delete somebody, with their applications."""
        with self.state.writing() as transaction:
            records = Records(self.state, transaction, RECRUITER)
            if self.person == CANDIDATE:
                mine = [
                    number
                    for number, row in transaction.tables[APPLICANT].items()
                    if row["candidate_id"] == int(ref)
                ]
                records.unlink(APPLICANT, mine)
            records.unlink(self.person, [int(ref)])

    def make(self, **values: Any) -> str:
        """Make a person by hand, as the recruiter; gives the id."""
        with self.state.writing() as transaction:
            records = Records(self.state, transaction, RECRUITER)
            return str(records.create(self.person, values))

    def recruiter(self) -> "Recruiter":
        """Give somebody who works in this ATS."""
        return Recruiter(self)

    def _stage(self, *, is_hired: bool) -> int:
        stages = self.state.tables[STAGE].values()
        return int([one["id"] for one in stages if one["hired_stage"] is is_hired][-1])

    def _application(self, ref: str) -> int:
        """Find somebody's application; in 18 the recruiter makes one if need be."""
        person = self.state.tables[self.person][int(ref)]
        application = application_of(self.state, person)
        if application is not None:
            return int(application["id"])
        with self.state.writing() as transaction:
            records = Records(self.state, transaction, RECRUITER)
            return records.create(APPLICANT, {"candidate_id": person["id"]})

    def _write(self, number: int, values: dict[str, Any]) -> None:
        with self.state.writing() as transaction:
            Records(self.state, transaction, RECRUITER).write(
                APPLICANT, [number], values
            )


class Recruiter:
    """Finds people by address, as the simulated candidates are told apart."""

    def __init__(self, odoo: OdooSandbox) -> None:
        """Take where this recruiter works."""
        self._odoo = odoo

    def hire(self, email: str) -> None:
        """Hire the candidate with this address, if they are there."""
        for person in self._odoo.applicants(email):
            self._odoo.hire(str(person["id"]))

    def reject(self, email: str) -> None:
        """Reject the candidate with this address, if they are there."""
        for person in self._odoo.applicants(email):
            self._odoo.refuse(str(person["id"]))
