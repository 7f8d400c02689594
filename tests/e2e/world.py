"""A whole installation whose processes may be killed, and what all of it holds.

Mautic and the ATS are our look-alikes, in this process; the web server and the
worker are processes of their own. Made twice, it is the same to the last id.
"""

import json
import random
import re
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from plugin import bootstrap, config
from plugin.phases.decide import decide
from plugin.phases.model import Cause
from plugin.pipeline import catalogue, record
from plugin.pipeline.writes import NOTE
from plugin.provision.apply import Outcome, apply
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.odoo.model import APPLICANT, CANDIDATE, MESSAGE, TAG
from plugin.sandbox.odoo.server import OdooSandbox
from plugin.sandbox.stage import Stage
from plugin.store import OutboxState
from tests.e2e.lives import AT_ONCE, DAYS, SITE, Lives
from tests.support.consent import decided
from tests.support.house import SECRET, START, Clock, Quiet

#: Tags that the ATS is given for what somebody is interested in.
ATS_DATE = re.compile(r'"stdc_ats_date": ?"[0-9-]+", ?')
TOPICS = {"security", "cloud", "data"}
CONFIG = """
[instance]
name = "crash"
base_url = "http://127.0.0.1:{door}"
mappings = "{mappings}"
data_dir = "data"
[database]
url = "{database}"
[mautic]
url = "http://127.0.0.1:{mautic}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:client_secret"
webhook_secrets = ["file:webhook_secret"]
[ats.odoo]
kind = "odoo"
url = "http://127.0.0.1:{odoo}"
secret = "file:odoo_key"
database = "{odoo_database}"
allow_private = true
[door]
port = {door}
threads = {threads}
[jobs]
{jobs}
[log]
level = "info"
format = "json"
"""
#: The part [jobs] of a config file where one machine works.
SQLITE = 'backend = "sqlite"'
#: Columns of the ATS that count up, or tell when something was written.
PASSING = {"id", "create_date", "write_date", "date_last_stage_update"}
RELATIONS = {"partner_id", "candidate_id", "pool_applicant_id", "applicant_ids"}


class Present(Clock):
    """The present: it stands still, or runs faster than it should."""

    pace = 0.0
    epoch = 0.0

    def __call__(self):
        if not self.pace:
            return self.at
        return self.at + timedelta(seconds=(time.monotonic() - self.epoch) * self.pace)

    def run(self, pace):
        self.pace, self.epoch = pace, time.monotonic()

    def stop(self, at):
        self.pace, self.at = 0.0, at


@dataclass(frozen=True)
class Ports:
    """Where everything listens: the same in both runs, for addresses are state."""

    door: int
    mautic: int
    odoo: int


@dataclass
class World:
    """One installation, its neighbours, and the deliveries that are to reach it."""

    folder: object
    ports: Ports
    clock: Present
    mautic: MauticSandbox
    odoo: OdooSandbox
    parts: object
    #: What Mautic sends, in the order in which it happened.
    deliveries: list[bytes] = field(default_factory=list)
    #: The marketer's content, by its key: Mautic's ids.
    content: dict = field(default_factory=dict)

    @property
    def config(self):
        return str(self.folder / "config.toml")

    def dump(self):
        """Write everything that is held anywhere as sorted lines.

        A note, and what the ATS was told, say what was known when they were written.
        Of people whose story came shuffled they may say less; `missing_notes` looks
        after those.
        """
        state = self.mautic.state
        at_once = {
            one.id
            for one in state.contacts.values()
            if str(one.values.get("email")).startswith(AT_ONCE)
        }
        lines = [
            *_steady(self.parts.store.dump_state(), at_once, state.merged),
            *self._handed_over(),
            *_in_mautic(state, at_once),
            *_in_odoo(self.odoo),
        ]
        for old, new in self._names():
            lines = [line.replace(old, new) for line in lines]
        # the day of a hand-over is that of the run, not of the story
        return sorted(ATS_DATE.sub("", line) for line in lines)

    def _handed_over(self):
        """Say how often the audit tells that somebody was handed over."""
        with self.parts.store.view() as unit:
            lines = unit.audit.list(limit=100_000)
        told = Counter(one.subject for one in lines if one.action == record.HANDED_OVER)
        return [_line("handed over", who, times) for who, times in told.items()]

    def misjudged(self):
        """List people of whom something was heard and who were not judged by it.

        Each decision must be the one that follows from all that is held by now, as of
        the moment for which it was made: else a crash has lost a decision.
        """
        parts = self.parts
        with parts.store.view() as unit:
            seen = parts.catalogue(unit)
            states = unit.people.states(unit.people.ids(0, 1_000_000))
            people = unit.people.load_many(unit.people.ids(0, 1_000_000))
            return [
                one.id
                for one in people
                if one.events and not _follows(one, states.get(one.id), parts, seen)
            ]

    def missing_notes(self):
        """List notes that Mautic lacks or has twice, and last moves not noted."""
        with self.parts.store.view() as unit:
            writes = unit.outbox.list(OutboxState.DONE, limit=1_000_000)
            wanted = [one for one in writes if one.kind == NOTE]
            # who was merged since has the notes of both
            now = {one: min(unit.people.current([one])) for one in _people(wanted)}
            moves = {
                (who, move.at.isoformat(), move.after.value)
                for who in unit.people.current(self.mautic.state.contacts)
                for move in unit.people.moves(who)[-1:]
                if move.cause is not Cause.STARTED
            }
        held = self.mautic.state.tables["notes"].values()
        there = Counter((one["lead"], one["text"]) for one in held)
        sent = Counter((now[one.person_id], one.payload["text"]) for one in wanted)
        noted = {
            (now[one.person_id], *one.key.split(":", 2)[2].rsplit(":", 1))
            for one in wanted
        }
        return [*(there - sent), *(sent - there), *(moves - noted)]

    def _names(self):
        """Call candidates by our marker: their ids tell who was handed over first."""
        with self.parts.store.view() as unit:
            links = unit.links.list(limit=100_000)
        for link in links:
            yield f'{link.url}"', f'ats:{link.marker}"'
            yield (
                f'["link","odoo",{link.contact_id},"{link.ref}"',
                f'["link","odoo",{link.contact_id},"its candidate"',
            )


def _follows(person, state, parts, seen):
    if state is None:
        return False
    fresh = decide(person, parts.mappings, seen, as_of=state.scored_at)
    return (state.phase, state.since, state.cause, state.centipoints) == (
        fresh.phase,
        fresh.since,
        fresh.cause,
        fresh.score.centipoints,
    )


def _people(writes):
    return {one.person_id for one in writes}


def _steady(dump, at_once, merged):
    """Leave out what was known on the way, and wishes for those who merged since."""
    void = {f"contact:{loser}" for loser in merged}
    for line in dump.decode("ascii").split("\n"):
        match json.loads(line):
            case ["write", "mautic", "note", _, person, _, told]:
                if person in at_once:
                    yield _line("note", person, _blank(told["text"]))
            case ["write", "mautic", "contact", name, *_] if name in void:
                pass
            case ["write", _, "handover", name, person, *_]:
                yield _line("handover", name, person)
            case _:
                yield line


def _in_mautic(state, at_once):
    tags = {one["id"]: one["tag"] for one in state.tables["tags"].values()}
    stages = {one["id"]: one["name"] for one in state.tables["stages"].values()}
    for one in state.contacts.values():
        named = sorted(tags[number] for number in one.tags)
        # a field that was emptied is shown as one that was never filled
        values = {
            name: value for name, value in one.values.items() if value is not None
        }
        stage = stages.get(one.stage)
        yield _line("mautic", one.id, values, named, stage, len(one.dnc))
    for one in state.tables["notes"].values():
        if one["lead"] in at_once:
            yield _line("mautic-note", one["lead"], _blank(one["text"]))


def _in_odoo(odoo):
    tables = odoo.state.tables
    for model in (APPLICANT, CANDIDATE):
        for one in tables.get(model, {}).values():
            kept = {name: one[name] for name in one.keys() - PASSING - RELATIONS}
            named = {tables[TAG][number]["name"] for number in one["categ_ids"]}
            if not str(one["email_normalized"]).startswith(AT_ONCE):
                named -= TOPICS
            yield _line("ats", model, kept | {"categ_ids": sorted(named)})
    people = tables[odoo.person]
    for one in tables[MESSAGE].values():
        if one["model"] == odoo.person and one["message_type"] == "comment":
            address = people[one["res_id"]]["email_normalized"]
            told = one["body"] if address.startswith(AT_ONCE) else ""
            yield _line("ats-note", address, _blank(told))


def _blank(text):
    """Leave out how much: a score falls by the hour, and no two runs last as long."""
    return re.sub(r"(?<=[Ss]core )\d+|\d+(?=%)", "..", text)


def _line(*values):
    return json.dumps(values, sort_keys=True, default=str)


@contextmanager
def open_world(
    folder, ports, *, database=None, jobs=SQLITE, people=0, seed=1, threads=8
):
    """Make the installation, let `people` of each kind live, keep what Mautic sent."""
    clock = Present(START - timedelta(days=DAYS + 3))
    with ExitStack() as stack:
        mautic = stack.enter_context(
            MauticSandbox(port=ports.mautic, clock=clock, site_url=SITE)
        )
        odoo = stack.enter_context(OdooSandbox(port=ports.odoo, clock=clock))
        settings = _write(
            folder, ports, odoo, database=database, jobs=jobs, threads=threads
        )
        parts = bootstrap.build(settings, clock=clock)
        stack.enter_context(closing(parts.store))
        stack.enter_context(parts.mautic)
        parts.jitter = lambda: 0.0
        world = World(folder, ports, clock, mautic, odoo, parts)
        content = _set_up(world)
        with _recording(world):
            Lives(world, content, random.Random(seed)).live(people)
        world.content = content
        clock.at = START
        yield world


def _write(folder, ports, odoo, *, database, jobs, threads):
    folder.mkdir(parents=True)
    (folder / "client_secret").write_text(MauticSandbox.client_secret)
    (folder / "webhook_secret").write_text(SECRET.decode())
    (folder / "odoo_key").write_text(odoo.api_key)
    text = CONFIG.format(
        door=ports.door,
        mautic=ports.mautic,
        odoo=ports.odoo,
        mappings=decided(folder / "mappings"),
        database=database or f"sqlite:///{folder}/data/stdc.db",
        client_id=MauticSandbox.client_id,
        odoo_database=odoo.database,
        jobs=jobs,
        threads=threads,
    )
    (folder / "config.toml").write_text(text)
    return config.load(folder / "config.toml", {})


def _set_up(world):
    """Apply the whole plan, and make the marketer's content."""
    parts = world.parts
    owned = StoredOwned(parts.store)
    plan = look(parts.settings, parts.mappings, parts.mautic, owned)
    failed = [
        one.message
        for one in apply(plan, parts.mautic, owned)
        if one.outcome is not Outcome.DONE
    ]
    if failed:
        raise AssertionError("; ".join(failed))
    stage = Stage(world.mautic)
    stage.build()
    catalogue.refresh_all(parts)
    return dict(stage.ids)


@contextmanager
def _recording(world):
    """Let Mautic's hook send to us for a while."""
    kept = world.deliveries

    @Request.application
    def take(request):
        kept.append(request.get_data())
        return Response("", 200)

    server = make_server("127.0.0.1", 0, take, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    (hook,) = world.mautic.state.tables["hooks"].values()
    ours, hook["webhookUrl"] = hook["webhookUrl"], f"http://127.0.0.1:{server.port}/"
    try:
        yield
    finally:
        hook["webhookUrl"] = ours
        server.shutdown()
        thread.join()
        server.server_close()


def wait_until(holds, seconds, what):
    """Look until something is so; fail when it does not come about."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            message = f"after {seconds} s still not: {what}"
            raise AssertionError(message)
        time.sleep(0.02)
