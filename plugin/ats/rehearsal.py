"""A hand-over rehearsed: what reads is asked, what writes is only written down.

Each write is answered as the system at the other end would answer it if all went
well, so that a connector goes on to its next step; somebody who would have been
made has the id `NEW`, and what is read about them is answered here too.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from plugin.ats.csv_drop import Drop
from plugin.ats.odoo_rpc import READS
from plugin.ats.outward import OutwardSession

#: The id of who would have been made.
NEW = 0
#: What stands for a secret.
MASK = "***"
#: Headers that are secrets, or made with one.
SECRET_HEADERS = frozenset({"authorization", "cookie", "webhook-signature"})
#: Headers that say nothing of what is asked.
PLAIN_HEADERS = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "user-agent"}
)
#: What a GraphQL mutation calls.
_MUTATION = re.compile(r"\b(cr[A-Z]\w*)\s*\(")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: a read that was made, or a write that was not."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    #: JSON as it was, else text.
    body: Any = None
    was_sent: bool = False


class Script:
    """What one kind of ATS would answer; this one takes all for writes."""

    def is_read(self, method: str, url: str, body: Any) -> bool:
        """Say whether a call changes nothing there."""
        del url, body
        return method in ("GET", "HEAD")

    def is_about_new(self, url: str, body: Any) -> bool:
        """Say whether a read is about who would have been made."""
        del url, body
        return False

    def answer(self, url: str, body: Any, *, is_read: bool) -> Any:
        """Answer a write, or a read about who would have been made."""
        del url, body, is_read
        return {}


class OdooScript(Script):
    """Odoo: JSON-2 with the method in the address, JSON-RPC with it in the body."""

    def is_read(self, method: str, url: str, body: Any) -> bool:
        """Say whether the method is one of those that change nothing."""
        return method == "GET" or _odoo(url, body)[0] in {*READS, "authenticate"}

    def is_about_new(self, url: str, body: Any) -> bool:
        """Say whether ids or domain name who would have been made."""
        _, ids, domain = _odoo(url, body)
        is_named = any(term[1:] == ["=", NEW] for term in domain if len(term) > 1)
        return ids == [NEW] or is_named

    def answer(self, url: str, body: Any, *, is_read: bool) -> Any:
        """Give what the method gives: ids, records without a value, or true."""
        method, ids, _ = _odoo(url, body)
        told: Any = True
        if method == "create":
            told = [NEW]
        elif method == "search_count":
            told = 0
        elif is_read:
            told = [_Blank(body)] if ids == [NEW] else []
        return {"jsonrpc": "2.0", "result": told} if _is_rpc(body) else told


class _Blank(dict[str, Any]):
    """A record of Odoo with every field asked for, none of them set."""

    def __init__(self, body: Any) -> None:
        named = body["params"]["args"][6] if _is_rpc(body) else body
        lists = ("categ_ids", "talent_pool_ids")
        asked: dict[str, Any] = dict.fromkeys(named.get("fields", ()), False)
        empty: dict[str, Any] = {one: [] for one in lists if one in asked}
        super().__init__({**asked, **empty, "id": NEW})


class RecruiteeScript(Script):
    """Recruitee: REST, so the method tells."""

    def is_about_new(self, url: str, body: Any) -> bool:
        """Say whether the path names who would have been made."""
        del body
        return f"/candidates/{NEW}" in urlsplit(url).path

    def answer(self, url: str, body: Any, *, is_read: bool) -> Any:
        """Give a candidate without anything, or an empty list of notes."""
        del body, is_read
        if urlsplit(url).path.endswith("/notes"):
            return {"notes": []}
        return {"candidate": {"id": NEW, "fields": [], "placements": [], "tags": []}}


class CarerixScript(Script):
    """Carerix: GraphQL, where the query tells; asking for a token is a read."""

    def is_read(self, method: str, url: str, body: Any) -> bool:
        """Say whether it is no mutation."""
        del method, url
        query = body.get("query", "") if isinstance(body, dict) else ""
        return not str(query).lstrip().startswith("mutation")

    def is_about_new(self, url: str, body: Any) -> bool:
        """Say whether it asks by the id of who would have been made."""
        del url
        given = body.get("variables") if isinstance(body, dict) else None
        return isinstance(given, dict) and str(given.get("id")) == str(NEW)

    def answer(self, url: str, body: Any, *, is_read: bool) -> Any:
        """Give the record that a mutation names, or one without anything."""
        del url
        if is_read:
            return {"data": {"crEmployee": {"_id": str(NEW), "additionalInfo": {}}}}
        request = (body.get("variables") or {}).get("request") or {}
        made = {"_id": str(NEW), "additionalInfo": request.get("additionalInfo") or {}}
        names = _MUTATION.findall(body["query"])
        return {"data": dict.fromkeys(names, made)}


#: Kind of connector -> what it would be answered.
SCRIPTS: Mapping[str, Callable[[], Script]] = {
    "odoo": OdooScript,
    "recruitee": RecruiteeScript,
    "carerix": CarerixScript,
}


class Rehearsal:
    """What would be sent, in order, and what was read for it; secrets masked."""

    def __init__(self, kind: str, secret: str) -> None:
        """Take the kind of connector, and the secret that no call may show."""
        self._script = SCRIPTS.get(kind, Script)()
        self._secret = secret
        self.calls: list[Call] = []

    def takes(self, request: requests.PreparedRequest) -> requests.Response | None:
        """Write a call down, and answer it here unless it is a read of theirs."""
        method, url, body = request.method or "", request.url or "", _body(request)
        is_read = self._script.is_read(method, url, body)
        is_sent = is_read and not self._script.is_about_new(url, body)
        self.note(method, url, body, headers=request.headers, was_sent=is_sent)
        if is_sent:
            return None
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, url
        answer.headers["Content-Type"] = "application/json"
        told = self._script.answer(url, body, is_read=is_read)
        answer._content = json.dumps(told).encode()  # noqa: SLF001 -- no other way in
        return answer

    def note(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        was_sent: bool = False,
    ) -> None:
        """Write one call down."""
        shown = {
            name: MASK if name.lower() in SECRET_HEADERS else self._masked(value)
            for name, value in (headers or {}).items()
            if name.lower() not in PLAIN_HEADERS
        }
        self.calls.append(
            Call(
                method=method,
                url=self._masked(url),
                headers=shown,
                body=self._masked(body),
                was_sent=was_sent,
            )
        )

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(self._secret, MASK) if self._secret else value
        if isinstance(value, Mapping):
            return {key: self._masked(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._masked(one) for one in value]
        return value


class RehearsingSession(OutwardSession):
    """A session that sends what reads and only writes down what writes."""

    def __init__(self, rehearsal: Rehearsal, **given: Any) -> None:
        """Take what writes down, and what every session takes."""
        super().__init__(**given)
        self._rehearsal = rehearsal

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        """Send a read; answer a write here."""
        return self._rehearsal.takes(request) or super().send(request, **how)


class RehearsingDrop:
    """A drop that is read, and where nothing is left."""

    def __init__(self, inner: Drop, rehearsal: Rehearsal) -> None:
        """Take the drop, and what writes down."""
        self._inner = inner
        self._rehearsal = rehearsal

    def where(self) -> str:
        """Look that it is there."""
        return self._inner.where()

    def names(self, folder: str) -> list[str]:
        """List a folder's files."""
        return self._inner.names(folder)

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        self._rehearsal.note("READ", name, was_sent=True)
        return self._inner.read(name)

    def put(self, name: str, content: bytes) -> None:
        """Write down what would be left."""
        self._rehearsal.note("PUT", name, content.decode(errors="replace"))

    def move(self, name: str, to: str) -> bool:
        """Write down what would be renamed."""
        self._rehearsal.note("MOVE", f"{name} -> {to}")
        return True

    def delete(self, name: str) -> None:
        """Write down what would be deleted."""
        self._rehearsal.note("DELETE", name)


def _body(request: requests.PreparedRequest) -> Any:
    raw = request.body or b""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _is_rpc(body: Any) -> bool:
    return isinstance(body, dict) and "jsonrpc" in body


def _odoo(url: str, body: Any) -> tuple[str, list[int], list[Any]]:
    """Read the method, the ids and the domain of a call."""
    given = body if isinstance(body, dict) else {}
    if not _is_rpc(body):
        return url.rpartition("/")[2], given.get("ids") or [], given.get("domain") or []
    params = given["params"]
    if params["method"] != "execute_kw":
        return str(params["method"]), [], []
    method, args = params["args"][4], params["args"][5]
    first = args[0] if args else []
    terms = params["args"][6].get("domain") or []
    if method in ("search_read", "search_count"):
        return str(method), [], first or terms
    return str(method), first if isinstance(first, list) else [], terms
