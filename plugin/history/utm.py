"""By which campaign a form was reached: Mautic keeps that apart from the form. Pure.

A form's webhook has a referrer and no UTM values; those are kept with the contact, in
the same request (Mautic 5.1, `lead_utmtags`).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from webhooks.events import Event, EventType

#: The two are written in one request, each with its own second.
_TOGETHER = timedelta(seconds=5)


def with_utm(events: Sequence[Event]) -> Sequence[Event]:
    """Give forms without UTM values those that were kept with them; the order stays."""
    kept = [one for one in events if one.type is EventType.UTM_ADDED]
    if not kept:
        return events
    return [_lent(one, kept) if _lacks(one) else one for one in events]


def _lacks(event: Event) -> bool:
    return event.type is EventType.FORM_SUBMITTED and not event.utm


def _lent(event: Event, kept: Sequence[Event]) -> Event:
    distance = {one.key: abs(one.occurred_at - event.occurred_at) for one in kept}
    nearest = min(kept, key=lambda one: (distance[one.key], one.key))
    if distance[nearest.key] > _TOGETHER:
        return event
    return replace(event, utm=nearest.utm)
