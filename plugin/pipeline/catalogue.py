"""The content that Mautic has, with the category that only REST tells."""

from dataclasses import asdict

import structlog

from plugin.content.match import CatalogueItem
from plugin.mautic.content import Content
from plugin.pipeline.parts import Parts
from plugin.pipeline.rescore import rescore
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: What Mautic keeps as entities with a category.
KINDS = (ContentKind.EMAIL, ContentKind.PAGE, ContentKind.FORM, ContentKind.ASSET)


def refresh(parts: Parts, kind: ContentKind) -> int:
    """Read one kind of content from Mautic; re-score whom a change concerns.

    Returns the number of items. Raises what the client raises.
    """
    items = [CatalogueItem(**asdict(item)) for item in _reader(parts, kind).items()]
    now = parts.clock()
    with parts.store.unit() as unit:
        changed = unit.content.replace(kind, items, now)
        people = unit.history.people_of_content(kind, changed)
        rescore(parts, unit, people, as_of=now)
    log.info("catalogue", kind=kind.value, items=len(items), changed=len(changed))
    return len(items)


def _reader(parts: Parts, kind: ContentKind) -> Content:
    return {
        ContentKind.EMAIL: parts.mautic.emails,
        ContentKind.PAGE: parts.mautic.pages,
        ContentKind.FORM: parts.mautic.forms,
        ContentKind.ASSET: parts.mautic.assets,
    }[kind]


def refresh_all(parts: Parts) -> dict[ContentKind, int]:
    """Read every kind; returns how many items there are of each."""
    return {kind: refresh(parts, kind) for kind in KINDS}
