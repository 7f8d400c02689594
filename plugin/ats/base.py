"""What the core asks of an ATS, whichever it is: values in, outcomes out.

Connectors never see Mautic's JSON and the core never sees a vendor's. A call
answers with an outcome that says what to do next, not with an HTTP status.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, TypeVar, runtime_checkable

T = TypeVar("T", covariant=True)  # noqa: PLC0105 -- as in the typing docs


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """It was done, and this is the answer."""

    value: T


@dataclass(frozen=True, slots=True)
class Failure:
    """Base of every outcome that is not `Ok`."""

    #: What went wrong, in the remote's words; never a secret, never a whole record.
    message: str
    #: Nobody was reached there, or nobody answered in time: the next call fares alike.
    is_down: bool = field(default=False, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Retry(Failure):
    """Nothing was done; try again, not before so many seconds if given."""

    after_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Throttled(Retry):
    """Nothing was done: we ask too often."""


@dataclass(frozen=True, slots=True)
class AuthBroken(Failure):
    """Nothing was done: a person must mend the address, credentials or rights."""


@dataclass(frozen=True, slots=True)
class Permanent(Failure):
    """Nothing was done, and trying again cannot help."""

    #: The vendor's name of the error, or the HTTP status.
    code: str = ""


@dataclass(frozen=True, slots=True)
class Conflict(Failure):
    """Nothing was done: these are there already, and a person must choose."""

    refs: tuple[str, ...] = ()
    #: Where each of them is seen, in the same order; None where nobody knows.
    urls: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown(Failure):
    """It may have been done: look for our marker before doing it again."""


Result = Ok[T] | Failure

#: Code of a Permanent: they were deleted there, and are not made again.
GONE = "gone"


class StageKind(StrEnum):
    """Where a candidate stands, in our words."""

    NEW = "new"
    ACTIVE = "active"
    OFFER = "offer"
    HIRED = "hired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    #: The assignment that they were hired for is over.
    ENDED = "ended"


class Changes(StrEnum):
    """How news comes from an ATS."""

    POLL = "poll"
    #: By its webhook, and by reading everybody handed over again now and then.
    REREAD = "reread"
    #: Only by its webhook.
    NONE = "none"


class Erases(StrEnum):
    """What an ATS does when it is told that somebody must be erased."""

    #: The candidate is deleted there by our call.
    DELETES = "deletes"
    #: It is told, and sees to it itself.
    TOLD = "told"
    #: Nothing by our call: a person has to do it there.
    BY_HAND = "by-hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an ATS can do; behaviours, never vendor names."""

    #: Candidates can be looked up, so a lost answer is no danger.
    finds: bool
    #: `create` and `update` carry tags and note too; nothing is sent apart.
    whole_in_one: bool
    pools: bool
    #: A candidate may stand there without a job.
    jobless_candidate: bool
    #: A new candidate can be given a recruiter.
    owners: bool = False
    #: Moving a stage may mail the candidate: so nobody does.
    stage_move_may_email: bool
    changes: Changes
    #: A webhook's payload can be believed; otherwise it is a hint to read again.
    webhook_is_authoritative: bool
    #: How long to wait before reading what a hint names: some tell before they commit.
    hint_delay_seconds: float = 0.0
    erases: Erases = Erases.BY_HAND
    #: How a person erases somebody there; one sentence.
    erase_hint: str = "delete them there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The consent that goes with a candidate, as far as it is known."""

    #: Mautic's field that holds it; empty where the hand-over rests on something else.
    proof: str
    is_given: bool
    #: The day it was given, and the version of the text that was agreed to.
    given_on: date | None = None
    text: str = ""
    #: On what the hand-over rests, if not on consent.
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateDraft:
    """A candidate as the ATS should have them; vendor-free."""

    #: Ours, lasting and unique: "mautic:<instance>:<contact id>".
    marker: str
    contact_id: int
    name: str
    email: str | None
    #: Vendor's field key -> value, the mapping already applied.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Keys of `fields` that must not overwrite what is there.
    only_if_empty: frozenset[str] = frozenset()
    #: Keys of `fields` that are added to what is there, once.
    appended: frozenset[str] = frozenset()
    #: The recruiter's id there, for a new candidate; None leaves it to the ATS.
    owner: str | None = None
    #: Fields that must have a value and have none: nobody is handed over so.
    missing: tuple[str, ...] = ()
    #: What was left out or cut short; for people, not sent.
    warnings: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    #: What a note may tell, by name; not sent.
    told: Mapping[str, str] = field(default_factory=dict, repr=False)
    interests: tuple[str, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    consent: Consent | None = None
    #: Channels on which they want to hear nothing ("email", "sms").
    do_not_contact: frozenset[str] = frozenset()
    #: Our page of the contact.
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsNotice:
    """What a candidate who stands there allows and refuses now."""

    #: None where the hand-over rests on no consent.
    consent: Consent | None
    do_not_contact: frozenset[str]
    #: What changed, for the recruiter.
    text: str


def fitting(draft: CandidateDraft, name: str, have: str) -> str | None:
    """Say what a text field becomes where it says `have`; None leaves it as it is."""
    wanted = draft.fields[name]
    if name in draft.only_if_empty and have.strip():
        return None
    result = added(have, wanted) if name in draft.appended else wanted
    return None if have == result else result


def added(have: str, wanted: str) -> str:
    """Add a text to another on a line of its own, unless it says so already."""
    if not have.strip() or wanted in have:
        return have if wanted in have else wanted
    return f"{have.rstrip()}\n{wanted}"


class TargetKind(StrEnum):
    """Where a candidate is put."""

    TALENT_POOL = "pool"
    JOB = "job"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetIntent:
    """The job or pool a candidate is meant for."""

    kind: TargetKind = TargetKind.NONE
    #: The vendor's id of it.
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKeys:
    """By what a candidate may be found."""

    marker: str
    email: str | None = None
    #: Where an ATS can be asked for it; proves nobody by itself.
    phone: str | None = None


class Confidence(StrEnum):
    """How sure a match is."""

    #: Carries our marker.
    OURS = "ours"
    #: Same e-mail address.
    EXACT = "exact"
    #: Something else is the same: for a person to judge.
    PROBABLE = "probable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A candidate in the ATS."""

    id: str
    #: Where a recruiter sees them; None where the ATS does not say.
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Somebody who may be the one."""

    ref: Ref
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class FindResult:
    """Everybody who may be the one: ours first, each person once."""

    matches: tuple[Match, ...] = ()
    #: False where a search may have ignored what it was asked: believe nobody.
    is_trusted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """How a candidate stands, read just now."""

    ref: Ref
    stage_kind: StageKind
    #: The vendor's name of the stage.
    stage: str = ""
    updated_at: datetime | None = None
    is_deleted: bool = False
    #: The id under which they live on, if they were merged there.
    merged_into: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """What changed since a cursor; at least once, so seen ones may come again."""

    snapshots: tuple[Snapshot, ...]
    #: Opaque; give it back the next time.
    cursor: str
    has_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who we are there, and what the other side is; never a secret."""

    system: str
    user: str


@runtime_checkable
class TellsRights(Protocol):
    """A connection that takes a change of consent or do-not-contact as such.

    To any other the core writes the fields that the mapping names, and a note.
    """

    def tell_rights(
        self, ref: Ref, marker: str, notice: RightsNotice, *, op_id: str
    ) -> Result[None]:
        """Say what is so now; nothing else of the candidate changes."""
        ...


class Connector(Protocol):
    """One connection to one ATS.

    `op_id` names a wish: the same over all attempts at it. Nothing here raises
    for what the other side does; see the outcomes.
    """

    kind: ClassVar[str]

    def capabilities(self) -> Capabilities:
        """Say what this ATS can do."""
        ...

    def check(self) -> Result[Account]:
        """Sign in and say who we are, or what must be mended; changes nothing."""
        ...

    def find(self, keys: MatchKeys) -> Result[FindResult]:
        """Look for a candidate, archived ones too."""
        ...

    def create(
        self, draft: CandidateDraft, intent: TargetIntent, *, op_id: str
    ) -> Result[Ref]:
        """Make a candidate who carries the marker from the start; mails nobody."""
        ...

    def update(self, ref: Ref, draft: CandidateDraft, *, op_id: str) -> Result[Ref]:
        """Write what the draft's rules allow; mails nobody, moves no stage."""
        ...

    def attach(
        self, ref: Ref, draft: CandidateDraft, intent: TargetIntent, *, op_id: str
    ) -> Result[Ref]:
        """Put a candidate on a job or in a pool, once.

        An application may have fields of its own, so the draft comes along.
        """
        ...

    def set_tags(self, ref: Ref, tags: Sequence[str], *, op_id: str) -> Result[None]:
        """Add tags that are not there yet; others stay."""
        ...

    def add_note(self, ref: Ref, note: str, *, op_id: str) -> Result[None]:
        """Leave a note for the recruiter, once per `op_id`."""
        ...

    def erase(self, ref: Ref, marker: str, *, op_id: str) -> Result[None]:
        """Have a candidate deleted there, or say to whoever is told; see `Erases`.

        Asked only where that is more than BY_HAND. Who is gone already is no failure.
        """
        ...

    def fetch(self, refs: Sequence[str]) -> Result[tuple[Snapshot, ...]]:
        """Read how these stand: candidates, or whatever else a hint named.

        A snapshot's `ref` says who it is about. A deleted candidate says so.
        """
        ...

    def changes(self, cursor: str | None) -> Result[ChangePage]:
        """Read what changed; without a cursor start at the present."""
        ...


@runtime_checkable
class Readable(Protocol):
    """A connector that can also say what stands in the fields of a candidate."""

    def values(self, ref: Ref, names: Sequence[str]) -> Result[Mapping[str, str]]:
        """Read fields by the keys that a mapping has for them; blank for nothing."""
        ...
