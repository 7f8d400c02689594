"""Checks of Mautic's webhook: there, right, and proved by a delivery of our own."""

import ipaddress
import json
from http import HTTPStatus
from urllib.parse import urlsplit

from plugin.errors import StdcError
from plugin.health.checks_mautic import MAUTIC, version_of
from plugin.health.model import Check, Finding, fail, ok, warn
from plugin.health.premises import HOOK, Premises
from plugin.health.probe import addresses, ask
from plugin.provision.resources import Existing, Secret
from webhooks import signature

#: From this version on Mautic may refuse to call private addresses.
BLOCKS_PRIVATE = (5, 2)


def there(premises: Premises) -> Finding:
    """Look for our hook."""
    if premises.hook is None:
        return fail("Mautic has no webhook of ours")
    return ok(f"id {premises.hook.remote_id}")


def published(premises: Premises) -> Finding:
    """Look whether it is switched on."""
    if not _hook(premises).attributes["published"]:
        return fail("it is switched off; Mautic does so by itself after failures")
    return ok("switched on")


def address(premises: Premises) -> Finding:
    """Compare where it posts to with where we are."""
    have, want = _hook(premises).attributes["url"], premises.settings.mautic_webhook_url
    return ok(want) if have == want else fail(f"it posts to {have}, we are at {want}")


def secret(premises: Premises) -> Finding:
    """Compare its secret with ours."""
    have = _hook(premises).attributes.get("secret")
    if have is None:
        return warn("this Mautic does not show it")
    ours = [Secret(one.decode()) for one in premises.settings.mautic.webhook_secrets]
    if have == ours[0]:
        return ok("the same on both sides")
    if have in ours:
        return warn("Mautic still signs with an older one of ours")
    return fail("Mautic signs with a secret that is none of ours")


def triggers(premises: Premises) -> Finding:
    """Compare what it tells us with what we need."""
    have = set(_hook(premises).attributes["triggers"])
    want = set(premises.wanted[HOOK].attributes["triggers"])
    if missing := sorted(want - have):
        return fail(f"it does not tell us of {', '.join(missing)}")
    if extra := sorted(have - want):
        return warn(f"it also tells us of {', '.join(extra)}, which we do not use")
    return ok(f"{len(want)} triggers")


def order(premises: Premises) -> Finding:
    """Look in which order it sends what it kept in its queue."""
    if _hook(premises).attributes["order"] == "DESC":
        return warn("newest first")
    return ok("oldest first")


def grace(premises: Premises) -> Finding:
    """Look whether one failure is enough for Mautic to switch it off."""
    if premises.hook_log or _hook(premises).raw.get("dateModified"):
        return ok("it was edited or has succeeded before")
    return warn("it is new: its first failure switches it off")


def alone(premises: Premises) -> Finding:
    """Look for a second hook that posts to us."""
    url = premises.settings.mautic_webhook_url
    ours = _hook(premises).remote_id
    others = [
        str(one["name"])
        for one in premises.mautic.hooks.everything()
        if one.get("webhookUrl") == url and int(one["id"]) != ours
    ]
    if others:
        return warn(f"these post to us too: {', '.join(others)}")
    return ok("the only one that posts to us")


def log(premises: Premises) -> Finding:
    """Read what Mautic noted of its last calls."""
    rows = premises.hook_log
    if not rows:
        return ok("Mautic has not called yet")
    good = sum(row.get("status_code", "").startswith("2") for row in rows)
    last = rows[-1].get("status_code", "N/A")
    says = f"{good} of the last {len(rows)} calls went well, the last one with {last}"
    if not good:
        return fail(says)
    return ok(says) if good == len(rows) else warn(says)


def round_trip(premises: Premises) -> Finding:
    """Send a signed delivery to our own address, as Mautic would."""
    body = _body(premises)
    status = _post(premises, body, signature.sign(body, _secret(premises)))
    if status != HTTPStatus.OK:
        return fail(f"a signed delivery was answered {status}")
    return ok("a signed delivery was taken")


def forgery(premises: Premises) -> Finding:
    """Send one that somebody else signed."""
    body = _body(premises)
    status = _post(premises, body, signature.sign(body, b"not-the-secret-at-all"))
    if status != HTTPStatus.UNAUTHORIZED:
        return fail(f"a forged delivery was answered {status}, and not 401")
    return ok("a forged delivery was refused")


def private(premises: Premises) -> Finding:
    """Look whether Mautic may refuse to call us because we are too near."""
    host = urlsplit(premises.settings.base_url).hostname or ""
    near = [one for one in addresses(host) if ipaddress.ip_address(one).is_private]
    version = version_of(premises.mautic.version)
    if not near:
        return ok(f"{host} is a public address")
    if version is not None and version < BLOCKS_PRIVATE:
        return ok(f"{host} is private, which this Mautic does not mind")
    return warn(f"{host} is the private address {near[0]}")


def _hook(premises: Premises) -> Existing:
    hook = premises.hook
    if hook is None:
        raise LookupError("hook.there comes first")
    return hook


def _body(premises: Premises) -> bytes:
    """Write what Mautic's "Send Test Payload" looks like: it means nothing."""
    return json.dumps({"timestamp": premises.now.isoformat()}).encode()


def _secret(premises: Premises) -> bytes:
    """Take the secret that Mautic signs with, where it can be asked and shows it."""
    ours = premises.settings.mautic.webhook_secrets[0]
    try:
        hook = premises.hook
    except StdcError:
        return ours
    have = hook.attributes.get("secret") if hook else None
    return ours if have is None else str(have.reveal()).encode()


def _post(premises: Premises, body: bytes, signed: str) -> int:
    headers = {signature.HEADER: signed, "Content-Type": "application/json"}
    url = premises.settings.mautic_webhook_url
    return ask(url, method="POST", body=body, headers=headers).status


THERE = (*MAUTIC, "rights.hooks", "hook.there")
APPLY = "Run `stdc apply`."
CHECKS: tuple[Check, ...] = (
    Check(
        name="hook.there",
        means="Mautic does not tell us anything; only reconcile finds out, later.",
        mend=APPLY,
        run=there,
        needs=(*MAUTIC, "rights.hooks"),
    ),
    Check(
        name="hook.published",
        means="Mautic does not tell us anything, and forgets what happens meanwhile.",
        mend="Find out why it failed (hook.log), then run `stdc apply`; reconcile "
        "brings what was missed.",
        run=published,
        needs=THERE,
    ),
    Check(
        name="hook.address",
        means="Mautic posts to somewhere else.",
        mend="Compare instance.base_url, then run `stdc apply`.",
        run=address,
        needs=THERE,
    ),
    Check(
        name="hook.secret",
        means="Our door refuses what Mautic signs, and Mautic switches the hook off.",
        mend=f"{APPLY} It gives Mautic the first of mautic.webhook_secrets.",
        run=secret,
        needs=THERE,
    ),
    Check(
        name="hook.triggers",
        means="Some of what people do never reaches us, or Mautic works for nothing.",
        mend=APPLY,
        run=triggers,
        needs=THERE,
    ),
    Check(
        name="hook.order",
        means="In queue mode the newest news comes first and the oldest waits longest.",
        mend=APPLY,
        run=order,
        needs=THERE,
    ),
    Check(
        name="hook.grace",
        means="One restart of ours at the wrong moment and Mautic tells us no more.",
        mend="Save the hook once in Mautic: that gives it two days of grace.",
        run=grace,
        needs=THERE,
    ),
    Check(
        name="hook.alone",
        means="Everything arrives twice; it counts once, but costs twice.",
        mend="Delete the other hook in Mautic.",
        run=alone,
        needs=THERE,
    ),
    Check(
        name="hook.log",
        means="Mautic's calls to us fail; it switches the hook off when all do.",
        mend="Look at the status: 401 is the secret, 404 the address, N/A that Mautic "
        "cannot reach us.",
        run=log,
        needs=THERE,
    ),
    Check(
        name="hook.private",
        means="Mautic from 5.2 on may refuse to call a private address, in silence.",
        mend="Add it to webhook_allowed_private_addresses in Mautic's Configuration > "
        "Webhook Settings.",
        run=private,
        needs=MAUTIC,
    ),
    Check(
        name="hook.round-trip",
        means="What Mautic signs would not be taken at our door.",
        mend="401: the running service has another secret; restart it after a change. "
        "Anything else: look at the proxy and at the service's log.",
        run=round_trip,
        needs=("wiring", "door.answers"),
    ),
    Check(
        name="hook.forgery",
        means="Anybody could make up what candidates do.",
        mend="Look what answers at our address: it is not our door.",
        run=forgery,
        needs=("wiring", "door.answers"),
    ),
)
