"""Where each key and element of a TOML document stands: `tomllib` does not say.

A scanner, no parser: it is given text that `tomllib` has accepted, and finds
keys and brackets only, so that a problem can name a line and a column.
"""

import re
import tomllib
from bisect import bisect_right
from typing import NoReturn

#: Keys from the root down; an integer is the place in an array.
Path = tuple[str | int, ...]
#: Line and column, both from 1, in characters, as `tomllib` counts them.
Position = tuple[int, int]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Three quotes may be preceded by up to two that belong to the text.
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_SCALAR = re.compile(r"[^,\]}#\r\n]+")


def positions(text: str) -> dict[Path, Position]:
    """Give each path in a TOML document its place.

    A key stands where its own (last) part is written, a table or array of tables
    where its header or first dotted key names it, an element where it begins.
    The text must be valid TOML; ValueError when it is plainly not.
    """
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = [0, *(one.end() for one in re.finditer("\n", text))]
        self._found: dict[Path, Position] = {}
        #: Arrays of tables -> the place of their newest element.
        self._newest: dict[Path, int] = {}

    def scan(self) -> dict[Path, Position]:
        table: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._peek("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._found

    def _header(self) -> Path:
        is_element = self._peek("[[")
        self._take("[[" if is_element else "[")
        parts = self._key()
        self._take("]]" if is_element else "]")
        path: Path = ()
        for part, at in parts:
            path = self._into(path, part, at)
        if is_element:
            path = self._append(path, parts[-1])
        return path

    def _into(self, path: Path, part: str, at: int) -> Path:
        path = (*path, part)
        self._record(path, at)
        newest = self._newest.get(path)
        return path if newest is None else (*path, newest)

    def _append(self, path: Path, last: tuple[str, int]) -> Path:
        part, at = last
        array = path if path[-1] == part else path[:-1]
        index = self._newest.get(array, -1) + 1
        self._newest[array] = index
        self._record((*array, index), at)
        return (*array, index)

    def _pair(self, table: Path) -> None:
        path = table
        for part, at in self._key():
            path = (*path, part)
            self._record(path, at)
        self._take("=")
        self._value(path)

    def _key(self) -> list[tuple[str, int]]:
        parts = [self._key_part()]
        while self._peek("."):
            self._take(".")
            parts.append(self._key_part())
        return parts

    def _key_part(self) -> tuple[str, int]:
        self._skip(_SPACE)
        at = self._at
        if bare := self._match(_BARE_KEY):
            part = bare
        else:
            quoted = self._match(_STRING) or self._fail("a key")
            part = tomllib.loads(f"key = {quoted}")["key"]
        self._skip(_SPACE)
        return part, at

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif not (self._match(_STRING) or self._match(_SCALAR)):
            self._fail("a value")

    def _array(self, path: Path) -> None:
        self._take("[")
        self._skip(_BLANK)
        index = 0
        while not self._peek("]"):
            self._record((*path, index), self._at)
            self._value((*path, index))
            self._comma()
            index += 1
        self._take("]")

    def _inline_table(self, path: Path) -> None:
        self._take("{")
        self._skip(_BLANK)
        while not self._peek("}"):
            self._pair(path)
            self._comma()
        self._take("}")

    def _comma(self) -> None:
        self._skip(_BLANK)
        if self._peek(","):
            self._take(",")
            self._skip(_BLANK)

    def _record(self, path: Path, at: int) -> None:
        line = bisect_right(self._lines, at)
        self._found.setdefault(path, (line, at - self._lines[line - 1] + 1))

    def _peek(self, token: str) -> bool:
        return self._text.startswith(token, self._at)

    def _take(self, token: str) -> None:
        if not self._peek(token):
            self._fail(repr(token))
        self._at += len(token)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return found.group() if found else ""

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._match(pattern)

    def _fail(self, wanted: str) -> NoReturn:
        line = bisect_right(self._lines, self._at)
        column = self._at - self._lines[line - 1] + 1
        message = f"no valid TOML: {wanted} expected at {line}:{column}"
        raise ValueError(message)
