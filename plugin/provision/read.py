"""Read from Mautic what is there of the things we want, in comparable shape."""

from collections.abc import Iterable, Mapping
from typing import Any

from plugin.mautic.client import Mautic
from plugin.mautic.endpoint import Endpoint
from plugin.provision import campaigns, codec, emails, segments, steps
from plugin.provision.resources import (
    Existing,
    Key,
    Kind,
    Owned,
    Resource,
    marked_as,
)

Raw = Mapping[str, Any]

#: Fields have no description to carry a mark; their alias has to do.
FIELD_PREFIX = "stdc_"


def endpoint(client: Mautic, kind: Kind) -> Endpoint:
    """Return the part of the client that speaks of this kind."""
    parts: Mapping[Kind, Endpoint] = {
        Kind.FIELD: client.fields,
        Kind.TAG: client.tags,
        Kind.STAGE: client.stages,
        Kind.CATEGORY: client.categories,
        Kind.EMAIL: client.emails,
        Kind.SEGMENT: client.segments,
        Kind.CAMPAIGN: client.campaigns,
        Kind.REPORT: client.reports,
        Kind.HOOK: client.hooks,
    }
    return parts[kind]


def read(
    client: Mautic, desired: Mapping[Key, Resource], owned: Owned
) -> dict[Key, Existing]:
    """Find what we want, or what stands in its place, in Mautic.

    A thing is found by the id we remember, by its mark, or by its natural name;
    so it is found again when it was renamed, and when our store was lost. The
    e-mails that campaigns name are found too, by name.
    """
    found: dict[Key, Existing] = {}
    kinds = {key.kind for key in desired} | {Kind.EMAIL}
    wanted = dict(desired) | _named_emails(desired)
    for kind in sorted(kinds, key=lambda one: one.rank):
        of_kind = [one for key, one in wanted.items() if key.kind is kind]
        if not of_kind:
            continue
        raws = list(endpoint(client, kind).everything())
        names = _names(found, desired)
        for one in of_kind:
            raw = _match(one, raws, owned)
            if raw is not None:
                found[one.key] = existing(one.key, raw, names)
    return found


def existing(
    key: Key, raw: Raw, names: Mapping[tuple[Kind, int], str] | None = None
) -> Existing:
    """Turn Mautic's answer about one thing into comparable shape."""
    if key.kind is Kind.CAMPAIGN:
        attributes = campaigns.from_campaign(raw, names or {})
    elif key.kind is Kind.EMAIL:
        attributes = emails.from_email(raw)
    elif key.kind is Kind.SEGMENT:
        attributes = segments.from_segment(raw, names or {})
    else:
        attributes = codec.FROM[key.kind](raw) if key.kind in codec.FROM else {}
    return Existing(
        key=key,
        attributes=attributes,
        remote_id=int(raw["id"]),
        marked=is_marked(key, raw),
        raw=raw,
    )


def names_of(
    ids: Mapping[Key, int], desired: Iterable[Resource]
) -> dict[tuple[Kind, int], str]:
    """Turn ids back into our names, save where the mappings use the bare id."""
    bare = {
        (kind, value)
        for one in desired
        for step in one.attributes.get("steps", ())
        for prop, kind in steps.REFERENCES.get(step["type"], {}).items()
        for value in _listed(step["properties"].get(prop))
    }
    return {
        (key.kind, number): key.name
        for key, number in ids.items()
        if (key.kind, f"#{number}") not in bare
    }


def _names(
    found: Mapping[Key, Existing], desired: Mapping[Key, Resource]
) -> dict[tuple[Kind, int], str]:
    ids = {key: one.remote_id for key, one in found.items()}
    return names_of(ids, desired.values())


def _named_emails(desired: Mapping[Key, Resource]) -> dict[Key, Resource]:
    keys = {key for one in desired.values() for key in one.references}
    return {
        key: Resource(key=key, attributes={"name": key.name})
        for key in sorted(keys - desired.keys())
        if key.kind is Kind.EMAIL
    }


def _match(want: Resource, raws: Iterable[Raw], owned: Owned) -> Raw | None:
    remembered = owned.get(want.key.kind.value, want.key.name)
    candidates = [
        raw for raw in raws if is_marked(want.key, raw) or _is_named(want, raw)
    ]
    # The remembered id only counts together with mark or name: a Mautic that was
    # set up anew gives the same ids to other things.
    known = [
        raw
        for raw in candidates
        if remembered is not None and int(raw["id"]) == int(remembered.remote_id)
    ]
    marked = [raw for raw in candidates if is_marked(want.key, raw)]
    return next(iter([*known, *marked, *candidates]), None)


def is_marked(key: Key, raw: Raw) -> bool:
    """Tell whether this carries our mark for the key; a field's alias is its mark."""
    if key.kind is Kind.FIELD:
        return str(raw.get("alias")) == key.name and key.name.startswith(FIELD_PREFIX)
    if key.kind is Kind.EMAIL:
        return emails.utm_of(raw) == f"{emails.UTM_MARK}{key.name}"
    return mark_of(key.kind, raw) == key.name


def mark_of(kind: Kind, raw: Raw) -> str | None:
    """Return the name in a thing's mark; None for fields and e-mails.

    An e-mail's mark goes with a copy that somebody makes of it.
    """
    if kind in {Kind.FIELD, Kind.EMAIL}:
        return None
    return marked_as(raw.get("description"))


def _is_named(want: Resource, raw: Raw) -> bool:
    kind, name = want.key
    if kind in {Kind.FIELD, Kind.SEGMENT, Kind.CATEGORY}:
        return bool(raw.get("alias") == name)
    if kind is Kind.TAG:
        # One collation for both: Mautic's database takes VIP and vip for one.
        return codec.text(raw.get("tag")).casefold() == name.casefold()
    same_url = kind is Kind.HOOK and raw.get("webhookUrl") == want.attributes["url"]
    return same_url or codec.text(raw.get("name")) == str(want.attributes["name"])


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []
