"""What the audit keeps of a hand-over: why, on which rules, with which consent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from plugin.history.model import Person
from plugin.mappings.model import Mappings
from plugin.phases.consent import handover_consent
from plugin.phases.model import Decision
from plugin.store import OutboxItem, Unit

#: Who speaks in the audit when it is the worker.
ACTOR = "stdc"
#: Actions of the audit: made or found there, and written again.
HANDED_OVER, UPDATED = "candidate.handed_over", "candidate.updated"
#: The hand-over was called off before it was sent.
DROPPED = "handover.dropped"
#: Consent or do-not-contact changed afterwards, and the ATS was told.
RIGHTS_TOLD = "rights.passed_on"
#: All that `stdc audit --hand-overs` shows.
ACTIONS = (HANDED_OVER, UPDATED, DROPPED, RIGHTS_TOLD, "erasure.passed_on")


def handed_over(
    connection: str,
    person: Person,
    decision: Decision,
    mappings: Mappings,
    item: OutboxItem,
) -> dict[str, Any]:
    """Write why and under what somebody is handed over: rules and ids, no names."""
    move = decision.moves[-1]
    return {
        "connection": connection,
        "mappings": mappings.version,
        "phase": decision.phase.value,
        "score": decision.score.shown,
        "cause": decision.cause.value,
        "since": move.at.isoformat(),
        "event": move.event_key,
        "write": item.id,
        "consent": handover_consent(person.profile, mappings.fields.consent).as_json(),
    }


def stands(detail: Mapping[str, Any], ref: str, *, created: bool) -> dict[str, Any]:
    """Add where the candidate stands, and whether they were made for it."""
    return {**detail, "ref": ref, "created": created}


def note(
    unit: Unit, at: datetime, action: str, person_id: int, detail: Mapping[str, Any]
) -> None:
    """Write a line about a person; none of who was erased while it was under way."""
    if not unit.tombstones.among([person_id]):
        unit.audit.add(at, ACTOR, action, f"person:{person_id}", detail)
