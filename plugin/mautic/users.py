"""Who we are in Mautic, and what we may do."""

from collections.abc import Iterable
from typing import Any

from plugin.mautic.endpoint import Endpoint


class Users(Endpoint):
    """`/api/users`."""

    _endpoint = "users"
    one = "user"
    many = "users"

    def self_(self) -> dict[str, Any]:
        """Read our own user; client credentials get one without an id."""
        me: dict[str, Any] = self._fetch("self")
        return me

    def missing_rights(self, rights: Iterable[str]) -> list[str]:
        """Return those of `bundle:what:right` that our user does not have.

        An admin has all. A client's role has no user to ask for: its rights
        are read from the role itself.
        """
        me = self.self_()
        role = me.get("role") or {}
        if role.get("isAdmin"):
            return []
        if "id" in me:
            granted = self._granted(int(me["id"]), list(rights))
            return [right for right in rights if not granted.get(right)]
        return [right for right in rights if not _allows(role, right)]

    def _granted(self, user_id: int, rights: list[str]) -> dict[str, bool]:
        url = self._url(user_id, "permissioncheck")
        answer = self._client.session.post(url, data={"permissions": rights})
        granted: dict[str, bool] = answer.json()
        return granted


def _allows(role: dict[str, Any], right: str) -> bool:
    bundle, _, level = right.rpartition(":")
    given = (role.get("rawPermissions") or {}).get(bundle) or ()
    return level in given or "full" in given
