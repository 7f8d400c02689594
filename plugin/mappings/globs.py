"""How addresses and names in the mappings are compared with real ones.

`*` stands for any text, slashes too; nothing else is special.
"""

import re
from collections.abc import Iterable
from functools import lru_cache


def normal_url(url: str) -> str:
    """Reduce an address to what tells pages apart: host in lower case, and path.

    Scheme, port 80 or 443, query, fragment and trailing slash go.
    """
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    bare = re.sub(r"^([A-Za-z][A-Za-z0-9+.-]*:)?//", "", bare)
    host, slash, path = bare.partition("/")
    host = re.sub(r":(80|443)$", "", host.lower())
    return f"{host}{slash}{path}".rstrip("/")


@lru_cache(maxsize=20_000)
def page_of(url: str) -> str:
    """Give `normal_url`, remembering the answer: the same pages come again."""
    return normal_url(url)


def url_matches(url: str, globs: Iterable[str]) -> bool:
    """Tell whether an address fits one of the globs.

    A glob that begins with a slash fits on any host; `/blog/*` at the end of one
    also means `/blog` itself.
    """
    page = page_of(url)
    return any(_url_glob(one).fullmatch(page) for one in globs)


def name_matches(name: str, globs: Iterable[str]) -> bool:
    """Tell whether a name fits one of the globs; case does not count."""
    return any(name_glob(one).fullmatch(name) for one in globs)


@lru_cache(maxsize=4_000)
def name_glob(glob: str) -> re.Pattern[str]:
    """Compile a glob over names; what each `*` stood for is a group."""
    parts = (re.escape(one) for one in glob.strip().split("*"))
    return re.compile("(.*)".join(parts), re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=4_000)
def _url_glob(glob: str) -> re.Pattern[str]:
    normal = normal_url(glob)
    if normal.startswith("/"):
        normal = f"*{normal}"
    if normal.endswith("/*"):
        return re.compile(f"{_pattern(normal[:-2])}(?:/.*)?", re.DOTALL)
    return re.compile(_pattern(normal), re.DOTALL)


def _pattern(glob: str) -> str:
    return ".*".join(re.escape(one) for one in glob.split("*"))
