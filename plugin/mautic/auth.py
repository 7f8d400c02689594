"""How we sign in to Mautic: basic auth, or OAuth2 client credentials."""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

#: Renew a token this long before Mautic would refuse it.
RENEW_BEFORE_SECONDS = 120.0

#: What Mautic says when it names no lifetime.
DEFAULT_LIFETIME_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """A Mautic user; each call costs Mautic a password hash (about 0.35 s)."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """An OAuth2 client that an admin made in Mautic's "API Credentials"."""

    client_id: str
    client_secret: str = field(repr=False)


class TokenStore(Protocol):
    """Where a token survives a restart and is shared by our processes."""

    def get(self) -> Mapping[str, Any] | None:
        """Read what was last put, or None."""

    def put(self, token: dict[str, Any]) -> None:
        """Keep `{"access_token": str, "expires_at": float (epoch seconds)}`."""


class MemoryTokenStore:
    """A token store for one process."""

    def __init__(self) -> None:
        self._token: Mapping[str, Any] | None = None

    def get(self) -> Mapping[str, Any] | None:
        """Read what was last put, or None."""
        return self._token

    def put(self, token: dict[str, Any]) -> None:
        """Keep the token until the process ends."""
        self._token = token


class Signer(Protocol):
    """Gives the Authorization header of one request."""

    def header(self) -> str:
        """Return the header's value, from whatever is still valid."""

    def renew(self, refused: str) -> bool:
        """Replace the refused header's credentials; False if there is no other."""


class BasicSigner:
    """Signs with a user name and a password, which never change."""

    def __init__(self, auth: BasicAuth) -> None:
        pair = f"{auth.username}:{auth.password}".encode()
        self._header = f"Basic {base64.b64encode(pair).decode()}"

    def header(self) -> str:
        """Return the same header every time."""
        return self._header

    def renew(self, refused: str) -> bool:  # noqa: ARG002 -- the protocol's
        """Say that a refused password stays refused."""
        return False


class TokenSigner:
    """Signs with a token: kept, renewed before it expires, by one thread at a time.

    `fetch` asks Mautic for a new token and returns its answer, a dict with
    `access_token` and `expires_in`.
    """

    def __init__(
        self,
        fetch: Callable[[], Mapping[str, Any]],
        store: TokenStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._fetch = fetch
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()

    def header(self) -> str:
        """Return a header that is valid for a while, renewing it if need be."""
        token = self._fresh()
        if token is None:
            with self._lock:
                token = self._fresh() or self._renewed()
        return _bearer(token)

    def renew(self, refused: str) -> bool:
        """Replace a refused token, unless somebody else did so meanwhile."""
        with self._lock:
            token = self._store.get()
            if token is None or _bearer(token) == refused:
                self._renewed()
        return True

    def _fresh(self) -> Mapping[str, Any] | None:
        token = self._store.get()
        if token is None:
            return None
        left = float(token["expires_at"]) - self._clock().timestamp()
        return token if left > RENEW_BEFORE_SECONDS else None

    def _renewed(self) -> Mapping[str, Any]:
        answer = self._fetch()
        lifetime = float(answer.get("expires_in") or DEFAULT_LIFETIME_SECONDS)
        token = {
            "access_token": str(answer["access_token"]),
            "expires_at": self._clock().timestamp() + lifetime,
        }
        self._store.put(token)
        return token


def _bearer(token: Mapping[str, Any]) -> str:
    return f"Bearer {token['access_token']}"
