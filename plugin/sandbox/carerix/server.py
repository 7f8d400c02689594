"""The look-alike as a server on loopback, and what a recruiter does in it."""

import base64
import json
from datetime import timedelta

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from plugin.sandbox.carerix import app
from plugin.sandbox.carerix.state import Record, State
from plugin.sandbox.faults import WSGI, Faults
from plugin.sandbox.odoo.state import Clock, wall_clock
from plugin.sandbox.serving import Served

#: Seconds that sending a webhook may take.
PATIENCE = 10
TALKING, PLACED, REFUSED = "In gesprek", "Geplaatst", "Afgewezen"


class CarerixSandbox(Served):
    """A tenant in memory; `with CarerixSandbox() as ats: ats.url`."""

    client, secret = app.CLIENT, app.SECRET
    #: Numbers of the additional fields that this house made for us.
    marker_field, tags_field = "10189", "10190"

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, clock: Clock = wall_clock
    ) -> None:
        """Take where to listen and what time it is."""
        super().__init__(host, port)
        self.state, self.faults = State(clock), Faults()
        self._clock = clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._door: str | None = None
        self._headers: dict[str, str] = {}
        self._sent = 0

    def app(self) -> WSGI:
        """Make what is served."""
        return app.create_app(self.state, self.faults)

    @property
    def token_url(self) -> str:
        """Where tokens are given out."""
        return f"{self.url}/auth/realms/example/protocol/openid-connect/token"

    @property
    def public_key(self) -> str:
        """Give what its webhooks are verified by, as PEM."""
        return (
            self._key.public_key()
            .public_bytes(
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            .decode()
        )

    def subscribe(self, url: str, headers: dict[str, str] | None = None) -> None:
        """Make the webhook, with headers of the house's own."""
        self._door, self._headers = url, headers or {}

    def hire(self, ref: str) -> int | None:
        """Place somebody, and tell."""
        there = self.state.employees[ref]
        job = {
            "_id": self.state.number(),
            "employee": there,
            "startDate": self.state.now(),
            "endDate": None,
        }
        there["jobs"].append(job)
        self.state.match(there, PLACED)
        return self._tell("crjob:created", job)

    def unhire(self, ref: str) -> int | None:
        """Take the placement back, and tell."""
        there = self.state.employees[ref]
        there["jobs"].clear()
        return self._tell("crmatch:updated", self.state.match(there, TALKING))

    def end(self, ref: str) -> int | None:
        """Let the placement end yesterday, and tell."""
        there = self.state.employees[ref]
        there["matches"].clear()
        for job in there["jobs"]:
            job["endDate"] = (self._clock() - timedelta(days=1)).isoformat()
        return self._tell("crjob:updated", there["jobs"][0])

    def refuse(self, ref: str) -> int | None:
        """Reject somebody, and tell."""
        there = self.state.employees[ref]
        return self._tell("crmatch:updated", self.state.match(there, REFUSED))

    def delete(self, ref: str) -> int | None:
        """Delete somebody, and tell."""
        return self._tell("cremployee:deleted", self.state.employees.pop(ref))

    def _tell(self, type_: str, entity: Record) -> int | None:
        if self._door is None:
            return None
        self._sent += 1
        said = {
            "id": f"e-{self._sent}",
            "time": self.state.now(),
            "type": type_,
            "tenant": "example",
            "data": {"entityId": entity["_id"], "changedFields": []},
        }
        body = json.dumps(said).encode()
        signed = self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())
        headers = {"Cx-Signature": base64.b64encode(signed).decode()}
        answer = requests.post(
            self._door,
            data=body,
            headers={"Content-Type": "application/json", **headers, **self._headers},
            timeout=PATIENCE,
        )
        return answer.status_code
