"""Hand a candidate over: find first, then create or update, then the rest.

Every step can be repeated: a crash or a lost answer at any of them leaves, when
the next attempt is through, exactly one candidate with one note.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from plugin.ats.base import (
    CandidateDraft,
    Confidence,
    Conflict,
    Connector,
    Failure,
    FindResult,
    MatchKeys,
    Ok,
    Ref,
    Result,
    TargetIntent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverResult:
    """What became of a hand-over."""

    #: None when everything was done.
    failure: Failure | None = None
    #: Known as soon as the candidate stands there, even if a later step failed.
    ref: Ref | None = None
    was_created: bool = False

    @property
    def needs_review(self) -> bool:
        """Whether a person has to say who is who."""
        return isinstance(self.failure, Conflict)


def hand_over(
    connector: Connector,
    draft: CandidateDraft,
    intent: TargetIntent,
    *,
    link_ref: Ref | None,
    op_id: str,
    is_new: bool = False,
) -> HandoverResult:
    """Bring a candidate into the ATS, once.

    `link_ref` is where we know them to stand already. Two or more people with
    the candidate's address are a Conflict: a person chooses, we never guess.
    `is_new`: a person said that none of those is them; only who carries our marker
    is, because that was made by an attempt at this very hand-over.
    """
    found = _whom(connector, draft, link_ref, is_new=is_new)
    if isinstance(found, Failure):
        return HandoverResult(failure=found)
    known = found.value
    placed = (
        connector.update(known, draft, op_id=op_id)
        if known
        else connector.create(draft, intent, op_id=op_id)
    )
    if isinstance(placed, Failure):
        return HandoverResult(failure=placed, ref=known)
    ref, was_created = placed.value, known is None
    for step in _rest(connector, ref, draft, intent, op_id):
        outcome = step()
        if isinstance(outcome, Failure):
            return HandoverResult(failure=outcome, ref=ref, was_created=was_created)
    return HandoverResult(ref=ref, was_created=was_created)


def _whom(
    connector: Connector, draft: CandidateDraft, link_ref: Ref | None, *, is_new: bool
) -> Result[Ref | None]:
    if link_ref is not None:
        return Ok(link_ref)
    if not connector.capabilities().finds:
        return Ok(None)
    found = connector.find(MatchKeys(marker=draft.marker, email=draft.email))
    if isinstance(found, Failure):
        return found
    return _chosen(found.value, is_new=is_new)


def _chosen(found: FindResult, *, is_new: bool) -> Result[Ref | None]:
    """Take who is ours, or the only one with the address; a person judges the rest."""
    if not found.is_trusted:
        return Conflict("the search for this candidate cannot be trusted")
    ours = [one for one in found.matches if one.confidence is Confidence.OURS]
    candidates = ours or ([] if is_new else list(found.matches))
    is_sure = all(one.confidence is not Confidence.PROBABLE for one in candidates)
    if len(candidates) > 1 or not is_sure:
        refs = tuple(one.ref.id for one in candidates)
        return Conflict(
            f"{len(refs)} candidates there may be this one: {', '.join(refs)}",
            refs,
            tuple(one.ref.url for one in candidates),
        )
    return Ok(candidates[0].ref if candidates else None)


def _rest(
    connector: Connector,
    ref: Ref,
    draft: CandidateDraft,
    intent: TargetIntent,
    op_id: str,
) -> Iterator[Callable[[], Result[Any]]]:
    if connector.capabilities().whole_in_one:
        return
    yield lambda: connector.attach(ref, draft, intent, op_id=op_id)
    if draft.tags:
        yield lambda: connector.set_tags(ref, draft.tags, op_id=op_id)
    if draft.note:
        yield lambda: connector.add_note(ref, draft.note, op_id=op_id)
