"""Mautic's tokens in a text: which there are, and which mean nothing.

A token that Mautic does not know is shown to people as it stands, and one that names
something that is not there becomes nothing. Names are those of Mautic 4.4 to 7.0.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from plugin.config.fields import did_you_mean

#: Tokens that stand alone.
ALONE = frozenset(
    {
        *("unsubscribe_text", "unsubscribe_url", "webview_text", "webview_url"),
        *("resubscribe_url", "dnc_url", "signature", "subject", "tracking_pixel"),
        *("pagetitle", "pagemetadescription", "langbar", "sharebuttons", "token"),
        *("successmessage", "segmentlist", "categorylist", "preferredchannel"),
        *("channelfrequency", "saveprefsbutton", "leadidentifier", "today"),
        *("unsubscribe_all", "list_unsubscribe_text"),
    }
)

#: Tokens that name something -> what they name.
NAMING: Mapping[str, str] = {
    "contactfield": "contact field",
    "leadfield": "contact field",
    "ownerfield": "",
    "companyfield": "",
    "pagelink": "landing page",
    "assetlink": "asset",
    "form": "form",
    "focus": "focus item",
    "dwc": "dynamic content slot",
    "dynamiccontent": "",
    "gatedvideo": "",
    "date": "",
    "today": "",
    "custom": "",
    "trackedlink": "",
    "videolink": "",
}

#: Of contact fields, those that are no field.
VIRTUAL_FIELDS = frozenset(
    {"id", "ipAddress", "companies", "owner_id", "points", "stage", "tags"}
)

_TOKEN = re.compile(r"\{([A-Za-z][A-Za-z_]*)(?:=([^{}]*))?\}")
_NAMES = "|".join([*NAMING, *ALONE])
_OPEN = re.compile(rf"\{{((?:{_NAMES})=?[^{{}}\s<]*)[^{{}}<]*(?=[<{{]|$)")
_TWICE = re.compile(r"\{\{\s*([A-Za-z][\w.]*)[^{}]*\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What tokens can name in one Mautic."""

    #: What is named -> the names there are: aliases, ids, slots.
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Tokens of plugins.
    own: frozenset[str] = frozenset()


def broken(text: str, known: Known) -> Iterator[str]:
    """Yield what is wrong with each token of a text, each mistake once."""
    said: set[str] = set()
    for message in _problems(text, known):
        if message not in said:
            said.add(message)
            yield message


def _problems(text: str, known: Known) -> Iterator[str]:
    twice = list(_TWICE.finditer(text))
    for found in twice:
        yield f"{found[0]}: Mautic's tokens have one brace on each side"
    spans = [found.span() for found in twice]
    for found in _TOKEN.finditer(text):
        if not any(start <= found.start() < end for start, end in spans):
            yield from _about(found[1], found[2], found[0], known)
    for found in _OPEN.finditer(text):
        yield f"{{{found[1]}: the closing brace is missing"


def _about(name: str, value: str | None, shown: str, known: Known) -> Iterator[str]:
    if name in known.own:
        return
    if name in NAMING and value is not None:
        yield from _named(NAMING[name], value, shown, known)
    elif name not in ALONE:
        hint = did_you_mean(name, sorted([*ALONE, *NAMING, *known.own]))
        yield f"{shown} is no token of Mautic{hint}"


def _named(what: str, value: str, shown: str, known: Known) -> Iterator[str]:
    """Look a name up; what follows a bar is a default or a format."""
    if what not in known.names:
        return
    names = known.names[what]
    bare = value.partition("|")[0].strip()
    if bare not in names:
        hint = did_you_mean(bare, sorted(names)) if not bare.isdecimal() else ""
        yield f"{shown}: there is no {what} {bare!r}{hint}"
