"""Tags: names that contacts carry."""

from collections.abc import Iterable

from plugin.mautic.endpoint import Endpoint


class Tags(Endpoint):
    """`/api/tags`."""

    _endpoint = "tags"
    one = "tag"
    many = "tags"

    def ensure(self, names: Iterable[str]) -> dict[str, int]:
        """Make sure that tags exist and return the id of each.

        Made ahead, because two contacts that get a new tag at the same moment
        can leave two tags of one name. Mautic answers a known name with its tag.
        """
        known = {str(one["tag"]): int(one["id"]) for one in self.everything()}
        return {name: known.get(name) or self._made(name) for name in names}

    def _made(self, name: str) -> int:
        return int(self.make({"tag": name})["id"])
