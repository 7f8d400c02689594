"""Carerix's webhooks: a thin event names an entity, which is read again.

`Cx-Signature` is the base64 of RSA-SHA256 (PKCS #1 v1.5) over the body, by a key whose
public half is at `GET /webhooks/v1/signature-key`. Whoever makes the webhook may give
it headers of their own instead; a shared secret then stands in `X-STDC-Secret`.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature as WrongKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from webhooks.errors import InvalidSignature
from webhooks.sources.base import Hint, Parsed, Unreadable, header
from webhooks.sources.body import bounded, read_object

SIGNATURE, SHARED = "Cx-Signature", "X-STDC-Secret"
#: What concerns candidates.
KINDS = frozenset({"cremployee", "crmatch", "crjob"})
LONGEST_ID = 64


class CarerixSource:
    """Deliveries of one tenant."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take public keys (PEM) or shared secrets; ValueError if one is neither."""
        if not secrets or not all(secrets):
            raise ValueError("an empty secret would let anybody in")
        pems = [one for one in secrets if one.lstrip().startswith(b"-----BEGIN")]
        self._keys = [_key(one) for one in pems]
        self._shared = [one for one in secrets if one not in pems]

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Verify the signature, or compare the shared secret in constant time."""
        given = (header(headers, SHARED) or "").encode()
        if any([hmac.compare_digest(one, given) for one in self._shared]):  # noqa: C419 -- all are compared
            return
        signed = _decoded(header(headers, SIGNATURE) or "")
        if signed and any(_is_by(key, signed, body) for key in self._keys):
            return
        raise InvalidSignature(f"neither {SIGNATURE} nor {SHARED} is right")

    def parse(self, body: bytes, received_at: datetime) -> Parsed:  # noqa: ARG002 -- the record is read again
        """Read which entity to look at: an employee, or theirs."""
        said = read_object(body)
        kind = str(said.get("type") or "").partition(":")[0].lower()
        if kind not in KINDS:
            return Parsed(unknown={str(said.get("type"))[:100]: 1})
        data = said.get("data")
        number = data.get("entityId") if isinstance(data, Mapping) else None
        text = str(number) if isinstance(number, str | int) else ""
        if not text or len(text) > LONGEST_ID or not text.isalnum():
            wrong = Unreadable(
                where=kind, reason="data names no entityId", raw=bounded(said)
            )
            return Parsed(unreadable=(wrong,))
        ref = text if kind == "cremployee" else f"{kind}:{text}"
        return Parsed(hints=(Hint(ref=ref),))


def _key(pem: bytes) -> RSAPublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, RSAPublicKey):
        message = "Carerix signs with RSA; this is a key of another kind"
        raise ValueError(message)  # noqa: TRY004 -- a value of the config
    return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_by(key: RSAPublicKey, signed: bytes, body: bytes) -> bool:
    try:
        key.verify(signed, body, padding.PKCS1v15(), hashes.SHA256())
    except WrongKey:
        return False
    return True
