"""How long a click is on its way: to our door, and from there to a decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from plugin.store.tallies import Tallies
from webhooks.events import Event

#: Tallies of how long after it happened an event came in, by type.
ARRIVED = "event."
#: Tally of how long after it came in a delivery with events was decided upon.
DECIDED = "decided"


def note(
    tallies: Tallies,
    deliveries: Iterable[tuple[datetime, Sequence[Event]]],
    now: datetime,
) -> None:
    """Count how long each event, and each delivery with one, took until here.

    `deliveries` says when each came in. Only adds up: the tallies are written once,
    with the rest of the pass.
    """
    for received_at, events in deliveries:
        for event in events:
            span = received_at - event.occurred_at
            tallies.took(f"{ARRIVED}{event.type.value}", span)
        if events:
            tallies.took(DECIDED, now - received_at)
