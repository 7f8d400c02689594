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
#: Rows of Mautic's log, of all hooks, in which ours is looked for.
LOG_ROWS = 500
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


def watch(parts: Parts) -> Health:
    """Look at our hook in Mautic and put it right, or say what a person must do.

    One that Mautic switched off is switched on again; one that a person switched
    off stays so. Raises what the client raises.
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
    is_stale = _is_stale(hook, parts.clock())
    failed = (is_stale or not hook["isPublished"]) and _last_failed(parts, hook_id)
    did = list(wrong)
    if not hook["isPublished"] and failed:
        body["isPublished"] = True
        did.append("switched on again")
    if body:
        parts.mautic.hooks.change(hook_id, body)
    elif failed:
        _touch(parts, hook_id)
        did.append("spared for two days")
    if not hook["isPublished"] and not failed:
        return Health(
            condition=Condition.NEEDS_A_PERSON,
            did=tuple(did),
            advice="a person switched our webhook off in Mautic, so we hear of nobody; "
            "switch it on under Webhooks there, or run: stdc apply",
        )
    return Health(condition=Condition.MENDED if did else Condition.FINE, did=tuple(did))


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


def _last_failed(parts: Parts, hook_id: int) -> bool:
    """Whether the last delivery that Mautic tried failed; no when nobody can tell."""
    stats = parts.mautic.stats
    try:
        after = max(0, stats.last_id("webhook_logs") - LOG_ROWS)
        rows = stats.rows(
            "webhook_logs", after, LOG_ROWS, equal={"webhook_id": hook_id}
        )
    except Rejected as error:
        log.info("hook.log_unreadable", why=str(error))
        return False
    return bool(rows) and not rows[-1].get("status_code", "").startswith("2")


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
