"""Content that is classified on a page: its category is written to Mautic."""

from collections.abc import Mapping

from plugin.content.match import CatalogueItem
from plugin.errors import Rejected
from plugin.pipeline.catalogue import readers, refresh
from plugin.pipeline.parts import Parts
from webhooks.events import ContentKind


def classify(
    parts: Parts, kind: ContentKind, item_id: str, alias: str, actor: str
) -> CatalogueItem:
    """Give an item of Mautic a category, and decide again whom that concerns.

    Raises Rejected where Mautic has no such item or category, and what the client
    raises.
    """
    with parts.store.view() as unit:
        item = parts.catalogue(unit).items.get((kind, item_id))
    if item is None:
        raise Rejected(f"Mautic has no {kind.value} {item_id}, as last read")
    readers(parts)[kind].change(int(item_id), {"category": _number(parts, kind, alias)})
    with parts.store.unit() as unit:
        detail: Mapping[str, str | None] = {"category": alias, "before": item.category}
        subject = f"{kind.value}:{item_id}"
        unit.audit.add(parts.clock(), actor, "content.classified", subject, detail)
    refresh(parts, kind)
    return item


#: Whose categories an item may have, beside those of everything.
_BUNDLES: Mapping[ContentKind, str] = {
    ContentKind.EMAIL: "email",
    ContentKind.PAGE: "page",
    ContentKind.FORM: "form",
    ContentKind.ASSET: "asset",
    ContentKind.FOCUS: "plugin:focus",
    ContentKind.DYNAMIC_CONTENT: "dynamicContent",
}


def _number(parts: Parts, kind: ContentKind, alias: str) -> int:
    """Find a category that the item may have; one of everything, if there is."""
    found = {
        raw.get("bundle"): int(raw["id"])
        for raw in parts.mautic.categories.everything(alias)
        if raw.get("alias") == alias
    }
    for bundle in ("global", _BUNDLES[kind]):
        if bundle in found:
            return found[bundle]
    raise Rejected(f"Mautic has no category {alias} for it: `stdc apply` makes them")
