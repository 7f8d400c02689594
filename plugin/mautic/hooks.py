"""Webhooks of Mautic, as seen from outside."""

from plugin.mautic.endpoint import Endpoint


class Hooks(Endpoint):
    """`/api/hooks`. PATCH only adds triggers; PUT without `secret` makes a new one."""

    _endpoint = "hooks"
    one = "hook"
    many = "hooks"

    def triggers(self) -> frozenset[str]:
        """Return the triggers this Mautic knows: `mautic.page_on_hit` and so on."""
        return frozenset(self._fetch("triggers").get("triggers") or ())

    def publish(self, hook_id: int) -> None:
        """Switch a hook on again; Mautic switches off one that fails."""
        self.change(hook_id, {"isPublished": True})
