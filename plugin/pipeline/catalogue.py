"""The content that Mautic has, with the category that only REST tells."""

from dataclasses import asdict

import structlog

from plugin.content.match import CatalogueItem
from plugin.mautic.content import Content
from plugin.pipeline.parts import Parts
from plugin.pipeline.refresh import decide
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: What Mautic keeps as entities with a category.
KINDS = (
    *(ContentKind.EMAIL, ContentKind.PAGE, ContentKind.FORM, ContentKind.ASSET),
    *(ContentKind.FOCUS, ContentKind.DYNAMIC_CONTENT),
)


def refresh(parts: Parts, kind: ContentKind) -> int:
    """Read one kind of content from Mautic; decide again whom a change concerns.

    Those people are marked together with the change, so that none is forgotten
    if this ends half way. Returns the number of items. Raises what the client
    raises.
    """
    reader = readers(parts)[kind]
    found = reader.items() if reader.is_there() else ()
    items = [CatalogueItem(**asdict(item)) for item in found]
    with parts.store.unit() as unit:
        changed = unit.content.replace(kind, items, parts.clock())
        people = unit.history.people_of_content(kind, changed)
        unit.people.mark_dirty(people)
    log.info("catalogue", kind=kind.value, items=len(items), changed=len(changed))
    if people:
        decide(parts)
    return len(items)


def refresh_all(parts: Parts) -> dict[ContentKind, int]:
    """Read every kind; returns how many items there are of each."""
    return {kind: refresh(parts, kind) for kind in KINDS}


def readers(parts: Parts) -> dict[ContentKind, Content]:
    """Say who reads each kind from Mautic."""
    return {
        ContentKind.EMAIL: parts.mautic.emails,
        ContentKind.PAGE: parts.mautic.pages,
        ContentKind.FORM: parts.mautic.forms,
        ContentKind.ASSET: parts.mautic.assets,
        ContentKind.FOCUS: parts.mautic.focus,
        ContentKind.DYNAMIC_CONTENT: parts.mautic.dynamic_contents,
    }
