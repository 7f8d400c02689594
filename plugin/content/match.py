"""Which phase and topics a piece of content is for.

The marketer's category in Mautic speaks first, then the rules of content.toml;
what neither knows scores nothing and is listed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from plugin.mappings.globs import name_glob, name_matches, url_matches
from plugin.mappings.model import CategoryRule, Content, ContentRule, Phase
from webhooks.events import ContentKind, ContentRef

#: In a category rule's topics: what the `*` of the alias stood for.
FROM_ALIAS = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """A piece of content as Mautic knows it."""

    kind: ContentKind
    id: str
    name: str
    #: Alias of its category; None where it has none.
    category: str | None = None
    url: str | None = None
    language: str | None = None
    published: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All content of one Mautic, as last read over REST: webhooks strip categories."""

    items: Mapping[tuple[ContentKind, str], CatalogueItem] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[CatalogueItem]) -> Self:
        """Index items by kind and id."""
        return cls(items={(one.kind, one.id): one for one in items})

    def find(self, ref: ContentRef | None) -> CatalogueItem | None:
        """Look up what a reference names; None for what is not Mautic's."""
        if ref is None or ref.id is None:
            return None
        return self.items.get((ref.kind, ref.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What content is for, and what says so."""

    phase: Phase
    topics: frozenset[str]
    #: A form that is the candidate's own sign-up.
    gate: bool
    #: "category think-cloud" or "content.toml: podcast".
    where: str


def classify(
    ref: ContentRef | None,
    via: ContentRef | None,
    utm: Mapping[str, str],
    content: Content,
    catalogue: Catalogue,
) -> Classified | None:
    """Say what content is for; None when nobody has classified it.

    `ref` is what somebody looked at and `via` what brought them there, which
    speaks only where `ref` says nothing: a link to an unknown page counts as the
    e-mail it stood in. Only content itself can be a gate, never what led to it.
    """
    for one in (ref, via):
        found = _by_category(catalogue.find(one), content)
        if found is not None:
            return _gated(found, one, is_content=one is ref)
    for one in (ref, via):
        rule = _by_rule(one, utm, content, catalogue)
        if rule is not None:
            return _gated(_from_rule(rule), one, is_content=one is ref)
    return None


def _by_category(item: CatalogueItem | None, content: Content) -> Classified | None:
    if item is None or not item.category:
        return None
    alias = item.category.lower()
    for rule in content.categories:
        match = name_glob(rule.alias).fullmatch(alias)
        if match is not None:
            return Classified(
                phase=rule.phase,
                topics=_topics(rule, match, content),
                gate=rule.gate,
                where=f"category {item.category}",
            )
    return None


def _topics(
    rule: CategoryRule, match: re.Match[str], content: Content
) -> frozenset[str]:
    if FROM_ALIAS not in rule.topics:
        return rule.topics
    named = match.group(1) if match.re.groups else ""
    meant = {named} & set(content.topics)
    return (rule.topics - {FROM_ALIAS}) | meant


def _by_rule(
    ref: ContentRef | None,
    utm: Mapping[str, str],
    content: Content,
    catalogue: Catalogue,
) -> ContentRule | None:
    if ref is None:
        return None
    item = catalogue.find(ref)
    url = ref.url or (item.url if item else None)
    names = [name for name in (ref.name, item.name if item else "") if name]
    campaign = utm.get("campaign", "")
    for rule in content.rules:
        if rule.kinds and ref.kind not in rule.kinds:
            continue
        if rule.urls and not (url and url_matches(url, rule.urls)):
            continue
        if rule.names and not any(name_matches(one, rule.names) for one in names):
            continue
        if rule.utm_campaigns and not name_matches(campaign, rule.utm_campaigns):
            continue
        return rule
    return None


def _from_rule(rule: ContentRule) -> Classified:
    return Classified(
        phase=rule.phase,
        topics=rule.topics,
        gate=rule.gate,
        where=f"content.toml: {rule.id}",
    )


def _gated(
    found: Classified, ref: ContentRef | None, *, is_content: bool
) -> Classified:
    is_form = ref is not None and ref.kind is ContentKind.FORM
    if not found.gate or (is_content and is_form):
        return found
    return Classified(
        phase=found.phase, topics=found.topics, gate=False, where=found.where
    )
