"""Things we keep in Mautic, in one comparable shape whichever side they are from.

Pure values. A resource's attributes are plain JSON values, with names of other
resources in place of Mautic's ids, so that what we want and what is there can be
compared by `==`.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class Kind(StrEnum):
    """What we keep in Mautic; the order is the one in which it can be made."""

    FIELD = "field"
    TAG = "tag"
    STAGE = "stage"
    #: Global ones, so that marketers can give them to any kind of content.
    CATEGORY = "category"
    #: Made empty where the mappings name none, and from then on the marketer's.
    EMAIL = "email"
    SEGMENT = "segment"
    CAMPAIGN = "campaign"
    REPORT = "report"
    HOOK = "hook"

    @property
    def rank(self) -> int:
        """Where it stands: lower ranks are made first."""
        return list(Kind).index(self)


class Key(NamedTuple):
    """Our own lasting name for one thing, whatever id Mautic gives it."""

    kind: Kind
    #: Field alias, tag, phase, category alias, segment alias, campaign key.
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Secret:
    """A value that may be compared and sent, and never shown."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value, for sending it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._value.encode(), other._value.encode()
        )

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "(secret)"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One thing as it should be."""

    key: Key
    #: Name -> JSON value or `Secret`; an attribute left out is not ours to set.
    attributes: Mapping[str, Any]
    #: What must exist before it.
    references: frozenset[Key] = frozenset()
    #: What is the marketer's once it is there: attributes, or parts of steps.
    keep: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Existing:
    """One thing as it is in Mautic.

    An attribute that Mautic does not answer is left out and never compared.
    """

    key: Key
    attributes: Mapping[str, Any]
    remote_id: int
    #: Whether it carries our mark: a `[stdc:name]` or the prefix `stdc_`.
    marked: bool = False
    #: Mautic's own answer, for an update that has to repeat what it keeps.
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


class OwnedItem(Protocol):
    """What we remember of a thing that we made."""

    @property
    def kind(self) -> str:
        """A `Kind`."""

    @property
    def key(self) -> str:
        """Its name within the kind."""

    @property
    def remote_id(self) -> int:
        """Mautic's id."""

    @property
    def fingerprint(self) -> str:
        """What `fingerprint` gave when we last wrote it."""


class Owned(Protocol):
    """The things we made in Mautic; the store keeps them."""

    def get(self, kind: str, key: str) -> OwnedItem | None:
        """Return what we remember of it, or None."""

    def put(self, kind: str, key: str, remote_id: int, fingerprint: str) -> None:
        """Remember it, replacing what was known."""

    def list(self) -> Sequence[OwnedItem]:
        """Return everything we made."""

    def delete(self, kind: str, key: str) -> None:
        """Forget it."""


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """An `OwnedItem` in memory."""

    kind: str
    key: str
    remote_id: int
    fingerprint: str


class MemoryOwned:
    """`Owned` in memory, for tests and for trying things out."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Remembered] = {}

    def get(self, kind: str, key: str) -> Remembered | None:
        """Return what we remember of it, or None."""
        return self._items.get((kind, key))

    def put(self, kind: str, key: str, remote_id: int, fingerprint: str) -> None:
        """Remember it, replacing what was known."""
        self._items[kind, key] = Remembered(
            kind=kind, key=key, remote_id=remote_id, fingerprint=fingerprint
        )

    def list(self) -> Sequence[Remembered]:
        """Return everything we made."""
        return tuple(self._items.values())

    def delete(self, kind: str, key: str) -> None:
        """Forget it."""
        self._items.pop((kind, key), None)


_MARK = re.compile(r"\s*\[stdc:([^\]\s]+)\]")


def mark(text: str, name: str) -> str:
    """Add our mark to a description, so that ownership survives a lost store."""
    return f"{text.strip()} [stdc:{name}]".strip()


def marked_as(text: object) -> str | None:
    """Return the name in a description's mark; None when it has none."""
    found = _MARK.search(text) if isinstance(text, str) else None
    return found.group(1) if found else None


def fingerprint(attributes: Mapping[str, Any]) -> str:
    """Hash attributes, so that a later look shows whether somebody changed them.

    Secrets count as equal: no hash of one may be kept.
    """
    text = json.dumps(attributes, sort_keys=True, default=repr, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
