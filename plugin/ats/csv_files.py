"""Any ATS that imports files: a CSV per hand-over in a folder or an SFTP drop.

Never twice, even when the importer takes a file away the moment it is there: the
file is made ready out of its sight, noted in the ledger, then renamed into place.
After a crash the ledger and the ready file tell how far it came.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar

import structlog

from plugin.ats.base import (
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
    RightsNotice,
    Snapshot,
    TargetIntent,
)
from plugin.ats.csv_drop import PART, Drop
from plugin.ats.csv_rows import (
    Bad,
    Told,
    candidate_columns,
    rights_columns,
    told,
    written,
)
from plugin.ats.http import CallFailed

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

#: Ours to them, theirs to us, what we could not read of theirs, and our own notes.
CANDIDATES, STATUS, UNREAD, LEDGER = "candidates", "status", "status-unread", "stdc"
HANDED_OVER, UPDATED, ERASE = "handed_over", "updated", "erase"
RIGHTS = "rights"
DELIMITER, ENCODING = ";", "utf-8-sig"
#: What may be chosen: -sig writes the mark by which Excel knows UTF-8.
DELIMITERS, ENCODINGS = (";", ",", "\t", "|"), ("utf-8-sig", "utf-8", "cp1252")


def _outcome(
    method: Callable[Concatenate["CsvConnector", P], R],
) -> Callable[Concatenate["CsvConnector", P], Result[R]]:
    """Answer with the value, or with what the failed call says to do."""

    @wraps(method)
    def call(self: "CsvConnector", /, *args: P.args, **kwargs: P.kwargs) -> Result[R]:
        try:
            return Ok(method(self, *args, **kwargs))
        except CallFailed as error:
            failure: Failure = error.failure
            return failure

    return call


class CsvConnector:
    """One folder that an ATS imports from, and writes its status files to."""

    kind: ClassVar[str] = "csv"

    def __init__(
        self,
        drop: Drop,
        *,
        clock: Callable[[], datetime],
        delimiter: str = DELIMITER,
        encoding: str = ENCODING,
        hired_stages: frozenset[str] = frozenset(),
    ) -> None:
        """Take the folder and how its files are written."""
        self._drop = drop
        self._clock = clock
        self._delimiter, self._encoding = delimiter, encoding
        self._hired = hired_stages

    def capabilities(self) -> Capabilities:
        """Say that a row has everything, and that the ledger is looked up."""
        return Capabilities(
            finds=True,
            whole_in_one=True,
            pools=True,
            jobless_candidate=True,
            stage_move_may_email=False,
            changes=Changes.POLL,
            webhook_is_authoritative=False,
            erases=Erases.TOLD,
        )

    @_outcome
    def check(self) -> Account:
        """Look that the folder is there; nothing is written."""
        return Account(system="CSV files", user=self._drop.where())

    @_outcome
    def find(self, keys: MatchKeys) -> FindResult:
        """Find who was handed over, by our ledger; files cannot be asked for others."""
        if self._drop.read(_person(keys.marker)) is None:
            return FindResult()
        ours = Match(ref=Ref(id=keys.marker), confidence=Confidence.OURS)
        return FindResult(matches=(ours,))

    @_outcome
    def create(self, draft: CandidateDraft, intent: TargetIntent, *, op_id: str) -> Ref:
        """Leave a file with the candidate."""
        return self._leave(draft, intent, op_id, HANDED_OVER)

    @_outcome
    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Ref:  # noqa: ARG002 -- the marker is the ref
        """Leave another file, with what the candidate is now."""
        return self._leave(draft, None, op_id, UPDATED)

    def attach(
        self,
        ref: Ref,
        draft: CandidateDraft,  # noqa: ARG002 -- the interface's
        intent: TargetIntent,  # noqa: ARG002
        *,
        op_id: str,  # noqa: ARG002
    ) -> Result[Ref]:
        """Do nothing: the row says where the candidate goes."""
        return Ok(ref)

    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Do nothing: the row has the tags."""
        return Ok(None)

    def add_note(self, ref: Ref, note: str, *, op_id: str) -> Result[None]:  # noqa: ARG002
        """Do nothing: the row has the note."""
        return Ok(None)

    @_outcome
    def erase(self, ref: Ref, marker: str, *, op_id: str) -> None:
        """Leave a file that says who is to be erased, and take back what was not taken.

        The ledger forgets them too; its notes are hashes, but of what is theirs.
        """
        wish = _hash(op_id)[:16]
        row = {"row_id": wish, "action": ERASE, "marker": marker, "ref": ref.id}
        contact = marker.rpartition(":")[2]
        for folder in (CANDIDATES, LEDGER):
            for name in self._drop.names(folder):
                if name.startswith(f"candidate-{contact}-"):
                    self._drop.delete(f"{folder}/{name}")
        self._drop.put(f"{CANDIDATES}/erase-{wish}.csv", self._encoded(row))
        for name in self._drop.names(LEDGER):
            if name.startswith("address-"):
                self._forget_address(f"{LEDGER}/{name}", marker)
        self._drop.delete(_person(marker))

    @_outcome
    def tell_rights(
        self, ref: Ref, marker: str, notice: RightsNotice, *, op_id: str
    ) -> None:
        """Leave a file that says what the candidate allows and refuses now."""
        wish = _hash(op_id)[:16]
        named = {"row_id": wish, "action": RIGHTS, "marker": marker, "ref": ref.id}
        row = named | rights_columns(notice.consent, notice.do_not_contact)
        self._drop.put(f"{CANDIDATES}/rights-{wish}.csv", self._encoded(row))

    def _forget_address(self, index: str, marker: str) -> None:
        kept = (self._drop.read(index) or b"").decode().split()
        left = [one for one in kept if one != marker]
        if left and left != kept:
            self._drop.put(index, "\n".join(left).encode())
        elif not left:
            self._drop.delete(index)

    @_outcome
    def fetch(self, refs: Sequence[str]) -> tuple[Snapshot, ...]:
        """Read what the status files say last of these."""
        last: dict[str, Snapshot] = {}
        for name in self._files():
            for one in self._snapshots(name, self._text(name) or "", after=0):
                if one.ref.id in refs:
                    last[one.ref.id] = one
        return tuple(last.values())

    @_outcome
    def changes(self, cursor: str | None) -> ChangePage:
        """Read the rows that were added to status files since the cursor.

        A row is taken once: files are known by name and by what stood in them.
        """
        seen: dict[str, Any] = json.loads(cursor) if cursor else {}
        found: list[Snapshot] = []
        now: dict[str, Any] = {}
        for name in self._files():
            text = self._text(name)
            if text is None:
                continue
            before = seen.get(name, {"lines": 0, "hash": "", "size": 0})
            done, after = _whole_lines(text, before)
            if cursor is not None and done > after:
                head = "".join(_lines(text)[:done])
                found += self._snapshots(name, head, after=after, reports=True)
            now[name] = _seen(text, done)
        return ChangePage(
            snapshots=tuple(found), cursor=json.dumps(now, sort_keys=True)
        )

    def _leave(
        self,
        draft: CandidateDraft,
        intent: TargetIntent | None,
        op_id: str,
        action: str,
    ) -> Ref:
        """Make ready, note, put into place; each step can be repeated."""
        person, ref = _person(draft.marker), Ref(id=draft.marker)
        wish = _hash(op_id)
        name = f"candidate-{draft.contact_id}-{wish[:16]}.csv"
        ready = f"{LEDGER}/{name}{PART}"
        kept = self._drop.read(person)
        wishes = kept.decode().split() if kept else []
        if wish not in wishes:
            row = candidate_columns(draft, intent, row_id=wish[:16], action=action)
            self._drop.put(ready, self._encoded(row))
            self._know_address(draft)
            self._drop.put(person, "\n".join([*wishes, wish]).encode())
        # not there any more: it stood in its place before, and may have been taken
        self._drop.move(ready, f"{CANDIDATES}/{name}")
        return ref

    def _encoded(self, row: dict[str, str]) -> bytes:
        try:
            return written([row], self._delimiter, self._encoding)
        except UnicodeEncodeError as error:
            message = f"a character cannot be written as {self._encoding}"
            raise CallFailed(Permanent(message, "encoding")) from error

    def _know_address(self, draft: CandidateDraft) -> None:
        """Keep whose an address is, unreadable to others, for rows without a marker."""
        if not draft.email:
            return
        index = _address(draft.email)
        kept = (self._drop.read(index) or b"").decode().split()
        if draft.marker not in kept:
            self._drop.put(index, "\n".join([*kept, draft.marker]).encode())

    def _files(self) -> list[str]:
        return [
            one
            for one in self._drop.names(STATUS)
            if one.lower().endswith(".csv") and not one.startswith(".")
        ]

    def _text(self, name: str) -> str | None:
        content = self._drop.read(f"{STATUS}/{name}")
        if content is None:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")  # what Dutch Excel saves

    def _snapshots(
        self, name: str, text: str, *, after: int, reports: bool = False
    ) -> Iterator[Snapshot]:
        bad: list[Bad] = []
        for one in told(text, after=after, hired=self._hired, now=self._clock()):
            if isinstance(one, Bad):
                bad.append(one)
                continue
            refs = [one.marker] if one.marker else self._whose(one.email)
            if len(refs) == 1:
                yield _snapshot(refs[0], one)
            else:
                many = (
                    "several candidates have" if refs else "nobody we handed over has"
                )
                bad.append(
                    Bad(line=one.line, why=f"{many} this address", row=(one.email,))
                )
        if bad and reports:
            self._report(name, bad)

    def _whose(self, email: str) -> list[str]:
        return (self._drop.read(_address(email)) or b"").decode().split()

    def _report(self, name: str, bad: list[Bad]) -> None:
        """Say in the log and beside the files which lines were not read, and why."""
        for one in bad:
            log.warning("csv.row_unread", file=name, line=one.line, why=one.why)
        rows = [
            {
                "file": name,
                "line": str(one.line),
                "why": one.why,
                "row": "|".join(one.row),
            }
            for one in bad
        ]
        first = f"{UNREAD}/{name.removesuffix('.csv')}-from-line-{bad[0].line}.csv"
        self._drop.put(first, written(rows, self._delimiter, ENCODING))


def _snapshot(ref: str, row: Told) -> Snapshot:
    return Snapshot(
        ref=Ref(id=ref),
        stage_kind=row.kind,
        stage=row.stage,
        updated_at=row.at,
        is_deleted=row.is_deleted,
    )


def _whole_lines(text: str, before: dict[str, Any]) -> tuple[int, int]:
    """Count the lines that can be read, and how many of them were read before.

    A last line without its end may still be being written: it waits for its end, or
    until the file was the same twice.
    """
    lines = _lines(text)
    is_same = len(text) == before["size"]
    is_open = bool(lines) and not lines[-1].endswith(("\n", "\r"))
    done = len(lines) - (1 if is_open and not is_same else 0)
    old = "".join(lines[: before["lines"]])
    return done, before["lines"] if _hash(old) == before["hash"] else 0


def _seen(text: str, done: int) -> dict[str, Any]:
    head = "".join(_lines(text)[:done])
    return {"lines": done, "hash": _hash(head), "size": len(text)}


def _lines(text: str) -> list[str]:
    """Split as the csv module counts lines, ends kept."""
    return list(io.StringIO(text, newline=""))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _person(marker: str) -> str:
    return f"{LEDGER}/person-{_hash(marker)[:32]}.txt"


def _address(email: str) -> str:
    return f"{LEDGER}/address-{_hash(email.strip().lower())[:32]}.txt"
