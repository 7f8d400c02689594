"""The demo's installation: look-alikes, a working folder, and the service itself."""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from plugin import bootstrap, config, logs
from plugin.app import create_app
from plugin.demo.clock import DemoClock
from plugin.errors import Rejected
from plugin.pipeline import catalogue, content_report, deliver_ats, deliver_mautic
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.pipeline.reconcile import reconcile
from plugin.pipeline.sweep import sweep
from plugin.provision.apply import Outcome, apply
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.provision.plan import Plan
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.people import DAYS

#: The mappings that come with the project.
MAPPINGS = Path(__file__).resolve().parents[2] / "mappings"
#: Says that a folder is a demo's, and may be thrown away.
MARK = ".stdc-demo"
#: Not secret at all: they open look-alikes on this machine.
SECRETS = {
    "webhook_secret": "a-demo-secret-of-no-worth",
    "admin_token": "demo-admin-token",
    "mautic_secret": MauticSandbox.client_secret,
    "odoo_key": OdooSandbox.api_key,
    "odoo_inbound": "another-demo-secret",
}

CONFIG = """\
# Written by `stdc demo`; thrown away by the next one.
[instance]
name = "demo"
base_url = "{base_url}"
language = "{language}"
mappings = "mappings"
data_dir = "data"

[mautic]
url = "{mautic}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:secrets/mautic_secret"
webhook_secrets = ["file:secrets/webhook_secret"]

[ats.odoo]
kind = "odoo"
url = "{odoo}"
secret = "file:secrets/odoo_key"
database = "{database}"
allow_private = true
inbound_secret = "file:secrets/odoo_inbound"

[ui]
admin_token = "file:secrets/admin_token"

[log]
level = "error"
"""


#: What the demo's admin decides about consent: people give it on the sign-up form.
CONSENT = """\
[consent]
handover_field = "toestemming_ats"
handover_date_field = "toestemming_ats_op"
handover_text_field = "toestemming_ats_tekst"
"""


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing: the demo has its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything that runs during a demo."""

    clock: DemoClock
    mautic: MauticSandbox
    odoo: OdooSandbox
    parts: Parts
    folder: Path

    @property
    def page(self) -> str:
        """Address that signs in and shows the funnel."""
        token = SECRETS["admin_token"]
        return f"{self.parts.settings.base_url}/sign-in?token={token}"

    def pages(self, contact_id: int) -> dict[str, str]:
        """Name the pages worth a look, with their addresses."""
        base = self.parts.settings.base_url
        return {
            "Sanne's page": f"{base}/contacts/{contact_id}",
            "market": f"{base}/market",
            "planner": f"{base}/planner?audience=it-security",
            "calendar": f"{base}/calendar",
            "content": f"{base}/content",
            "rules": f"{base}/rules",
            "operations": f"{base}/operations",
        }

    def refused_pages(self, contact_id: int) -> list[str]:
        """Ask for the funnel and every other page as an admin; name what is refused."""
        client = create_app(self.parts).test_client()
        client.post("/sign-in", data={"token": SECRETS["admin_token"]})
        base = self.parts.settings.base_url
        asked = {"funnel": f"{base}/"} | self.pages(contact_id)
        answers = {
            name: client.get(address.removeprefix(base)).status_code
            for name, address in asked.items()
        }
        return [
            f"{name}: {code}" for name, code in answers.items() if code != HTTPStatus.OK
        ]

    def look_at_content(self) -> None:
        """Count what came of e-mails and lint, as the worker does at night."""
        content_report.look(self.parts)

    def work(self) -> None:
        """Do what the worker does, until nothing is left to do."""
        while process(self.parts).deliveries:
            pass
        deliver_mautic.deliver_all(self.parts)
        if deliver_ats.deliver_all(self.parts).done:
            deliver_mautic.deliver_all(self.parts)

    def tick(self) -> None:
        """Do what Mautic's crons and our clock do now and then."""
        reconcile(self.parts)
        sweep(self.parts)
        deliver_ats.poll_all(self.parts)
        self.work()
        self.mautic.cron()
        self.work()

    def value(self, contact_id: int, alias: str) -> str | None:
        """Read a field of a contact as Mautic has it."""
        found = self.parts.mautic.contacts.get(contact_id)
        value = found["fields"]["all"].get(alias) if found else None
        return None if value is None else str(value)

    def set_up(self) -> int:
        """Apply the plan; return how much was made in Mautic."""
        owned = StoredOwned(self.parts.store)
        results = list(apply(self.plan(), self.parts.mautic, owned))
        return sum(one.outcome is Outcome.DONE for one in results)

    def read_content(self) -> None:
        """Read what the marketer made, with its categories."""
        catalogue.refresh_all(self.parts)

    def plan(self) -> Plan:
        """Look what there is to set up; after the first time, nothing."""
        parts = self.parts
        owned = StoredOwned(parts.store)
        return look(parts.settings, parts.mappings, parts.mautic, owned)


@contextmanager
def open_house(folder: Path, language: str, port: int = 0) -> Iterator[House]:
    """Start the look-alikes and the service; stop all of it at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    clock = DemoClock(DAYS)
    _empty(folder)
    with MauticSandbox(clock=clock) as mautic, OdooSandbox(clock=clock) as odoo:
        door = make_server(
            "127.0.0.1", port, _later, threaded=True, request_handler=_Quiet
        )
        _write(folder, mautic, odoo, f"http://127.0.0.1:{door.port}", language)
        settings = config.load(folder / "config.toml", {})
        logs.configure(settings)
        parts = bootstrap.build(settings, clock=clock)
        door.app = create_app(parts)
        thread = threading.Thread(target=door.serve_forever, name="door", daemon=True)
        thread.start()
        try:
            yield House(
                clock=clock, mautic=mautic, odoo=odoo, parts=parts, folder=folder
            )
        finally:
            door.shutdown()
            thread.join()
            door.server_close()
            parts.store.close()


def _later(_environ: object, _start: object) -> list[bytes]:
    raise AssertionError("asked before the service was there")


def _empty(folder: Path) -> None:
    """Throw an earlier demo away; anything else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise Rejected(f"{folder} is not a demo's folder; name another: --dir DIR")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("This folder belongs to `stdc demo`.\n")


def _write(
    folder: Path, mautic: MauticSandbox, odoo: OdooSandbox, base_url: str, language: str
) -> None:
    (folder / "secrets").mkdir()
    for name, value in SECRETS.items():
        (folder / "secrets" / name).write_text(value + "\n")
    shutil.copytree(MAPPINGS, folder / "mappings")
    _decide(folder / "mappings" / "fields.toml")
    text = CONFIG.format(
        base_url=base_url,
        language=language,
        mautic=mautic.url,
        client_id=mautic.client_id,
        odoo=odoo.url,
        database=odoo.database,
    )
    (folder / "config.toml").write_text(text)


def _decide(fields: Path) -> None:
    """Name the consent fields, as an admin would; the files that ship name none."""
    text = fields.read_text(encoding="utf-8")
    fields.write_text(text.replace("[consent]\n", CONSENT, 1), encoding="utf-8")
