"""What people read in a piece of HTML: its visible text, its links, its addresses."""

from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import Tag

#: What browsers and mail programs do not show.
_UNSEEN = ("style", "script", "template")
_SPOKEN = ("alt", "title", "placeholder", "aria-label")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link as people see it, and where it goes."""

    text: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """What stands in a piece of HTML."""

    #: What is shown or read aloud, links included, blanks made one.
    text: str = ""
    links: tuple[Link, ...] = ()
    #: Other addresses: images, forms.
    addresses: tuple[str, ...] = ()


def read(html: str) -> Markup:
    """Read HTML as people would; whatever is broken in it is passed over."""
    soup = BeautifulSoup(html, "html.parser")
    for unseen in soup(_UNSEEN):
        unseen.decompose()
    links = tuple(
        Link(text=_plain(one.get_text(" ")), href=str(one["href"]).strip())
        for one in soup.find_all("a", href=True)
    )
    addresses = tuple(str(one["src"]) for one in soup.find_all(src=True))
    text = _plain(" ".join([soup.get_text(" "), *_spoken(soup)]))
    return Markup(text=text, links=links, addresses=addresses)


def _spoken(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.descendants:
        if isinstance(tag, Tag):
            yield from (str(tag[name]) for name in _SPOKEN if tag.has_attr(name))


def _plain(text: str) -> str:
    return " ".join(text.split())
