"""What an ATS has, and whether a mapping asks for anything that it has not."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from plugin.ats.base import Result
from plugin.config.fields import did_you_mean
from plugin.mappings.ats import AtsMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What can be named in a mapping, by the ATS's own keys and ids."""

    fields: frozenset[str]
    jobs: frozenset[str]
    pools: frozenset[str]
    users: frozenset[str]


@runtime_checkable
class Describes(Protocol):
    """A connector that can say what there is."""

    def describe(self) -> Result[Catalogue]:
        """Read fields, jobs, pools and users; changes nothing."""
        ...


def problems(mapping: AtsMapping, there: Catalogue) -> list[str]:
    """Name everything that a mapping asks for and the ATS has not."""
    return list(_problems(mapping, there))


def _problems(mapping: AtsMapping, there: Catalogue) -> Iterator[str]:
    for field in mapping.sent:
        yield from _missing("field", field.target, there.fields)
    known = {"job": there.jobs, "pool": there.pools}
    for target in mapping.targets:
        if target.kind in known and target.ref is not None:
            yield from _missing(target.kind, target.ref, known[target.kind])
    for owner in mapping.owners:
        yield from _missing("user", owner.ref, there.users)


def _missing(what: str, name: str, known: Collection[str]) -> Iterator[str]:
    if name not in known:
        yield f"no {what} {name!r} there{did_you_mean(name, known)}"
