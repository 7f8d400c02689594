"""Carerix: the employee is the candidate, and has a score field made for ours.

A candidate is a CREmployee, a job a CRVacancy, an application a CRApplication, a note
a CRToDo, a placement a CRJob. Our marker and our tags stand in two additional fields
that the house names by their numbers. No status is ever set: that may mail people.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from plugin.ats.base import (
    GONE,
    Account,
    CandidateDraft,
    Capabilities,
    ChangePage,
    Changes,
    Confidence,
    Failure,
    FindResult,
    Match,
    MatchKeys,
    Ok,
    Permanent,
    Ref,
    Result,
    Snapshot,
    StageKind,
    TargetIntent,
    TargetKind,
    added,
)
from plugin.ats.carerix_api import Api, alike, quoted
from plugin.ats.carerix_standing import FIELDS, snapshot
from plugin.ats.http import CallFailed

P = ParamSpec("P")
R = TypeVar("R")

#: What Carerix counts with; everything else is text.
NUMBERS = frozenset({"engagementScore"})
#: More people with one address than this are no answer to "who is this".
MOST = 20
#: Entities that a webhook names -> how their employee is asked for.
ENTITIES = {"crmatch": "crMatch", "crjob": "crJob"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PEOPLE = """query ($qualifier: String!, $size: Int!) {
  crEmployeePage(qualifier: $qualifier, pageable: {page: 0, size: $size}) {
    totalElements
    items { _id emailAddress emailAddressBusiness additionalInfo }
  }
}"""
_CREATE = """mutation ($request: CREmployeeRequest!) {
  crEmployeeCreate(dedupe: true, request: $request) { _id additionalInfo }
}"""
_UPDATE = """mutation ($id: ID!, $request: CREmployeeRequest!) {
  crEmployeeUpdate(_id: $id, request: $request) { _id }
}"""


def _outcome(
    method: Callable[Concatenate["CarerixConnector", P], R],
) -> Callable[Concatenate["CarerixConnector", P], Result[R]]:
    """Answer with the value, or with what the failed call says to do."""

    @wraps(method)
    def call(
        self: "CarerixConnector", /, *args: P.args, **kwargs: P.kwargs
    ) -> Result[R]:
        try:
            return Ok(method(self, *args, **kwargs))
        except CallFailed as error:
            failure: Failure = error.failure
            return failure

    return call


class CarerixConnector:
    """One tenant of Carerix."""

    kind: ClassVar[str] = "carerix"

    def __init__(
        self,
        api: Api,
        *,
        marker_field: str,
        tags_field: str = "",
        clock: Callable[[], datetime],
        hired_stages: frozenset[str] = frozenset(),
        rejected_stages: frozenset[str] = frozenset(),
    ) -> None:
        """Take the way to talk, and the numbers of two additional fields.

        `hired_stages` and `rejected_stages` name statuses of a match, by value or id:
        each tenant has its own.
        """
        self._api, self._clock = api, clock
        self._marker, self._tags = f"_{marker_field}", f"_{tags_field}"
        self._has_tags = bool(tags_field)
        self._hired, self._rejected = hired_stages, rejected_stages

    def capabilities(self) -> Capabilities:
        """Say what Carerix can do."""
        return Capabilities(
            finds=True,
            whole_in_one=False,
            pools=False,
            jobless_candidate=True,
            stage_move_may_email=True,
            changes=Changes.REREAD,
            webhook_is_authoritative=False,
            erase_hint="anonymise or delete the employee in Carerix",
        )

    @_outcome
    def check(self) -> Account:
        """Sign in, and look that employees may be read."""
        self._people("employeeID = 0", 1)
        return Account(system="Carerix", user="our client")

    @_outcome
    def find(self, keys: MatchKeys) -> FindResult:
        """Look for the marker, then for the address; believe only the records."""
        marked = f"additionalInfo.{self._marker} = {quoted(keys.marker)}"
        found = {
            str(one["_id"]): Confidence.OURS
            for one in self._people(marked, MOST)
            if _info(one).get(self._marker) == keys.marker
        }
        if keys.email and not found:
            wanted = keys.email.strip().lower()
            same = f"caseInsensitiveLike {alike(wanted)}"
            query = f"emailAddress {same} or emailAddressBusiness {same}"
            found = {
                str(one["_id"]): Confidence.EXACT
                for one in self._people(query, MOST)
                if wanted in _addresses(one)
            }
        return FindResult(
            matches=tuple(
                Match(ref=Ref(id=number), confidence=sure)
                for number, sure in found.items()
            )
        )

    @_outcome
    def create(
        self,
        draft: CandidateDraft,
        intent: TargetIntent,  # noqa: ARG002 -- the application is a step of its own
        *,
        op_id: str,  # noqa: ARG002 -- Carerix knows no idempotency key: the marker serves
    ) -> Ref:
        """Create an employee with our marker; Carerix's own dedupe may find one."""
        request = {"lastName": draft.name, **_values(draft.fields)}
        request["additionalInfo"] = _extra(draft.fields) | {self._marker: draft.marker}
        if draft.email:
            request["emailAddress"] = draft.email.strip()
        made = self._api.change(_CREATE, request=_kind("CREmployee", request))
        one = made["crEmployeeCreate"]
        if _info(one).get(self._marker) != draft.marker:
            # somebody was there all the same: they get the marker, and no more
            extra = {"additionalInfo": {self._marker: draft.marker}}
            self._update(one["_id"], extra)
        return Ref(id=str(one["_id"]))

    @_outcome
    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Ref:  # noqa: ARG002
        """Write what differs and may be written."""
        plain, extra = _values(draft.fields), _extra(draft.fields)
        have = self._there(ref.id, " ".join(["additionalInfo", *sorted(plain)]))
        info = _info(have)
        request = {
            key: value
            for key, value in _ruled(plain, have, draft).items()
            if value != have.get(key)
            and not (have.get(key) and key in draft.only_if_empty)
        }
        changed = {
            key: value
            for key, value in {
                **_ruled(extra, info, draft),
                self._marker: draft.marker,
            }.items()
            if value != info.get(key)
            and not (info.get(key) and key.lstrip("_") in draft.only_if_empty)
        }
        if changed:
            request["additionalInfo"] = changed
        if request:
            self._update(ref.id, request)
        return ref

    @_outcome
    def values(self, ref: Ref, names: Sequence[str]) -> Mapping[str, str]:
        """Read fields of the employee, and additional ones by their number."""
        plain = sorted(_values(dict.fromkeys(names, "")))
        have = self._there(ref.id, " ".join(["additionalInfo", *plain]))
        info = _info(have)
        told = {name: str(have.get(name) or "") for name in plain}
        return told | {
            name: info.get(f"_{name.lstrip('_')}", "")
            for name in names
            if name not in told
        }

    @_outcome
    def attach(
        self,
        ref: Ref,
        draft: CandidateDraft,  # noqa: ARG002 -- the interface's
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002
    ) -> Ref:
        """Let them apply for the vacancy, once."""
        if intent.kind is not TargetKind.JOB or not intent.ref:
            return ref
        query = """query ($id: ID!) {
          crEmployee(_id: $id) { applications { vacancy { _id } } }
        }"""
        there = self._api.ask(query, id=ref.id)["crEmployee"] or {}
        vacancies = [one["vacancy"]["_id"] for one in there.get("applications") or []]
        if intent.ref not in vacancies:
            request = {"employee": {"_id": ref.id}, "vacancy": {"_id": intent.ref}}
            self._api.change(
                """mutation ($request: CRApplicationRequest!) {
                  crApplicationCreate(request: $request) { _id }
                }""",
                request=_kind("CRApplication", request),
            )
        return ref

    @_outcome
    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> None:  # noqa: ARG002
        """Add tags to the additional field for them; without one there are none."""
        if not self._has_tags:
            return
        have = _split(_info(self._there(ref.id, "additionalInfo")).get(self._tags))
        known = {one.lower() for one in have}
        wanted = dict.fromkeys(tag.strip() for tag in tags)
        fresh = [one for one in wanted if one and one.lower() not in known]
        if fresh:
            told = {"additionalInfo": {self._tags: ", ".join([*have, *fresh])}}
            self._update(ref.id, told)

    @_outcome
    def add_note(self, ref: Ref, note: str, *, op_id: str) -> None:
        """Leave a to-do that is a note, unless this one is there."""
        sign = f"stdc:{hashlib.sha256(op_id.encode()).hexdigest()[:12]}"
        query = "query ($id: ID!) { crEmployee(_id: $id) { toDos { subject } } }"
        there = self._api.ask(query, id=ref.id)["crEmployee"] or {}
        if any(sign in str(one["subject"]) for one in there.get("toDos") or []):
            return
        request = {
            "subject": f"See - Think - Do - Care ({sign})",
            "notes": note,
            "employee": {"_id": ref.id},
        }
        self._api.change(
            """mutation ($request: CRToDoRequest!) {
              crToDoCreate(request: $request) { _id }
            }""",
            request=_kind("CRToDo", request),
        )

    def erase(self, ref: Ref, marker: str, *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Refuse: a person anonymises them there (see `capabilities`)."""
        return Permanent(f"anonymise employee {ref.id} in Carerix by hand", "by-hand")

    @_outcome
    def fetch(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read how these stand: employees, or a match or job that a hint named."""
        return tuple(self._standing(self._employee(ref)) for ref in refs)

    def changes(self, cursor: str | None) -> Result[ChangePage]:
        """Tell of nothing: webhooks tell, and everybody is read again by and by."""
        return Ok(ChangePage(snapshots=(), cursor=cursor or ""))

    def _standing(self, ref: str) -> Snapshot:
        query = f"query ($id: ID!) {{ crEmployee(_id: $id) {{ {FIELDS} }} }}"
        read = self._api.ask(query, id=ref)["crEmployee"]
        if read is None:
            gone = Ref(id=ref)
            return Snapshot(ref=gone, stage_kind=StageKind.WITHDRAWN, is_deleted=True)
        return snapshot(
            read, now=self._clock(), hired=self._hired, rejected=self._rejected
        )

    def _employee(self, ref: str) -> str:
        """Name the employee whom a hint is about."""
        kind, _, number = ref.partition(":")
        if not number or kind not in ENTITIES:
            return number or ref
        name = ENTITIES[kind]
        query = f"query ($id: ID!) {{ {name}(_id: $id) {{ employee {{ _id }} }} }}"
        found = self._api.ask(query, id=number)[name] or {}
        return str((found.get("employee") or {}).get("_id") or ref)

    def _people(self, qualifier: str, size: int) -> list[dict[str, Any]]:
        found = self._api.ask(_PEOPLE, qualifier=qualifier, size=size)
        items: list[dict[str, Any]] = found["crEmployeePage"]["items"]
        return items

    def _there(self, ref: str, names: str) -> dict[str, Any]:
        query = f"query ($id: ID!) {{ crEmployee(_id: $id) {{ _id {names} }} }}"
        found: dict[str, Any] | None = self._api.ask(query, id=ref)["crEmployee"]
        if found is None:
            raise CallFailed(Permanent(f"employee {ref} was deleted there", GONE))
        return found

    def _update(self, ref: str, request: Mapping[str, Any]) -> None:
        self._api.change(_UPDATE, id=ref, request=_kind("CREmployee", request))


def _kind(name: str, request: Mapping[str, Any]) -> dict[str, Any]:
    return {"_kind": name, **request}


def _ruled(
    wanted: Mapping[str, Any], have: Mapping[str, Any], draft: CandidateDraft
) -> dict[str, Any]:
    """Add what is to be added to what is there; the rest stays as it is wanted."""
    return {
        key: added(str(have.get(key) or ""), value)
        if key.lstrip("_") in draft.appended and isinstance(value, str)
        else value
        for key, value in wanted.items()
    }


def _values(fields: Mapping[str, str]) -> dict[str, Any]:
    """Take the fields of the employee itself; a number stands for another field."""
    plain: dict[str, Any] = {}
    for key, value in fields.items():
        if key.lstrip("_").isdecimal():
            continue
        if not _NAME.fullmatch(key):
            message = f"target {key!r} is no field of an employee: mend the mapping"
            raise CallFailed(Permanent(message, "mapping"))
        plain[key] = int(value) if key in NUMBERS and value.isdecimal() else value
    return plain


def _extra(fields: Mapping[str, str]) -> dict[str, str]:
    return {
        f"_{key.lstrip('_')}": value
        for key, value in fields.items()
        if key.lstrip("_").isdecimal()
    }


def _info(read: Mapping[str, Any]) -> dict[str, str]:
    """Read the additional fields; their keys come with or without `_`."""
    given = read.get("additionalInfo") or {}
    return {f"_{str(key).lstrip('_')}": str(one) for key, one in given.items() if one}


def _addresses(read: Mapping[str, Any]) -> set[str]:
    keys = ("emailAddress", "emailAddressBusiness")
    return {str(read.get(key) or "").strip().lower() for key in keys}


def _split(tags: str | None) -> list[str]:
    return [one.strip() for one in (tags or "").split(",") if one.strip()]
