"""Checks of Mautic as a server: reachable, switched on, and letting us in."""

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from plugin.health.model import Check, Finding, fail, ok, warn
from plugin.health.premises import Premises
from plugin.health.probe import Answer

#: Clocks this far apart make moments and scores wrong; and tokens.
SKEW_WARN, SKEW_FAIL = timedelta(seconds=30), timedelta(minutes=5)
CERTIFICATE_DAYS = 14
#: Versions we know: from this one, and below that one.
OLDEST, TOO_NEW = (4, 4), (8, 0)


def address(premises: Premises) -> Finding:
    """Ask for the API without credentials: a Mautic answers JSON, whatever it says."""
    answer = premises.stranger
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        target = urlsplit(answer.headers.get("location", ""))
        return fail(f"it sends us on to {target.scheme}://{target.netloc}{target.path}")
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return fail(f"it answers {answer.status}")
    if _error(answer) is None:
        return fail(f"it answers {answer.status}, and not as a Mautic's API does")
    return ok(premises.settings.mautic.url)


def _error(answer: Answer) -> str | None:
    """Read the type of the first error; None when the answer is not Mautic's."""
    try:
        body = json.loads(answer.body)
        return str(body["errors"][0].get("type"))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def certificate(premises: Premises) -> Finding:
    """Look at Mautic's certificate."""
    if urlsplit(premises.settings.mautic.url).scheme != "https":
        return warn("no TLS: credentials and contacts can be read on the way")
    until = premises.stranger.certificate_until
    if until is None:
        return warn("the certificate does not say until when it holds")
    says = f"the certificate holds until {until:%Y-%m-%d}"
    is_soon = until - premises.now < timedelta(days=CERTIFICATE_DAYS)
    return warn(says) if is_soon else ok(says)


def api(premises: Premises) -> Finding:
    """Look whether the API is switched on."""
    if _error(premises.stranger) == "api_disabled":
        return fail("Mautic says that its API is disabled")
    return ok("switched on")


def clock(premises: Premises) -> Finding:
    """Compare Mautic's clock with ours, by the Date of its answer."""
    told = premises.stranger.headers.get("date")
    return judge_clock(told, premises.now)


def judge_clock(told: str | None, now: datetime) -> Finding:
    """Say how far a Date header is from our present."""
    try:
        theirs = parsedate_to_datetime(told or "")
    except ValueError:
        return warn("Mautic's answers have no date")
    theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
    skew = abs(theirs - now)
    says = f"{skew.total_seconds():.0f} s apart"
    if skew >= SKEW_FAIL:
        return fail(says)
    return warn(says) if skew >= SKEW_WARN else ok(says)


def credentials(premises: Premises) -> Finding:
    """Sign in."""
    role = (premises.me.get("role") or {}).get("name", "no role")
    return ok(f"signed in by {premises.settings.mautic.auth}, role {role!r}")


def version(premises: Premises) -> Finding:
    """Look whether we know this Mautic."""
    return judge_version(premises.mautic.version)


def judge_version(told: str) -> Finding:
    """Say whether a version such as "5.1.1" is one that we know."""
    found = version_of(told)
    if found is None:
        return warn("Mautic does not say which version it is")
    if found < OLDEST:
        return fail(f"{told} is older than 4.4, which we need")
    if found >= TOO_NEW:
        return warn(f"{told} is newer than any we know")
    return ok(told)


def version_of(told: str) -> tuple[int, int] | None:
    """Read major and minor of a version; None when there is none."""
    found = re.match(r"(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else None


def sign_in_cost(premises: Premises) -> Finding:
    """Look how we sign in."""
    if premises.settings.mautic.auth == "basic":
        return warn("by password, which costs Mautic a third of a second per call")
    return ok("by OAuth2, once an hour")


MAUTIC = ("wiring", "mautic.address", "mautic.api", "mautic.credentials")
CHECKS: tuple[Check, ...] = (
    Check(
        name="mautic.address",
        means="We cannot reach Mautic, so nothing that we decide shows there.",
        mend="Compare mautic.url with what marketers have in their browser; look at "
        "name server, firewall and certificate between here and there.",
        run=address,
        needs=("config",),
    ),
    Check(
        name="mautic.certificate",
        means="When it ends we refuse to talk to Mautic, and writes wait.",
        mend="Renew Mautic's certificate; give mautic.url with https://.",
        run=certificate,
        needs=("wiring", "mautic.address"),
    ),
    Check(
        name="mautic.api",
        means="Mautic answers nobody over REST.",
        mend="Switch on Mautic's Configuration > API Settings > API enabled, and clear "
        "its cache.",
        run=api,
        needs=("mautic.address",),
    ),
    Check(
        name="mautic.clock",
        means="Moments and decay are judged by two clocks, and so are tokens.",
        mend="Let both machines set their clock by NTP.",
        run=clock,
        needs=("wiring", "mautic.address"),
    ),
    Check(
        name="mautic.credentials",
        means="Mautic does not let us in.",
        mend="Compare client id and secret with Mautic's API Credentials (or user and "
        "password, with basic auth allowed in API Settings).",
        run=credentials,
        needs=("wiring", "mautic.address", "mautic.api"),
    ),
    Check(
        name="mautic.version",
        means="What we know of Mautic's quirks may not hold for this version.",
        mend="Update Mautic to 4.4 or newer; try one that is newer than we know on a "
        "copy first.",
        run=version,
        needs=MAUTIC,
    ),
    Check(
        name="mautic.auth",
        means="Each call is slow, and Mautic's processor works for nothing.",
        mend="Make OAuth2 credentials in Mautic and set mautic.auth to oauth2.",
        run=sign_in_cost,
        needs=("config",),
    ),
)
