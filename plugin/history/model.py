"""Who a person is to us, and what they did: what scoring reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from plugin.history.past import Past
from webhooks.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What Mautic last told us of a contact; inputs only, never what we write."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    #: Mautic user id of the owner.
    owner_id: int | None = None
    #: Alias -> value as text, blank ones left out, our own `stdc_*` left out.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: Channels that must not be used ("email", "sms"), from do-not-contact.
    do_not_contact: frozenset[str] = frozenset()
    #: As last told, ours among them: they score nothing.
    tags: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """First and last name, or an empty text."""
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person with the history that follows them through merges."""

    id: int
    #: The id under which Mautic knows them now; None when Mautic deleted them.
    contact_id: int | None
    profile: Profile = Profile()
    #: Oldest first, by (occurred_at, key).
    events: tuple[Event, ...] = ()
    #: When anything last arrived for them; None before the first event.
    seen_at: datetime | None = None
    #: Keys of the events that only a backfill has brought: nobody heard them happen,
    #: so nothing that rests on them alone is announced.
    recalled: frozenset[str] = frozenset()
    #: When many of their mail domain clicked at once: from, until, in microseconds
    #: since 1970.
    domain_bursts: tuple[tuple[int, int], ...] = ()
    #: What is left of behaviour that is no longer kept; None where all of it is.
    past: Past | None = None

    @property
    def has_history(self) -> bool:
        """Whether anything is known to have happened, kept or not."""
        return bool(self.events) or self.past is not None
