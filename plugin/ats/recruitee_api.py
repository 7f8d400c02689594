"""How to talk to Recruitee: bearer token, the company's number in every path."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from plugin.ats.base import Failure, Permanent, Retry, Unknown
from plugin.ats.http import OK_UNTIL, SERVER_ERROR, TIMEOUT, CallFailed, failure_of
from plugin.ats.http import request as ask

NO_CONTENT, NOT_FOUND = 204, 404
#: Hits of a search that are read; more of one address is no search.
HITS = 60


class Api:
    """One company's API."""

    def __init__(
        self,
        url: str,
        company: str,
        token: str,
        session: requests.Session | None = None,
    ) -> None:
        """Take the address, the company's number and a personal token."""
        self._base = f"{url.rstrip('/')}/c/{company}"
        self._session = session or requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> dict[str, Any]:
        """Read; nothing can be lost, so a broken line is a Retry."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change something."""
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Delete something; the answer has no body."""
        self._call("DELETE", path, None)

    def candidate(self, number: int | str) -> dict[str, Any] | None:
        """Read a candidate; None when they were deleted."""
        try:
            found: dict[str, Any] = self.get(f"/candidates/{number}")["candidate"]
        except CallFailed as error:
            if getattr(error.failure, "code", "") == str(NOT_FOUND):
                return None
            raise
        is_gone = found.get("deleted_at") or found.get("soft_deleted_at")
        return None if is_gone else found

    def search(self, text: str) -> tuple[list[dict[str, Any]], int]:
        """Search all of a candidate for a text: the hits, and how many there are."""
        query = {
            "filters_json": json.dumps([{"field": "all", "query": text}]),
            "limit": HITS,
            "page": 1,
        }
        found = self.get(f"/search/new/candidates?{urlencode(query)}")
        hits = [one for one in found.get("hits") or [] if "id" in one]
        return hits, int(found.get("total") or len(hits))

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        answer = ask(
            self._session,
            method,
            self._base + path,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            timeout=TIMEOUT,
        )
        if answer.status_code >= OK_UNTIL:
            raise CallFailed(_failure(answer, f"{method} {path.partition('?')[0]}"))
        if answer.status_code == NO_CONTENT:
            return {}
        try:
            value = answer.json()
        except ValueError as error:
            said = f"{method} {path.partition('?')[0]}: no JSON"
            lost: Failure = Retry(said) if method == "GET" else Unknown(said)
            raise CallFailed(lost) from error
        return value if isinstance(value, dict) else {}


def _failure(answer: requests.Response, what: str) -> Failure:
    failure = failure_of(answer, what)
    if not isinstance(failure, Permanent) or answer.status_code >= SERVER_ERROR:
        return failure
    try:
        said = answer.json().get("error")
    except (ValueError, AttributeError):
        return failure
    text = ", ".join(map(str, said)) if isinstance(said, list) else str(said or "")
    return Permanent(f"{failure.message}: {text[:200]}", failure.code)
