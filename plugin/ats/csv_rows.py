"""Rows of the files: candidates as we write them, standings as we read them.

OWASP, "CSV Injection": a cell that begins with = + - @, tab or return is a formula
to a spreadsheet, so an apostrophe goes before it.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from plugin.ats.base import CandidateDraft, Consent, StageKind, TargetIntent

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Words that a status file may use, in lower case.
WORDS: Mapping[str, StageKind] = {
    "new": StageKind.NEW,
    "nieuw": StageKind.NEW,
    "active": StageKind.ACTIVE,
    "in behandeling": StageKind.ACTIVE,
    "unhired": StageKind.ACTIVE,
    "offer": StageKind.OFFER,
    "aanbod": StageKind.OFFER,
    "hired": StageKind.HIRED,
    "aangenomen": StageKind.HIRED,
    "geplaatst": StageKind.HIRED,
    "rejected": StageKind.REJECTED,
    "afgewezen": StageKind.REJECTED,
    "withdrawn": StageKind.WITHDRAWN,
    "teruggetrokken": StageKind.WITHDRAWN,
    "ended": StageKind.ENDED,
    "einde": StageKind.ENDED,
    "uit dienst": StageKind.ENDED,
}
#: Words that say somebody was deleted there.
DELETED = frozenset({"deleted", "verwijderd"})
#: How a date may be written; the last one as Dutch people do.
DATES = ("%d-%m-%Y", "%d-%m-%Y %H:%M", "%d/%m/%Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One row of a status file."""

    line: int
    marker: str
    email: str
    stage: str
    kind: StageKind
    is_deleted: bool
    #: Aware UTC; None when the row has no date.
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """A row that cannot be read: where it stands, why, and as it came."""

    line: int
    why: str
    row: tuple[str, ...]


def candidate_columns(
    draft: CandidateDraft, intent: TargetIntent | None, *, row_id: str, action: str
) -> dict[str, str]:
    """Lay out a candidate as column -> cell; the mapping's fields come last and win."""
    placed = intent or TargetIntent()
    return {
        "row_id": row_id,
        "action": action,
        "marker": draft.marker,
        "contact_id": str(draft.contact_id),
        "name": draft.name,
        "email": draft.email or "",
        "target_kind": placed.kind.value,
        "target": placed.ref or "",
        "tags": "|".join(draft.tags),
        "interests": "|".join(draft.interests),
        "note": draft.note,
        "source": draft.source.get("source", ""),
        "medium": draft.source.get("medium", ""),
        "campaign": draft.source.get("campaign", ""),
        **rights_columns(draft.consent, draft.do_not_contact),
        "link": draft.link,
        **draft.fields,
    }


def rights_columns(
    consent: Consent | None, do_not_contact: Collection[str]
) -> dict[str, str]:
    """Lay out what somebody allows and refuses."""
    refused = {"do_not_contact": "|".join(sorted(do_not_contact))}
    if consent is None:
        names = ("field", "given", "date", "text")
        return {f"consent_{one}": "" for one in names} | refused
    return {
        "consent_field": consent.proof,
        "consent_given": "yes" if consent.is_given else "no",
        "consent_date": str(consent.given_on or ""),
        "consent_text": consent.text or consent.reason,
        **refused,
    }


def written(rows: Iterable[Mapping[str, str]], delimiter: str, encoding: str) -> bytes:
    """Write rows of the same columns; UnicodeEncodeError where the encoding is poor."""
    rows = list(rows)
    stream = io.StringIO(newline="")
    columns = list(rows[0])
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([guarded(one) for one in columns])
    writer.writerows([[guarded(row[one]) for one in columns] for row in rows])
    return stream.getvalue().encode(encoding)


def guarded(cell: str) -> str:
    """Make a cell plain text to a spreadsheet; NUL goes."""
    clean = cell.replace("\0", "")
    return f"'{clean}" if clean.startswith(FORMULA) else clean


def told(
    text: str, *, after: int, hired: frozenset[str], now: datetime
) -> Iterator[Told | Bad]:
    """Read a status file's rows beyond line `after`; bad ones do not stop it.

    `hired` are stage names that mean hired too. Columns are named by the first
    line: marker or email, status, and date if there is one, in any order and case.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    names: list[str] = []
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Bad(line=start, why=f"no CSV: {error}", row=())
            continue
        if not names:
            names = [cell.strip().lower() for cell in row]
            if missing := _missing(names):
                yield Bad(line=start, why=missing, row=tuple(row))
                return
        elif start > after and any(cell.strip() for cell in row):
            yield _row(start, names, row, hired, now)


def _missing(names: list[str]) -> str:
    if "status" not in names:
        return "the first line names no column 'status'"
    if "marker" not in names and "email" not in names:
        return "the first line names neither 'marker' nor 'email'"
    return ""


def _delimiter(text: str) -> str:
    """Take the one that the first line has most of; Dutch Excel writes ;."""
    head = text.partition("\n")[0]
    return max((";", ",", "\t"), key=head.count)


def _row(
    line: int, names: list[str], row: list[str], hired: frozenset[str], now: datetime
) -> Told | Bad:
    cells = dict(zip(names, (_plain(one) for one in row), strict=False))
    word = cells.get("status", "")
    kind = WORDS.get(word.lower())
    if word.lower() in {one.lower() for one in hired}:
        kind = StageKind.HIRED
    is_deleted = word.lower() in DELETED
    marker, email = cells.get("marker", ""), cells.get("email", "").lower()
    try:
        at = _moment(cells.get("date", ""))
    except ValueError as error:
        return Bad(line=line, why=str(error), row=tuple(row))
    why = ""
    if len(row) > len(names):
        why = f"{len(row)} cells under {len(names)} columns"
    elif not marker and "@" not in email:
        why = "neither a marker nor an e-mail address"
    elif kind is None and not is_deleted:
        why = f"status {word[:60]!r} is none of: {', '.join(sorted(WORDS))}"
    elif at is not None and at > now:
        why = f"date {cells['date']!r} is still to come"
    if why:
        return Bad(line=line, why=why, row=tuple(row))
    return Told(
        line=line,
        marker=marker,
        email=email,
        stage=word,
        kind=kind or StageKind.WITHDRAWN,  # deleted, as every connector tells it
        is_deleted=is_deleted,
        at=at,
    )


def _plain(cell: str) -> str:
    """Take back the apostrophe of our own guard."""
    clean = cell.strip()
    is_guarded = clean.startswith("'") and clean[1:].startswith(FORMULA)
    return clean[1:] if is_guarded else clean


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _dutch(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _dutch(text: str) -> datetime:
    for form in DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"date {text[:60]!r} is no date; write 2026-11-30 or 30-11-2026")
