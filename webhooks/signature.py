"""Proof that a delivery is from Mautic: its signature over the raw bytes."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from webhooks.errors import InvalidSignature

#: The header Mautic signs with. It sends no id and no time, so nothing here can
#: tell a replay: the event keys do.
HEADER = "Webhook-Signature"


def sign(body: bytes, secret: bytes) -> str:
    """Sign as Mautic does: base64(HMAC-SHA256(secret, raw body))."""
    digest = hmac.new(secret, body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def verify(body: bytes, signature: str, secrets: Sequence[bytes]) -> None:
    """Raise `InvalidSignature` unless one of the secrets signed these bytes.

    Every secret is tried, so one can be rotated without losing a delivery. The
    bytes must be the raw ones: PHP writes "/" and "é" otherwise than Python.
    """
    given = signature.strip().encode("utf-8", "replace")
    # Mautic 4 signs with an empty key when a hook has no secret: anybody can.
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise InvalidSignature("no webhook secret is configured")
    matches = [
        hmac.compare_digest(sign(body, secret).encode("ascii"), given)
        for secret in usable
    ]
    if not any(matches):
        raise InvalidSignature(f"{HEADER} matches none of the configured secrets")
