"""Ask an address as a stranger would, without our clients: what answers, and how."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from plugin.errors import Retryable

#: How long connecting, and each read, may take.
SECONDS = 10.0
#: More than this of an answer is not read.
MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status; redirects are not followed."""

    status: int
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: Until when the certificate holds; None without TLS.
    certificate_until: datetime | None


def ask(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request; raises Retryable when nobody answers, and says why."""
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request(method, path, body, dict(headers or {}))
        until = _certificate_until(connection)
        answered = connection.getresponse()
        return Answer(
            status=answered.status,
            headers={name.lower(): value for name, value in answered.getheaders()},
            body=answered.read(MOST_BYTES),
            certificate_until=until,
        )
    except (OSError, http.client.HTTPException) as error:
        raise Retryable(f"{parts.scheme}://{parts.netloc}: {_why(error)}") from error
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=SECONDS)


def _certificate_until(connection: http.client.HTTPConnection) -> datetime | None:
    if not isinstance(connection.sock, ssl.SSLSocket):
        return None
    told = (connection.sock.getpeercert() or {}).get("notAfter")
    if not isinstance(told, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(told), UTC)


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"no answer within {SECONDS:.0f} s"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return type(error).__name__


def addresses(host: str) -> list[str]:
    """Resolve a host name; empty when that is impossible."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(one[4][0]) for one in found})
