"""The one thing the door needs from the rest: a place that keeps deliveries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST, as it came: nothing parsed, nothing lost."""

    #: Which source verified it: "mautic", or "ats/<connection>".
    source: str
    body: bytes
    #: When the door took it, aware UTC.
    received_at: datetime


class Inbox(Protocol):
    """Where deliveries are kept before anybody thinks about them."""

    def accept(self, delivery: Delivery) -> int:
        """Keep the delivery durably and return its number; raise if it is not kept."""
        ...
