"""The endpoints that machines ask: alive, ready, and how much of everything."""

import hmac
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from plugin.config import Settings
from plugin.errors import Misconfigured, StdcError
from plugin.health.metrics import ClosedCollector, DoorCounter, StoreCollector
from plugin.health.origins import HEADER, Origins
from plugin.pipeline.parts import Parts
from plugin.pipeline.spool import MIN_FREE_BYTES, free_bytes
from plugin.pipeline.spooling import SpoolingInbox
from plugin.store import head

#: What a proxy adds: the request is not from this machine, whoever passed it on.
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
#: Says that it is us who answers, and not whatever else listens there.
SERVICE = "stdc"


def create_blueprint(parts: Parts, inbox: SpoolingInbox) -> Blueprint:
    """Make GET /healthz, /readyz and /metrics, and count what the door answers."""
    return _blueprint(
        parts.settings,
        parts.sources,
        StoreCollector(parts),
        lambda: _state(parts, inbox),
        Origins(parts.store, parts.clock, parts.settings.mautic.url),
    )


def create_closed_blueprint(
    settings: Settings, sources: Iterable[str], clock: Callable[[], datetime]
) -> Blueprint:
    """Make the same for a service of which only the door is open yet."""
    return _blueprint(
        settings,
        sources,
        ClosedCollector(settings, clock),
        lambda: {"store": "not open yet"},
    )


def _blueprint(
    settings: Settings,
    sources: Iterable[str],
    collector: Collector,
    state: Callable[[], Mapping[str, str]],
    origins: Origins | None = None,
) -> Blueprint:
    blueprint = Blueprint("health", __name__)
    registry = CollectorRegistry()
    registry.register(collector)
    door = DoorCounter(registry, sources)

    @blueprint.get("/healthz")
    def alive() -> ResponseReturnValue:
        """Answer: the process does. Asks nobody else, so it stays true in an outage."""
        return {"service": SERVICE, "status": "ok"}

    @blueprint.get("/readyz")
    def ready() -> ResponseReturnValue:
        """Answer 200 when all of the service can do its work, else 503 and which."""
        found = {**state(), "disk": disk_state(settings)}
        is_ready = found["store"] == found["disk"] == "ok"
        return {"service": SERVICE, "ready": is_ready} | found, 200 if is_ready else 503

    @blueprint.get("/metrics")
    def metrics() -> ResponseReturnValue:
        """Answer in Prometheus' text format, to this machine or to the admin."""
        if not (_is_local() or _is_admin(settings)):
            headers = {"WWW-Authenticate": "Bearer"}
            return {"error": "the admin token is needed, as a bearer"}, 401, headers
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @blueprint.after_app_request
    def count(response: Response) -> Response:
        if request.endpoint == "webhooks.receive":
            source = (request.view_args or {}).get("name", "").rstrip("/")
            door.count(source, response.status_code)
            is_genuine = response.status_code == HTTPStatus.OK
            if origins is not None and source == "mautic" and is_genuine:
                _hear(origins, door, response)
        return response

    return blueprint


def _hear(origins: Origins, door: DoorCounter, response: Response) -> None:
    """Count and note which Mautic that was, once nobody waits for us any more."""
    told = request.headers.get(HEADER, "")
    if origins.is_other(told):
        door.count_other_origin()
    if (origin := origins.news(told)) is not None:
        response.call_on_close(partial(origins.note, origin))


def _state(parts: Parts, inbox: SpoolingInbox) -> dict[str, str]:
    """Say how the store is, and since when deliveries go to the disk instead."""
    state = store_state(parts)
    since = inbox.spooling_since if state == "ok" else None
    if since is None:
        return {"store": state}
    return {"store": "takes nothing", "spooling_since": since.isoformat()}


def store_state(parts: Parts) -> str:
    """Say "ok", "away", or "wrong revision"; never the database's own words."""
    try:
        with parts.store.view() as unit:
            unit.inbox.oldest()
            current = unit.figures.revision()
    except Misconfigured:
        return "wrong revision"
    except StdcError:
        return "away"
    return "ok" if current == head() else "wrong revision"


def disk_state(settings: Settings) -> str:
    """Say "ok", or "nearly full" where the spool would refuse."""
    room = min(free_bytes(one) for one in (settings.data_dir, settings.spool))
    return "ok" if room >= MIN_FREE_BYTES else "nearly full"


def _is_local() -> bool:
    """Whether the request was made on this machine, and not passed on by a proxy."""
    if any(name in request.headers for name in PASSED_ON):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _is_admin(settings: Settings) -> bool:
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    token = settings.ui.admin_token
    if token is None or kind.lower() != "bearer":
        return False
    return hmac.compare_digest(token.reveal().encode(), given.strip().encode())
