"""What this Mautic lacks of what we want there: named, and what to do instead. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from plugin.provision.resources import Key, Kind, Resource


@dataclass(frozen=True, kw_only=True)
class Features:
    """What this Mautic offers; the version is only for telling people."""

    version: str
    #: What a webhook can be told: `mautic.page_on_hit` and so on.
    triggers: Collection[str]
    can_make_reports: bool
    #: Names of the reports there are; empty where they cannot be read.
    reports: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something that is not to be had here."""

    key: Key
    #: What there is not, and what a person can do.
    message: str


def available(
    wanted: Mapping[Key, Resource], features: Features
) -> tuple[dict[Key, Resource], tuple[Missing, ...]]:
    """Narrow what is wanted to what this Mautic can have; say what that leaves out."""
    narrowed = dict(wanted)
    missing = []
    for key, one in wanted.items():
        if key.kind is Kind.REPORT and not features.can_make_reports:
            del narrowed[key]
            if one.attributes["name"] not in features.reports:
                missing.append(Missing(key=key, message=_by_hand(one, features)))
        if key.kind is Kind.HOOK:
            triggers = one.attributes["triggers"]
            there = [name for name in triggers if name in features.triggers]
            attributes = {**one.attributes, "triggers": there}
            narrowed[key] = replace(one, attributes=attributes)
            missing += [
                Missing(key=key, message=_untold(name, features))
                for name in triggers
                if name not in there
            ]
    return narrowed, tuple(missing)


def _by_hand(report: Resource, features: Features) -> str:
    want = report.attributes
    columns = ", ".join(want["columns"])
    return (
        f"Mautic {features.version} makes no reports over its API. By hand: Reports > "
        f"New, name {want['name']!r}, data source Contacts, column and group by "
        f"{columns}, calculated column COUNT of contact id"
    )


def _untold(trigger: str, features: Features) -> str:
    return (
        f"Mautic {features.version} has no trigger {trigger}; reconcile finds what it "
        "would have told, later"
    )
