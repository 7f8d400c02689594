"""What the pipeline works with; put together by `plugin.bootstrap`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import SystemRandom

from plugin.ats.alert import AlertHook
from plugin.ats.base import Connector
from plugin.config import Settings
from plugin.content.match import Catalogue
from plugin.mappings.live import Current
from plugin.mautic.client import Mautic
from plugin.mautic.contacts import BATCH_LIMIT
from plugin.pipeline.funnel import Remembered
from plugin.pipeline.pace import BatchSize
from plugin.store import Store, Unit
from webhooks.sources.base import Source


@dataclass(kw_only=True)
class Parts:
    """One installation, wired: settings, policy, store and the systems around it."""

    settings: Settings
    #: Those of now: asked anew each time, for an admin may have edited them.
    mappings: Current = Current()  # noqa: RUF009 -- a descriptor is no default
    store: Store
    mautic: Mautic
    connectors: Mapping[str, Connector]
    #: Takes alerts; None where config.toml names no address.
    alerts: AlertHook | None = None
    #: How to read a delivery, by source name: "mautic", "ats/<connection>".
    sources: Mapping[str, Source]
    #: The present moment, aware UTC.
    clock: Callable[[], datetime]
    #: Tells the workers that the inbox or the outbox has something.
    kick: Callable[[], None] = field(default=lambda: None)
    #: Whether this process was asked to end: what is under way ends, no more is begun.
    stopping: Callable[[], bool] = field(default=lambda: False)
    #: What is wrong with the mappings folder as it is now; empty when it is in use.
    refused: Callable[[], tuple[str, ...]] = field(default=tuple)
    #: Triggers that Mautic's hook must have.
    triggers: tuple[str, ...] = ()
    #: Spreads retries; not for anything that decides.
    jitter: Callable[[], float] = field(default_factory=lambda: SystemRandom().random)
    #: Histories that plans are made from, as last read for a page.
    histories: Remembered = field(default_factory=Remembered, repr=False)
    #: How many contacts this process writes to Mautic at once.
    batch: BatchSize = field(
        default_factory=lambda: BatchSize(largest=BATCH_LIMIT), repr=False
    )
    #: The catalogue as last read.
    _catalogue: Catalogue = field(default_factory=Catalogue, init=False, repr=False)

    def catalogue(self, unit: Unit) -> Catalogue:
        """Read the content that Mautic has, as last refreshed.

        While that is the same, so is the value: what was worked out of it is kept.
        """
        fresh = Catalogue.of(unit.content.all())
        if fresh != self._catalogue:
            self._catalogue = fresh
        return self._catalogue

    def link(self, contact_id: int) -> str:
        """Say where a contact's page is with us."""
        return f"{self.settings.base_url.rstrip('/')}/contacts/{contact_id}"
