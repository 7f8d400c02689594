"""What content must not say, as frozen values: what lint.toml says, checked. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugin.mappings.model import Phase


@dataclass(frozen=True, kw_only=True)
class WordList:
    """Words that content for some phases must not use (`[[words]]` in lint.toml).

    A word is one or more words with a blank between; `*` stands for any letters, so
    that one line covers the inflections, and alone for one to three words. Case and
    accents do not count.
    """

    id: str
    phases: "frozenset[Phase]"
    words: tuple[str, ...]
    #: Where a forbidden word is part of one of these, it is fine.
    allowed: tuple[str, ...] = ()

    def found_in(self, text: str) -> Iterator[str]:
        """Yield each forbidden word as it stands in a text, in order."""
        plain = folded(text)
        fine = [one.span() for one in self._fine.finditer(plain)]
        for hit in self._forbidden.finditer(plain):
            start, end = hit.span()
            if not any(first <= start and end <= last for first, last in fine):
                yield text[start:end]

    @cached_property
    def _forbidden(self) -> re.Pattern[str]:
        return _pattern(self.words)

    @cached_property
    def _fine(self) -> re.Pattern[str]:
        return _pattern(self.allowed)


@dataclass(frozen=True, kw_only=True)
class Lint:
    """lint.toml; the file may be left out, and then no word is forbidden."""

    words: tuple[WordList, ...] = ()
    #: Names of tokens that plugins of this Mautic add.
    own_tokens: frozenset[str] = frozenset()


def folded(text: str) -> str:
    """Take case and accents off, letter by letter: the length stays the same."""
    return "".join(_bare(letter) for letter in text)


def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    lower = parts[:1].lower()
    return lower if len(lower) == 1 else letter


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    whole = "|".join(r"\W+".join(map(_word, _split(one))) for one in words)
    # of no words, nothing is found
    return re.compile(rf"(?<!\w)(?:{whole})(?!\w)" if whole else r"(?!)")


def _split(words: str) -> list[str]:
    return [one for one in re.split(r"[^\w*]+", words) if one]


def _word(glob: str) -> str:
    if not glob.strip("*"):
        return r"\w+(?:\W+\w+){0,2}"
    return r"\w*".join(re.escape(folded(part)) for part in glob.split("*"))
