"""What one Mautic can do: asked of it, and not concluded from its number."""

from plugin.mautic.client import Mautic
from plugin.provision.available import Features


def features(client: Mautic) -> Features:
    """Ask a Mautic what it can do; raises what the client raises."""
    can_make = client.reports.can_be_made()
    is_seen = not can_make and client.reports.is_there()
    reports = client.reports.everything() if is_seen else ()
    return Features(
        version=client.version,
        triggers=client.hooks.triggers(),
        can_make_reports=can_make,
        reports=frozenset(str(one.get("name")) for one in reports),
    )
