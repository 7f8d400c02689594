"""Inboxes for tests of the door: one that keeps, one that cannot."""

from dataclasses import dataclass, field

from webhooks.inbox import Delivery


@dataclass
class MemoryInbox:
    """Keeps deliveries in a list; their receipts count from 1."""

    deliveries: list[Delivery] = field(default_factory=list)

    def accept(self, delivery: Delivery) -> int:
        """Keep the delivery and return its number."""
        self.deliveries.append(delivery)
        return len(self.deliveries)


class FullInbox:
    """Fails as a full disk does."""

    def accept(self, delivery: Delivery) -> int:
        """Keep nothing."""
        message = f"no space left for {len(delivery.body)} bytes"
        raise OSError(message)
