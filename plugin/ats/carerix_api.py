"""How to talk to Carerix: GraphQL with a token of its Keycloak realm.

Errors come with HTTP 200 in `errors[]`. A qualifier is a string of its own language
inside the query, so whatever goes into it is quoted here and nowhere else.
https://help.carerix.com/en/articles/9482350-graphql-api
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests

from plugin.ats.base import AuthBroken, Failure, Permanent, Retry, Throttled, Unknown
from plugin.ats.http import OK_UNTIL, UNAUTHORIZED, CallFailed, failure_of, send

GRAPHQL = "/graphql/v1/graphql"
SCOPE = "urn:cx/graphql:data:manage"
#: A token is renewed this long before it ends.
EARLY = timedelta(seconds=60)
#: How Spring for GraphQL sorts an error -> what is to be done.
KINDS: Mapping[str, type[Failure]] = {
    "UNAUTHORIZED": AuthBroken,
    "FORBIDDEN": AuthBroken,
    "TOO_MANY_REQUESTS": Throttled,
}
#: Sorts of errors after which a change may have been made all the same.
INTERNAL = frozenset({"INTERNAL_ERROR", "DataFetchingException"})
#: Characters of an error that are kept.
LONGEST = 200


class Api:
    """One tenant's API."""

    def __init__(
        self,
        url: str,
        token_url: str,
        client: tuple[str, str],
        *,
        clock: Callable[[], datetime],
        session: requests.Session | None = None,
    ) -> None:
        """Take the API's address, the realm's token endpoint, and id and secret."""
        self._url = url.rstrip("/") + GRAPHQL
        self._token_url, self._client = token_url, client
        self._clock = clock
        self._session = session or requests.Session()
        self._token: tuple[str, datetime] | None = None

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Read; what cannot be answered is a Retry."""
        return self._call(query, variables, is_read=True)

    def change(self, query: str, **variables: Any) -> dict[str, Any]:
        """Change something; a lost answer is Unknown."""
        return self._call(query, variables, is_read=False)

    def _call(
        self,
        query: str,
        variables: Mapping[str, Any],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        answer = self._post(body, is_read=is_read)
        if answer.status_code == UNAUTHORIZED and self._token is not None:
            self._token = None  # a realm may end a token before its time
            answer = self._post(body, is_read=is_read)
        if answer.status_code >= OK_UNTIL:
            raise CallFailed(_lost(failure_of(answer, "graphql"), is_read=is_read))
        try:
            said = answer.json()
        except ValueError as error:
            lost = Retry if is_read else Unknown
            raise CallFailed(lost("graphql: no JSON")) from error
        if said.get("errors"):
            raise CallFailed(_failure(said["errors"][0], is_read=is_read))
        data: dict[str, Any] = said.get("data") or {}
        return data

    def _post(self, body: bytes, *, is_read: bool) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self._bearer()}",
            "Content-Type": "application/json",
        }
        try:
            return send(self._session, self._url, body=body, headers=headers)
        except CallFailed as error:
            raise CallFailed(_lost(error.failure, is_read=is_read)) from error

    def _bearer(self) -> str:
        now = self._clock()
        if self._token is None or now >= self._token[1]:
            self._token = self._sign_in(now)
        return self._token[0]

    def _sign_in(self, now: datetime) -> tuple[str, datetime]:
        try:
            answer = self._session.post(
                self._token_url,
                data={"grant_type": "client_credentials", "scope": SCOPE},
                auth=self._client,
                timeout=(5, 45),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            said = f"no token: {type(error).__name__}"
            raise CallFailed(Retry(said)) from error
        if answer.status_code in (400, UNAUTHORIZED):
            raise CallFailed(AuthBroken("Carerix refuses this client id or secret"))
        if answer.status_code >= OK_UNTIL:
            raise CallFailed(_lost(failure_of(answer, "token"), is_read=True))
        try:
            told = answer.json()
            ends = timedelta(seconds=float(told.get("expires_in") or 300))
            return str(told["access_token"]), now + ends - EARLY
        except (ValueError, KeyError, TypeError) as error:
            raise CallFailed(Retry("token: no JSON with access_token")) from error


def quoted(value: str) -> str:
    """Write a text as a literal of a qualifier; nothing in it can end the literal."""
    safe = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", " ")
    return f"'{safe}'"


def alike(value: str) -> str:
    """Write a text as a pattern that only means itself, in any case of letters."""
    return quoted(value.replace("*", "?"))


def _failure(error: Mapping[str, Any], *, is_read: bool) -> Failure:
    """Sort an error of GraphQL by what to do about it."""
    kind = str((error.get("extensions") or {}).get("classification") or "")
    said = f"Carerix: {str(error.get('message') or kind)[:LONGEST]}"
    if kind in KINDS:
        return KINDS[kind](said)
    if kind in INTERNAL:
        return Retry(said) if is_read else Unknown(said)
    return Permanent(said, kind)


def _lost(failure: Failure, *, is_read: bool) -> Failure:
    """Turn Unknown into Retry where nothing was but read."""
    if is_read and isinstance(failure, Unknown):
        return Retry(failure.message, is_down=failure.is_down)
    return failure
