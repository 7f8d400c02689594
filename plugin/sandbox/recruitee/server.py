"""The look-alike as a server on loopback, and what a recruiter does in it."""

import hashlib
import hmac
import json
from typing import Any

import requests

from plugin.sandbox.faults import WSGI, Faults
from plugin.sandbox.odoo.state import Clock, wall_clock
from plugin.sandbox.recruitee import app
from plugin.sandbox.recruitee.state import STAGES, Record, State
from plugin.sandbox.serving import Served

#: Seconds that sending a webhook may take.
PATIENCE = 10


class RecruiteeSandbox(Served):
    """A company in memory; `with RecruiteeSandbox() as ats: ats.url`."""

    company, slug, token = app.COMPANY, app.SLUG, app.TOKEN
    #: What signs its webhooks; shown only once the hook exists.
    secret = b"a-sandbox-hook-secret"

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, clock: Clock = wall_clock
    ) -> None:
        """Take where to listen and what time it is."""
        super().__init__(host, port)
        self.state, self.faults = State(clock), Faults()
        self._door: str | None = None
        self._sent = 0

    def app(self) -> WSGI:
        """Make what is served."""
        return app.create_app(self.state, self.faults)

    def subscribe(self, url: str) -> int:
        """Make the webhook; the test call that comes first is not signed."""
        self._door = url
        return self._post(b'{"test":true}', {})

    def hire(self, ref: str) -> int | None:
        """Move somebody to the last stage, and tell."""
        return self._move(ref, STAGES[2])

    def unhire(self, ref: str) -> int | None:
        """Move somebody back, and tell."""
        return self._move(ref, STAGES[1])

    def refuse(self, ref: str) -> int | None:
        """Disqualify somebody, and tell."""
        there = self.state.candidates[int(ref)]
        for one in self._placements(there):
            one["disqualified_at"] = self.state.now()
        self.state.touch(there)
        return self._tell("candidate_moved", "disqualified", there)

    def delete(self, ref: str) -> int | None:
        """Delete somebody, and tell."""
        there = self.state.candidates[int(ref)]
        there["deleted_at"] = there["soft_deleted_at"] = self.state.now()
        return self._tell("candidate_deleted", None, there)

    def _placements(self, there: Record) -> list[Record]:
        if not there["placements"]:
            self.state.place(there, 11)
        placements: list[Record] = there["placements"]
        return placements

    def _move(self, ref: str, stage: Record) -> int | None:
        there = self.state.candidates[int(ref)]
        for one in self._placements(there):
            one |= {"stage_id": stage["id"], "stage": dict(stage)}
        self.state.touch(there)
        return self._tell("candidate_moved", "stage_changed", there)

    def _tell(self, event: str, subtype: str | None, there: Record) -> int | None:
        if self._door is None:
            return None
        self._sent += 1
        said: dict[str, Any] = {
            "id": self._sent,
            "company": {"id": int(self.company)},
            "event_type": event,
            "event_subtype": subtype,
            "payload": {"candidate": {"id": there["id"], "name": there["name"]}},
        }
        body = json.dumps(said).encode()
        signed = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        return self._post(body, {"X-Recruitee-Signature": signed})

    def _post(self, body: bytes, headers: dict[str, str]) -> int:
        answer = requests.post(
            self._door or "",
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=PATIENCE,
        )
        return answer.status_code
