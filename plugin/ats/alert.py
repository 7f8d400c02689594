"""Tells the house at once that somebody begins to move: one signed message.

Standard Webhooks, as in `webhook`: the id is the same over all attempts, so the
receiver can drop a repeat.
"""

from typing import Any

from plugin.ats.base import Failure
from plugin.ats.webhook import WebhookConnector

RISING = "contact.rising"
FAILING = "content.failing"


class AlertHook(WebhookConnector):
    """Sends alerts to one address."""

    def rising(self, data: dict[str, Any], *, op_id: str) -> Failure | None:
        """Send one alert; None when it was taken."""
        sent = self._send(RISING, data, op_id)
        return sent if isinstance(sent, Failure) else None

    def failing(self, data: dict[str, Any], *, op_id: str) -> Failure | None:
        """Say that an e-mail does worse than it did; None when it was taken."""
        sent = self._send(FAILING, data, op_id)
        return sent if isinstance(sent, Failure) else None
