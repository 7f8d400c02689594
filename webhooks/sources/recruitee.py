"""Recruitee's webhooks: signed over the raw body, and read as hints.

https://docs.recruitee.com/docs/webhooks: `X-Recruitee-Signature` is the hex
HMAC-SHA256 of the body. The call that tries a new hook out, `{"test": true}`, comes
before anybody can know its secret and must be answered 200.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from webhooks.errors import InvalidSignature, Malformed, Trial
from webhooks.sources.base import Hint, Parsed, Unreadable, header
from webhooks.sources.body import bounded, read_object

SIGNATURE = "X-Recruitee-Signature"
#: An unsigned test is no longer than this: anybody may send one.
TRIAL_BYTES = 100
#: What concerns candidates; jobs do not concern us.
EVENTS = frozenset(
    {
        "candidate_created",
        "candidate_assigned",
        "candidate_moved",
        "candidate_deleted",
    }
)


class RecruiteeSource:
    """Deliveries of one company."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take the secrets that are valid now; ValueError if one is empty."""
        if not secrets or not all(secrets):
            raise ValueError("an empty secret would let anybody in")
        self._secrets = tuple(secrets)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Compare the signature in constant time; an unsigned test is a trial."""
        given = (header(headers, SIGNATURE) or "").strip().lower().encode()
        expected = [
            hmac.new(one, body, hashlib.sha256).hexdigest().encode()
            for one in self._secrets
        ]
        if any([hmac.compare_digest(one, given) for one in expected]):  # noqa: C419 -- all are compared
            return
        if not given and _is_test(body):
            raise Trial("unsigned, as it comes before anybody knows the secret")
        raise InvalidSignature(f"{SIGNATURE} matches none of the secrets")

    def parse(self, body: bytes, received_at: datetime) -> Parsed:  # noqa: ARG002 -- the record is read again
        """Read which candidate to look at."""
        said = read_object(body)
        if said.get("test") is True:
            return Parsed(is_test=True)
        event = said.get("event_type")
        if not isinstance(event, str) or event not in EVENTS:
            return Parsed(unknown={str(event)[:100]: 1})
        number = _candidate(said.get("payload"))
        if number is None:
            wrong = Unreadable(
                where=str(event), reason="payload names no candidate", raw=bounded(said)
            )
            return Parsed(unreadable=(wrong,))
        return Parsed(hints=(Hint(ref=str(number)),))


def _candidate(payload: Any) -> int | None:
    if not isinstance(payload, Mapping):
        return None
    candidate = payload.get("candidate")
    number = candidate.get("id") if isinstance(candidate, Mapping) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if number > 0 else None


def _is_test(body: bytes) -> bool:
    try:
        return len(body) <= TRIAL_BYTES and read_object(body) == {"test": True}
    except Malformed:
        return False
