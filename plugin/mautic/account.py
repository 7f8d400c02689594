"""Sign people in with their Mautic account: Mautic is an OAuth2 provider.

Authorization code, as recorded of 5.1.1: Mautic asks for nothing beside the state (no
PKCE), takes the client's secret in the form, and tells by `/api/users/self` who it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session

from plugin.errors import Rejected, Retryable

#: Connect and read time-out in seconds: a person waits.
TIMEOUT = (5.0, 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody's account in Mautic."""

    id: int
    username: str
    name: str
    #: Name of their role in Mautic.
    role: str
    is_admin: bool


class Accounts:
    """The door through which people come in with their Mautic account."""

    def __init__(
        self, base_url: str, client_id: str, client_secret: str, back: str
    ) -> None:
        """Take Mautic's address, our credentials and the address to come back to."""
        self._base_url = base_url.rstrip("/").removesuffix("/api")
        self._client = (client_id, client_secret)
        self._back = back

    def begin(self) -> tuple[str, str]:
        """Give the address to send somebody to, and the state to expect back."""
        with self._session() as session:
            url, state = session.create_authorization_url(self._url("/authorize"))
        return str(url), str(state)

    def finish(self, code: str) -> Account:
        """Learn who came back with a code.

        Raises Rejected when Mautic does not take the code, Retryable when it does not
        answer.
        """
        try:
            with self._session() as session:
                session.fetch_token(self._url("/token"), code=code, timeout=TIMEOUT)
                answer = session.get(
                    f"{self._base_url}/api/users/self", timeout=TIMEOUT
                )
        except AuthlibBaseError as error:
            raise Rejected(f"Mautic does not take the code: {error}") from None
        except (requests.RequestException, ValueError) as error:
            raise Retryable(f"Mautic does not answer: {type(error).__name__}") from None
        if answer.status_code != requests.codes.ok:
            raise Rejected(
                f"GET /api/users/self: {answer.status_code}", status=answer.status_code
            )
        return _account(answer.json())

    def _session(self) -> OAuth2Session:
        client_id, secret = self._client
        session = OAuth2Session(
            client_id,
            secret,
            redirect_uri=self._back,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 -- a method
        )
        session.trust_env = False
        return session

    def _url(self, path: str) -> str:
        return f"{self._base_url}/oauth/v2{path}"


def _account(me: Mapping[str, Any]) -> Account:
    role = me.get("role") or {}
    names = (str(me.get(one) or "") for one in ("firstName", "lastName"))
    try:
        return Account(
            id=int(me["id"]),
            username=str(me["username"]),
            name=" ".join(one for one in names if one) or str(me["username"]),
            role=str(role.get("name") or ""),
            is_admin=bool(role.get("isAdmin")),
        )
    except (KeyError, TypeError, ValueError):
        raise Rejected("Mautic does not tell who has signed in") from None
