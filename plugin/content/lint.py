"""What is wrong with content: words before their time, tokens that mean nothing. Pure.

Each rule looks at one piece and yields findings; nothing is changed and nothing
blocked: the marketer is told, and decides.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from plugin.content.markup import Link
from plugin.content.match import CatalogueItem, Classified
from plugin.content.tokens import Known, broken
from plugin.mappings.lint import Lint
from plugin.mappings.model import Phase
from webhooks.events import ContentKind

#: Parts of an address that tell a site's statistics where a visitor came from.
_UTM = "utm_source="
#: A finding names so many places at most.
_PLACES = 5


class Rule(StrEnum):
    """What content is looked at for."""

    WORD = "vacancy-word"
    TOKEN = "broken-token"  # noqa: S105 -- of a mail, not of a login
    UTM = "no-utm"
    UNSENT = "never-sent"
    GATE = "gate-without-form"


#: What to do about each.
MEND = {
    Rule.WORD: "say it otherwise, or make the content one for Do; the words are those "
    "of mappings/lint.toml",
    Rule.TOKEN: "correct the token in Mautic's editor",
    Rule.UTM: "fill in the e-mail's UTM tags in Mautic (tab Advanced)",
    Rule.UNSENT: "send it, put it into a campaign, or unpublish it",
    Rule.GATE: "make a form, give it the category, and put it on the page",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of content with what people read in it."""

    item: CatalogueItem
    #: None where nobody classified it.
    classified: Classified | None = None
    #: Where it stands ("subject", "text") -> what it says.
    texts: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    #: Whether Mautic adds UTM tags to its links.
    has_utm: bool = False
    #: How many people it was sent or shown to; None where Mautic does not count.
    reached: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with a piece of content."""

    rule: Rule
    kind: ContentKind
    #: Mautic's id as text; "" where it is about no single piece.
    id: str
    name: str
    #: One sentence without a full stop.
    says: str

    @property
    def mend(self) -> str:
        """What to do about it."""
        return MEND[self.rule]


def lint(pieces: Iterable[Piece], rules: Lint, known: Known) -> list[Finding]:
    """Look through all content; findings come by kind and id."""
    every = sorted(pieces, key=_order)
    findings = [
        _finding(rule, piece, says)
        for piece in every
        for rule, says in _looked_at(piece, rules, known)
    ]
    return findings + list(_gates(every))


def _order(piece: Piece) -> tuple[str, int, str]:
    number = piece.item.id
    return piece.item.kind.value, int(number) if number.isdecimal() else 0, number


def _looked_at(piece: Piece, rules: Lint, known: Known) -> Iterator[tuple[Rule, str]]:
    yield from ((Rule.WORD, one) for one in _words(piece, rules))
    if not piece.item.published:
        return
    yield from ((Rule.TOKEN, one) for one in _tokens(piece, known))
    yield from ((Rule.UTM, one) for one in _utm(piece))
    yield from ((Rule.UNSENT, one) for one in _unsent(piece))


def _finding(rule: Rule, piece: Piece, says: str) -> Finding:
    item = piece.item
    return Finding(rule=rule, kind=item.kind, id=item.id, name=item.name, says=says)


def _words(piece: Piece, rules: Lint) -> Iterator[str]:
    """Name forbidden words with where they stand; unpublished drafts too."""
    if piece.classified is None:
        return
    phase = piece.classified.phase
    for listed in rules.words:
        if phase in listed.phases:
            yield from _spoken(piece, phase, listed.found_in)


def _spoken(
    piece: Piece, phase: Phase, find: Callable[[str], Iterator[str]]
) -> Iterator[str]:
    places = [*piece.texts, *(("link", one.text) for one in piece.links)]
    places += [("address", one.href) for one in piece.links]
    for where, text in places:
        found = list(dict.fromkeys(one.lower() for one in find(text)))
        if found and not (where == "link" and _is_in_text(piece, text)):
            told = ", ".join(f"{one!r}" for one in found[:_PLACES])
            yield f"{told} in the {where} of content for {phase.label}"


def _is_in_text(piece: Piece, text: str) -> bool:
    """Tell whether a link's text was looked at as part of the whole text."""
    return any(text in whole for where, whole in piece.texts if where == "text")


def _tokens(piece: Piece, known: Known) -> Iterator[str]:
    said: set[str] = set()
    hrefs = (("a link's address", one.href) for one in piece.links)
    for where, text in (*piece.texts, *hrefs):
        for message in broken(text, known):
            if message not in said:
                said.add(message)
                yield f"{where}: {message}"


def _utm(piece: Piece) -> Iterator[str]:
    if piece.item.kind is not ContentKind.EMAIL or piece.has_utm:
        return
    plain = [
        one.href
        for one in piece.links
        if one.href.startswith(("http://", "https://")) and _UTM not in one.href
    ]
    if plain:
        links = "1 link" if len(plain) == 1 else f"{len(plain)} links"
        yield f"no UTM tags on {links}, the first to {plain[0]}"


def _unsent(piece: Piece) -> Iterator[str]:
    if piece.reached == 0:
        is_mail = piece.item.kind is ContentKind.EMAIL
        told = "sent to" if is_mail else "seen by"
        yield f"published, and never {told} anybody"


def _gates(pieces: list[Piece]) -> Iterator[Finding]:
    """Name content for Do that leads nowhere: without any form to sign up with."""
    has_gate = any(
        one.classified is not None and one.classified.gate and one.item.published
        for one in pieces
        if one.item.kind is ContentKind.FORM
    )
    if has_gate:
        return
    says = "content for Do, and no published form by which anybody could sign up"
    for one in pieces:
        is_do = one.classified is not None and one.classified.phase is Phase.DO
        if is_do and one.item.published and one.item.kind is not ContentKind.FORM:
            yield _finding(Rule.GATE, one, says)
