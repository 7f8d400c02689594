"""Checks of what lies on this machine: files, folders, disk and our own address."""

import os
import stat
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from plugin.errors import Misconfigured
from plugin.health.model import Check, Finding, fail, ok, warn
from plugin.health.premises import Premises
from plugin.health.views import SERVICE
from plugin.pipeline.spool import MIN_FREE_BYTES, Spool, free_bytes, write_durably

#: Less room than this is worth a warning.
LOW_BYTES = 5 * MIN_FREE_BYTES
#: A certificate that ends sooner than this is worth a warning.
CERTIFICATE_DAYS = 14
OTHERS = stat.S_IRWXG | stat.S_IRWXO
MEGABYTE = 1024 * 1024


def config(premises: Premises) -> Finding:
    """Read config.toml and the environment."""
    return ok(f"{premises.config_path.name} of {premises.settings.instance!r}")


def mappings(premises: Premises) -> Finding:
    """Read the mappings on disk, or say by which the worker goes on."""
    try:
        return ok(f"version {premises.mappings.version}")
    except Misconfigured as error:
        told = " ".join(str(error).split())
        beat = premises.last_beat()
    if beat is None or not beat.mappings:
        return fail(told)
    return fail(f"{told}; the worker goes on with version {beat.mappings}")


def secret_files(premises: Premises) -> Finding:
    """Look who may read the files that config.toml names for secrets."""
    folder = premises.config_path.resolve().parent
    raw = tomllib.loads(premises.config_path.read_text(encoding="utf-8"))
    files = [folder / name for name in _named(raw)]
    open_ = [path.name for path in files if path.exists() and _is_open(path)]
    if open_:
        return fail(f"others on this machine can read {', '.join(sorted(open_))}")
    return ok(f"{len(files)} files, for their owner's eyes only")


def _named(raw: object) -> Iterator[str]:
    # file:// is the address of a folder, as a drop for an ATS
    if isinstance(raw, str) and raw.startswith("file:") and raw[5:7] != "//":
        yield raw.removeprefix("file:")
    elif isinstance(raw, dict | list):
        for one in raw.values() if isinstance(raw, dict) else raw:
            yield from _named(one)


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)


def distinct_secrets(premises: Premises) -> Finding:
    """Look whether one secret opens two doors."""
    settings = premises.settings
    token = settings.ui.admin_token
    hooks = {one.decode(errors="replace") for one in settings.mautic.webhook_secrets}
    inbound = [
        one.inbound_secret.reveal()
        for one in settings.ats.values()
        if one.inbound_secret
    ]
    if token is not None and token.reveal() in hooks.union(inbound):
        return fail("the admin token is also a webhook secret")
    if hooks.intersection(inbound) or len(set(inbound)) < len(inbound):
        return warn("two senders of webhooks share a secret")
    return ok("each door has its own")


def admin_token(premises: Premises) -> Finding:
    """Look whether anybody can open the pages."""
    if premises.settings.ui.admin_token is None:
        return warn("none is set, so the pages are closed to everybody")
    return ok("set")


def data_folder(premises: Premises) -> Finding:
    """Look whether we may write where the data is, and others may not read it."""
    folder = premises.settings.data_dir
    if not folder.is_dir():
        return warn(f"{folder} is not there yet; the first start makes it")
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail(f"{folder} cannot be written to")
    readable = [one.name for one in sorted(folder.glob("*.db*")) if _is_open(one)]
    if readable and _is_open(folder):
        return warn(f"others on this machine can read {', '.join(readable)}")
    return ok(str(folder))


def disk(premises: Premises) -> Finding:
    """Look how much room is left for the data and the spool."""
    settings = premises.settings
    room = min(free_bytes(one) for one in (settings.data_dir, settings.spool))
    says = f"{room // MEGABYTE} MB left"
    if room < MIN_FREE_BYTES:
        return fail(f"{says}, the spool refuses below {MIN_FREE_BYTES // MEGABYTE} MB")
    return warn(says) if room < LOW_BYTES else ok(says)


def spool_folder(premises: Premises) -> Finding:
    """Write a file as the spool would, and delete it."""
    spool = Spool(premises.settings.spool)
    try:
        spool.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = spool.folder / f".doctor-{os.getpid()}"
        write_durably(probe, b"doctor")
        spool.remove([probe])
    except OSError as error:
        return fail(f"{spool.folder}: {error.strerror}")
    return ok(str(spool.folder))


def spool_empty(premises: Premises) -> Finding:
    """Look whether deliveries wait on disk or were set aside."""
    spool = Spool(premises.settings.spool)
    if aside := spool.aside():
        return fail(f"{aside} deliveries are set aside: they could not be read or kept")
    if waiting := len(spool.waiting()):
        return warn(f"{waiting} deliveries wait on disk for the store")
    return ok("empty")


def door(premises: Premises) -> Finding:
    """Ask our own public address whether it is us."""
    answer = premises.own_door
    if answer.status != HTTPStatus.OK or SERVICE.encode() not in answer.body:
        return fail(f"{premises.settings.base_url} answers {answer.status}, not as us")
    return ok(f"{premises.settings.base_url} is us")


def door_certificate(premises: Premises) -> Finding:
    """Look at the certificate of our public address."""
    if urlsplit(premises.settings.base_url).scheme != "https":
        return warn("no TLS: anybody on the way can read what candidates do")
    until = premises.own_door.certificate_until
    if until is None:
        return warn("the certificate does not say until when it holds")
    left = until - premises.parts.clock()
    says = f"the certificate holds until {until:%Y-%m-%d}"
    return warn(says) if left < timedelta(days=CERTIFICATE_DAYS) else ok(says)


def wiring(premises: Premises) -> Finding:
    """Put the parts together as the service does."""
    connections = sorted(premises.parts.connectors)
    return ok(f"Mautic and {', '.join(connections) or 'no ATS'}")


CONFIG = ("config",)
CHECKS: tuple[Check, ...] = (
    Check(
        name="config",
        means="The service cannot start with a config file that has mistakes.",
        mend="Run `stdc check`: it names each with its line. Mend them there.",
        run=config,
    ),
    Check(
        name="mappings",
        means="Nobody can be scored by rules that cannot be read.",
        mend="Run `stdc check`: it names each mistake with file and line.",
        run=mappings,
        needs=CONFIG,
    ),
    Check(
        name="secrets.files",
        means="Whoever reads these files can act in Mautic and the ATS as we do.",
        mend="Run `chmod 600` on them and give them to the service's user.",
        run=secret_files,
        needs=CONFIG,
    ),
    Check(
        name="secrets.distinct",
        means="A secret that leaks at one sender would open another door as well.",
        mend="Write a new secret into one of the files; for Mautic then `stdc apply`.",
        run=distinct_secrets,
        needs=CONFIG,
    ),
    Check(
        name="admin.token",
        means="Without it our pages and /metrics answer nobody but this machine.",
        mend="Set ui.admin_token in config.toml to a file with a long random text.",
        run=admin_token,
        needs=CONFIG,
    ),
    Check(
        name="data.folder",
        means="The database, the jobs and Mautic's token are kept there.",
        mend="Give the folder to the service's user and run `chmod 700` on it.",
        run=data_folder,
        needs=CONFIG,
    ),
    Check(
        name="disk.room",
        means="On a full disk neither the database nor the spool can keep a delivery.",
        mend="Make room, or lower [retention] in config.toml.",
        run=disk,
        needs=CONFIG,
    ),
    Check(
        name="spool.folder",
        means="When the database is away deliveries are kept there, or lost.",
        mend="Name a folder that the service's user may write to: instance.spool.",
        run=spool_folder,
        needs=CONFIG,
    ),
    Check(
        name="spool.empty",
        means="What waits there has not been counted for anybody yet.",
        mend="Mend the store; the worker moves them by itself. What stands in "
        "set-aside/ can be fed in with `stdc inbox import`, or thrown away.",
        run=spool_empty,
        needs=CONFIG,
    ),
    Check(
        name="wiring",
        means="The service cannot start: its parts do not fit together.",
        mend="Do what the message says; after an update run `stdc db upgrade`.",
        run=wiring,
        needs=("config", "mappings"),
    ),
    Check(
        name="door.answers",
        means="Mautic and the ATS cannot reach us at our public address.",
        mend="Start the service (`stdc run`), let the proxy pass all paths on to it, "
        "and compare instance.base_url.",
        run=door,
        needs=CONFIG,
    ),
    Check(
        name="door.certificate",
        means="When it ends Mautic's webhooks fail, and are soon switched off.",
        mend="Renew the proxy's certificate; use TLS for anything but a trial.",
        run=door_certificate,
        needs=("wiring", "door.answers"),
    ),
)
