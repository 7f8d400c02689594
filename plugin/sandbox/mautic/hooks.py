"""Webhooks: what goes out, when, signed how, and when Mautic gives up.

In immediate mode a request's events are sent before it is answered, one POST
per event, in order; here after the lock is released, so that a receiver that
calls back does not wait for itself. In queue mode they wait for `process`.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.model import NOBODY, Actor, Item, crash
from plugin.sandbox.mautic.state import State

PREFIX = "mautic."
GONE = 410
GRACE = timedelta(days=2)
NOTE_LENGTH = 200


@dataclass(frozen=True)
class Delivery:
    """One signed POST to one hook: trigger -> items, and the queue rows behind it."""

    hook_id: int
    items: dict[str, list[Item]]
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Request:
    """One unsigned request of the campaign action "send a webhook"."""

    method: str
    url: str
    data: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    timeout: float = 10


def emit(state: State, trigger: str, build: Callable[[], Item]) -> None:
    """Hand one event to every published hook that subscribed to it."""
    name = PREFIX + trigger
    hooks = [
        hook
        for hook in state.tables["hooks"].values()
        if hook["isPublished"] and name in hook["triggers"]
    ]
    if not hooks:
        return
    item = build() | {"timestamp": php.iso(state.now())}
    for hook in hooks:
        if state.switches.queue_mode:
            row = {"hook_id": hook["id"], "trigger": name, "item": item}
            state.tables["webhook_queue"].add(row)
        else:
            state.pending.append(Delivery(hook["id"], {name: [item]}))


@contextmanager
def transaction(state: State, actor: Actor = NOBODY) -> Iterator[None]:
    """Hold the lock; at the end of the outermost one, send what was emitted.

    Raises the kernel's error 500 when a hook made by client credentials was
    just switched off: Mautic then fails to tell its creator, who has no id.
    """
    outgoing: list[Delivery | Request] = []
    try:
        with state.lock:
            state.depth += 1
            try:
                yield
            finally:
                state.depth -= 1
                if not state.depth:
                    outgoing, state.pending = state.pending, []
    finally:
        failed = _send_all(state, outgoing, actor) if outgoing else False
    if failed:
        raise crash()


def _send_all(state: State, outgoing: list[Delivery | Request], actor: Actor) -> bool:
    crashed = False
    with client() as session:
        for item in outgoing:
            if isinstance(item, Delivery):
                crashed |= deliver(state, session, item, actor) is None
            else:
                _call(session, item)
    return crashed


@contextmanager
def client() -> Iterator[requests.Session]:
    """Open an HTTP client that sends what we say, straight there."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        session.headers["User-Agent"] = "GuzzleHttp/7"
        yield session


def _call(session: requests.Session, item: Request) -> None:
    try:
        session.request(
            item.method,
            item.url,
            data=item.data,
            headers=item.headers,
            timeout=item.timeout,
            allow_redirects=False,
        )
    except requests.RequestException:
        return


def sign(secret: str, body: bytes) -> str:
    """Sign a raw body: base64 of its HMAC-SHA256."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def deliver(
    state: State, session: requests.Session, delivery: Delivery, actor: Actor = NOBODY
) -> bool | None:
    """Send one delivery; True when it was answered, None when the hook's end crashed.

    The answer is logged; a failure may switch the hook off.
    """
    with state.lock:
        hook = state.tables["hooks"].get(delivery.hook_id)
        if hook is None or not hook["isPublished"]:
            return True
        url, secret = hook["webhookUrl"], hook["secret"]
    body = php.json_encode(delivery.items)
    started = time.perf_counter()
    status, note = _post(session, url, body, _headers(state, secret, body))
    runtime = round(time.perf_counter() - started, 2)
    with state.lock:
        return _note(state, hook, body, (status, note, runtime), actor)


def _headers(state: State, secret: str, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Origin-Base-URL": state.site_url,
        "Webhook-Signature": sign(secret, body),
    }


def _post(
    session: requests.Session, url: str, body: bytes, headers: dict[str, str]
) -> tuple[int | None, str]:
    try:
        # Mautic 5.1 reads webhook_timeout and never applies it; we do not wait
        # for ever, so that a forgotten receiver cannot hang a test run.
        answer = session.post(
            url, data=body, headers=headers, allow_redirects=False, timeout=120
        )
    except requests.RequestException as error:
        return None, str(error)
    return answer.status_code, answer.text


def _note(
    state: State,
    hook: Item,
    body: bytes,
    result: tuple[int | None, str, float],
    actor: Actor,
) -> bool | None:
    status, note, runtime = result
    if status is not None:
        _log(state, hook, str(status), note, runtime)
        if _is_good(str(status)):
            return True
        note = f"{hook['webhookUrl']} returned {status} with payload: {body.decode()}"
    _log(state, hook, "N/A", note, runtime)
    crashed = (status == GONE or is_sick(state, hook)) and kill(state, hook, actor)
    return None if crashed else status is not None


def _log(state: State, hook: Item, status: str, note: str, runtime: float) -> None:
    state.log(
        "webhook_logs",
        webhook_id=hook["id"],
        status_code=status,
        date_added=php.sql(state.now()),
        note=note[:NOTE_LENGTH],
        runtime=runtime,
    )


def _is_good(status: str) -> bool:
    return status.startswith("2")


def is_sick(state: State, hook: Item) -> bool:
    """Tell whether no row of the hook's recent log is a success.

    A hook edited in the last two days is spared; a new one never was edited.
    """
    edited = hook["dateModified"]
    if edited and state.now() - datetime.fromisoformat(edited) < GRACE:
        return False
    rows = [
        row for row in state.logs["webhook_logs"] if row["webhook_id"] == hook["id"]
    ]
    recent = rows[-state.switches.disable_limit :]
    return not any(_is_good(row["status_code"]) for row in recent)


def kill(state: State, hook: Item, actor: Actor) -> bool:
    """Switch a hook off; True when Mautic then crashes on its missing creator."""
    hook["isPublished"] = False
    state.touch(hook, actor)
    return hook["createdBy"] is None and hook["modifiedBy"] is None


def process(state: State, limit: int | None = None) -> int:
    """Send what queue mode kept, `limit` events per POST grouped by trigger.

    Returns the number of POSTs. On a refused or dropped connection the rows
    stay for the next run; on any answer they are deleted, also on a 500.
    """
    size = limit or state.switches.webhook_limit
    posts = 0
    with client() as session:
        for hook_id in list(state.tables["hooks"]):
            posts += _drain(state, session, hook_id, size)
    return posts


def _drain(state: State, session: requests.Session, hook_id: int, size: int) -> int:
    posts = 0
    while delivery := _batch(state, hook_id, size):
        posts += 1
        before = len(state.logs["webhook_logs"])
        answered = deliver(state, session, delivery)
        if answered is not False:
            for row in delivery.rows:
                state.tables["webhook_queue"].pop(row, None)
        if not answered or not _is_good(_last_status(state, before)):
            break
    return posts


def _last_status(state: State, before: int) -> str:
    rows = state.logs["webhook_logs"][before:]
    return str(rows[-1]["status_code"]) if rows else "N/A"


def _batch(state: State, hook_id: int, size: int) -> Delivery | None:
    with state.lock:
        hook = state.tables["hooks"].get(hook_id)
        queue = state.tables["webhook_queue"]
        rows = [row for row in queue.values() if row["hook_id"] == hook_id]
        if not rows or hook is None or not hook["isPublished"]:
            return None
        if hook["eventsOrderbyDir"] == "DESC":
            rows.reverse()
        items: dict[str, list[Item]] = {}
        for row in rows[:size]:
            items.setdefault(row["trigger"], []).append(row["item"])
        return Delivery(hook_id, items, tuple(row["id"] for row in rows[:size]))
