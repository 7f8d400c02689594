"""Somebody who stands in an ATS and does something new: what the recruiter hears."""

from dataclasses import replace

from plugin.ats.base import Failure, Ref
from plugin.ats.draft import filled
from plugin.ats.handover import hand_over
from plugin.phases.afterwards import Turn
from plugin.pipeline.ats_news import DELETED
from plugin.pipeline.failures import raise_for
from plugin.pipeline.handing import Prepared, mapping_of, prepare
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import may_hand_over
from plugin.store import OutboxItem


def do_again(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Do one such write; nothing where they are not there any more, or may not be.

    Raises what `raise_for` raises.
    """
    now = parts.clock()
    with parts.store.view() as unit:
        ready = prepare(parts, unit, connection, item.person_id or 0, now)
    if ready is None or not _is_there(ready) or not may_hand_over(parts, ready.person):
        return
    turn = Turn(str(item.payload["turn"]))
    rules = mapping_of(parts, connection).on
    text = filled(turn.note(rules), ready.draft)
    if turn.reaction(rules) == "update":
        _update(parts, connection, ready, item.key, note=text)
    elif turn.reaction(rules) == "note":
        _tell(parts, connection, ready, item.key, text)


def send_again(parts: Parts, connection: str, item: OutboxItem) -> None:
    """Write a candidate who stands there as they are now; nobody is made.

    Nothing where they were deleted there, or consent is gone. Raises what `raise_for`
    raises, and Rejected where something is blank that the mapping requires.
    """
    with parts.store.view() as unit:
        ready = prepare(parts, unit, connection, item.person_id or 0, parts.clock())
    if ready is None or not _is_there(ready) or not may_hand_over(parts, ready.person):
        return
    _update(parts, connection, ready, item.key, note="")


def _is_there(ready: Prepared) -> bool:
    link = ready.link
    return link is not None and link.status != DELETED and bool(ready.person.contact_id)


def _update(
    parts: Parts, connection: str, ready: Prepared, op_id: str, *, note: str
) -> None:
    """Write what the rules of each field allow; what is blank empties nothing."""
    ready.insist(connection)
    result = hand_over(
        parts.connectors[connection],
        replace(ready.draft, note=note),
        ready.intent,
        link_ref=ready.link_ref,
        op_id=op_id,
    )
    raise_for(result.failure)


def _tell(
    parts: Parts, connection: str, ready: Prepared, op_id: str, text: str
) -> None:
    """Leave one note; who takes only whole candidates gets one with that note."""
    connector = parts.connectors[connection]
    ref = ready.link_ref or Ref(id="")
    draft = replace(ready.draft, note=text)
    if connector.capabilities().whole_in_one:
        answer = connector.update(ref, draft, op_id=op_id)
    else:
        noted = connector.add_note(ref, text, op_id=op_id)
        raise_for(noted if isinstance(noted, Failure) else None)
        return
    raise_for(answer if isinstance(answer, Failure) else None)
