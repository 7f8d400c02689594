"""Put one installation together: the only place where everything meets."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from plugin.ats import registry
from plugin.ats.alert import AlertHook
from plugin.ats.base import Connector
from plugin.config import (
    AlertSettings,
    AtsSettings,
    MauticAuth,
    MauticSettings,
    Settings,
)
from plugin.errors import Misconfigured
from plugin.mappings import loader
from plugin.mappings.ats import AtsMapping
from plugin.mappings.live import LiveMappings
from plugin.mappings.model import Mappings
from plugin.mautic.auth import BasicAuth, ClientCredentials
from plugin.mautic.client import Mautic
from plugin.pipeline.budget import Budget
from plugin.pipeline.parts import Parts
from plugin.provision.desired import TRIGGERS
from plugin.store import Store, open_store, revision, upgrade
from webhooks.sources.base import Source
from webhooks.sources.mautic import MauticSource

#: Name of the mark under which the OAuth2 token is kept.
TOKEN_MARK = "mautic.token"  # noqa: S105 -- a name, not a token


def now() -> datetime:
    """Tell the present moment; nothing else in the project reads the clock."""
    return datetime.now(UTC)  # noqa: TID251 -- the one place


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = now,
    look_seconds: float = 5.0,
) -> Parts:
    """Wire the parts of an installation; a fresh store gets its tables.

    Edited mappings are looked for at most every `look_seconds`.

    Raises Misconfigured when mappings are wrong, or the store is older than
    the code (then `stdc db upgrade` helps).
    """
    load = partial(loader.load, language=settings.language.value)
    live = LiveMappings(settings.mappings, load, every=look_seconds)
    store = _store(settings, clock)
    return Parts(
        settings=settings,
        mappings=live.current,
        store=store,
        mautic=_mautic(settings.mautic, store, clock),
        connectors=LiveConnectors(settings, live.current, store, clock),
        refused=lambda: live.problems,
        alerts=_alerts(settings.alerts, store, clock),
        sources=sources_of(settings),
        clock=clock,
        triggers=TRIGGERS,
    )


def _store(settings: Settings, clock: Callable[[], datetime]) -> Store:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    current, head = revision(settings.database_url)
    if current is None:
        upgrade(settings.database_url)
    elif current != head:
        raise Misconfigured(
            f"the store is at revision {current}, this code needs {head}",
            ("run: stdc db upgrade",),
        )
    return open_store(settings.database_url, clock=clock)


class StoredToken:
    """Keeps Mautic's OAuth2 token in the store, so that all processes share it."""

    def __init__(self, store: Store) -> None:
        """Take the store; the token stands among its marks."""
        self._store = store
        self._lock = threading.Lock()

    def get(self) -> Mapping[str, Any] | None:
        """Return the kept token, or None."""
        with self._store.view() as unit:
            token: Mapping[str, Any] | None = unit.marks.get(TOKEN_MARK)
        return token

    def put(self, token: dict[str, Any]) -> None:
        """Keep this token instead of the last one."""
        with self._lock, self._store.unit() as unit:
            unit.marks.put(TOKEN_MARK, token)


def _mautic(
    settings: MauticSettings, store: Store, clock: Callable[[], datetime]
) -> Mautic:
    budget = _budget(":mautic", settings, store, clock)
    return Mautic(
        settings.url,
        _auth(settings),
        clock=clock,
        spend=budget.spend_on_mautic,
        timeout=(settings.connect_seconds, settings.read_seconds),
        token_store=StoredToken(store),
    )


def _alerts(
    settings: AlertSettings | None, store: Store, clock: Callable[[], datetime]
) -> AlertHook | None:
    if settings is None:
        return None
    budget = _budget(":alerts", settings, store, clock)
    return registry.alerts(settings, clock=clock, spend=budget.spend)


def _budget(
    name: str,
    settings: AtsSettings | MauticSettings | AlertSettings,
    store: Store,
    clock: Callable[[], datetime],
) -> Budget:
    return Budget(
        store=store, name=name, settings=settings, clock=clock, wait=time.sleep
    )


def _auth(settings: MauticSettings) -> BasicAuth | ClientCredentials:
    if settings.auth is MauticAuth.BASIC:
        return BasicAuth(
            username=settings.username or "", password=_reveal(settings.password)
        )
    return ClientCredentials(
        client_id=settings.client_id or "",
        client_secret=_reveal(settings.client_secret),
    )


def _reveal(secret: Any) -> str:
    return secret.reveal() if secret is not None else ""


class LiveConnectors(Mapping[str, Connector]):
    """The connector of each connection; made anew when its mapping has changed.

    Asked every time, never kept: what is under way goes on with the one it got.
    """

    def __init__(
        self,
        settings: Settings,
        mappings: Callable[[], Mappings],
        store: Store,
        clock: Callable[[], datetime],
    ) -> None:
        """Make all of them, so that wrong settings are told at once."""
        self._settings = settings.ats
        self._mappings = mappings
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._made: dict[str, tuple[AtsMapping, Connector]] = {}
        for name in self:
            self[name]

    def __getitem__(self, name: str) -> Connector:
        """Give a connection's connector, by its mapping of now."""
        settings = self._settings[name]
        mapping = self._mappings().ats.get(name, AtsMapping(connection=name))
        with self._lock:
            made = self._made.get(name)
            if made is None or made[0] != mapping:
                budget = _budget(name, settings, self._store, self._clock)
                made = (
                    mapping,
                    registry.build(
                        settings, mapping, clock=self._clock, spend=budget.spend
                    ),
                )
                self._made[name] = made
        return made[1]

    def __iter__(self) -> Iterator[str]:
        """Name the connections, in the order of the config file."""
        return iter(self._settings)

    def __len__(self) -> int:
        """Count the connections."""
        return len(self._settings)


def sources_of(settings: Settings) -> dict[str, Source]:
    """List who may send deliveries, by name; asks neither store nor mappings."""
    sources: dict[str, Source] = {
        "mautic": MauticSource(settings.mautic.webhook_secrets)
    }
    for name, one in settings.ats.items():
        if one.inbound_secret is not None:
            sources[f"ats/{name}"] = registry.source(one, settings.instance)
    return sources
