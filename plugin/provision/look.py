"""Compare what the mappings want with what Mautic has: the plan, in one call."""

from plugin.config import Settings
from plugin.mappings.model import Mappings
from plugin.mautic.client import Mautic
from plugin.provision.available import available
from plugin.provision.desired import desired
from plugin.provision.features import features
from plugin.provision.plan import Plan, plan
from plugin.provision.read import read
from plugin.provision.resources import Key, Owned, Resource


def look(settings: Settings, mappings: Mappings, client: Mautic, owned: Owned) -> Plan:
    """Read Mautic and plan; nothing is changed.

    Raises Misconfigured where the mappings want the impossible, and what the
    client raises.
    """
    wanted, missing = available(wishes(settings, mappings), features(client))
    return plan(wanted, read(client, wanted, owned), owned, missing)


def wishes(settings: Settings, mappings: Mappings) -> dict[Key, Resource]:
    """List what this installation wants in Mautic.

    Raises Misconfigured where that is impossible.
    """
    return desired(
        mappings,
        webhook_url=settings.mautic_webhook_url,
        webhook_secret=settings.mautic.webhook_secrets[0].decode(),
        language=settings.language.value,
    )
