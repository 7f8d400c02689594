"""Odoo's automation webhook: unsigned, sent once, a hint and no more.

It posts `{"_action", "_id", "_model", ...}` for each record and signs nothing, so
a secret stands in the header or the address that the automation was given. 18
sends before its commit: whatever it says is read again (recordings 356 to 390).
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from webhooks.errors import InvalidSignature
from webhooks.sources.base import Hint, Parsed, Unreadable, header
from webhooks.sources.body import bounded, read_object

#: Where the secret comes in: Odoo's webhook action can set no header, so the door
#: hands on what stood behind `?token=` of the address under this name.
HEADER = "X-Webhook-Token"
#: Models whose records are candidates or their applications.
MODELS = frozenset({"hr.applicant", "hr.candidate"})


class OdooSource:
    """Deliveries of one Odoo."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take the secrets that are valid now; ValueError if one is empty."""
        if not secrets or not all(secrets):
            raise ValueError("an empty secret would let anybody in")
        self._secrets = tuple(secrets)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:  # noqa: ARG002 -- nothing is signed
        """Compare the token, in constant time."""
        given = (header(headers, HEADER) or "").encode("utf-8", "surrogatepass")
        if not any([hmac.compare_digest(one, given) for one in self._secrets]):  # noqa: C419 -- all are compared
            raise InvalidSignature("the token of this webhook's address is wrong")

    def parse(self, body: bytes, received_at: datetime) -> Parsed:  # noqa: ARG002 -- the record is read again
        """Read which record to look at."""
        said = read_object(body)
        model, number = said.get("_model"), said.get("_id")
        if model not in MODELS or not isinstance(number, int) or number < 1:
            reason = f"_model and _id name no candidate: {model!r} {number!r}"[:200]
            wrong = Unreadable(where="odoo", reason=reason, raw=bounded(said))
            return Parsed(unreadable=(wrong,))
        person = said.get("candidate_id") if model == "hr.applicant" else None
        return Parsed(hints=(Hint(ref=str(person or number)),))
