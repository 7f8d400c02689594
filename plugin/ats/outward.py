"""The way out to an ATS: never into a private network, never beyond a budget.

An address in a config file, or a name that somebody else's DNS answers for, may lead
into the network that this service stands in (server-side request forgery, OWASP SSRF
cheat sheet). So every address that a name stands for is looked at before a call, and
the one that was connected to once more, before anything is sent there.
"""

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

#: Addresses of the Internet's version 4, spoken to through a translator (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


class PrivateAddress(requests.ConnectionError):
    """A name leads into a private network, and the config does not allow that."""


class OutwardSession(requests.Session):
    """A session for one connection: guarded, and counted before each call."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        spend: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what the config allows; `spend` raises when there is no budget left."""
        super().__init__()
        self._allow_private = allow_private
        self._spend = spend
        if not allow_private:
            # a proxy of ours stands in a private network itself, and would be refused
            self.trust_env = False
            self.mount("http://", _Guarded())
            self.mount("https://", _Guarded())

    def send(self, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        """Send one request; raises PrivateAddress, or what `spend` raises."""
        if not self._allow_private:
            _look_up(request.url or "")
        self._spend()
        return super().send(request, **how)


def connect(
    host: str, port: int, timeout: float, *, allow_private: bool
) -> socket.socket:
    """Open a TCP connection; raises PrivateAddress, or OSError when there is none."""
    if not allow_private:
        check(host, _addresses(host, port))
    opened = socket.create_connection((host, port), timeout)
    return opened if allow_private else _checked(opened, host)


def check(host: str, addresses: Iterable[str]) -> None:
    """Raise PrivateAddress when any of these is not an address of the Internet."""
    for one in addresses:
        if not is_public(one):
            raise PrivateAddress(
                f"{host} is {one}, an address of a private network; set "
                "allow_private = true for this connection where that is meant"
            )


def is_public(address: str) -> bool:
    """Say whether everybody on the Internet would reach the same machine by it."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ip_address(int(found) & 0xFFFFFFFF)  # type: ignore[assignment]
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _look_up(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = _addresses(host, port)
    except OSError:
        return  # no such name: connecting will say so
    check(host, addresses)


def _addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _checked(opened: socket.socket, host: str) -> socket.socket:
    """Look at who answered: the name may have led elsewhere since it was looked up."""
    try:
        check(host, [str(opened.getpeername()[0])])
    except (PrivateAddress, OSError):
        opened.close()
        raise
    return opened


class _Http(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _opened(self, super()._new_conn())


class _Https(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _opened(self, super()._new_conn())


def _opened(connection: HTTPConnection, opened: socket.socket) -> socket.socket:
    """Let the pool know it as a connection that did not come about."""
    try:
        return _checked(opened, connection.host)
    except PrivateAddress as error:
        raise NewConnectionError(connection, str(error)) from error


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Guarded(HTTPAdapter):
    """Connects by what looks at the other end first."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools as always, of guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _HttpPool,
            "https": _HttpsPool,
        }
