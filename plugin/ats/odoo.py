"""Odoo Recruitment: 19 and later by JSON-2, 18 by JSON-RPC.

Two data models. In 19 an applicant is person and application in one; 18 has
`hr.candidate` for the person and `hr.applicant` for each application. Nobody is
mailed: no stage is ever written, because one with a template mails the candidate.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

from plugin.ats.base import (
    GONE,
    Account,
    AuthBroken,
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
    TargetIntent,
    TargetKind,
)
from plugin.ats.catalogue import Catalogue
from plugin.ats.http import CallFailed
from plugin.ats.odoo_records import (
    APPLICATION,
    TAG,
    Database,
    added,
    as_html,
    fitted,
    is_same,
    readable,
)
from plugin.ats.odoo_rpc import Transport
from plugin.ats.odoo_standing import Standings

P = ParamSpec("P")
R = TypeVar("R")

#: Our name of a source -> Odoo's field of an application, and its model.
UTM = {
    "source": ("source_id", "utm.source"),
    "medium": ("medium_id", "utm.medium"),
    "campaign": ("campaign_id", "utm.campaign"),
}
#: 18 sends its webhook before it commits, and reads back the old stage until then.
HINT_DELAY_SECONDS = 5.0
#: Deleting the application leaves name and address on the contact card behind it, and
#: a deleted employee's file may have to be kept: Odoo's own tool shows all of it.
ERASE_HINT = (
    "look their address up with Privacy Lookup in Odoo's settings, which lists every "
    "record, and delete or archive each"
)


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

        `marker_field` is a custom text field (`x_...`) of the person's model for our
        marker; without one a tag of that name is it. Either is written by the call
        that makes the person: a note would come a call too late.
        """
        self._url = url.rstrip("/")
        self._db = Database(transport)
        self._marker_field = marker_field
        self._standings = Standings(self._db, self._ref, hired_stages)

    def capabilities(self) -> Capabilities:
        """Say what Odoo can do."""
        return Capabilities(
            finds=True,
            whole_in_one=False,
            pools=True,
            jobless_candidate=True,
            owners=True,
            stage_move_may_email=True,
            changes=Changes.POLL,
            webhook_is_authoritative=False,
            hint_delay_seconds=HINT_DELAY_SECONDS,
            erase_hint=ERASE_HINT,
        )

    @_outcome
    def check(self) -> Account:
        """Say who we are, if we may make candidates and our marker has its field."""
        uid = self._db.call("res.users", "context_get", None)["uid"]
        person, field = self._db.person, self._marker_field
        # an interviewer finds nobody and is told of no error, so reading proves nothing
        if not self._db.call(person, "has_access", [], operation="create"):
            raise CallFailed(AuthBroken(f"user {uid} may not create candidates"))
        if field and field not in self._db.types(person):
            raise CallFailed(Permanent(f"{person} has no field {field}", "mapping"))
        generation = "18" if self._db.has_candidates else "19"
        return Account(system=f"Odoo {generation}", user=f"user {uid}")

    @_outcome
    def describe(self) -> Catalogue:
        """Read the fields of person and application, and what can be named by id."""
        db = self._db
        has_pools = not db.has_candidates
        return Catalogue(
            fields=frozenset({*db.types(db.person), *db.types(APPLICATION)}),
            jobs=frozenset(map(str, db.ids("hr.job", []))),
            pools=frozenset(
                map(str, db.ids("hr.talent.pool", []) if has_pools else ())
            ),
            users=frozenset(map(str, db.ids("res.users", []))),
        )

    @_outcome
    def find(self, keys: MatchKeys) -> FindResult:
        """Find by our marker, then by e-mail; the two records of one person once."""
        ours = self._persons(self._marked(keys.marker))
        email = keys.email.strip().lower() if keys.email else ""
        # their normalised address is lower case, and asking in capitals finds nobody
        same = [["email_normalized", "=", email]] if "@" in email else None
        found = [(one, Confidence.OURS) for one in ours]
        found += [
            (one, Confidence.EXACT) for one in self._persons(same) if one not in ours
        ]
        return FindResult(
            matches=tuple(
                Match(ref=self._ref(number), confidence=sure) for number, sure in found
            )
        )

    @_outcome
    def create(
        self,
        draft: CandidateDraft,
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002 -- Odoo knows no idempotency key: the marker serves
    ) -> Ref:
        """Create a candidate with our marker, on 19 in the job or pool at once."""
        values: dict[str, Any] = {"partner_name": draft.name}
        if draft.email:
            values["email_from"] = draft.email.strip()
        values |= self._values(draft, self._db.person) | self._marking(draft.marker)
        if not self._db.has_candidates:
            values |= self._utm(draft) | _placed(intent)
        if draft.owner:
            values["user_id"] = _number(draft.owner)
        return self._ref(self._db.create(self._db.person, values))

    @_outcome
    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Ref:  # noqa: ARG002
        """Write what differs, and what may only be filled in only where it is empty.

        Somebody who was deleted there is not made again: Permanent, code "gone".
        """
        number = int(ref.id)
        wanted = self._values(draft, self._db.person)
        have = self._there(number, [*wanted, *self._marking_fields])
        values = {
            name: value
            for name, value in _ruled(wanted, have, draft).items()
            if not is_same(have[name], value)
            and not (have[name] and name in draft.only_if_empty)
        }
        if self._marker_field is None:
            tag = self._db.named(TAG, draft.marker, color=0)
            if tag not in have["categ_ids"]:
                values["categ_ids"] = [[4, tag]]
        elif have[self._marker_field] != draft.marker:
            values[self._marker_field] = draft.marker
        if values:
            self._db.write(self._db.person, number, values)
        return self._ref(number)

    @_outcome
    def attach(
        self,
        ref: Ref,
        draft: CandidateDraft,
        intent: TargetIntent,
        *,
        op_id: str,  # noqa: ARG002
    ) -> Ref:
        """Add an application on 18, or to a pool on 19, if that is not so already.

        On 19 somebody who was there before is not put on a job: a second applicant
        would rename the address they share. The note tells the recruiter.
        """
        number = int(ref.id)
        if intent.ref and intent.kind is TargetKind.JOB and self._db.has_candidates:
            self._apply(number, _number(intent.ref), draft)
        if intent.ref and intent.kind is TargetKind.TALENT_POOL:
            self._pool(number, _number(intent.ref))
        return ref

    @_outcome
    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> None:  # noqa: ARG002
        """Link tags, made where there is none of that name in any case."""
        names = dict.fromkeys(tag.strip() for tag in tags if tag.strip())
        links = [[4, self._db.named(TAG, name)] for name in names]
        self._db.write(self._db.person, int(ref.id), {"categ_ids": links})

    @_outcome
    def add_note(self, ref: Ref, note: str, *, op_id: str) -> None:
        """Post an internal note, unless this one is there; nobody is mailed."""
        name = hashlib.sha256(op_id.encode()).hexdigest()[:12]
        # on any record: in 19 one person may be two of them
        there = [["model", "=", self._db.person], ["body", "ilike", f"stdc:{name}"]]
        if self._db.call("mail.message", "search_count", None, domain=there):
            return
        self._db.call(
            self._db.person,
            "message_post",
            [int(ref.id)],
            body=f"{as_html(note)}<p><small>stdc:{name}</small></p>",
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )

    def erase(self, ref: Ref, marker: str, *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Refuse: a person does it there, see `ERASE_HINT`."""
        return Permanent(f"erase candidate {ref.id} by hand: {ERASE_HINT}", "by-hand")

    @_outcome
    def fetch(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read how these stand; `hr.applicant/61` is an application of a hint."""
        return self._standings.of(refs)

    @_outcome
    def values(self, ref: Ref, names: Sequence[str]) -> Mapping[str, str]:
        """Read fields of the person; those of an application are left out."""
        asked = [one for one in names if one in self._db.types(self._db.person)]
        return readable(self._there(int(ref.id), asked), asked)

    @_outcome
    def changes(self, cursor: str | None) -> ChangePage:
        """Read whose applications were written; deletions only `fetch` tells."""
        return self._standings.since(cursor)

    def _marked(self, marker: str) -> list[Any] | None:
        """Say who carries a marker, as a domain; None where nobody can."""
        if self._marker_field:
            return [[self._marker_field, "=", marker]]
        tags = self._db.ids(TAG, [["name", "=", marker]])
        return [["categ_ids", "in", tags]] if tags else None

    def _marking(self, marker: str) -> dict[str, Any]:
        if self._marker_field:
            return {self._marker_field: marker}
        # a tag without a colour is not shown on the recruiter's cards
        return {"categ_ids": [[4, self._db.named(TAG, marker, color=0)]]}

    @property
    def _marking_fields(self) -> tuple[str, ...]:
        return (self._marker_field or "categ_ids",)

    def _persons(self, domain: list[Any] | None) -> list[int]:
        """List the people of a domain, by the pool record where they have one."""
        if domain is None:
            return []
        fields = [] if self._db.has_candidates else ["pool_applicant_id"]
        rows = self._db.rows(self._db.person, domain, ["id", *fields])
        pools = [row.get("pool_applicant_id") or [row["id"]] for row in rows]
        return list(dict.fromkeys(int(pool[0]) for pool in pools))

    def _there(self, number: int, fields: list[str]) -> dict[str, Any]:
        # "active" too, because `read` gives back a deleted id when asked for nothing
        wanted = sorted({"active", *fields})
        rows = self._db.call(self._db.person, "read", [number], fields=wanted)
        if not rows:
            raise CallFailed(Permanent(f"candidate {number} was deleted there", GONE))
        row: dict[str, Any] = rows[0]
        return row

    def _values(self, draft: CandidateDraft, model: str) -> dict[str, Any]:
        """Give the fields of one model; in 18 some are the application's alone."""
        person, application = (
            self._db.types(one) for one in (self._db.person, APPLICATION)
        )
        # a field nobody knows goes to the person, where Odoo says so
        theirs = {
            name for name in draft.fields if name in application and name not in person
        }
        wanted = theirs if model != self._db.person else set(draft.fields) - theirs
        values = {name: draft.fields[name] for name in sorted(wanted)}
        return fitted(values, self._db.types(model))

    def _utm(self, draft: CandidateDraft) -> dict[str, int]:
        return {
            field: self._db.named(model, draft.source[name])
            for name, (field, model) in UTM.items()
            if draft.source.get(name)
        }

    def _apply(self, candidate: int, job: int, draft: CandidateDraft) -> None:
        there = [["candidate_id", "=", candidate], ["job_id", "=", job]]
        if self._db.ids(APPLICATION, there):
            return
        values = {"candidate_id": candidate, "job_id": job}
        more = self._values(draft, APPLICATION) | self._utm(draft)
        self._db.create(APPLICATION, {**more, **values})

    def _pool(self, number: int, pool: int) -> None:
        """Put somebody into a pool of 19.

        The pool written onto an applicant with a job makes half a pool record, so the
        wizard makes a whole one beside it.
        """
        if self._db.has_candidates:
            return
        row = self._there(number, ["pool_applicant_id"])
        if row["pool_applicant_id"]:
            talent = int(row["pool_applicant_id"][0])
            if pool not in self._there(talent, ["talent_pool_ids"])["talent_pool_ids"]:
                values = {"talent_pool_ids": [[4, pool]]}
                self._db.write(APPLICATION, talent, values)
            return
        wizard = "talent.pool.add.applicants"
        made = self._db.create(
            wizard,
            {"applicant_ids": [[6, 0, [number]]], "talent_pool_ids": [[6, 0, [pool]]]},
        )
        self._db.call(wizard, "action_add_applicants_to_pool", [made])

    def _ref(self, number: int) -> Ref:
        query = f"id={number}&model={self._db.person}&view_type=form"
        return Ref(id=str(number), url=f"{self._url}/web#{query}")


def _ruled(
    wanted: Mapping[str, Any], have: Mapping[str, Any], draft: CandidateDraft
) -> dict[str, Any]:
    """Add what is to be added to what is there; the rest stays as it is wanted."""
    return {
        name: added(have[name], value) if name in draft.appended else value
        for name, value in wanted.items()
    }


def _placed(intent: TargetIntent) -> dict[str, Any]:
    if not intent.ref or intent.kind is TargetKind.NONE:
        return {}
    if intent.kind is TargetKind.JOB:
        return {"job_id": _number(intent.ref)}
    return {"talent_pool_ids": [[4, _number(intent.ref)]]}


def _number(ref: str) -> int:
    """Read an id that the mapping gives."""
    try:
        return int(ref)
    except ValueError as error:
        message = f"target {ref!r} is no id of an Odoo job or pool: mend the mapping"
        raise CallFailed(Permanent(message, "mapping")) from error
