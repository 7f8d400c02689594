"""The ATSs this suite runs over: the look-alikes, and a real Odoo when one is given.

Give one (18 or 19, with the recruitment app) by ATS_ODOO_URL, ATS_ODOO_DB and
ATS_ODOO_KEY; 18 wants the key's login too, as ATS_ODOO_LOGIN.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest

from plugin.ats.base import CandidateDraft, Connector, TargetIntent, TargetKind
from plugin.ats.carerix import CarerixConnector
from plugin.ats.carerix_api import Api as CarerixApi
from plugin.ats.csv_drop import Drop, Folder, Sftp
from plugin.ats.csv_files import CsvConnector
from plugin.ats.odoo import OdooConnector
from plugin.ats.odoo_records import APPLICATION, TAG, Database
from plugin.ats.odoo_rpc import Detected
from plugin.ats.recruitee import RecruiteeConnector
from plugin.ats.recruitee_api import Api as RecruiteeApi
from plugin.ats.webhook import WebhookConnector
from plugin.bootstrap import now
from plugin.sandbox.carerix.server import REFUSED, CarerixSandbox
from plugin.sandbox.faults import Faults
from plugin.sandbox.files.importer import Importer
from plugin.sandbox.files.server import SftpSandbox
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.receiver import ReceiverSandbox
from plugin.sandbox.recruitee.server import RecruiteeSandbox

NAMES = ("ATS_ODOO_URL", "ATS_ODOO_DB", "ATS_ODOO_KEY")
IS_REAL_GIVEN = all(os.environ.get(name) for name in NAMES)
ODOOS = ["odoo-18", "odoo-19", *(["odoo-real"] if IS_REAL_GIVEN else [])]
KINDS = ["webhook", "csv-folder", "csv-sftp", "recruitee", "carerix", *ODOOS]
_numbers = count(1)
#: A job of Recruitee's look-alike.
JOB = 11


@dataclass
class Ats:
    """One ATS with a connector, and what a recruiter sees and does there."""

    connector: Connector
    #: Breaks calls; None for a real one.
    faults: Faults | None
    #: Whether a recruiter can be shown a candidate by an address.
    has_pages = True
    #: Differs from run to run, so that a real one needs no cleaning first.
    run: str = field(default_factory=lambda: uuid4().hex[:10])

    def draft(self, name: str = "Sanne de Wit", **values: Any) -> CandidateDraft:
        """Make a candidate nobody there has seen."""
        number = next(_numbers)
        given = {
            "marker": f"mautic:t{self.run}:{number}",
            "contact_id": number,
            "name": name,
            "email": f"Sanne.{number}.{self.run}@Example.NL",
            "tags": ("STDC", "security"),
            "note": "Do sinds vandaag.\nLeest over <zero trust> & meer.",
            "source": {"source": "LinkedIn", "medium": "social"},
            "interests": ("security",),
            "link": "https://stdc.example/contacts/1",
        }
        return CandidateDraft(**given | values)

    def work(self) -> None:
        """Do what the other side does of its own accord, where it does not at once."""

    def people(self, draft: CandidateDraft) -> list[str]:
        """List the refs of everybody there who may be this one."""
        raise NotImplementedError

    def notes(self, ref: str) -> list[str]:
        """List the notes on somebody."""
        raise NotImplementedError

    def tags(self, ref: str) -> list[str]:
        """List the tags on somebody that a recruiter gets to see."""
        raise NotImplementedError

    def jobs(self, ref: str) -> list[str]:
        """List the jobs somebody is on."""
        raise NotImplementedError

    def intent(self, kind: TargetKind) -> TargetIntent:
        """Name a job or pool that exists."""
        raise NotImplementedError


class OdooAts(Ats):
    """An Odoo, looked into by its own RPC: the same for look-alike and real."""

    def __init__(self, url: str, rpc: Detected, faults: Faults | None) -> None:
        super().__init__(OdooConnector(url, rpc), faults)
        self.db = Database(rpc)
        self.url = url
        self.rpc = rpc

    def people(self, draft: CandidateDraft) -> list[str]:
        address = (draft.email or "").lower()
        found = self.db.ids(self.db.person, [["email_normalized", "=", address]])
        return [str(one) for one in found]

    def notes(self, ref: str) -> list[str]:
        domain = [
            ["model", "=", self.db.person],
            ["res_id", "=", int(ref)],
            ["message_type", "=", "comment"],
        ]
        return [row["body"] for row in self.db.rows("mail.message", domain, ["body"])]

    def row(self, ref: str, *fields: str) -> dict[str, Any]:
        """Read somebody."""
        rows = self.db.call(self.db.person, "read", [int(ref)], fields=[*fields])
        return dict(rows[0])

    def tags(self, ref: str) -> list[str]:
        linked = self.row(ref, "categ_ids")["categ_ids"]
        rows = self.db.rows(TAG, [["id", "in", linked]], ["name", "color"])
        return sorted(row["name"] for row in rows if row["color"])

    def applications(self, ref: str) -> list[dict[str, Any]]:
        """Read somebody's applications."""
        column = "candidate_id" if self.db.has_candidates else "id"
        fields = ["job_id", "stage_id", "source_id"]
        return self.db.rows(APPLICATION, [[column, "=", int(ref)]], fields)

    def jobs(self, ref: str) -> list[str]:
        rows = self.applications(ref)
        return [str(row["job_id"][0]) for row in rows if row["job_id"]]

    def intent(self, kind: TargetKind) -> TargetIntent:
        model = {TargetKind.JOB: "hr.job", TargetKind.TALENT_POOL: "hr.talent.pool"}
        if kind not in model:
            return TargetIntent()
        return TargetIntent(kind=kind, ref=str(self.db.ids(model[kind], [])[0]))

    def move(self, ref: str, **values: Any) -> None:
        """Write to somebody's application, as a recruiter."""
        self.db.write(APPLICATION, self.applications(ref)[0]["id"], values)

    def hired_stage(self) -> int:
        """Find the stage that means hired; it has no template."""
        return self.db.ids("hr.recruitment.stage", [["hired_stage", "=", True]])[0]


class WebhookAts(Ats):
    """A receiver of our webhook."""

    def __init__(self, receiver: ReceiverSandbox) -> None:
        connector = WebhookConnector(receiver.url, receiver.secret, clock=now)
        super().__init__(connector, receiver.faults)
        self.receiver = receiver

    def people(self, draft: CandidateDraft) -> list[str]:
        held = self.receiver.people.get(draft.marker)
        return [held.ref] if held else []

    def _held(self, ref: str) -> Any:
        return next(one for one in self.receiver.people.values() if one.ref == ref)

    def notes(self, ref: str) -> list[str]:
        return list(self._held(ref).notes)

    def tags(self, ref: str) -> list[str]:
        return sorted(self._held(ref).data["tags"])

    def jobs(self, ref: str) -> list[str]:
        target = self._held(ref).data.get("target", {})
        return [target["ref"]] if target.get("kind") == "job" else []

    def intent(self, kind: TargetKind) -> TargetIntent:
        ref = None if kind is TargetKind.NONE else "7"
        return TargetIntent(kind=kind, ref=ref)


class CsvAts(Ats):
    """A folder with an importer that takes every file away at once."""

    has_pages = False

    def __init__(self, drop: Drop, root: Path, faults: Faults | None) -> None:
        super().__init__(CsvConnector(drop, clock=now), faults)
        self.drop, self.root = drop, root
        self.importer = Importer(root)

    def work(self) -> None:
        self.importer.work()

    def people(self, draft: CandidateDraft) -> list[str]:
        self.work()
        return [one["marker"] for one in self.importer.of(draft.marker, "handed_over")]

    def notes(self, ref: str) -> list[str]:
        self.work()
        return [one["note"] for one in self.importer.of(ref) if one["note"]]

    def tags(self, ref: str) -> list[str]:
        self.work()
        return sorted(self.importer.of(ref)[-1]["tags"].split("|"))

    def jobs(self, ref: str) -> list[str]:
        self.work()
        rows = self.importer.of(ref)
        return [one["target"] for one in rows if one["target_kind"] == "job"]

    def intent(self, kind: TargetKind) -> TargetIntent:
        ref = None if kind is TargetKind.NONE else "7"
        return TargetIntent(kind=kind, ref=ref)


class RecruiteeAts(Ats):
    """A company in Recruitee."""

    def __init__(self, sandbox: RecruiteeSandbox) -> None:
        api = RecruiteeApi(sandbox.url, sandbox.company, sandbox.token)
        super().__init__(RecruiteeConnector(api), sandbox.faults)
        self.vendor = sandbox

    def people(self, draft: CandidateDraft) -> list[str]:
        there = self.vendor.state.candidates.values()
        return [str(one["id"]) for one in there if draft.marker in one["sources"]]

    def notes(self, ref: str) -> list[str]:
        return [one["body"] for one in self.vendor.state.notes[int(ref)]]

    def tags(self, ref: str) -> list[str]:
        return sorted(self.vendor.state.candidates[int(ref)]["tags"])

    def jobs(self, ref: str) -> list[str]:
        placed = self.vendor.state.candidates[int(ref)]["placements"]
        return [str(one["offer_id"]) for one in placed if one["offer_id"] == JOB]

    def intent(self, kind: TargetKind) -> TargetIntent:
        ref = {TargetKind.JOB: str(JOB), TargetKind.TALENT_POOL: "12"}.get(kind)
        return TargetIntent(kind=kind, ref=ref)


class CarerixAts(Ats):
    """A tenant of Carerix."""

    has_pages = False

    def __init__(self, sandbox: CarerixSandbox) -> None:
        api = CarerixApi(
            sandbox.url, sandbox.token_url, (sandbox.client, sandbox.secret), clock=now
        )
        connector = CarerixConnector(
            api,
            marker_field=sandbox.marker_field,
            tags_field=sandbox.tags_field,
            clock=now,
            rejected_stages=frozenset({REFUSED}),
        )
        super().__init__(connector, sandbox.faults)
        self.vendor = sandbox

    def info(self, ref: str) -> dict[str, str]:
        """Read somebody's additional fields."""
        return dict(self.vendor.state.employees[ref]["additionalInfo"])

    def people(self, draft: CandidateDraft) -> list[str]:
        marker = f"_{self.vendor.marker_field}"
        there = self.vendor.state.employees
        return [ref for ref in there if self.info(ref).get(marker) == draft.marker]

    def notes(self, ref: str) -> list[str]:
        return [one["notes"] for one in self.vendor.state.employees[ref]["toDos"]]

    def tags(self, ref: str) -> list[str]:
        told = self.info(ref).get(f"_{self.vendor.tags_field}", "")
        return sorted(one for one in told.split(", ") if one)

    def jobs(self, ref: str) -> list[str]:
        applied = self.vendor.state.employees[ref]["applications"]
        return [one["vacancy"]["_id"] for one in applied]

    def intent(self, kind: TargetKind) -> TargetIntent:
        return TargetIntent(kind=kind, ref="31" if kind is TargetKind.JOB else None)


@contextmanager
def open_csv(kind: str) -> Iterator[CsvAts]:
    """Open a folder here, or one behind a real SFTP server."""
    with TemporaryDirectory() as name:
        root = Path(name)
        if kind == "csv-folder":
            yield CsvAts(Folder(root), root, None)
            return
        with SftpSandbox(root) as server:
            drop = Sftp(server.url, server.password, server.pin)
            try:
                yield CsvAts(drop, root, server.faults)
            finally:
                drop.close()


@pytest.fixture(params=KINDS)
def ats(request: pytest.FixtureRequest) -> Iterator[Ats]:
    """Give each ATS in turn."""
    with open_ats(request.param) as opened:
        yield opened


@pytest.fixture(params=ODOOS)
def odoo(request: pytest.FixtureRequest) -> Iterator[Ats]:
    """Give each Odoo in turn."""
    with open_ats(request.param) as opened:
        yield opened


@contextmanager
def open_ats(kind: str) -> Iterator[Ats]:
    """Open one ATS of `KINDS`."""
    if kind == "webhook":
        with ReceiverSandbox() as receiver:
            yield WebhookAts(receiver)
    elif kind == "recruitee":
        with RecruiteeSandbox() as recruitee:
            yield RecruiteeAts(recruitee)
    elif kind == "carerix":
        with CarerixSandbox() as carerix:
            yield CarerixAts(carerix)
    elif kind.startswith("csv"):
        with open_csv(kind) as files:
            yield files
    elif kind == "odoo-real":
        url, database, key = (os.environ[name] for name in NAMES)
        login = os.environ.get("ATS_ODOO_LOGIN", "")
        yield OdooAts(url, Detected(url, database, login, key), None)
    else:
        with OdooSandbox(int(kind.removeprefix("odoo-"))) as odoo:
            yield sandboxed(odoo)


def sandboxed(odoo: OdooSandbox, key: str = OdooSandbox.api_key) -> OdooAts:
    rpc = Detected(odoo.url, odoo.database, odoo.login, key)
    found = OdooAts(odoo.url, rpc, odoo.faults)
    found.sandbox = odoo  # type: ignore[attr-defined]  # for what only a look-alike shows
    return found
