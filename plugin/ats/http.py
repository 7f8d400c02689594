"""HTTP to an ATS: one session, time-outs always, and what went wrong as a value."""

from collections.abc import Mapping

import requests

from plugin import retry_after
from plugin.ats.base import AuthBroken, Failure, Permanent, Retry, Throttled, Unknown
from plugin.ats.outward import PrivateAddress

#: Seconds to connect and to wait: Odoo retries a lost race for up to 25 s itself.
TIMEOUT = (5.0, 45.0)
UNAUTHORIZED, FORBIDDEN, GONE, TOO_MANY = 401, 403, 410, 429
SERVER_ERROR, BAD_GATEWAY, UNAVAILABLE, GATEWAY_TIMEOUT = 500, 502, 503, 504
OK_UNTIL = 300


class CallFailed(Exception):
    """A call that did not go well; `failure` says what to do."""

    def __init__(self, failure: Failure) -> None:
        """Keep the outcome."""
        super().__init__(failure.message)
        self.failure = failure


def send(
    session: requests.Session,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    timeout: tuple[float, float] = TIMEOUT,
) -> requests.Response:
    """POST and return the answer, whatever its status; redirects are not followed.

    Raises CallFailed: Retry when nothing can have been received, Unknown when the
    connection broke or time ran out after sending.
    """
    try:
        return session.post(
            url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        )
    except requests.RequestException as error:
        if _is_unsent(error):
            lost: Failure = Retry(f"no connection: {_short(error)}", is_down=True)
            raise CallFailed(lost) from error
        lost = Unknown(f"no answer: {_short(error)}", is_down=True)
        raise CallFailed(lost) from error


def get(
    session: requests.Session, url: str, timeout: tuple[float, float] = TIMEOUT
) -> requests.Response:
    """GET and return the answer; raises CallFailed(Retry) when there is none."""
    try:
        return session.get(url, timeout=timeout, allow_redirects=False)
    except requests.RequestException as error:
        lost = Retry(f"no answer: {_short(error)}", is_down=True)
        raise CallFailed(lost) from error


def request(
    session: requests.Session,
    method: str,
    url: str,
    *,
    body: bytes | None,
    headers: Mapping[str, str],
    timeout: tuple[float, float] = TIMEOUT,
) -> requests.Response:
    """Ask by any method and return the answer; redirects are not followed.

    Raises CallFailed: Retry for what was only read or cannot have been received,
    Unknown when something may have been done.
    """
    try:
        return session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        lost = Retry if method == "GET" or _is_unsent(error) else Unknown
        failure = lost(f"no answer: {_short(error)}", is_down=True)
        raise CallFailed(failure) from error


def failure_of(response: requests.Response, what: str) -> Failure:
    """Sort an answer that is not 2xx by what to do about it."""
    status = response.status_code
    said = f"{what}: HTTP {status}"
    if status in (UNAUTHORIZED, FORBIDDEN):
        return AuthBroken(said)
    if status == TOO_MANY:
        return Throttled(said, retry_after.seconds_of(response.headers))
    if status in (BAD_GATEWAY, GATEWAY_TIMEOUT):
        # the proxy lost the answer, not the request
        return Unknown(said, is_down=True)
    if status >= SERVER_ERROR:
        wait = retry_after.seconds_of(response.headers)
        return Retry(said, wait, is_down=status == UNAVAILABLE)
    return Permanent(said, str(status))


def _is_unsent(error: requests.RequestException) -> bool:
    """Whether nothing can have arrived there."""
    unsent = (requests.ConnectTimeout, PrivateAddress)
    return isinstance(error, unsent) or _was_refused(error)


def _was_refused(error: requests.RequestException) -> bool:
    """Whether no connection came about at all, so nothing can have arrived."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in {"NewConnectionError", "NameResolutionError"}:
            return True
        reason = getattr(cause.args[0], "reason", None) if cause.args else None
        cause = reason if isinstance(reason, BaseException) else cause.__context__
    return False


def _short(error: Exception) -> str:
    return str(error) if isinstance(error, PrivateAddress) else type(error).__name__
