"""A hand-over as it would be: every request, whom it meets and what it changes there.

Reads are made, so that it is about the ATS of now; nothing is written anywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from plugin.ats import registry
from plugin.ats.base import (
    Capabilities,
    Connector,
    Failure,
    Match,
    MatchKeys,
    Ok,
    Readable,
    Ref,
    TargetIntent,
)
from plugin.ats.handover import HandoverResult, hand_over
from plugin.ats.rehearsal import Call
from plugin.errors import Rejected
from plugin.pipeline.budget import Budget
from plugin.pipeline.handing import Prepared, mapping_of, prepare
from plugin.pipeline.parts import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a candidate who is there already."""

    field: str
    #: What it says now; None where the ATS cannot be asked.
    have: str | None
    wanted: str
    rule: str
    #: Whether it would be written.
    is_written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a hand-over to one connection would do."""

    connection: str
    contact_id: int
    #: Why it would not be done now; None if it would.
    why_not: str | None
    #: create | update | review | fail
    outcome: str
    #: What a failure or a review is about.
    message: str
    #: Whom it would be done to.
    ref: Ref | None
    matches: tuple[Match, ...]
    intent: TargetIntent
    owner: str | None
    calls: tuple[Call, ...]
    changes: tuple[Change, ...]
    effects: tuple[str, ...]
    warnings: tuple[str, ...]


def preview(
    parts: Parts,
    connection: str,
    person_id: int,
    *,
    as_of: datetime,
    wait: Callable[[float], None],
) -> Preview:
    """Rehearse one hand-over, also of somebody who is not (yet) to be handed over.

    Calls that read count in the connection's budget, for which `wait` sleeps.
    Raises Rejected where nobody is known by this id.
    """
    with parts.store.view() as unit:
        made = prepare(parts, unit, connection, person_id, as_of)
    if made is None:
        raise Rejected(f"nothing is known here of contact {person_id}")
    settings = parts.settings.ats[connection]
    budget = Budget(
        store=parts.store,
        name=connection,
        settings=settings,
        clock=parts.clock,
        wait=wait,
    )
    mapping = mapping_of(parts, connection)
    connector, rehearsal = registry.rehearse(
        settings, mapping, clock=parts.clock, spend=budget.spend
    )
    result = _rehearsed(connector, made)
    calls = tuple(rehearsal.calls)
    known = None if result.was_created else result.ref
    return Preview(
        connection=connection,
        contact_id=made.draft.contact_id,
        why_not=made.why_not,
        outcome=_outcome(result),
        message=_message(made, result),
        ref=known,
        matches=_matches(connector, made),
        intent=made.intent,
        owner=made.draft.owner,
        calls=calls,
        changes=_changes(connector, made, known) if known else (),
        effects=tuple(_effects(connector.capabilities(), made, known)),
        warnings=made.draft.warnings,
    )


def _rehearsed(connector: Connector, made: Prepared) -> HandoverResult:
    return hand_over(
        connector,
        made.draft,
        made.intent,
        link_ref=made.link_ref,
        is_new=made.is_new,
        op_id=f"preview:{made.draft.marker}",
    )


def _outcome(result: HandoverResult) -> str:
    if result.needs_review:
        return "review"
    if result.failure is not None:
        return "fail"
    return "create" if result.was_created else "update"


def _message(made: Prepared, result: HandoverResult) -> str:
    if made.draft.missing:
        return f"required and blank: {', '.join(made.draft.missing)}"
    return result.failure.message if result.failure else ""


def _matches(connector: Connector, made: Prepared) -> tuple[Match, ...]:
    if made.link is not None or not connector.capabilities().finds:
        return ()
    keys = MatchKeys(marker=made.draft.marker, email=made.draft.email)
    found = connector.find(keys)
    return found.value.matches if isinstance(found, Ok) else ()


def _changes(connector: Connector, made: Prepared, known: Ref) -> tuple[Change, ...]:
    have = _read(connector, known, sorted(made.draft.fields))
    return tuple(
        _change(made, name, have.get(name, "") if have is not None else None)
        for name in sorted(made.draft.fields)
    )


def _read(
    connector: Connector, known: Ref, names: Sequence[str]
) -> Mapping[str, str] | None:
    if not isinstance(connector, Readable):
        return None
    answer = connector.values(known, names)
    return None if isinstance(answer, Failure) else answer.value


def _change(made: Prepared, name: str, have: str | None) -> Change:
    draft = made.draft
    rule = "always"
    if name in draft.only_if_empty:
        rule = "if_empty"
    elif name in draft.appended:
        rule = "append"
    wanted = draft.fields[name]
    is_kept = have is not None and (
        have == wanted
        or (rule == "if_empty" and bool(have.strip()))
        or (rule == "append" and wanted in have)
    )
    return Change(
        field=name, have=have, wanted=wanted, rule=rule, is_written=not is_kept
    )


def _effects(able: Capabilities, made: Prepared, known: Ref | None) -> list[str]:
    """Name what people there would notice besides the candidate."""
    told = ["the candidate is mailed nothing by us: no stage is moved"]
    if not able.finds:
        told.append("what the receiver does with it, mails included, is up to them")
    if made.draft.owner and known is None:
        told.append(
            f"user {made.draft.owner} there becomes the owner; the ATS may tell them"
            if able.owners
            else "this kind of ATS is given no owner: [[owners]] counts for nothing"
        )
    if made.draft.note and not able.whole_in_one:
        told.append("one internal note")
    return told
