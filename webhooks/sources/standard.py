"""News from any ATS by Standard Webhooks: hires, rejections, ends of assignments.

https://github.com/standard-webhooks/standard-webhooks. The body is
`{"type": "candidate.hired", "timestamp": ..., "data": {"marker": ...}}`; the marker is
the one we handed over, `contact_id` names the contact directly, and a `ref` alone is
their own id, which whoever keeps the links has to look up.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from webhooks.errors import InvalidSignature
from webhooks.events import Event, EventType
from webhooks.sources.base import Parsed, Unreadable
from webhooks.sources.body import bounded, read_object
from webhooks.sources.mautic_fields import Unfit, identity, mapping, moment, text

#: What the other side may tell.
TYPES = {
    one.value: one
    for one in (
        EventType.CANDIDATE_HIRED,
        EventType.CANDIDATE_UNHIRED,
        EventType.CANDIDATE_REJECTED,
        EventType.CANDIDATE_WITHDRAWN,
        EventType.ASSIGNMENT_ENDED,
    )
}


class StandardSource:
    """Deliveries of one connection."""

    def __init__(self, secrets: Sequence[str], connection: str, instance: str) -> None:
        """Take `whsec_` secrets; ValueError if one is empty or no base64."""
        if not secrets or not all(one.removeprefix("whsec_") for one in secrets):
            raise ValueError("an empty secret would let anybody in")
        self._webhooks = [Webhook(one) for one in secrets]
        self._connection = connection
        self._head = f"mautic:{instance}:"

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Check signature and time, by any of the secrets."""
        given = {name.lower(): value for name, value in headers.items()}
        for webhook in self._webhooks:
            try:
                webhook.verify(body, given, json_parse=False)
            except (WebhookVerificationError, ValueError, TypeError):
                # a malformed header escapes the library as one of the others
                continue
            return
        raise InvalidSignature("webhook-signature matches none of the secrets")

    def parse(self, body: bytes, received_at: datetime) -> Parsed:
        """Read one piece of news."""
        said = read_object(body)
        told = text(said.get("type")) or ""
        if told not in TYPES:
            return Parsed(unknown={told[:100] or "no type": 1})
        try:
            return Parsed(events=(self._event(TYPES[told], said, received_at),))
        except Unfit as error:
            wrong = Unreadable(where=told, reason=str(error), raw=bounded(said))
            return Parsed(unreadable=(wrong,))

    def _event(
        self, event_type: EventType, said: Mapping[str, Any], received_at: datetime
    ) -> Event:
        data = mapping(said.get("data"), "data")
        contact_id, ref = self._contact(data), text(data.get("ref"))
        if contact_id is None and ref is None:
            raise Unfit("data names nobody: no marker, contact_id or ref")
        told = moment(data.get("at")) or moment(said.get("timestamp"))
        who = f"contact:{contact_id}" if contact_id is not None else f"ref:{ref}"
        # without a time of theirs the same message must still be the same event
        day = told.astimezone(UTC).isoformat() if told else "no-time"
        return Event(
            key=f"ats:{self._connection}:{who}:{event_type.value}:{day}",
            type=event_type,
            contact_id=contact_id,
            # a clock of theirs that is ahead must not make it news of tomorrow
            occurred_at=min(told or received_at, received_at),
            data={"connection": self._connection, "ref": ref or ""},
        )

    def _contact(self, data: Mapping[str, Any]) -> int | None:
        marker = text(data.get("marker"))
        if marker is None:
            number = data.get("contact_id")
            return None if number is None else identity(number, "data.contact_id")
        if not marker.startswith(self._head):
            raise Unfit(f"data.marker is not ours: {marker[:60]!r}")
        return identity(marker.removeprefix(self._head), "data.marker")
