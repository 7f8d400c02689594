"""Tells the house at once that somebody begins to move: one signed message.

Standard Webhooks, as in `webhook`: the id is the same over all attempts, so the
receiver can drop a repeat.
"""

from typing import Any

from plugin.ats.base import Failure
from plugin.ats.webhook import WebhookConnector

RISING = "contact.rising"
FAILING = "content.failing"
DIGEST = "digest.weekly"


class AlertHook(WebhookConnector):
    """Sends alerts to one address."""

    def tell(self, what: str, data: dict[str, Any], *, op_id: str) -> Failure | None:
        """Send one message of a type; None when it was taken."""
        sent = self._send(what, data, op_id)
        return sent if isinstance(sent, Failure) else None
