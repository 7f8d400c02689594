"""An installation that is well: set up in the look-alike, served, and worked for."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from plugin import bootstrap, config
from plugin.app import create_app
from plugin.health.doctor import examine
from plugin.health.model import Check, Checked
from plugin.health.premises import Premises
from plugin.pipeline import catalogue, heartbeat
from plugin.pipeline.parts import Parts
from plugin.pipeline.reconcile import reconcile
from plugin.provision.apply import Outcome, apply
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.sandbox.mautic.server import MauticSandbox
from tests.support.house import Quiet

MAPPINGS = Path(__file__).parents[3] / "mappings"
SECRET = "webhook-secret-of-32-characters!"
TOKEN = "admin-token-of-32-characters-00!"
CONFIG = """
[instance]
name = "tests"
base_url = "{base_url}"
mappings = "{mappings}"
data_dir = "data"
[mautic]
url = "{mautic}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:secrets/client_secret"
webhook_secrets = ["file:secrets/webhook_secret"]
read_seconds = 5
[ui]
admin_token = "file:secrets/admin_token"
[log]
level = "error"
"""


class Clock:
    """The real time, and what a test adds to it: Mautic's Date header is real too."""

    def __init__(self):
        self.ahead = timedelta(0)

    def __call__(self):
        return bootstrap.now() + self.ahead


@dataclass
class Clinic:
    """An installation to break."""

    folder: Path
    parts: Parts
    mautic: MauticSandbox
    clock: Clock

    @property
    def config(self):
        return self.folder / "config.toml"

    def premises(self):
        return Premises(
            config_path=self.config,
            settings=lambda: self.parts.settings,
            parts=lambda: self.parts,
        )

    def examine(self) -> dict[str, Checked]:
        return {one.check.name: one for one in examine(self.premises())}

    def run(self, *checks: Check) -> list[Checked]:
        return list(examine(self.premises(), checks))

    def hook(self):
        (hook,) = self.parts.mautic.hooks.everything()
        return hook

    def set_up(self):
        owned = StoredOwned(self.parts.store)
        plan = look(self.parts.settings, self.parts.mappings, self.parts.mautic, owned)
        results = list(apply(plan, self.parts.mautic, owned))
        assert [one for one in results if one.outcome is not Outcome.DONE] == []


def write_folder(folder: Path, mautic: str, base_url: str) -> None:
    secrets = folder / "secrets"
    secrets.mkdir(parents=True)
    for name, value in {
        "client_secret": MauticSandbox.client_secret,
        "webhook_secret": SECRET,
        "admin_token": TOKEN,
    }.items():
        (secrets / name).write_text(value)
        (secrets / name).chmod(0o600)
    text = CONFIG.format(
        base_url=base_url,
        mappings=MAPPINGS,
        mautic=mautic,
        client_id=MauticSandbox.client_id,
    )
    (folder / "config.toml").write_text(text)
    (folder / "data").mkdir(mode=0o700)


@contextmanager
def open_clinic(folder: Path) -> Iterator[Clinic]:
    clock = Clock()
    with ExitStack() as stack:
        mautic = stack.enter_context(MauticSandbox(clock=clock))
        server = make_server(
            "127.0.0.1", 0, _not_yet, threaded=True, request_handler=Quiet
        )
        stack.callback(server.server_close)
        write_folder(folder, mautic.url, f"http://127.0.0.1:{server.port}")
        settings = config.load(folder / "config.toml", {})
        parts = bootstrap.build(settings, clock=clock)
        stack.enter_context(closing(parts.store))
        stack.enter_context(parts.mautic)
        server.app = create_app(parts)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield Clinic(folder=folder, parts=parts, mautic=mautic, clock=clock)


def _not_yet(_environ, _start):
    raise AssertionError("asked before the service was there")


def make_well(clinic: Clinic) -> None:
    """Do what an admin and a running worker do in the first minutes."""
    clinic.set_up()
    parts = clinic.parts
    parts.mautic.pages.make(
        {"title": "Podcast", "alias": "podcast", "category": _category(parts, "see")}
        | {"template": "blank", "customHtml": "<html></html>", "isPublished": True}
    )
    catalogue.refresh_all(parts)
    reconcile(parts)
    with parts.store.unit() as unit:
        version = parts.mappings.version
        heartbeat.beat(unit, parts.clock(), mappings=version)
    clinic.mautic.visitor().visit_page("podcast")


def _category(parts: Parts, alias: str) -> int:
    found = {one["alias"]: one["id"] for one in parts.mautic.categories.everything()}
    return int(found[alias])


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One installation for all tests that put right what they broke."""
    os.umask(0o077)
    with open_clinic(tmp_path_factory.mktemp("clinic") / "acme") as clinic:
        make_well(clinic)
        yield clinic


@pytest.fixture
def clinic(tmp_path):
    """An installation of one's own, with nothing set up yet."""
    with open_clinic(tmp_path / "acme") as clinic:
        yield clinic
