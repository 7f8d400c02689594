"""What the checks look at; each thing is read once, when it is first asked for."""

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from plugin.config import Settings
from plugin.errors import StdcError
from plugin.health.probe import Answer, ask
from plugin.health.rights import ALL
from plugin.mappings import loader
from plugin.mappings.model import Mappings
from plugin.mautic.client import Mautic
from plugin.pipeline.heartbeat import Beat, last_beat
from plugin.pipeline.parts import Parts
from plugin.provision.available import available
from plugin.provision.desired import desired
from plugin.provision.features import features
from plugin.provision.owned import StoredOwned
from plugin.provision.plan import Plan, plan
from plugin.provision.read import read
from plugin.provision.resources import Existing, Key, Kind, Resource
from plugin.store import Store, open_store, revision

#: Rows of Mautic's log of our hook that are looked at.
LOG_ROWS = 20
HOOK = Key(Kind.HOOK, "hook")


def _no_time() -> datetime:
    """Stand for a clock where nothing is written."""
    raise AssertionError("read-only")


class Premises:
    """One installation, as far as it can be opened.

    Whatever cannot be read raises what its reader raises; `needs` of the checks
    see to it that this is met once, by the check that is about it.
    """

    def __init__(
        self,
        *,
        config_path: Path,
        settings: Callable[[], Settings],
        parts: Callable[[], Parts],
    ) -> None:
        """Take how to open the installation; nothing is opened yet."""
        self.config_path = config_path
        self._settings = settings
        self._parts = parts
        self._existing: dict[Kind, dict[Key, Existing]] = {}

    @cached_property
    def settings(self) -> Settings:
        """What config.toml and the environment say."""
        return self._settings()

    @cached_property
    def mappings(self) -> Mappings:
        """The mappings as they are on disk now."""
        folder, language = self.settings.mappings, self.settings.language.value
        return loader.load(folder, language=language)

    @cached_property
    def parts(self) -> Parts:
        """The installation, wired."""
        return self._parts()

    @property
    def now(self) -> datetime:
        """The present."""
        return self.parts.clock()

    @property
    def store(self) -> Store:
        """The store, of the revision that this code needs."""
        return self.parts.store

    def last_beat(self) -> Beat | None:
        """Tell the worker's last sign of life, even if nothing else can be opened."""
        url = self.settings.database_url
        try:
            current, head = revision(url)
            if current is None or current != head:
                return None
            with (
                closing(open_store(url, clock=_no_time)) as store,
                store.view() as unit,
            ):
                return last_beat(unit)
        except StdcError:
            return None

    @property
    def mautic(self) -> Mautic:
        """Mautic, with our credentials."""
        return self.parts.mautic

    @cached_property
    def stranger(self) -> Answer:
        """What Mautic's API answers to somebody without credentials."""
        return ask(f"{self.settings.mautic.url.rstrip('/')}/api/users/self")

    @cached_property
    def own_door(self) -> Answer:
        """What answers at our own public address."""
        return ask(f"{self.settings.base_url}/healthz")

    @cached_property
    def me(self) -> Mapping[str, Any]:
        """Our user in Mautic, with its role."""
        return self.mautic.users.self_()

    @cached_property
    def missing_rights(self) -> frozenset[str]:
        """Which of the rights we need our role does not have."""
        return frozenset(self.mautic.users.missing_rights(ALL))

    @cached_property
    def wanted(self) -> dict[Key, Resource]:
        """What should be in Mautic."""
        settings = self.settings
        return desired(
            self.mappings,
            webhook_url=settings.mautic_webhook_url,
            webhook_secret=settings.mautic.webhook_secrets[0].decode(),
            language=settings.language.value,
        )

    def wanted_of(self, kind: Kind) -> dict[Key, Resource]:
        """Narrow what should be there to one kind."""
        return {key: one for key, one in self.wanted.items() if key.kind is kind}

    def existing(self, kind: Kind) -> dict[Key, Existing]:
        """Read what is there of one kind, so that one missing right costs no more."""
        if kind not in self._existing:
            owned = StoredOwned(self.store)
            self._existing[kind] = read(self.mautic, self.wanted_of(kind), owned)
        return self._existing[kind]

    @cached_property
    def hook(self) -> Existing | None:
        """Our webhook in Mautic; None when there is none."""
        return self.existing(Kind.HOOK).get(HOOK)

    @cached_property
    def hook_log(self) -> list[dict[str, str]]:
        """What Mautic noted of its last calls to us, oldest first."""
        if self.hook is None:
            return []
        mine = {"webhook_id": self.hook.remote_id}
        newest = self.mautic.stats.newest("webhook_logs", LOG_ROWS, equal=mine)
        return newest[::-1]

    @cached_property
    def plan(self) -> Plan:
        """What `stdc plan` would show."""
        owned = StoredOwned(self.store)
        wanted, missing = available(self.wanted, features(self.mautic))
        return plan(wanted, read(self.mautic, wanted, owned), owned, missing)

    @cached_property
    def contact_fields(self) -> dict[str, dict[str, Any]]:
        """All contact fields of Mautic, by alias."""
        return {str(one["alias"]): one for one in self.mautic.fields.everything()}
