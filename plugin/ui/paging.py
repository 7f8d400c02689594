"""Lists that are longer than a page."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

#: Nobody leafs further; an address may ask for anything.
LAST = 10_000
#: Digits of the largest number that every database has room for.
DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is shown."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many come before."""
        return (self.number - 1) * self.size

    @property
    def first(self) -> int:
        """Place of the first one, counted from 1."""
        return self.offset + 1


def asked(args: "MultiDict[str, str]", size: int) -> Page:
    """Read the page that is asked for; the first for anything odd."""
    number = args.get("page", 1, type=int)
    return Page(number=min(max(1, number), LAST), size=size)


def whole(told: str) -> int | None:
    """Read a row's number; None for what is none, or too large for a database."""
    is_number = told.isascii() and told.isdigit() and len(told) <= DIGITS
    return int(told) if is_number else None
