"""Recorded deliveries: a raw HTTP request in a file, or its body alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from plugin.errors import Rejected

_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/\d(?:\.\d)?\r?\n")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded delivery."""

    body: bytes
    #: Empty when only the body was recorded.
    headers: Mapping[str, str] = field(default_factory=dict)


def read_recording(file: Path) -> Recording:
    """Read a file; Rejected when it is a request and breaks off."""
    content = file.read_bytes()
    line = _REQUEST_LINE.match(content)
    if line is None:
        return Recording(body=content)
    end = _END_OF_HEADERS.search(content, line.end() - 2)
    if end is None:
        raise Rejected("an HTTP request without the blank line after its headers")
    headers = _headers(content[line.end() : end.start()].decode("latin-1"))
    return Recording(body=_body(content[end.end() :], headers), headers=headers)


def _headers(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if line)
    return {name.strip(): value.strip() for name, _, value in lines}


def _body(rest: bytes, headers: Mapping[str, str]) -> bytes:
    """Cut the body where the sender said it ends: an editor may have added a line."""
    told = {name.lower(): value for name, value in headers.items()}
    length = told.get("content-length", "")
    if not length.isdecimal():
        return rest
    if len(rest) < int(length):
        raise Rejected(f"the body breaks off after {len(rest)} of {length} bytes")
    return rest[: int(length)]
