"""One HTTP conversation with Mautic: JSON, time-outs, our errors.

The `mautic` library sends everything through a session object; this is that
object. It answers only with a usable response and raises `plugin.errors` for
everything else, so the library's own error handling never runs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from importlib import metadata
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from plugin import retry_after
from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic import answer
from plugin.mautic.auth import (
    BasicAuth,
    BasicSigner,
    ClientCredentials,
    MemoryTokenStore,
    Signer,
    TokenSigner,
    TokenStore,
)

#: Connect and read time-out in seconds; a batch of 200 contacts takes Mautic 3.
TIMEOUT = (5.0, 30.0)

#: Answers below this that still only mean "not now".
BUSY = frozenset(
    {
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)

#: What to do when there is no token to be had.
CLIENT_ADVICE = (
    "compare client id and secret with Mautic's API Credentials; "
    "the client must be an OAuth 2 one and made by an admin"
)

GIVE_RIGHT = "give the role of our API user the right to this in Mautic > Roles"

#: Longest part of Mautic's own words that goes into a message.
WORDS = 300


class ServerError(Retryable):
    """Mautic answered with a 5xx: it broke on this request, or is broken."""

    def __init__(
        self, message: str, *, status: int, after_seconds: float | None = None
    ) -> None:
        """Keep the status: a batch with one bad item answers exactly 500."""
        super().__init__(message, after_seconds=after_seconds)
        self.status = status


class NoAnswer(Retryable):
    """Mautic took what we sent, and did not answer in time."""


class NoRight(Misconfigured):
    """Mautic knows us, and our role may not do this."""


class Session:
    """A `requests` session as the `mautic` library expects one, made safe."""

    def __init__(
        self,
        base_url: str,
        auth: BasicAuth | ClientCredentials,
        *,
        clock: Callable[[], datetime],
        timeout: tuple[float, float] = TIMEOUT,
        token_store: TokenStore | None = None,
        spend: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare; nothing is sent before the first call."""
        self.base_url = _checked(base_url)
        self.version: str | None = None
        #: What time it was there at the last answer, as its `Date` header has it.
        self.date: str | None = None
        self._clock = clock
        self._timeout = timeout
        self._spend = spend
        self._http = _http()
        #: Whether this Mautic has answered with JSON before.
        self._has_spoken = False
        self._signer = self._signer_for(auth, token_store or MemoryTokenStore())

    def get(self, url: str, params: Any = None) -> requests.Response:
        """Read."""
        return self._request("GET", url, params=params)

    def post(self, url: str, data: Any = None) -> requests.Response:
        """Send `data` as JSON."""
        return self._request("POST", url, json=data)

    def patch(self, url: str, data: Any = None) -> requests.Response:
        """Send `data` as JSON; Mautic changes only the fields in it."""
        return self._request("PATCH", url, json=data)

    def put(self, url: str, data: Any = None) -> requests.Response:
        """Send `data` as JSON; Mautic blanks every field that is not in it."""
        return self._request("PUT", url, json=data)

    def delete(self, url: str) -> requests.Response:
        """Delete."""
        return self._request("DELETE", url)

    def close(self) -> None:
        """Let go of the kept connections."""
        self._http.close()

    def _request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        header = self._signer.header()
        response = self._send(method, url, header, **kwargs)
        if response.status_code == HTTPStatus.UNAUTHORIZED and self._signer.renew(
            header
        ):
            # A token can end early: Mautic restarted, or the admin removed it.
            response = self._send(method, url, self._signer.header(), **kwargs)
        self.version = response.headers.get("Mautic-Version", self.version)
        self.date = response.headers.get("Date")
        self._check(f"{method} {urlsplit(url).path}", response)
        return response

    def _send(
        self, method: str, url: str, header: str | None, **kwargs: Any
    ) -> requests.Response:
        headers = {"Authorization": header} if header else {}
        self._spend()
        try:
            return self._http.request(
                method,
                url,
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,
                **kwargs,
            )
        except requests.RequestException as error:
            # The query stays out of the message: it can hold an e-mail address.
            what = f"{method} {urlsplit(url).path}"
            kind = NoAnswer if isinstance(error, requests.ReadTimeout) else Retryable
            raise kind(f"{what}: {_describe(error)}") from error

    def _check(self, what: str, response: requests.Response) -> None:
        status = response.status_code
        if response.ok and status < HTTPStatus.MULTIPLE_CHOICES:
            self._require_json(what, response)
            return
        message = f"{what}: HTTP {status}: {_words(response)}"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise ServerError(
                message, status=status, after_seconds=self._wait(response)
            )
        if status == HTTPStatus.REQUEST_TIMEOUT:
            raise NoAnswer(message, after_seconds=self._wait(response))
        if status in BUSY:
            raise Retryable(message, after_seconds=self._wait(response))
        if status < HTTPStatus.BAD_REQUEST:
            raise Misconfigured(
                f"{what}: Mautic sends us on to {_target(response)}: "
                "use that address as mautic.url"
            )
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            advice = _advice(response)
            refusal = NoRight if advice == GIVE_RIGHT else Misconfigured
            raise refusal(message, (advice,))
        raise Rejected(message, status=status)

    def _require_json(self, what: str, response: requests.Response) -> None:
        """Let only a JSON object pass: that is all that Mautic's API answers.

        What is none is a page of maintenance, or an answer that was cut off on its
        way, and gone the next time; at the first contact it is a wrong address.
        """
        kind = response.headers.get("Content-Type", "nothing")
        try:
            is_object = isinstance(answer.read(response), Mapping)
        except ValueError:
            if not (self._has_spoken or "json" in kind):
                raise Misconfigured(
                    f"{what}: Mautic answered {kind} where JSON was due: "
                    "is mautic.url the address of Mautic itself?"
                ) from None
            raise Retryable(
                f"{what}: Mautic answered {kind} that is no JSON, or not all of it"
            ) from None
        if not is_object:
            raise Retryable(f"{what}: Mautic answered JSON that is no object")
        self._has_spoken = True

    def _wait(self, response: requests.Response) -> float | None:
        return retry_after.seconds_of(response.headers, self._clock())

    def _signer_for(
        self, auth: BasicAuth | ClientCredentials, store: TokenStore
    ) -> Signer:
        if isinstance(auth, BasicAuth):
            return BasicSigner(auth)
        return TokenSigner(lambda: self._new_token(auth), store, self._clock)

    def _new_token(self, auth: ClientCredentials) -> Mapping[str, Any]:
        url = f"{self.base_url}/oauth/v2/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": auth.client_id,
            "client_secret": auth.client_secret,
        }
        response = self._send("POST", url, None, data=form)
        if response.status_code in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            raise Misconfigured(
                f"Mautic gives us no token: {_words(response)}", (CLIENT_ADVICE,)
            )
        self._check("POST /oauth/v2/token", response)
        answer: Mapping[str, Any] = response.json()
        if "access_token" not in answer:
            raise Misconfigured("Mautic's answer has no token", (CLIENT_ADVICE,))
        return answer


def _http() -> requests.Session:
    http = requests.Session()
    http.headers.update(
        {
            "Accept": "application/json",
            "User-Agent": f"stdc/{_version()}",
        }
    )
    # With its session cookie PHP would let our requests wait for each other.
    http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    http.trust_env = False
    # Only reads are repeated here: a kept connection may have been closed.
    retry = Retry(
        total=2,
        connect=1,
        read=1,
        redirect=0,
        status=0,
        respect_retry_after_header=False,  # waiting is the outbox's
        allowed_methods=("GET",),
        backoff_factor=0.1,
    )
    for scheme in ("http://", "https://"):
        http.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=16))
    return http


def _version() -> str:
    try:
        return metadata.version("stdc")
    except metadata.PackageNotFoundError:
        return "0"  # run from a checkout that nobody installed


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Misconfigured(f"mautic.url: {base_url!r} is not an http(s) address")
    if parts.username or parts.password:
        raise Misconfigured("mautic.url: credentials do not belong in the address")
    return base_url.strip().rstrip("/").removesuffix("/api")


def _describe(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "the TLS certificate is not trusted"
    if isinstance(error, requests.ConnectionError):
        return "cannot connect, or the connection broke"
    return type(error).__name__


def errors_of(body: Any) -> list[Mapping[str, Any]]:
    """Return the errors in an answer: `[{"code", "message", ...}]`, or nothing."""
    errors = body.get("errors") if isinstance(body, Mapping) else None
    if isinstance(errors, Mapping):
        errors = list(errors.values())
    return [one for one in errors or [] if isinstance(one, Mapping)]


def _words(response: requests.Response) -> str:
    try:
        errors = errors_of(response.json())
    except ValueError:
        return response.reason or "no reason given"
    said = "; ".join(str(one.get("message", "")) for one in errors)
    return said[:WORDS] or response.reason or "no reason given"


def _target(response: requests.Response) -> str:
    parts = urlsplit(response.headers.get("Location", ""))
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else "nowhere"


def _advice(response: requests.Response) -> str:
    try:
        types = {str(one.get("type")) for one in errors_of(response.json())}
    except ValueError:
        types = set()
    if "api_disabled" in types:
        return "switch on Mautic's Configuration > API Settings > API enabled"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        return (
            "check user and password or client id and secret; for a password "
            "Mautic needs API Settings > Enable HTTP basic auth"
        )
    if "access_denied" in types:
        return "switch on API Settings > Enable HTTP basic auth, or use OAuth2"
    return GIVE_RIGHT
