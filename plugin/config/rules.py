"""What settings must be true of each other; each check sees the whole file."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from plugin.config.fields import BY_REFERENCE, did_you_mean, split_address
from plugin.config.schema import ATS_OPTIONS, ATS_SCHEMES, SLUG, WEB, fields_of
from plugin.config.toml_positions import Path

#: Where a problem is, and what it is.
Problem = tuple[Path, str]

#: Way of signing in -> the keys it needs.
_CREDENTIALS = {
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
}
#: Kind of ATS -> the options it cannot do without, and what each of them is.
_NEEDED = {
    "recruitee": ("company",),
    "carerix": ("client_id", "token_url", "marker_field"),
}
_WHY = {
    "company": "expected the number of the company: its short name is refused",
    "client_id": "expected the id of the client that was made for us",
    "token_url": "expected the realm's token endpoint, https://id-s2.carerix.io/auth/...",
    "marker_field": "expected the number of an additional text field made for us",
    "host_key": (
        "expected the server's public key, as in ssh-ed25519 AAAA..., or its "
        "fingerprint SHA256:..., as its owner tells it"
    ),
}
_WITHOUT_TLS = (
    "expected https://: without TLS anybody on the way can read and change what is "
    "sent (instance.allow_http = true allows it)"
)


def broken_rules(raw: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what is wrong between settings; wrong types are another's to report."""
    yield from _credentials(_table(raw, "mautic"))
    yield from _jobs(_table(raw, "jobs"))
    yield from _sign_in(_table(raw, "ui"))
    yield from _connections(_table(raw, "ats"))
    if _table(raw, "instance").get("allow_http") is not True:
        yield from _open_addresses(raw)


def is_near(host: str) -> bool:
    """Say whether a host is this machine or on a private network.

    A name without a dot cannot be public: it is a container's or the intranet's.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        private = (".localhost", ".local", ".internal", ".lan")
        return "." not in host or host.endswith(private)
    return address.is_private or address.is_loopback


def _credentials(mautic: Mapping[str, Any]) -> Iterator[Problem]:
    auth = mautic.get("auth", "oauth2")
    if not mautic or not isinstance(auth, str):
        return
    for key in _CREDENTIALS.get(auth, ()):
        if key not in mautic:
            yield ("mautic", key), f"missing; auth = {auth!r} needs it"


def _jobs(jobs: Mapping[str, Any]) -> Iterator[Problem]:
    backend = jobs.get("backend", "sqlite")
    if backend in ("redis", "postgres") and "url" not in jobs:
        yield ("jobs", "url"), f"missing; backend = {backend!r} needs it"


def _sign_in(ui: Mapping[str, Any]) -> Iterator[Problem]:
    """Ask for both halves of the credentials, and refuse a role that is two things."""
    pair = ("mautic_client_id", "mautic_client_secret")
    for key, other in (pair, pair[::-1]):
        if other in ui and key not in ui:
            yield ("ui", key), f"missing; {other} needs it"
    seen: dict[str, str] = {}
    for key in ("admin_roles", "marketer_roles", "recruiter_roles"):
        names = ui.get(key)
        for at, name in enumerate(names if isinstance(names, list) else ()):
            if str(name) in seen:
                yield ("ui", key, at), f"{name!r} stands in {seen[name]} already"
            seen[str(name)] = key


def _connections(ats: Mapping[str, Any]) -> Iterator[Problem]:
    for name in ats:
        if not re.fullmatch(SLUG, name):
            expected = "expected lower-case letters, digits and dashes, at most 32"
            yield ("ats", name), f"the name {name!r} is wrong; {expected}"
        yield from _options(name, _table(ats, name))
        yield from _needed(name, _table(ats, name))


def _options(name: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    kind = table.get("kind")
    if not isinstance(kind, str):
        return
    if kind not in ATS_OPTIONS:
        hint = did_you_mean(kind, ATS_OPTIONS)
        yield ("ats", name, "kind"), f"expected one of {_list(ATS_OPTIONS)}{hint}"
        return
    known = {*fields_of("ats"), *ATS_OPTIONS[kind]}
    for key in sorted(set(table) - known):
        hint = did_you_mean(key, known)
        yield ("ats", name, key), f"not a key we know for {kind}{hint}"


def _needed(name: str, table: Mapping[str, Any]) -> Iterator[Problem]:
    """Find what this kind of ATS cannot do without."""
    kind, parts = str(table.get("kind")), split_address(table.get("url"))
    schemes = ATS_SCHEMES.get(kind, WEB)
    if parts is not None and parts.scheme not in schemes:
        expected = " or ".join(f"{one}://" for one in sorted(schemes))
        yield ("ats", name, "url"), f"expected an address that begins with {expected}"
    is_folder = parts is not None and parts.scheme == "file"
    if "secret" not in table and not is_folder:
        expected = f"the key for the ATS's API: {BY_REFERENCE}"
        yield ("ats", name, "secret"), f"missing; expected {expected}"
    is_sftp = parts is not None and parts.scheme == "sftp"
    for key in ("host_key",) if is_sftp else _NEEDED.get(kind, ()):
        if key not in table:
            yield ("ats", name, key), f"missing; {_WHY[key]}"


def _open_addresses(raw: Mapping[str, Any]) -> Iterator[Problem]:
    ats = _table(raw, "ats")
    places: list[tuple[Path, Any]] = [
        (("instance", "base_url"), _table(raw, "instance").get("base_url")),
        (("mautic", "url"), _table(raw, "mautic").get("url")),
        (("alerts", "url"), _table(raw, "alerts").get("url")),
        *((("ats", name, "url"), _table(ats, name).get("url")) for name in ats),
    ]
    for path, address in places:
        if _is_open(address):
            yield path, _WITHOUT_TLS


def _is_open(address: Any) -> bool:
    parts = split_address(address)
    if parts is None or parts.scheme != "http":
        return False
    return bool(parts.hostname) and not is_near(str(parts.hostname))


def _table(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(words: Mapping[str, Any]) -> str:
    return ", ".join(sorted(words))
