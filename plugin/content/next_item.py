"""What somebody should see next: the best published item they have not seen. Pure.

For the phase they are in and the topics they care for; never content for Do before
somebody is in Do, because until then there is not a word of vacancies.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from plugin.content.match import Catalogue, CatalogueItem, classify
from plugin.mappings.globs import page_of
from plugin.mappings.model import Content, Phase
from webhooks.events import ContentKind, ContentRef

#: What can be looked at by itself: a page, or a file behind it.
KINDS = frozenset({ContentKind.PAGE, ContentKind.ASSET})

#: Phase -> the phases whose content somebody there may see, the best first.
FITS = {
    Phase.SEE: (Phase.SEE, Phase.THINK),
    Phase.THINK: (Phase.THINK, Phase.SEE),
    Phase.DO: (Phase.DO, Phase.THINK),
    Phase.CARE: (Phase.CARE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NextItem:
    """What to show somebody next, and why this."""

    kind: ContentKind
    id: str
    name: str
    url: str | None
    #: What phase the item is for.
    phase: Phase
    #: The interest it is about; None where it is for everybody.
    topic: str | None = None


def keys_of(ref: ContentRef | CatalogueItem | None) -> Iterator[str]:
    """Yield the names by which content is known again: its kind and id, its address."""
    if ref is None:
        return
    if ref.id is not None:
        yield f"{ref.kind}:{ref.id}"
    if ref.url:
        yield page_of(ref.url)


class Shelf:
    """The content that can be shown next, ordered once for everybody."""

    def __init__(self, catalogue: Catalogue, content: Content, language: str) -> None:
        """Take what is published, in this language or in none."""
        self._by_topic: dict[tuple[Phase, str], list[CatalogueItem]] = defaultdict(list)
        self._general: dict[Phase, list[CatalogueItem]] = defaultdict(list)
        self._all: dict[Phase, list[CatalogueItem]] = defaultdict(list)
        for item in sorted(catalogue.items.values(), key=_newest_first):
            if item.published and item.kind in KINDS and _speaks(item, language):
                self._place(item, catalogue, content)

    def next(
        self, phase: Phase, topics: Sequence[str], seen: Collection[str]
    ) -> NextItem | None:
        """Choose for somebody: `topics` strongest first, `seen` by `keys_of`.

        Content of the phase goes before that of the one beside it, and content on
        their topics before content for everybody. None when all has been seen.
        """
        for fit in FITS[phase]:
            for topic in topics:
                if found := _unseen(self._by_topic.get((fit, topic), ()), seen):
                    return _next(found, fit, topic)
            if found := _unseen(self._general.get(fit, ()), seen):
                return _next(found, fit)
        found = _unseen(self._all.get(phase, ()), seen)
        return _next(found, phase) if found else None

    def _place(
        self, item: CatalogueItem, catalogue: Catalogue, content: Content
    ) -> None:
        ref = ContentRef(kind=item.kind, id=item.id, name=item.name, url=item.url)
        found = classify(ref, None, {}, content, catalogue)
        if found is None:
            return
        self._all[found.phase].append(item)
        for topic in found.topics:
            self._by_topic[found.phase, topic].append(item)
        if not found.topics:
            self._general[found.phase].append(item)


def _newest_first(item: CatalogueItem) -> tuple[int, str, str]:
    number = int(item.id) if item.id.isdecimal() else 0
    return -number, item.kind.value, item.id


def _speaks(item: CatalogueItem, language: str) -> bool:
    return not item.language or item.language[:2].lower() == language[:2].lower()


def _unseen(
    items: Iterable[CatalogueItem], seen: Collection[str]
) -> CatalogueItem | None:
    return next(
        (one for one in items if not any(key in seen for key in keys_of(one))), None
    )


def _next(item: CatalogueItem, phase: Phase, topic: str | None = None) -> NextItem:
    return NextItem(
        kind=item.kind,
        id=item.id,
        name=item.name,
        url=item.url,
        phase=phase,
        topic=topic,
    )
