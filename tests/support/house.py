"""A whole installation for tests: store, look-alike of Mautic, and a real door.

The door listens on loopback, so that the look-alike can call it from inside a
call of ours, as Mautic does.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import requests
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.serving import WSGIRequestHandler, make_server

from plugin import bootstrap, config
from plugin.app import create_app
from plugin.pipeline import catalogue, deliver_mautic
from plugin.pipeline.dispatch import Dispatched
from plugin.pipeline.parts import Parts
from plugin.pipeline.process import process
from plugin.provision.apply import Outcome, apply
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.provision.plan import Plan
from plugin.provision.resources import Kind
from plugin.sandbox.mautic.app import create_app as create_mautic
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.mautic.visitor import Visitor
from plugin.sandbox.stage import Stage
from plugin.store import OutboxItem, OutboxState, PersonState
from tests.support.line import WSGI, Line, hang_up
from tests.support.recordings import SECRET as RECORDED
from webhooks import signature
from webhooks.sources.mautic import MauticSource

MAPPINGS = Path(__file__).parents[2] / "mappings"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECRET = b"webhook-secret-of-32-characters!"
DOOR = "/webhooks/mautic"
#: Seconds a call may take before a test fails instead of hanging.
TIMEOUT = 20
CONFIG = """
[instance]
name = "tests"
base_url = "{base_url}"
mappings = "{mappings}"
data_dir = "{folder}/data"
[database]
url = "{database}"
[mautic]
url = "{mautic}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:client_secret"
webhook_secrets = ["file:webhook_secret"]
read_seconds = 2
[ui]
admin_token = "file:webhook_secret"
[log]
level = "error"
"""
#: How the line of a note begins in a dump.
NOTE_LINE = '["write","mautic","note",'
#: What `stdc apply` makes that writing to contacts needs; the hook comes apart.
NEEDED = frozenset({Kind.FIELD, Kind.TAG, Kind.STAGE})


class Clock:
    """The present: it stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        """Start at a moment."""
        self.at = at

    def __call__(self) -> datetime:
        """Tell the moment."""
        return self.at

    def wait(self, **span: float) -> datetime:
        """Let time pass, and tell the new moment."""
        self.at += timedelta(**span)
        return self.at


class Quiet(WSGIRequestHandler):
    """Serves without a word."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Leave out the date of this machine: the look-alike has its own."""
        self.send_response_only(code, message)


@dataclass
class House:
    """Everything a test of the pipeline needs."""

    folder: Path
    parts: Parts
    mautic: MauticSandbox
    clock: Clock
    #: Address of the door.
    door: str
    #: The same application, asked without a network.
    client: FlaskClient
    #: Between us and Mautic.
    line: Line
    #: Called by the door with each delivery it kept.
    on_accepted: list[Callable[[], None]]
    #: The demo's content, by its key there: Mautic's ids.
    content: dict[str, int] = field(default_factory=dict)

    def post(self, body: bytes, signed: str | None = None) -> int:
        """Send a delivery to the door, signed as Mautic does; return the status."""
        given = signature.sign(body, SECRET) if signed is None else signed
        answer = requests.post(
            self.door,
            data=body,
            headers={signature.HEADER: given, "Content-Type": "application/json"},
            timeout=TIMEOUT,
        )
        return answer.status_code

    def knock(self, body: bytes, signed: str | None = None) -> int:
        """Do the same within this process: nothing goes over the line."""
        given = signature.sign(body, SECRET) if signed is None else signed
        answer = self.client.post(
            DOOR,
            data=body,
            headers={signature.HEADER: given},
            content_type="application/json",
        )
        return answer.status_code

    def process(self, limit: int = 200) -> int:
        """Take all deliveries that wait into the outbox; return how many."""
        total = 0
        while done := process(self.parts, limit=limit).deliveries:
            total += done
        return total

    def deliver(self) -> Dispatched:
        """Send what is due to Mautic."""
        return deliver_mautic.deliver_all(self.parts)

    def work(self) -> None:
        """Process and deliver until our own echo has come to rest."""
        while self.process() or self.deliver().done:
            pass

    def contact(self, **values: Any) -> int:
        """Let a user of Mautic make a contact; return its id."""
        return int(self.api("POST", "/contacts/new", values)["contact"]["id"])

    def visitor(self, **values: str) -> Visitor:
        """Give somebody with a browser; with values, a contact Mautic knows."""
        return self.mautic.visitor(contact=self.contact(**values) if values else None)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Do something in Mautic as one of its users, not over our line."""
        answer = requests.request(
            method,
            f"{self.mautic.url}/api{path}",
            json=body,
            auth=(self.mautic.username, self.mautic.password),
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        return answer.json()

    def furnish(self) -> None:
        """Make the demo's content in Mautic, with its categories, and read it."""
        stage = Stage(self.mautic)
        stage.build()
        self.content = dict(stage.ids)
        catalogue.refresh_all(self.parts)

    def sign_up(self, visitor: Visitor, email: str, **more: str) -> None:
        """Let somebody send the form that is the gate to Do."""
        values = {"email": email, "firstname": "Sanne", "lastname": "de Wit", **more}
        visitor.submit_form(self.content["sign-up-form"], values)

    def interest(self, visitor: Visitor, days: int = 2) -> None:
        """Let somebody look at Think content, on as many days as it takes."""
        for _ in range(days):
            visitor.visit_page("hackathon")
            self.clock.wait(minutes=10)
            visitor.visit_page("hackathon-programme")
            self.clock.wait(days=1)

    def value(self, contact_id: int, alias: str) -> Any:
        """Read a field of a contact as Mautic has it."""
        found = self.mautic.state.contacts.get(contact_id)
        return found.values.get(alias) if found else None

    def tags(self, contact_id: int) -> set[str]:
        """List a contact's tags as Mautic has them."""
        state = self.mautic.state
        return {
            state.tables["tags"][one]["tag"] for one in state.contacts[contact_id].tags
        }

    def notes(self, contact_id: int) -> list[str]:
        """List the notes on a contact as Mautic has them."""
        rows = self.mautic.state.tables["notes"].values()
        return [row["text"] for row in rows if row["lead"] == contact_id]

    def person(self, contact_id: int) -> int:
        """Say which person a contact is."""
        with self.parts.store.view() as unit:
            return next(iter(unit.people.current([contact_id])))

    def state(self, contact_id: int) -> PersonState | None:
        """Read what was decided of whoever has this contact id."""
        person_id = self.person(contact_id)
        with self.parts.store.view() as unit:
            return unit.people.state(person_id)

    def phases(self, contact_id: int) -> list[str]:
        """List the phases somebody went through."""
        person_id = self.person(contact_id)
        with self.parts.store.view() as unit:
            return [move.after.value for move in unit.people.moves(person_id)]

    def outbox(self, state: OutboxState | None = None) -> list[OutboxItem]:
        """List writes."""
        with self.parts.store.view() as unit:
            return unit.outbox.list(state, limit=10_000)

    def events(self) -> int:
        """Count all events that were kept."""
        with self.parts.store.view() as unit:
            return unit.history.count()

    def dump(self, *, notes: bool = True) -> list[str]:
        """Write the state as sorted lines.

        Notes say what was known when they were written, so they may differ where
        the same was learned in another order.
        """
        lines = self.parts.store.dump_state().decode().split("\n")
        return [one for one in lines if notes or not one.startswith(NOTE_LINE)]

    def plan(self) -> Plan:
        """Look what there is to set up in Mautic."""
        parts = self.parts
        owned = StoredOwned(parts.store)
        return look(parts.settings, parts.mappings, parts.mautic, owned)

    def set_up(self, kinds: Iterable[Kind] = NEEDED) -> None:
        """Apply the plan, as far as it is of these kinds."""
        whole, wanted = self.plan(), frozenset(kinds)
        some = tuple(one for one in whole.changes if one.key.kind in wanted)
        owned = StoredOwned(self.parts.store)
        results = apply(replace(whole, changes=some), self.parts.mautic, owned)
        failed = [one.message for one in results if one.outcome is not Outcome.DONE]
        if failed:
            raise AssertionError("; ".join(failed))

    def subscribe(self) -> None:
        """Let Mautic send us its webhooks, by the hook that `stdc apply` makes."""
        self.set_up([Kind.HOOK])


@contextmanager
def open_house(
    folder: Path,
    *,
    database: str | None = None,
    queue_mode: bool = False,
    threads: bool = False,
    base_url: str | None = None,
) -> Iterator[House]:
    """Open an installation; its store gets its tables, Mautic has nothing yet.

    The door has a single thread unless told otherwise. `base_url` is where we say
    that we are; where the door really is, if left out.
    """
    clock, line = Clock(), Line()
    with ExitStack() as stack:
        mautic = stack.enter_context(MauticSandbox(clock=clock, queue_mode=queue_mode))
        api = stack.enter_context(_served(line.wrap(create_mautic(mautic.state))))
        door = _Later()
        address = stack.enter_context(_served(door, threads=threads))
        file = _write(folder, api, base_url or address, database)
        settings = config.load(file, {})
        parts = bootstrap.build(settings, clock=clock)
        _hurry(parts)
        stack.enter_context(closing(parts.store))
        stack.enter_context(parts.mautic)
        parts.jitter = lambda: 0.0
        # recordings are taken too; no settings would allow a secret that short
        parts.sources = {"mautic": MauticSource([SECRET, RECORDED])}
        listeners: list[Callable[[], None]] = []
        parts.kick = partial(_tell, listeners)
        app = door.app = create_app(parts)
        yield House(
            folder=folder,
            parts=parts,
            mautic=mautic,
            clock=clock,
            door=f"{address}{DOOR}",
            client=app.test_client(),
            line=line,
            on_accepted=listeners,
        )


def _tell(listeners: Iterable[Callable[[], None]]) -> None:
    for one in listeners:
        one()


def _hurry(parts: Parts) -> None:
    """Let SQLite not wait for the disk: tests lose nothing when the power fails."""
    engine = parts.store._engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _do_not_sync)


def _do_not_sync(connection: Any, _entry: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


class _Later:
    """An application that is known only after its address."""

    app: WSGI

    def __call__(
        self, environ: dict[str, Any], start: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            return self.app(environ, start)
        except ConnectionResetError:
            hang_up(environ)  # so does gunicorn; this server would leave it open
            raise


@contextmanager
def _served(app: WSGI, *, threads: bool = True) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=threads, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _write(folder: Path, mautic: str, base_url: str, database: str | None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "client_secret").write_text(MauticSandbox.client_secret)
    (folder / "webhook_secret").write_text(SECRET.decode())
    text = CONFIG.format(
        base_url=base_url,
        mappings=MAPPINGS,
        folder=folder,
        database=database or f"sqlite:///{folder}/data/stdc.db",
        mautic=mautic,
        client_id=MauticSandbox.client_id,
    )
    path = folder / "config.toml"
    path.write_text(text)
    return path
