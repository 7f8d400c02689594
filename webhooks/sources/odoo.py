"""Odoo's automation webhook: unsigned, sent once, a hint and no more.

It posts `{"_action", "_id", "_model", ...}` for each record and can neither sign nor
set a header. But a name and password in its address (`https://odoo:SECRET@host/...`)
become an Authorization header on the way, and stand in no proxy's access log as the
other way, `?token=SECRET`, may. 18 sends before its commit: all it says is read again.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from webhooks.errors import InvalidSignature
from webhooks.sources.base import TOKEN_HEADER, Hint, Parsed, Unreadable, header
from webhooks.sources.body import bounded, read_object

APPLICATION, CANDIDATE = "hr.applicant", "hr.candidate"
#: No id of theirs is larger: a PostgreSQL integer.
LARGEST = 2**31 - 1


class OdooSource:
    """Deliveries of one Odoo."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take the secrets that are valid now; ValueError if one is empty."""
        if not secrets or not all(secrets):
            raise ValueError("an empty secret would let anybody in")
        self._secrets = tuple(secrets)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:  # noqa: ARG002 -- nothing is signed
        """Compare the secret, in constant time."""
        given = _given(headers)
        if not any([hmac.compare_digest(one, given) for one in self._secrets]):  # noqa: C419 -- all are compared
            raise InvalidSignature("the secret of this webhook's address is wrong")

    def parse(self, body: bytes, received_at: datetime) -> Parsed:  # noqa: ARG002 -- the record is read again
        """Read which record to look at: "hr.applicant/61" or "hr.candidate/54"."""
        said = read_object(body)
        ref = _record(said.get("candidate_id"), CANDIDATE) or _record(
            said.get("_id"), said.get("_model")
        )
        if ref is None:
            reason = (
                "_model and _id name no candidate: "
                f"{said.get('_model')!r} {said.get('_id')!r}"
            )
            wrong = Unreadable(where="odoo", reason=reason[:200], raw=bounded(said))
            return Parsed(unreadable=(wrong,))
        return Parsed(hints=(Hint(ref=ref),))


def _record(number: object, model: object) -> str | None:
    if model not in (APPLICATION, CANDIDATE) or isinstance(number, bool):
        return None
    is_id = isinstance(number, int) and 0 < number <= LARGEST
    return f"{model}/{number}" if is_id else None


def _given(headers: Mapping[str, str]) -> bytes:
    """Read the secret: the address's token, or its password by basic auth."""
    token = header(headers, TOKEN_HEADER)
    if token is not None:
        return token.encode("utf-8", "replace")
    scheme, _, coded = (header(headers, "Authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        told = base64.b64decode(coded.strip(), validate=True)
    except ValueError:
        return b""
    return told.partition(b":")[2]
