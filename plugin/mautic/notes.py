"""Notes on a contact's Notes tab."""

from datetime import UTC, datetime
from typing import Any

from plugin.mautic.endpoint import Endpoint, rows


class Notes(Endpoint):
    """`/api/notes`.

    Writing needs an admin's role: 5.x asks for a right no other role can have.
    """

    _endpoint = "notes"
    one = "note"
    many = "notes"

    def add(self, contact_id: int, text: str, at: datetime | None = None) -> int:
        """Write a note of type general and return its id; HTML is kept.

        `at` is the moment it is of; Mautic shows it, to the minute.
        """
        body = {"lead": contact_id, "text": text, "type": "general"}
        if at is not None:
            body["dateTime"] = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:00")
        note = self.make(body)
        return int(note["id"])

    def list(self, contact_id: int) -> list[dict[str, Any]]:
        """Read a contact's notes: dicts with id, text, type; dateTime if it has one."""
        url = f"{self._client.base_url}/api/contacts/{contact_id}/notes"
        answer = self._client.session.get(url, params={"limit": 0}).json()
        return rows(answer, self.many)
