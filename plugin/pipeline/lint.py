"""Read what content says from Mautic, for the lint; texts are read anew, not kept."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from plugin.content.lint import Finding, Piece, lint
from plugin.content.markup import Link, Markup, read
from plugin.content.match import Catalogue, CatalogueItem, classify
from plugin.content.tokens import VIRTUAL_FIELDS, Known
from plugin.mautic.content import Content
from plugin.pipeline.catalogue import readers
from plugin.pipeline.parts import Parts
from webhooks.events import ContentKind, ContentRef

#: Kind of content -> attributes with plain text, and how the finding calls them.
_PLAIN: Mapping[ContentKind, tuple[tuple[str, str], ...]] = {
    ContentKind.EMAIL: (("subject", "subject"), ("plainText", "plain text")),
    ContentKind.PAGE: (("title", "title"), ("metaDescription", "description")),
    ContentKind.FORM: (("name", "name"), ("description", "description")),
    ContentKind.ASSET: (("title", "title"), ("description", "description")),
    ContentKind.FOCUS: (("name", "name"),),
    ContentKind.DYNAMIC_CONTENT: (("name", "name"),),
}
#: Kind -> attribute with HTML.
_HTML: Mapping[ContentKind, str] = {
    ContentKind.EMAIL: "customHtml",
    ContentKind.PAGE: "customHtml",
    ContentKind.FOCUS: "html",
    ContentKind.DYNAMIC_CONTENT: "content",
}
#: Kind -> attribute that counts whom it reached.
_REACHED: Mapping[ContentKind, str] = {
    ContentKind.EMAIL: "sentCount",
    ContentKind.PAGE: "hits",
    ContentKind.ASSET: "downloadCount",
    ContentKind.DYNAMIC_CONTENT: "sentCount",
}


def lint_all(parts: Parts) -> list[Finding]:
    """Look through all content of Mautic as it is now.

    Raises what the client raises.
    """
    raws = {kind: list(one.everything()) for kind, one in _reachable(parts)}
    mappings = parts.mappings
    catalogue = Catalogue.of(
        CatalogueItem(**asdict(item))
        for kind, rows in raws.items()
        for item in map(readers(parts)[kind].as_item, rows)
    )
    pieces = [
        _piece(catalogue.items[kind, str(raw["id"])], raw, catalogue, parts)
        for kind, rows in raws.items()
        for raw in rows
    ]
    return lint(pieces, mappings.lint, _known(parts, raws))


def _reachable(parts: Parts) -> Iterator[tuple[ContentKind, Content]]:
    for kind, reader in readers(parts).items():
        if reader.is_there():
            yield kind, reader


def _piece(
    item: CatalogueItem, raw: Mapping[str, Any], catalogue: Catalogue, parts: Parts
) -> Piece:
    kind = item.kind
    markup = read(str(raw.get(_HTML[kind]) or "")) if kind in _HTML else Markup()
    texts = [(where, str(raw[key])) for key, where in _PLAIN[kind] if raw.get(key)]
    if markup.text:
        texts.append(("text", markup.text))
    links = markup.links
    if kind is ContentKind.FOCUS:
        said, links = _focus(raw, links)
        texts += said
    if kind is ContentKind.FORM:
        texts += _form(raw)
    reached = raw.get(_REACHED[kind]) if kind in _REACHED else None
    ref = ContentRef(kind=kind, id=item.id, name=item.name, url=item.url)
    return Piece(
        item=item,
        classified=classify(ref, None, {}, parts.mappings.content, catalogue),
        texts=tuple(texts),
        links=links,
        has_utm=any((raw.get("utmTags") or {}).values()),
        reached=None if reached is None else int(reached),
    )


def _form(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Take what a form asks and says: its labels, help and answer to sending it."""
    fields = [one for one in raw.get("fields") or () if isinstance(one, Mapping)]
    keys = ("label", "helpMessage")
    asked = (str(one.get(key) or "") for one in fields for key in keys)
    said = str(raw.get("postActionProperty") or "")
    told = [("fields", " | ".join(one for one in asked if one)), ("answer", said)]
    return [(where, text) for where, text in told if text]


def _focus(
    raw: Mapping[str, Any], links: tuple[Link, ...]
) -> tuple[list[tuple[str, str]], tuple[Link, ...]]:
    """Take what a focus item shows: headline, tagline and its one link."""
    content = (raw.get("properties") or {}).get("content") or {}
    said = [
        (key, str(content[key])) for key in ("headline", "tagline") if content.get(key)
    ]
    if content.get("link_url"):
        text = str(content.get("link_text") or "")
        links = (*links, Link(text=text, href=str(content["link_url"])))
    return said, links


def _known(parts: Parts, raws: Mapping[ContentKind, list[dict[str, Any]]]) -> Known:
    """List what tokens can name; of what Mautic does not show nothing is said."""
    ids = {
        what: frozenset(str(one["id"]) for one in raws[kind])
        for what, kind in (
            ("landing page", ContentKind.PAGE),
            ("asset", ContentKind.ASSET),
            ("form", ContentKind.FORM),
            ("focus item", ContentKind.FOCUS),
        )
        if kind in raws
    }
    aliases = frozenset(str(one["alias"]) for one in parts.mautic.fields.everything())
    names = {**ids, "contact field": aliases | VIRTUAL_FIELDS}
    if ContentKind.DYNAMIC_CONTENT in raws:
        slots = (one.get("slotName") for one in raws[ContentKind.DYNAMIC_CONTENT])
        names["dynamic content slot"] = frozenset(str(one) for one in slots if one)
    return Known(names=names, own=parts.mappings.lint.own_tokens)
