"""Odoo Recruitment: 19 and later by JSON-2, 18 by JSON-RPC.

Two data models. In 19 an applicant is person and application in one; 18 has
`hr.candidate` for the person and `hr.applicant` for each application. Nobody is
mailed: no stage is ever written, because one with a template mails the candidate.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from html import escape
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from plugin.ats.base import (
    Account,
    CandidateDraft,
    Capabilities,
    ChangePage,
    Changes,
    Confidence,
    Failure,
    Match,
    MatchKeys,
    Ok,
    Ref,
    Result,
    Snapshot,
    StageKind,
    TargetIntent,
    TargetKind,
)
from plugin.ats.http import CallFailed
from plugin.ats.odoo_rpc import Transport

P = ParamSpec("P")
R = TypeVar("R")

#: Refused and archived people are hidden unless asked for.
ALL = {"active_test": False}
#: Rows per page of a poll.
PAGE = 200
#: `write_date` has whole seconds and is set before the commit: read some again.
OVERLAP = timedelta(seconds=30)
STATUS = ["stage_id", "active", "date_closed", "refuse_reason_id", "write_date"]


def _outcome(
    method: Callable[Concatenate["OdooConnector", P], R],
) -> Callable[Concatenate["OdooConnector", P], Result[R]]:
    """Answer with the value, or with what the failed call says to do."""

    @wraps(method)
    def call(self: "OdooConnector", /, *args: P.args, **kwargs: P.kwargs) -> Result[R]:
        try:
            return Ok(method(self, *args, **kwargs))
        except CallFailed as error:
            failure: Failure = error.failure
            return failure

    return call


class OdooConnector:
    """One Odoo database."""

    kind: ClassVar[str] = "odoo"

    def __init__(
        self,
        url: str,
        transport: Transport,
        *,
        marker_field: str | None = None,
        hired_stages: frozenset[str] = frozenset(),
    ) -> None:
        """Take the address for links and the way to talk.

        `marker_field` is a custom text field (`x_...`) for our marker; without one
        it stands in the note alone.
        """
        self._url = url.rstrip("/")
        self._rpc = transport
        self._marker_field = marker_field
        self._hired_stages = hired_stages

    def capabilities(self) -> Capabilities:
        """Say what Odoo can do."""
        return Capabilities(
            finds=True,
            whole_in_one=False,
            pools=True,
            jobless_candidate=True,
            stage_move_may_email=True,
            changes=Changes.POLL,
            webhook_is_authoritative=False,
        )

    @_outcome
    def check(self) -> Account:
        """Read whether we may create candidates, and who we are."""
        context = self._rpc.call("res.users", "context_get", None)
        self._rpc.call(self._person, "search_count", None, domain=[["id", "=", 0]])
        generation = "18 (candidates)" if self._has_candidates else "19"
        return Account(system=f"Odoo {generation}", user=f"user {context['uid']}")

    @_outcome
    def find(self, keys: MatchKeys) -> tuple[Match, ...]:
        """Find by our marker, then by e-mail; records of one person count once."""
        ours = self._by_marker(keys.marker)
        theirs = self._by_email(keys.email) if keys.email else []
        found = [(one, Confidence.OURS) for one in ours]
        found += [(one, Confidence.EXACT) for one in theirs if one not in ours]
        return tuple(
            Match(ref=self._ref(number), confidence=confidence)
            for number, confidence in found
        )

    @_outcome
    def create(
        self,
        draft: CandidateDraft,
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002 -- Odoo knows no idempotency key: the marker serves
    ) -> Ref:
        """Create a candidate, on 19 with the job or pool at once."""
        values: dict[str, Any] = {
            "partner_name": draft.name,
            **({"email_from": draft.email} if draft.email else {}),
            **draft.fields,
            **self._marked(draft),
        }
        if not self._has_candidates:
            values |= _placed(intent)
        made = self._rpc.call(self._person, "create", None, vals_list=[values])
        return self._ref(int(made[0]))

    @_outcome
    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Ref:  # noqa: ARG002
        """Write what differs, and what may only be filled in only where it is empty."""
        wanted = {**draft.fields, **self._marked(draft)}
        number = int(ref.id)
        rows = self._rpc.call(self._person, "read", [number], fields=sorted(wanted))
        have = rows[0] if rows else {}
        values = {
            name: value
            for name, value in wanted.items()
            if value != have.get(name)
            and not (have.get(name) and name in draft.only_if_empty)
        }
        if values:
            self._rpc.call(self._person, "write", [number], vals=values)
        return self._ref(number)

    @_outcome
    def attach(self, ref: Ref, intent: TargetIntent, *, op_id: str) -> Ref:  # noqa: ARG002
        """Add an application on 18 if there is none; on 19 create has done it."""
        if self._has_candidates and intent.kind is TargetKind.JOB and intent.ref:
            candidate, job = int(ref.id), int(intent.ref)
            there = [["candidate_id", "=", candidate], ["job_id", "=", job]]
            if not self._search("hr.applicant", there):
                values = {"candidate_id": candidate, "job_id": job}
                self._rpc.call("hr.applicant", "create", None, vals_list=[values])
        return ref

    @_outcome
    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> None:  # noqa: ARG002
        """Link tags, made where there is none of that name in any case."""
        links = [[4, self._tag(name), 0] for name in tags]
        number = int(ref.id)
        self._rpc.call(self._person, "write", [number], vals={"categ_ids": links})

    @_outcome
    def add_note(self, ref: Ref, note: str, *, op_id: str) -> None:
        """Post an internal note, unless one with this `op_id` is there."""
        number = int(ref.id)
        there = [
            ["model", "=", self._person],
            ["res_id", "=", number],
            ["body", "ilike", f"[{op_id}]"],
        ]
        if self._rpc.call("mail.message", "search_count", None, domain=there):
            return
        text = "<br/>".join(escape(line) for line in note.split("\n"))
        self._rpc.call(
            self._person,
            "message_post",
            [number],
            body=f"<p>{text}</p><p><small>[{escape(op_id)}]</small></p>",
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

    @_outcome
    def fetch(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read how these stand; `read` leaves deleted ones out without an error."""
        numbers = [int(ref) for ref in refs]
        column = "candidate_id" if self._has_candidates else "id"
        rows = self._applications([[column, "in", numbers]])
        found = self._newest(rows)
        there = set(self._search(self._person, [["id", "in", numbers]]))
        hired = self._hired()
        snapshots = [self._snapshot(one, found[one], hired) for one in sorted(found)]
        for number in numbers:
            if number not in there:
                gone = Snapshot(
                    ref=self._ref(number),
                    stage_kind=StageKind.WITHDRAWN,
                    is_deleted=True,
                )
                snapshots.append(gone)
        return tuple(snapshots)

    @_outcome
    def changes(self, cursor: str | None) -> ChangePage:
        """Read applications written since the cursor, which is a `write_date`."""
        if cursor is None:
            return ChangePage(snapshots=(), cursor=self._present())
        since = f"{datetime.fromisoformat(cursor) - OVERLAP:%Y-%m-%d %H:%M:%S}"
        rows = self._applications([["write_date", ">=", since]], limit=PAGE)
        hired = self._hired()
        newest = self._newest(rows)
        return ChangePage(
            snapshots=tuple(self._snapshot(one, newest[one], hired) for one in newest),
            cursor=max([cursor, *(row["write_date"] for row in rows)]),
            has_more=len(rows) == PAGE and rows[-1]["write_date"] > cursor,
        )

    @property
    def _has_candidates(self) -> bool:
        return self._rpc.has_candidates

    @property
    def _person(self) -> str:
        return "hr.candidate" if self._has_candidates else "hr.applicant"

    def _present(self) -> str:
        """Tell the newest `write_date`: Odoo's own clock, not ours."""
        rows = self._read(
            "hr.applicant",
            [],
            ["write_date"],
            order="write_date desc, id desc",
            limit=1,
        )
        return str(rows[0]["write_date"]) if rows else "2000-01-01 00:00:00"

    def _by_marker(self, marker: str) -> list[int]:
        if self._marker_field:
            return self._search(self._person, [[self._marker_field, "=", marker]])
        noted = [["model", "=", self._person], ["body", "ilike", f"[{marker}]"]]
        rows = self._read("mail.message", noted, ["res_id"])
        return self._search(
            self._person, [["id", "in", sorted({row["res_id"] for row in rows})]]
        )

    def _by_email(self, email: str) -> list[int]:
        """Find by the normalised address, which is lower case; theirs is too, then."""
        fields = [] if self._has_candidates else ["pool_applicant_id"]
        wanted = [["email_normalized", "=", email.strip().lower()]]
        rows = self._read(self._person, wanted, ["id", *fields])
        persons: dict[int, int] = {}
        for row in rows:  # on 19 a person in a pool and on a job is two records
            pool = row.get("pool_applicant_id") or [row["id"]]
            persons.setdefault(int(pool[0]), int(row["id"]))
        return list(persons.values())

    def _applications(
        self, domain: list[Any], limit: int | None = None
    ) -> list[dict[str, Any]]:
        fields = [*STATUS, "candidate_id"] if self._has_candidates else STATUS
        order = "write_date asc, id asc"
        return self._read(
            "hr.applicant", domain, ["id", *fields], order=order, limit=limit
        )

    def _newest(self, rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
        """Keep the application written last of each person."""
        newest: dict[int, dict[str, Any]] = {}
        for row in rows:
            person = row["candidate_id"] if self._has_candidates else [row["id"]]
            if person:
                newest[int(person[0])] = row
        return newest

    def _hired(self) -> frozenset[int]:
        """List the stages that mean hired: Odoo's own flag, and what the mapping adds."""
        rows = self._read("hr.recruitment.stage", [], ["id", "name", "hired_stage"])
        return frozenset(
            int(row["id"])
            for row in rows
            if row["hired_stage"] or {str(row["id"]), row["name"]} & self._hired_stages
        )

    def _snapshot(
        self, person: int, row: Mapping[str, Any], hired: frozenset[int]
    ) -> Snapshot:
        stage = row["stage_id"] or [0, ""]
        written = datetime.fromisoformat(row["write_date"]).replace(tzinfo=UTC)
        return Snapshot(
            ref=self._ref(person),
            stage_kind=_kind(row, int(stage[0]) in hired),
            stage=str(stage[1]),
            updated_at=written,
        )

    def _tag(self, name: str) -> int:
        """Find a tag whatever its case: the same name twice is refused by Odoo."""
        model = "hr.applicant.category"
        found = self._search(model, [["name", "=ilike", _literal(name)]])
        if found:
            return found[0]
        made = self._rpc.call(model, "create", None, vals_list=[{"name": name}])
        return int(made[0])

    def _marked(self, draft: CandidateDraft) -> dict[str, str]:
        return {self._marker_field: draft.marker} if self._marker_field else {}

    def _ref(self, number: int) -> Ref:
        query = f"id={number}&model={self._person}&view_type=form"
        return Ref(id=str(number), url=f"{self._url}/web#{query}")

    def _search(self, model: str, domain: list[Any]) -> list[int]:
        return [int(row["id"]) for row in self._read(model, domain, ["id"])]

    def _read(
        self, model: str, domain: list[Any], fields: list[str], **options: Any
    ) -> list[dict[str, Any]]:
        given = {name: value for name, value in options.items() if value is not None}
        rows: list[dict[str, Any]] = self._rpc.call(
            model, "search_read", None, domain=domain, fields=fields, context=ALL,
            **{"order": "id", **given},
        )  # fmt: skip
        return rows


def _placed(intent: TargetIntent) -> dict[str, Any]:
    if not intent.ref:
        return {}
    if intent.kind is TargetKind.JOB:
        return {"job_id": int(intent.ref)}
    return {"talent_pool_ids": [[4, int(intent.ref), 0]]}


def _kind(row: Mapping[str, Any], is_hired: bool) -> StageKind:  # noqa: FBT001 -- one fact of the row
    """Read a standing: `application_status` says "archived" of a hire too."""
    if is_hired and row["date_closed"]:
        return StageKind.HIRED
    if not row["active"]:
        rejected = bool(row["refuse_reason_id"])
        return StageKind.REJECTED if rejected else StageKind.WITHDRAWN
    return StageKind.ACTIVE


def _literal(name: str) -> str:
    """Take the wildcards of `ilike` out of a name."""
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
