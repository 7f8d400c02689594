"""Our hook in Mautic: looked at every minute, and put right.

Mautic up to 6.x switches a hook off when all of its recent deliveries failed,
a new one at its very first failure, and forgets what happens meanwhile. An edit
gives a hook two days in which that rule spares it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog

from plugin.errors import Rejected
from plugin.pipeline.parts import Parts
from webhooks.sources.mautic_fields import moment

log = structlog.get_logger(__name__)

#: How `stdc apply` calls what it made: (kind, key).
OWNED = ("hook", "hook")
#: The order in which Mautic sends what waits; ours does not depend on it.
ORDER = "ASC"
#: Mautic switches a hook off right after a delivery that failed, and stamps it then:
#: `api/194-hooks-get-killed` of the recordings. A person needs longer.
AT_ONCE = timedelta(seconds=5)
#: So often in a day it is switched on again; then something else is wrong.
MOST_A_DAY, DAY = 3, timedelta(days=1)
AGAIN = "switched on again"
#: An edit older than this is done again while deliveries fail: it counts two days.
STALE = timedelta(days=1)
#: Name of the mark that keeps how our hook was last found.
HEALTH_MARK = "hook.health"
ACTOR = "stdc"


class Condition(StrEnum):
    """How our hook was found."""

    FINE = "fine"
    #: Something was wrong with it and is not any more.
    MENDED = "mended"
    NEEDS_A_PERSON = "needs-a-person"
    #: `stdc apply` has not made one yet.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How our hook was found, and what was done about it."""

    condition: Condition
    #: What was put right: "switched on again", "address", "secret", ...
    did: tuple[str, ...] = ()
    #: What a person should know or do; may be empty.
    advice: str = ""


class Last(StrEnum):
    """How the last delivery that Mautic tried came out."""

    NONE = "none"
    GOOD = "good"
    FAILED = "failed"
    #: Mautic's log cannot be read.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tried:
    """The last delivery that Mautic tried, and when."""

    outcome: Last
    at: datetime | None = None


def watch(parts: Parts) -> Health:
    """Look at our hook in Mautic and put it right, or say what a person must do.

    One that Mautic switched off is switched on again; one that a person switched
    off, or of which nobody can tell, stays so. Raises what the client raises.
    """
    with parts.store.view() as unit:
        owned = unit.owned.get(*OWNED)
    if owned is None:
        return _keep(
            parts, Health(condition=Condition.ABSENT, advice="run: stdc apply")
        )
    hook = parts.mautic.hooks.read(owned.remote_id)
    if hook is None:
        gone = "somebody deleted our webhook in Mautic; to make it again: stdc apply"
        return _keep(parts, Health(condition=Condition.NEEDS_A_PERSON, advice=gone))
    return _keep(parts, _put_right(parts, owned.remote_id, hook))


def _put_right(parts: Parts, hook_id: int, hook: Mapping[str, Any]) -> Health:
    wrong = dict(_wrong(parts, hook))
    body = {name: value for part in wrong.values() for name, value in part.items()}
    did = list(wrong)
    is_on = bool(hook["isPublished"])
    is_stale = _is_stale(hook, parts.clock())
    tried = _last(parts, hook_id) if is_stale or not is_on else Tried(Last.NONE)
    advice = "" if is_on else _why_off(parts, hook, tried)
    if not is_on and not advice:
        body["isPublished"] = True
        did.append(AGAIN)
    if body:
        parts.mautic.hooks.change(hook_id, body)
    elif is_on and tried.outcome is Last.FAILED:
        _touch(parts, hook_id)
        did.append("spared for two days")
    if advice:
        person = Condition.NEEDS_A_PERSON
        return Health(condition=person, did=tuple(did), advice=advice)
    return Health(condition=Condition.MENDED if did else Condition.FINE, did=tuple(did))


def _why_off(parts: Parts, hook: Mapping[str, Any], tried: Tried) -> str:
    """Say why a hook that is off stays off; empty where Mautic switched it off."""
    mend = "switch it on under Webhooks there, or run: stdc apply"
    if tried.outcome is Last.UNKNOWN:
        return (
            "our webhook is switched off in Mautic, and its log cannot be read, so we "
            f"cannot tell whether a person did that or Mautic: {mend}"
        )
    if not _was_killed(hook, tried):
        return (
            f"a person switched our webhook off in Mautic, so we hear of nobody; {mend}"
        )
    if _times_today(parts) >= MOST_A_DAY:
        return (
            f"Mautic switched our webhook off {MOST_A_DAY} times in a day, and we on "
            f"again: find out why its calls fail (stdc doctor: hook.log), then {mend}"
        )
    return ""


def _was_killed(hook: Mapping[str, Any], tried: Tried) -> bool:
    """Whether Mautic switched it off: that comes with a failure, in the same moment.

    Without a stamp nobody edited it, a person neither.
    """
    if tried.outcome is not Last.FAILED:
        return False
    edited = moment(hook.get("dateModified"))
    return edited is None or tried.at is None or abs(edited - tried.at) <= AT_ONCE


def _times_today(parts: Parts) -> int:
    """Count how often it was switched on again within a day."""
    since = parts.clock() - DAY
    with parts.store.view() as unit:
        lines = unit.audit.list("hook")
    return sum(
        one.at >= since and AGAIN in (one.detail.get("did") or ()) for one in lines
    )


def _wrong(
    parts: Parts, hook: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is wrong, and the part of a PATCH that puts it right."""
    settings = parts.settings
    if hook.get("webhookUrl") != settings.mautic_webhook_url:
        yield "address", {"webhookUrl": settings.mautic_webhook_url}
    missing = set(parts.triggers).difference(_listed(hook.get("triggers")))
    if missing:
        # PATCH only adds: those that somebody else wants stay
        yield "triggers", {"triggers": sorted(missing)}
    secret = hook.get("secret")
    secrets = settings.mautic.webhook_secrets
    if secret is not None and str(secret).encode() not in secrets:
        yield "secret", {"secret": secrets[0].decode()}
    if hook.get("eventsOrderbyDir") != ORDER:
        yield "order", {"eventsOrderbyDir": ORDER}


def _listed(value: Any) -> list[str]:
    """Read a list, which PHP writes as an object when its numbers have gaps."""
    return list(value.values()) if isinstance(value, Mapping) else list(value or ())


def _last(parts: Parts, hook_id: int) -> Tried:
    """Look how the last delivery came out that Mautic tried for our hook."""
    mine = {"webhook_id": hook_id}
    try:
        rows = parts.mautic.stats.newest("webhook_logs", 1, equal=mine)
    except Rejected as error:
        log.info("hook.log_unreadable", why=str(error))
        return Tried(Last.UNKNOWN)
    if not rows:
        return Tried(Last.NONE)
    is_good = rows[0].get("status_code", "").startswith("2")
    at = moment(rows[0].get("date_added"))
    return Tried(Last.GOOD if is_good else Last.FAILED, at)


def _is_stale(hook: Mapping[str, Any], now: datetime) -> bool:
    edited = moment(hook.get("dateModified"))
    return edited is None or now - edited > STALE


def _touch(parts: Parts, hook_id: int) -> None:
    """Edit it, and take that back: only a real change counts as an edit."""
    parts.mautic.hooks.change(hook_id, {"eventsOrderbyDir": "DESC"})
    parts.mautic.hooks.change(hook_id, {"eventsOrderbyDir": ORDER})


def _keep(parts: Parts, health: Health) -> Health:
    """Note what changed since the last look: in the log, the audit and a mark."""
    found = {"condition": health.condition.value, "advice": health.advice}
    with parts.store.view() as unit:
        is_news = unit.marks.get(HEALTH_MARK) != found
    if not (is_news or health.did):
        return health
    log.warning("hook", condition=health.condition.value, did=list(health.did))
    with parts.store.unit() as unit:
        unit.marks.put(HEALTH_MARK, found)
        if health.did:
            detail = {"did": list(health.did)}
            unit.audit.add(parts.clock(), ACTOR, "hook.mended", "hook", detail)
    return health
