"""Tellent Recruitee: people by a personal token, found by a search that is not trusted.

https://docs.recruitee.com/llms.txt. The full-text search ignores what it does not
know and then gives back everybody, so each match is checked against the record.
Stages are never moved, and a candidate added by hand is mailed nothing.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
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
    Erases,
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
    fitting,
)
from plugin.ats.http import CallFailed
from plugin.ats.recruitee_api import Api
from plugin.ats.recruitee_standing import snapshot

P = ParamSpec("P")
R = TypeVar("R")

#: More hits than one address can have: the search ignored what it was asked.
MOST_HITS = 50
#: What may be written to a candidate itself; every other key is a custom field.
PLAIN = frozenset({"name", "cover_letter"})
LISTS = frozenset({"phones", "social_links", "links"})


def _outcome(
    method: Callable[Concatenate["RecruiteeConnector", P], R],
) -> Callable[Concatenate["RecruiteeConnector", P], Result[R]]:
    """Answer with the value, or with what the failed call says to do."""

    @wraps(method)
    def call(
        self: "RecruiteeConnector", /, *args: P.args, **kwargs: P.kwargs
    ) -> Result[R]:
        try:
            return Ok(method(self, *args, **kwargs))
        except CallFailed as error:
            failure: Failure = error.failure
            return failure

    return call


class RecruiteeConnector:
    """One company in Recruitee."""

    kind: ClassVar[str] = "recruitee"

    def __init__(
        self,
        api: Api,
        *,
        hired_stages: frozenset[str] = frozenset(),
    ) -> None:
        """Take the way to talk.

        There is no hired event and no documented mark of a stage that means hired:
        `hired_stages` names them, by name or id. The marker is one of the sources,
        because those are written by the call that makes the candidate.
        """
        self._api = api
        self._hired = hired_stages

    def capabilities(self) -> Capabilities:
        """Say what Recruitee can do."""
        return Capabilities(
            finds=True,
            whole_in_one=False,
            pools=True,
            jobless_candidate=True,
            stage_move_may_email=True,
            changes=Changes.REREAD,
            webhook_is_authoritative=False,
            erases=Erases.DELETES,
        )

    @_outcome
    def check(self) -> Account:
        """Say whose token it is."""
        admin = self._api.get("/admin").get("admin") or {}
        name = str(admin.get("email") or admin.get("id") or "unknown")
        return Account(system="Recruitee", user=name)

    @_outcome
    def find(self, keys: MatchKeys) -> FindResult:
        """Search, then believe only records that carry the marker or the address."""
        ours, is_trusted = self._search(keys.marker)
        found = {
            number: Confidence.OURS
            for number, one in ours.items()
            if keys.marker in _sources(one)
        }
        if keys.email and is_trusted and not found:
            same, is_trusted = self._search(keys.email.strip())
            found |= {
                number: Confidence.EXACT
                for number, one in same.items()
                if keys.email.strip().lower() in _emails(one)
            }
        return FindResult(
            matches=tuple(
                Match(ref=self._ref(number), confidence=sure)
                for number, sure in found.items()
            ),
            is_trusted=is_trusted,
        )

    @_outcome
    def create(
        self,
        draft: CandidateDraft,
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002 -- Recruitee knows no idempotency key: the marker serves
    ) -> Ref:
        """Create a candidate with our marker, in the job or pool at once.

        `offer_ids` stands at the root: inside `candidate` it is silently ignored.
        """
        values: dict[str, Any] = {"name": draft.name, **_values(draft)}
        values["sources"] = [*_named_sources(draft), draft.marker]
        if draft.email:
            values["emails"] = [draft.email.strip()]
        body: dict[str, Any] = {"candidate": values}
        if intent.ref and intent.kind is not TargetKind.NONE:
            body["offer_ids"] = [_number(intent.ref)]
        made = self._api.post("/candidates", body)["candidate"]
        self._write_fields(made, draft)
        return self._ref(made["id"])

    @_outcome
    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Ref:  # noqa: ARG002
        """Write what differs; lists replace what is there, so ours are added to it."""
        have = self._there(ref.id)
        wanted = _values(draft)
        values: dict[str, Any] = {}
        for name, value in wanted.items():
            if have.get(name) and name in draft.only_if_empty:
                continue
            if name in PLAIN:
                value = fitting(draft, name, str(have.get(name) or "")) or have[name]  # noqa: PLW2901 -- the text as it must be
            if isinstance(value, list):
                value = list(dict.fromkeys([*(have.get(name) or []), *value]))  # noqa: PLW2901 -- the list as it must be
            if value != have.get(name):
                values[name] = value
        if draft.marker not in _sources(have):
            values["sources"] = [*_sources(have), draft.marker]
        if values:
            self._api.patch(f"/candidates/{ref.id}", {"candidate": values})
        self._write_fields(have, draft)
        return self._ref(ref.id)

    @_outcome
    def attach(
        self,
        ref: Ref,
        draft: CandidateDraft,  # noqa: ARG002 -- the interface's
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002
    ) -> Ref:
        """See that the candidate is on the job or in the pool, once."""
        if not intent.ref or intent.kind is TargetKind.NONE:
            return ref
        offer = _number(intent.ref)
        placed = [one.get("offer_id") for one in self._there(ref.id)["placements"]]
        if offer not in placed:
            body = {"candidate_id": int(ref.id), "offer_id": offer}
            self._api.post("/placements", body)
        return ref

    @_outcome
    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> None:  # noqa: ARG002
        """Add tags that are not there in any case."""
        have = {str(tag).lower() for tag in self._there(ref.id).get("tags") or []}
        for tag in dict.fromkeys(tag.strip() for tag in tags if tag.strip()):
            if tag.lower() not in have:
                self._api.post(f"/candidates/{ref.id}/tags", {"tag": tag})

    @_outcome
    def add_note(self, ref: Ref, note: str, *, op_id: str) -> None:
        """Leave a note, unless this one is there."""
        sign = f"stdc:{hashlib.sha256(op_id.encode()).hexdigest()[:12]}"
        there = self._api.get(f"/candidates/{ref.id}/notes").get("notes") or []
        if any(sign in str(one.get("body")) for one in there):
            return
        body = {"note": {"body": f"{note}\n\n{sign}"}}
        self._api.post(f"/candidates/{ref.id}/notes", body)

    @_outcome
    def erase(self, ref: Ref, marker: str, *, op_id: str) -> None:  # noqa: ARG002
        """Delete the candidate; Recruitee itself clears them away later.

        The documented DELETE is a soft one: `deleted_at` is set, nobody finds them.
        """
        if self._api.candidate(ref.id) is not None:
            self._api.delete(f"/candidates/{ref.id}")

    @_outcome
    def fetch(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read how these stand, one call each."""
        return tuple(self._standing(ref) for ref in refs)

    @_outcome
    def values(self, ref: Ref, names: Sequence[str]) -> Mapping[str, str]:
        """Read what stands on the candidate, and custom fields by their label."""
        have = self._there(ref.id)
        return {name: _told(have, name) for name in names}

    def changes(self, cursor: str | None) -> Result[ChangePage]:
        """Tell of nothing: no listing by time is documented, so webhooks tell."""
        return Ok(ChangePage(snapshots=(), cursor=cursor or ""))

    def _standing(self, ref: str) -> Snapshot:
        try:
            read = self._there(ref)
        except CallFailed as error:
            if getattr(error.failure, "code", "") != GONE:
                raise
            gone = Ref(id=ref)
            return Snapshot(ref=gone, stage_kind=StageKind.WITHDRAWN, is_deleted=True)
        return snapshot(self._ref(ref), read, self._hired)

    def _search(self, text: str) -> tuple[dict[int, Mapping[str, Any]], bool]:
        """Read whoever the search names; say whether it searched at all."""
        hits, total = self._api.search(text)
        if total > MOST_HITS:
            return {}, False
        read = {int(one["id"]): self._api.candidate(one["id"]) for one in hits}
        return {number: one for number, one in read.items() if one is not None}, True

    def _there(self, ref: str) -> dict[str, Any]:
        found = self._api.candidate(ref)
        if found is None:
            raise CallFailed(Permanent(f"candidate {ref} was deleted there", GONE))
        return found

    def _write_fields(self, have: Mapping[str, Any], draft: CandidateDraft) -> None:
        """Write custom fields whose label the mapping names, where they differ."""
        given = {str(one.get("name")): one for one in have.get("fields") or []}
        for label in sorted(draft.fields):
            if label in PLAIN or label in LISTS:
                continue
            old = [one.get("text") for one in given.get(label, {}).get("values") or []]
            text = fitting(draft, label, str(old[0] or "") if old else "")
            if text is None:
                continue
            field = {"kind": "single_line", "name": label, "values": [{"text": text}]}
            path = f"/custom_fields/candidates/{have['id']}/fields"
            self._api.post(path, {"fields": [field]})

    def _ref(self, number: int | str) -> Ref:
        link = f"https://app.recruitee.com/#/candidates/{number}"
        return Ref(id=str(number), url=link)


def _told(have: Mapping[str, Any], name: str) -> str:
    """Read one field; several values are told with commas."""
    if name in PLAIN:
        return str(have.get(name) or "")
    if name in LISTS:
        return ", ".join(str(one) for one in have.get(name) or [])
    given = (one for one in have.get("fields") or [] if one.get("name") == name)
    values = (one for field in given for one in field.get("values") or [])
    return ", ".join(str(one.get("text") or "") for one in values)


def _values(draft: CandidateDraft) -> dict[str, Any]:
    given = draft.fields
    plain: dict[str, Any] = {key: given[key] for key in PLAIN & given.keys()}
    return plain | {key: [given[key]] for key in LISTS & given.keys()}


def _named_sources(draft: CandidateDraft) -> list[str]:
    source = draft.source.get("source")
    return [source] if source else []


def _sources(read: Mapping[str, Any]) -> list[str]:
    return [str(one) for one in read.get("sources") or []]


def _emails(read: Mapping[str, Any]) -> set[str]:
    return {str(one).strip().lower() for one in read.get("emails") or []}


def _number(ref: str) -> int:
    """Read an offer's id that the mapping gives."""
    try:
        return int(ref)
    except ValueError as error:
        message = f"target {ref!r} is no id of a Recruitee offer: mend the mapping"
        raise CallFailed(Permanent(message, "mapping")) from error
