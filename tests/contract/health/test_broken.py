"""Broken one by one, the right check fails and says what to do; nothing else does."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from plugin import bootstrap, config
from plugin.errors import Misconfigured
from plugin.health import checks_store, doctor
from plugin.health.model import Outcome
from plugin.health.premises import Premises
from plugin.health.probe import ask
from plugin.mappings.model import Phase
from plugin.phases.model import Cause
from plugin.pipeline import heartbeat, writes
from plugin.pipeline.force import IN_FORCE
from plugin.pipeline.spool import SET_ASIDE, Spool
from plugin.provision.owned import StoredOwned
from plugin.provision.resources import Kind
from plugin.sandbox.mautic import api_fields
from plugin.store import Gap, OutboxState, OutboxWrite, PersonState, Store, upgrade
from plugin.store.engine import open_engine, patient
from webhooks.inbox import Delivery
from webhooks.signature import HEADER, sign

from .conftest import SECRET
from .test_well import TRIAL

OK, WARN, FAIL = Outcome.OK, Outcome.WARN, Outcome.FAIL


def hook_row(clinic):
    (row,) = clinic.mautic.state.tables["hooks"].values()
    return row


@contextmanager
def changed(row, **values):
    """Change a row of the look-alike behind everybody's back, and take it back."""
    before = {name: row[name] for name in values}
    row.update(values)
    try:
        yield
    finally:
        row.update(before)


def hook_is(**values):
    return lambda clinic: changed(hook_row(clinic), **values)


@contextmanager
def switched(clinic, **values):
    switches = clinic.mautic.switches
    before = {name: getattr(switches, name) for name in values}
    for name, value in values.items():
        setattr(switches, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(switches, name, value)


@contextmanager
def without(table, key):
    row = table.pop(key)
    try:
        yield
    finally:
        table[key] = row


@contextmanager
def settings(clinic, **values):
    before = clinic.parts.settings
    clinic.parts.settings = replace(before, **values)
    try:
        yield
    finally:
        clinic.parts.settings = before


@contextmanager
def wrong_client_secret(clinic):
    """Sign in anew, with credentials that Mautic does not know."""
    before = clinic.parts.mautic
    mautic = replace(
        clinic.parts.settings.mautic, client_secret=config.Secret("not-the-secret")
    )
    with clinic.parts.store.unit() as unit:
        token = unit.marks.get(bootstrap.TOKEN_MARK)
        unit.marks.put(bootstrap.TOKEN_MARK, None)
    clinic.parts.mautic = bootstrap._mautic(mautic, clinic.parts.store, clinic.clock)
    try:
        yield
    finally:
        clinic.parts.mautic.close()
        clinic.parts.mautic = before
        with clinic.parts.store.unit() as unit:
            unit.marks.put(bootstrap.TOKEN_MARK, token)


def role(clinic):
    (client,) = clinic.mautic.state.tables["clients"].values()
    return clinic.mautic.state.tables["roles"][client["role"]]


def limited(**rights):
    """Give our client a role with these rights: bundle__what=levels."""
    given = {name.replace("__", ":"): levels for name, levels in rights.items()}
    return lambda clinic: changed(role(clinic), isAdmin=False, rawPermissions=given)


FULL = {
    "lead__leads": ["full"],
    "lead__fields": ["full"],
    "lead__lists": ["full"],
    "stage__stages": ["full"],
    "campaign__campaigns": ["full"],
    "category__categories": ["full"],
    "webhook__webhooks": ["full"],
    "email__emails": ["full"],
    "page__pages": ["full"],
    "form__forms": ["full"],
    "asset__assets": ["full"],
}


@contextmanager
def without_field(clinic):
    with without(clinic.mautic.state.fields, "stdc_score"):
        yield


@contextmanager
def field(clinic, **values):
    found = clinic.mautic.state.fields["stdc_reason"]
    before = {name: getattr(found, name) for name in values}
    for name, value in values.items():
        setattr(found, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(found, name, value)


def short_fields(_clinic):
    """Mautic from 6 on tells how long a text may be; 5.1 does not."""
    shown = {**api_fields.SHOWN, "charLengthLimit": 64}
    return constant(api_fields, "SHOWN", shown)


@contextmanager
def public_field(clinic):
    with changed(
        clinic.mautic.state.fields["stdc_score"].row, isPubliclyUpdatable=True
    ):
        yield


@contextmanager
def without_category(clinic):
    table = clinic.mautic.state.tables["categories"]
    (key,) = [one for one, row in table.items() if row["alias"] == "do"]
    with without(table, key):
        yield


@contextmanager
def without_segment(clinic):
    table = clinic.mautic.state.tables["segments"]
    (key,) = [one for one, row in table.items() if row["alias"] == "stdc-care"]
    with without(table, key):
        yield


@contextmanager
def second_hook(clinic):
    table = clinic.mautic.state.tables["hooks"]
    row = table.add({**hook_row(clinic), "name": "n8n", "description": ""})
    # a copy that is not marked as ours
    try:
        yield
    finally:
        del table[row["id"]]


@contextmanager
def log_of(clinic, *statuses):
    rows = clinic.mautic.state.logs["webhook_logs"]
    before = list(rows)
    rows[:] = [
        {
            "id": number,
            "webhook_id": hook_row(clinic)["id"],
            "status_code": status,
            "note": "",
            "runtime": 0.1,
            "date_added": "2026-11-23 12:00:00",
        }
        for number, status in enumerate(statuses, 1)
    ]
    try:
        yield
    finally:
        rows[:] = before


@contextmanager
def later(clinic, span):
    """Let time pass for us and for Mautic, and for nobody else."""
    clinic.clock.ahead += span
    try:
        yield
    finally:
        clinic.clock.ahead -= span


@contextmanager
def behind(clinic, span):
    """Let Mautic's clock tell that it is earlier."""
    state = clinic.mautic.state
    right, state.clock = state.clock, lambda: clinic.clock() - span
    try:
        yield
    finally:
        state.clock = right


@contextmanager
def open_secret(clinic):
    path = clinic.folder / "secrets" / "webhook_secret"
    path.chmod(0o644)
    try:
        yield
    finally:
        path.chmod(0o600)


def not_a_mautic(clinic):
    """Our own door answers there, with a page that says there is nothing."""
    before = clinic.parts.settings
    return settings(clinic, mautic=replace(before.mautic, url=before.base_url))


def reached_at(url):
    return lambda clinic: settings(clinic, base_url=url)


def consent(**aliases):
    @contextmanager
    def asked(clinic):
        before = clinic.parts.settings.mappings
        folder = clinic.folder / "asking"
        shutil.copytree(before, folder)
        path = folder / "fields.toml"
        lines = "".join(f'{name} = "{one}"\n' for name, one in aliases.items())
        text = path.read_text().replace("[consent]\n", f"[consent]\n{lines}")
        path.write_text(text)
        with settings(clinic, mappings=folder):
            yield
        shutil.rmtree(folder)

    return asked


@contextmanager
def constant(module, name, value):
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextmanager
def limits(clinic, module, name, value):
    """Draw a limit so tight that this machine is beyond it, and write something."""
    with clinic.parts.store.unit() as unit:
        unit.marks.put("tests", 1)
    with constant(module, name, value):
        yield


@contextmanager
def open_data(clinic):
    folder, path = clinic.folder / "data", clinic.folder / "data" / "stdc.db"
    before = path.stat().st_mode
    folder.chmod(0o755)
    path.chmod(0o644)
    try:
        yield
    finally:
        path.chmod(before)
        folder.chmod(0o700)


@contextmanager
def spooled(clinic, minutes=0, *, aside=False):
    spool = Spool(clinic.parts.settings.spool)
    at = clinic.clock() - timedelta(minutes=minutes)
    path = spool.keep(Delivery(source="mautic", body=b"{}", received_at=at))
    if aside:
        spool.set_aside(path, "the disk gave back other bytes")
        path = spool.folder / SET_ASIDE / path.name
    try:
        yield
    finally:
        path.unlink()


@contextmanager
def another_store(clinic, *pragmas, seconds=30.0):
    """Work with connections of another kind to the same database."""
    engine = open_engine(clinic.parts.settings.database_url)
    for one in pragmas:
        event.listen(engine, "connect", lambda made, _, one=one: made.execute(one))
    before = clinic.parts.store
    clinic.parts.store = Store(patient(engine, seconds), clinic.clock)
    try:
        yield
    finally:
        clinic.parts.store.close()
        clinic.parts.store = before


@contextmanager
def locked(clinic):
    """Somebody holds SQLite's write lock and does not let go."""
    path = clinic.folder / "data" / "stdc.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with another_store(clinic, seconds=0.1):
            yield


@contextmanager
def marked(clinic, name, value):
    with clinic.parts.store.unit() as unit:
        before = unit.marks.get(name)
        unit.marks.put(name, value)
    try:
        yield
    finally:
        with clinic.parts.store.unit() as unit:
            unit.marks.put(name, before)


def judged_by(version):
    """Let the worker say that it judges by a version of the mappings."""

    def break_it(clinic):
        told = {"at": clinic.clock().isoformat(), "mappings": version, "refused": []}
        return marked(clinic, heartbeat.WORKER, told)

    return break_it


@contextmanager
def somebody_of_old_rules(clinic):
    at, who = clinic.clock(), 4711
    state = PersonState(
        phase=Phase.SEE,
        since=at,
        cause=Cause.SCORE,
        centipoints=0,
        mapping_version="old",
    )
    with clinic.parts.store.unit() as unit:
        unit.people.person_of(who, at)
        unit.people.save_state(who, state)
    try:
        yield
    finally:
        with clinic.parts.store.unit() as unit:
            unit.people.delete(who, at)


@contextmanager
def unread(clinic, minutes):
    parts = clinic.parts
    at = clinic.clock() - timedelta(minutes=minutes)
    delivery = Delivery(source="mautic", body=b"{}", received_at=at)
    with parts.store.unit() as unit:
        unit.inbox.accept_many([delivery])
    try:
        yield
    finally:
        with parts.store.unit() as unit:
            for item in unit.inbox.claim(10, clinic.clock(), 60):
                unit.inbox.done(item.claim, at)


@contextmanager
def parked(clinic, destination):
    write = OutboxWrite(
        destination=destination, kind="test", payload={}, key=f"test {destination}"
    )
    with clinic.parts.store.unit() as unit:
        unit.outbox.put(write)
        (item,) = unit.outbox.claim(destination, 1, clinic.clock(), 60)
        unit.outbox.park(item, "refused")
    try:
        yield
    finally:
        with clinic.parts.store.unit() as unit:
            unit.outbox.discard([item.id], clinic.clock(), "the test is over")


@contextmanager
def disowned(clinic):
    """Forget that a segment is ours: as if somebody else had made it."""
    owned = StoredOwned(clinic.parts.store)
    (ours,) = [
        one
        for one in owned.list()
        if (one.kind, one.key) == (Kind.SEGMENT, "stdc-care")
    ]
    owned.delete(ours.kind, ours.key)
    row = clinic.mautic.state.tables["segments"][ours.remote_id]
    try:
        with changed(row, description="Of a colleague"):
            yield
    finally:
        owned.put(ours.kind, ours.key, ours.remote_id, ours.fingerprint)


@contextmanager
def new_hook(clinic):
    with log_of(clinic), changed(hook_row(clinic), dateModified=None):
        yield


@contextmanager
def a_copy_of_mautic(clinic):
    """Somebody copied Mautic with our webhook in it; both send."""
    body = b'{"mautic.page_on_hit":[]}'
    headers = {HEADER: sign(body, SECRET.encode())}
    for name in (clinic.mautic.url, "https://Staging.example.org/"):
        answer = ask(
            clinic.parts.settings.mautic_webhook_url,
            method="POST",
            body=body,
            headers=headers | {"X-Origin-Base-URL": name},
        )
        assert answer.status == 200
    until_noted(clinic, 2)
    yield
    with clinic.parts.store.unit() as unit:
        for name in unit.marks.starting("origin."):
            unit.marks.put(name, None)


def until_noted(clinic, count):
    """Wait until it is noted: that is done after the answer."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with clinic.parts.store.view() as unit:
            if len(unit.marks.starting("origin.")) >= count:
                return
        time.sleep(0.02)
    raise AssertionError("never noted")


def with_an_ats(clinic):
    secret = config.Secret("s" * 20)
    one = config.AtsSettings(name="odoo", kind="odoo", url="http://x", secret=secret)
    return settings(clinic, ats={"odoo": one})


def elsewhere(**values):
    return lambda clinic: settings(clinic, **values)


#: What is broken -> (how, the check that says so, its outcome, words of it).
CASES: dict[str, tuple[Callable, str, Outcome, str]] = {
    "api off": (
        lambda clinic: switched(clinic, api_enabled=False),
        "mautic.api",
        FAIL,
        "disabled",
    ),
    "wrong credentials": (
        wrong_client_secret,
        "mautic.credentials",
        FAIL,
        "gives us no token",
    ),
    "not a Mautic": (not_a_mautic, "mautic.address", FAIL, "not as a Mautic's API"),
    "Mautic away": (
        lambda clinic: settings(
            clinic,
            mautic=replace(clinic.parts.settings.mautic, url="http://127.0.0.1:9"),
        ),
        "mautic.address",
        FAIL,
        "connection refused",
    ),
    "another clock": (
        lambda clinic: behind(clinic, timedelta(minutes=6)),
        "mautic.clock",
        FAIL,
        "s apart",
    ),
    "a clock a bit off": (
        lambda clinic: behind(clinic, timedelta(minutes=1)),
        "mautic.clock",
        WARN,
        "s apart",
    ),
    "hook off": (hook_is(isPublished=False), "hook.published", FAIL, "switched off"),
    "hook elsewhere": (
        hook_is(webhookUrl="https://elsewhere.example/x"),
        "hook.address",
        FAIL,
        "https://elsewhere.example/x",
    ),
    "hook with another secret": (
        hook_is(secret="some-other-secret"),
        "hook.secret",
        FAIL,
        "none of ours",
    ),
    "hook without a trigger": (
        hook_is(triggers=["mautic.page_on_hit"]),
        "hook.triggers",
        FAIL,
        "mautic.form_on_submit",
    ),
    "hook newest first": (
        hook_is(eventsOrderbyDir="DESC"),
        "hook.order",
        WARN,
        "newest first",
    ),
    "two hooks": (second_hook, "hook.alone", WARN, "n8n"),
    "all calls failed": (
        lambda clinic: log_of(clinic, "500", "N/A"),
        "hook.log",
        FAIL,
        "0 of the last 2 calls",
    ),
    "some calls failed": (
        lambda clinic: log_of(clinic, "200", "500"),
        "hook.log",
        WARN,
        "the last one with 500",
    ),
    "door elsewhere": (
        reached_at("http://127.0.0.1:9"),
        "door.answers",
        FAIL,
        "connection refused",
    ),
    "no field": (without_field, "fields.there", FAIL, "stdc_score"),
    "field of another type": (
        lambda clinic: field(clinic, type="number"),
        "fields.type",
        FAIL,
        "stdc_reason: type is number, should be text",
    ),
    "field unpublished": (
        lambda clinic: field(clinic, published=False),
        "fields.shown",
        FAIL,
        "stdc_reason",
    ),
    "field that visitors set": (public_field, "fields.locked", FAIL, "stdc_score"),
    "no consent field": (
        consent(profiling_field="toestemming"),
        "consent.field",
        FAIL,
        "toestemming is not in Mautic",
    ),
    "consent in a text": (
        consent(handover_field="city"),
        "consent.field",
        FAIL,
        "city is of type text",
    ),
    "a day of consent in a text": (
        consent(handover_field="city", handover_date_field="zipcode"),
        "consent.field",
        FAIL,
        "zipcode is of type text, and not date or datetime",
    ),
    "no category": (without_category, "categories.there", WARN, "do"),
    "segment deleted": (without_segment, "owned.there", FAIL, "segment stdc-care"),
    "something to apply": (without_segment, "plan.empty", WARN, "create segment"),
    "no administrator": (limited(**FULL), "rights.notes", WARN, "no administrator"),
    "open secret": (open_secret, "secrets.files", FAIL, "webhook_secret"),
    "no admin token": (
        lambda clinic: settings(clinic, ui=config.UiSettings()),
        "admin.token",
        WARN,
        "closed to everybody",
    ),
    "one secret for two doors": (
        lambda clinic: settings(
            clinic,
            ui=config.UiSettings(
                admin_token=config.Secret("webhook-secret-of-32-characters!")
            ),
        ),
        "secrets.distinct",
        FAIL,
        "also a webhook secret",
    ),
    "worker dead": (
        lambda clinic: later(clinic, timedelta(minutes=10)),
        "worker.alive",
        FAIL,
        "its clock ticked 1",
    ),
    "spool not there": (
        lambda clinic: settings(clinic, spool=Path("/dev/null/spool")),
        "spool.folder",
        FAIL,
        "/dev/null/spool",
    ),
    "another database": (
        lambda clinic: settings(
            clinic, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none"
        ),
        "store.revision",
        FAIL,
        "connection",
    ),
    "data that others read": (open_data, "data.folder", WARN, "can read stdc.db"),
    "no data folder": (
        elsewhere(data_dir=Path("/dev/null/data")),
        "data.folder",
        WARN,
        "not there yet",
    ),
    # nothing can be kept there: it has no room at all
    "full disk": (elsewhere(spool=Path("/proc/spool")), "disk.room", FAIL, "0 MB left"),
    "spooled": (spooled, "spool.empty", WARN, "1 deliveries wait on disk"),
    "set aside": (
        lambda clinic: spooled(clinic, aside=True),
        "spool.empty",
        FAIL,
        "1 deliveries are set aside",
    ),
    "locked database": (locked, "store.writable", FAIL, "locked"),
    "commits that are not fsynced": (
        lambda clinic: another_store(clinic, "PRAGMA synchronous = NORMAL"),
        "store.durable",
        FAIL,
        "synchronous = normal",
    ),
    "database on a distrusted disk": (
        lambda clinic: limits(clinic, checks_store, "REMOTE", ("",)),
        "store.disk",
        FAIL,
        "where locks do not hold",
    ),
    "log that grows": (
        lambda clinic: limits(clinic, checks_store, "WAL_BYTES", 0),
        "store.log",
        WARN,
        "not checkpointed",
    ),
    "no Redis": (
        elsewhere(
            jobs=config.JobSettings(
                backend=config.JobsBackend.REDIS, url="redis://127.0.0.1:9/0"
            )
        ),
        "jobs.queue",
        FAIL,
        "the redis queue does not answer",
    ),
    "a Mautic from the future": (
        lambda clinic: switched(clinic, version="8.0.0"),
        "mautic.version",
        WARN,
        "8.0.0 is newer than any",
    ),
    "by password": (
        lambda clinic: settings(
            clinic,
            mautic=replace(clinic.parts.settings.mautic, auth=config.MauticAuth.BASIC),
        ),
        "mautic.auth",
        WARN,
        "by password",
    ),
    "field too short": (
        short_fields,
        "fields.length",
        FAIL,
        "length is 64, should be 191",
    ),
    "segment of others": (disowned, "owned.free", FAIL, "segment stdc-care"),
    "nobody decided on consent": (
        with_an_ats,
        "consent.decided",
        FAIL,
        "nobody is handed over",
    ),
    "no mapping of the ATS": (
        lambda clinic: settings(
            clinic,
            ats={
                "other": config.AtsSettings(
                    name="other", kind="odoo", url="http://x", secret=config.Secret("s")
                )
            },
        ),
        "ats.mappings",
        WARN,
        "mappings/ats/other.toml",
    ),
    "worker of older rules": (judged_by("old"), "worker.mappings", WARN, "by old, on"),
    "people of older rules": (
        somebody_of_old_rules,
        "people.mappings",
        WARN,
        "1 people",
    ),
    "an unread delivery": (
        lambda clinic: unread(clinic, 10),
        "inbox.lag",
        WARN,
        "10 minutes",
    ),
    "an old delivery on the spool": (
        lambda clinic: spooled(clinic, 90),
        "inbox.lag",
        FAIL,
        "90 minutes",
    ),
    "a parked alert": (
        lambda clinic: parked(clinic, writes.ALERT),
        "outbox.parked",
        WARN,
        "alert: 1 writes",
    ),
    "a parked write to an ATS that is gone": (
        lambda clinic: parked(clinic, writes.ats("gone")),
        "outbox.parked",
        WARN,
        "ats:gone: 1 writes",
    ),
    "Mautic left alone": (
        lambda clinic: marked(
            clinic,
            "paused.mautic",
            {"until": (clinic.clock() + timedelta(minutes=5)).isoformat()},
        ),
        "outbox.paused",
        WARN,
        "for a while: mautic",
    ),
    "two Mautics with one secret": (
        a_copy_of_mautic,
        "inbox.one-mautic",
        WARN,
        "2 sign with our secret: http://127.0.0.1:",
    ),
    "a hook that never called": (new_hook, "hook.grace", WARN, "its first failure"),
    "a Mautic that shuns private addresses": (
        lambda clinic: switched(clinic, version="5.2.0"),
        "hook.private",
        WARN,
        "127.0.0.1 is the private address",
    ),
}


BY_NAME = {one.name: one for one in doctor.CHECKS}


def with_needs(name):
    """List the checks that must be made for this one, in their order."""
    wanted, left = set(), [name]
    while left:
        check = BY_NAME[left.pop()]
        wanted.add(check.name)
        left += check.needs
    return [one for one in doctor.CHECKS if one.name in wanted]


@pytest.mark.parametrize("case", CASES)
def test_what_is_broken_is_named_with_what_to_do(shared, case):
    break_it, name, outcome, words = CASES[case]
    well = shared.run(*with_needs(name))[-1]

    with break_it(shared):
        found = shared.run(*with_needs(name))[-1]

    assert (well.check.name, found.check.name) == (name, name)
    assert well.outcome is OK, well.finding.says

    assert found.outcome is outcome, found.finding.says
    assert words in found.finding.says
    assert found.check.mend
    assert found.check.means


@pytest.mark.parametrize(
    "case", ["api off", "hook off", "field that visitors set", "open secret"]
)
def test_one_thing_that_is_wrong_makes_no_other_fail(shared, case):
    break_it, name, _, _ = CASES[case]

    with break_it(shared):
        made = shared.examine()

    failed = {one for one, found in made.items() if found.outcome is FAIL}
    assert failed == {name}


AREAS = {
    "contacts": "lead__leads",
    "fields": "lead__fields",
    "segments": "lead__lists",
    "stages": "stage__stages",
    "campaigns": "campaign__campaigns",
    "categories": "category__categories",
    "hooks": "webhook__webhooks",
    "emails": "email__emails",
    "pages": "page__pages",
    "forms": "form__forms",
    "assets": "asset__assets",
}


@pytest.mark.parametrize("area", AREAS)
def test_a_missing_right_is_named_and_only_that(shared, area):
    rest = {name: levels for name, levels in FULL.items() if name != AREAS[area]}

    with limited(**rest)(shared):
        made = shared.examine()

    rights = {name for name in made if name.startswith("rights.")} - {"rights.notes"}
    failed = {name for name in rights if made[name].outcome is not OK}
    assert failed == {f"rights.{area}"}
    assert AREAS[area].replace("__", ":") in made[f"rights.{area}"].finding.says


def test_where_mautic_is_away_the_cause_is_named_once(shared):
    away, name, _, _ = CASES["Mautic away"]

    with away(shared):
        made = shared.examine()

    failed = {one for one, found in made.items() if found.outcome is FAIL}
    skipped = [found for found in made.values() if found.outcome is Outcome.SKIPPED]
    assert failed == {name}
    assert len(skipped) > 20
    assert "because of mautic.address" in made["mautic.api"].finding.says


def test_a_redirect_names_the_true_address(shared, httpserver):
    httpserver.expect_request("/api/users/self").respond_with_data(
        status=301, headers={"Location": "https://mautic.example.org/api/users/self"}
    )
    mautic = replace(shared.parts.settings.mautic, url=httpserver.url_for("/")[:-1])

    with settings(shared, mautic=mautic):
        found = shared.examine()["mautic.address"]

    assert found.outcome is FAIL
    assert "https://mautic.example.org" in found.finding.says


def test_a_door_that_is_not_ours_takes_forgeries(shared, httpserver):
    httpserver.expect_request("/healthz").respond_with_json({"service": "stdc"})
    httpserver.expect_request("/webhooks/mautic").respond_with_data("hello")

    with settings(shared, base_url=httpserver.url_for("/")[:-1]):
        made = shared.examine()

    assert made["hook.forgery"].outcome is FAIL
    assert "answered 200, and not 401" in made["hook.forgery"].finding.says


def test_a_rotated_secret_is_proved_by_a_delivery(shared):
    """Mautic has a secret that the running door does not know."""
    mautic = shared.parts.settings.mautic
    newer = replace(mautic, webhook_secrets=(b"the-next-secret-of-ours",))

    with hook_is(secret="the-next-secret-of-ours")(shared):  # noqa: SIM117
        with settings(shared, mautic=newer):
            made = shared.examine()

    assert made["hook.secret"].outcome is OK
    assert made["hook.round-trip"].outcome is FAIL
    assert "answered 401" in made["hook.round-trip"].finding.says


def test_what_waits_and_what_is_parked_is_counted(shared):
    parts = shared.parts
    with parts.store.unit() as unit:
        (number,) = unit.inbox.accept_many(
            [Delivery(source="mautic", body=b"x", received_at=parts.clock())]
        )
        claims = {one.id: one.claim for one in unit.inbox.claim(100, parts.clock(), 60)}
        unit.inbox.park(claims.pop(number), "no JSON", parts.clock())
        for claim in claims.values():  # of other tests here
            unit.inbox.retry(claim, parts.clock(), "not now")
        unit.outbox.put(writes.resolve(4711, "test"))
        (write,) = unit.outbox.list(OutboxState.PENDING, limit=10)
    try:
        with later(shared, timedelta(minutes=10)):
            waiting = shared.examine()
        with parts.store.unit() as unit:
            (held,) = unit.outbox.claim(writes.MAUTIC, 1, parts.clock(), 60)
            unit.outbox.park(held, "no such contact")
        parked = shared.examine()
    finally:
        with parts.store.unit() as unit:
            unit.inbox.rewrite({number: None})
            unit.outbox.discard([write.id], parts.clock(), "the test is over")

    assert waiting["outbox.lag"].outcome is WARN
    assert waiting["outbox.lag"].finding.says == "mautic: the oldest waits 10 minutes"
    assert waiting["inbox.parked"].outcome is WARN
    assert parked["outbox.parked"].finding.says == "mautic: 1 writes"


@pytest.fixture
def workers(shared):
    """Let workers give signs of life: by name, their mappings and how long ago."""
    parts = shared.parts

    def let(in_force, **each):
        with parts.store.unit() as unit:
            unit.marks.put(IN_FORCE, in_force)
            for name, (version, minutes) in each.items():
                at = parts.clock() - timedelta(minutes=minutes)
                told = {"at": at.isoformat(), "mappings": version}
                unit.marks.put(f"worker:{name}", told)

    yield let
    with parts.store.unit() as unit:
        for name in (*unit.marks.starting("worker:"), IN_FORCE):
            unit.marks.put(name, None)


def test_every_worker_is_listed(shared, workers):
    here = shared.parts.mappings.version
    workers(here, web=(here, 0), db=(here, 1), old=(here, 40))

    made = shared.examine()

    says = made["worker.alive"].finding.says
    assert made["worker.alive"].outcome is OK
    assert f"; db has mappings {here}; old was last heard of 40 minutes ago" in says
    assert says.endswith(f"; web has mappings {here}")
    assert made["worker.mappings"].outcome is OK


def test_a_worker_that_stands_by_is_named(shared, workers):
    here = shared.parts.mappings.version
    workers(here, web=(here, 0), db=("older", 0), gone=("older", 40))

    found = shared.examine()["worker.mappings"]

    assert found.outcome is WARN
    says = f"mappings {here} are in force, so these stand by: db has older"
    assert found.finding.says == says
    assert "Give workers that stand by the mappings in force" in found.check.mend


def test_if_no_worker_has_those_in_force_nobody_is_judged(shared, workers):
    here = shared.parts.mappings.version
    workers(here, web=(here, 40), db=("older", 0))

    found = shared.examine()["worker.mappings"]

    assert found.outcome is FAIL
    assert "so nobody is judged" in found.finding.says


@pytest.mark.parametrize(
    ("hours", "outcome"), [(0.5, OK), (1.5, WARN), (30, FAIL)], ids=str
)
def test_a_pull_that_never_comes_to_its_end_is_told(shared, hours, outcome):
    with later(shared, timedelta(hours=hours)):
        found = shared.examine()["reconcile.whole"]

    assert found.outcome is outcome


def test_what_no_pull_has_brought_is_told(shared):
    gap = Gap(what="page_hits", number=812, why="no moment", since=shared.parts.clock())
    with shared.parts.store.unit() as unit:
        unit.gaps.note([gap])
    found = shared.examine()["reconcile.gaps"]
    with shared.parts.store.unit() as unit:
        unit.gaps.close("page_hits", [812])

    assert found.outcome is WARN
    assert found.finding.says.startswith("1, as page_hits 812: no moment (since ")


def test_before_anything_was_set_up_it_says_so(clinic):
    made = clinic.examine()

    failed = {one for one, found in made.items() if found.outcome is FAIL}
    assert failed == {"fields.there", "hook.there", "worker.alive"}
    for name in ("plan.empty", "inbox.heard", "reconcile.begun", "content.classified"):
        assert made[name].outcome is WARN, name
    assert "stdc apply" in made["hook.there"].check.mend


def refuse():
    raise Misconfigured("1 problem to mend", ("config.toml:3:1: no such key",))


def test_with_a_broken_config_nothing_else_is_looked_at(tmp_path):
    premises = Premises(config_path=tmp_path / "x", settings=refuse, parts=refuse)

    made = list(doctor.examine(premises))

    first, *rest = made
    assert first.check.name == "config"
    assert first.outcome is FAIL
    assert "config.toml:3:1" in first.finding.says
    assert {one.outcome for one in rest} == {Outcome.SKIPPED}


def test_the_trial_is_told_to_use_tls(shared):
    made = shared.examine()

    assert {made[name].outcome for name in TRIAL} == {WARN}
    assert "no TLS" in made["door.certificate"].finding.says


def test_parts_that_do_not_fit_together_are_named(clinic):
    older = f"sqlite:///{clinic.folder}/older.db"
    upgrade(older, "0009")
    with settings(clinic, database_url=older):
        premises = Premises(
            config_path=clinic.config,
            settings=lambda: clinic.parts.settings,
            parts=lambda: bootstrap.build(clinic.parts.settings, clock=clinic.clock),
        )
        made = {one.check.name: one for one in doctor.examine(premises)}

    assert made["wiring"].outcome is FAIL
    assert "stdc db upgrade" in made["wiring"].finding.says
    assert made["store.writable"].outcome is Outcome.SKIPPED


def test_mappings_with_a_mistake_are_named(clinic):
    folder = clinic.folder / "broken"
    shutil.copytree(clinic.parts.settings.mappings, folder)
    (folder / "scoring.toml").write_text("[nonsense]\n")

    with settings(clinic, mappings=folder):
        made = clinic.examine()

    assert made["mappings"].outcome is FAIL
    assert "nonsense" in made["mappings"].finding.says
    assert made["worker.mappings"].outcome is Outcome.SKIPPED
