"""How to talk to Odoo: JSON-2 from 19 on, JSON-RPC up to 18.

Recordings of both stand in the tests. On 19 the status code means something, but
most 500s are permanent; on 18 everything is a 200 and `error.data.name` tells.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import requests

from plugin.ats.base import AuthBroken, Failure, Permanent, Retry, Unknown
from plugin.ats.http import OK_UNTIL, SERVER_ERROR, CallFailed, failure_of, get, send

#: The only error under 500 that another attempt can mend (README of the recordings).
TRANSIENT = frozenset({"psycopg2.errors.SerializationFailure"})
#: Credentials, in the words of 18: a wrong uid is a MissingError on res.users, and
#: an OperationalError a wrong database.
DENIED = frozenset(
    {
        "odoo.exceptions.AccessDenied",
        "odoo.exceptions.AccessError",
        "psycopg2.OperationalError",
    }
)
NOT_FOUND = 404
#: What changes nothing: a lost answer is no danger, so it is asked for again.
READS = frozenset(
    {"search_read", "read", "search_count", "fields_get", "context_get", "has_access"}
)
#: What 18 takes by position, in this order.
POSITIONAL = ("vals_list", "vals", "domain", "operation")


class Transport(Protocol):
    """One way of calling a method of a model."""

    @property
    def has_candidates(self) -> bool:
        """Whether this is 18, where the person is a model of its own."""
        ...

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        """Call and return the answer; raise CallFailed otherwise."""
        ...


class Json2:
    """`POST /json/2/{model}/{method}`, named arguments; one call, one transaction."""

    has_candidates = False

    def __init__(
        self, url: str, database: str, key: str, session: requests.Session | None = None
    ) -> None:
        """Take the base address, the database's name and an API key."""
        self._url = url.rstrip("/")
        self._session = session or requests.Session()
        self._headers = {
            "Authorization": f"bearer {key}",
            "Content-Type": "application/json",
            "X-Odoo-Database": database,
        }

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        """Call a method; `ids` only for methods on records."""
        body = {"ids": ids, **named} if ids else named
        what = f"{model}.{method}"
        answer = _send(
            self._session,
            f"{self._url}/json/2/{model}/{method}",
            body,
            self._headers,
            is_read=method in READS,
        )
        if answer.status_code < OK_UNTIL and _is_json(answer):
            return answer.json()
        raise CallFailed(_failure19(answer, what))


class JsonRpc:
    """`POST /jsonrpc`, `execute_kw`; signs in once."""

    has_candidates = True

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        key: str,
        *,
        session: requests.Session | None = None,
    ) -> None:
        """Take the base address, the database, a user's login and their API key."""
        self._url = f"{url.rstrip('/')}/jsonrpc"
        self._database, self._login, self._key = database, login, key
        self._session = session or requests.Session()
        self._uid: int | None = None

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        """Call a method; what 18 wants by position goes by position."""
        if self._uid is None:
            self._uid = self._sign_in()
        args: list[Any] = [] if ids is None else [ids]
        args += [named.pop(name) for name in POSITIONAL if name in named]
        user = [self._database, self._uid, self._key]
        given = [*user, model, method, args, named]
        what = f"{model}.{method}"
        return self._post("object", "execute_kw", given, what, method in READS)

    def _sign_in(self) -> int:
        given = [self._database, self._login, self._key, {}]
        uid = self._post("common", "authenticate", given, "authenticate", is_read=True)
        if not uid:  # a wrong login is `false`, not an error
            raise CallFailed(AuthBroken("Odoo refuses this login or key"))
        return int(uid)

    def _post(
        self,
        service: str,
        method: str,
        args: list[Any],
        what: str,
        is_read: bool,  # noqa: FBT001 -- one fact of the call
    ) -> Any:
        params = {"service": service, "method": method, "args": args}
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        headers = {"Content-Type": "application/json"}
        answer = _send(self._session, self._url, body, headers, is_read=is_read)
        if answer.status_code >= OK_UNTIL or not _is_json(answer):
            raise CallFailed(failure_of(answer, what))
        said = answer.json()
        if "error" in said:
            raise CallFailed(_failure18(said["error"], what))
        return said.get("result")  # a method that returns nothing leaves it out


class Detected:
    """The way that this Odoo understands, found out at the first call.

    `GET /web/version` answers JSON from 19 on and an HTML 404 on 18, and asks for
    no key.
    """

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        key: str,
        *,
        session: requests.Session | None = None,
    ) -> None:
        """Take what either way needs; nothing is sent yet."""
        self._url = url.rstrip("/")
        self._session = session or requests.Session()
        self._new = Json2(url, database, key, self._session)
        self._old = JsonRpc(url, database, login, key, session=self._session)
        self._chosen: Transport | None = None

    @property
    def has_candidates(self) -> bool:
        """Whether this is 18; asks the server once."""
        return self._transport().has_candidates

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        """Call by the way that was found."""
        return self._transport().call(model, method, ids, **named)

    def _transport(self) -> Transport:
        if self._chosen is None:
            answer = get(self._session, f"{self._url}/web/version")
            is_new = answer.status_code < OK_UNTIL and _is_json(answer)
            if not is_new and answer.status_code != NOT_FOUND:
                raise CallFailed(failure_of(answer, "GET /web/version"))
            self._chosen = self._new if is_new else self._old
        return self._chosen


def _send(
    session: requests.Session,
    url: str,
    body: Any,
    headers: Mapping[str, str],
    *,
    is_read: bool,
) -> requests.Response:
    try:
        return send(session, url, body=json.dumps(body).encode(), headers=headers)
    except CallFailed as error:
        if is_read and isinstance(error.failure, Unknown):
            lost = error.failure
            unread = Retry(lost.message, is_down=lost.is_down)
            raise CallFailed(unread) from error
        raise


def _is_json(answer: requests.Response) -> bool:
    return "json" in answer.headers.get("Content-Type", "")


def _failure19(answer: requests.Response, what: str) -> Failure:
    if not _is_json(answer):  # a wrong database is an HTML 404
        if answer.status_code == NOT_FOUND:
            return AuthBroken(f"{what}: no such database or address")
        return failure_of(answer, what)
    told = answer.json()
    name = str(told.get("name", "")) if isinstance(told, dict) else ""
    said = f"{what}: {name or f'HTTP {answer.status_code}'}: {_first_line(told)}"
    if name in TRANSIENT:
        return Retry(said)
    if answer.status_code >= SERVER_ERROR:
        return Permanent(said, name)
    known = failure_of(answer, what)
    return AuthBroken(said) if isinstance(known, AuthBroken) else Permanent(said, name)


def _failure18(error: Any, what: str) -> Failure:
    data = error.get("data") or {}
    name = str(data.get("name", ""))
    said = f"{what}: {name}: {_first_line(data)}"
    if name in TRANSIENT:
        return Retry(said)
    is_missing = name == "odoo.exceptions.MissingError"
    is_user = is_missing and "res.users(" in str(data.get("message"))
    if name in DENIED or is_user:
        return AuthBroken(said)
    return Permanent(said, name)


def _first_line(told: Any) -> str:
    message = str(told.get("message", "")) if isinstance(told, dict) else ""
    return message.split("\n", 1)[0][:200]
