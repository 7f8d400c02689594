"""Where files are left and fetched: a folder here, or one behind SFTP.

Both write a whole file or none: beside the name first, then renamed over it.
"""

import base64
import errno
import hashlib
import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import paramiko

from plugin.ats.base import AuthBroken, Failure, Permanent, Retry, Unknown
from plugin.ats.http import TIMEOUT, CallFailed
from plugin.ats.outward import PrivateAddress

#: What a file is called until it is whole.
PART = ".part"
SSH_PORT = 22
#: What a key of this name may prove itself with; SHA-1 is not among them.
ALGORITHMS = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
#: Kinds of private key that a secret may hold.
KEYS: tuple[type[paramiko.PKey], ...] = (
    paramiko.Ed25519Key,
    paramiko.ECDSAKey,
    paramiko.RSAKey,
)
MISSING = (errno.ENOENT, errno.ENOTDIR)
DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)


class Drop(Protocol):
    """A folder with folders in it; raises CallFailed, never an OSError."""

    def where(self) -> str:
        """Look that it is there, and name it for people."""
        ...

    def names(self, folder: str) -> list[str]:
        """List a folder's files, sorted; empty when there is no such folder."""
        ...

    def read(self, name: str) -> bytes | None:
        """Read a file; None when there is none."""
        ...

    def put(self, name: str, content: bytes) -> None:
        """Write a whole file over what is there; its folder is made."""
        ...

    def move(self, name: str, to: str) -> bool:
        """Rename a file in one step; False when it is not there (any more)."""
        ...

    def delete(self, name: str) -> None:
        """Delete a file; one that is not there is no failure."""
        ...


class Folder:
    """A folder on this machine, or on a share that is mounted here."""

    def __init__(self, root: Path) -> None:
        """Take the folder; it has to exist."""
        self._root = root

    def where(self) -> str:
        """Look that it is a folder that we may write in."""
        if not self._root.is_dir():
            raise CallFailed(Permanent(f"{self._root} is no folder", "folder"))
        if not os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
            raise CallFailed(AuthBroken(f"we may not write in {self._root}"))
        return f"folder {self._root}"

    def names(self, folder: str) -> list[str]:
        """List a folder's files."""
        with _sorted(Retry):
            at = self._root / folder
            if not at.is_dir():
                return []
            return sorted(one.name for one in at.iterdir() if one.is_file())

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        with _sorted(Retry):
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                return None

    def put(self, name: str, content: bytes) -> None:
        """Write beside the name, make it last, then rename."""
        self.where()  # a share that is not mounted must not fill the disk below it
        with _sorted(Unknown):
            path = self._root / name
            path.parent.mkdir(exist_ok=True)
            part = path.with_name(path.name + PART)
            with part.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)

    def move(self, name: str, to: str) -> bool:
        """Rename within the folder."""
        with _sorted(Unknown):
            target = self._root / to
            target.parent.mkdir(exist_ok=True)
            try:
                (self._root / name).replace(target)
            except FileNotFoundError:
                return False
            return True

    def delete(self, name: str) -> None:
        """Delete from the folder."""
        with _sorted(Retry):
            (self._root / name).unlink(missing_ok=True)


class Sftp:
    """A folder of an SFTP server whose host key is pinned; connects when needed."""

    def __init__(
        self,
        url: str,
        secret: str,
        host_key: str,
        *,
        connect: Callable[[str, int], socket.socket] | None = None,
    ) -> None:
        """Take `sftp://user@host:port/folder`, a password or private key, and the pin.

        The pin is a public key as `ssh-keyscan` gives it ("ssh-ed25519 AAAA...") or
        its fingerprint ("SHA256:..."). `connect` makes the TCP connection.
        """
        parts = urlsplit(url)
        self._at = (parts.hostname or "", parts.port or SSH_PORT)
        self._user = unquote(parts.username or "")
        self._root = unquote(parts.path).rstrip("/") or "."
        self._secret, self._pin = secret, host_key.strip()
        self._connect = connect or _connect
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None

    def where(self) -> str:
        """Sign in, and look that the folder is there."""
        with self._calling(Retry) as client:
            client.listdir(self._root)
        return f"sftp://{self._at[0]}:{self._at[1]}{self._root}"

    def names(self, folder: str) -> list[str]:
        """List a folder's files."""
        with self._calling(Retry) as client:
            try:
                return sorted(client.listdir(self._path(folder)))
            except FileNotFoundError:
                return []

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        with self._calling(Retry) as client:
            try:
                with client.open(self._path(name), "rb") as stream:
                    return stream.read()
            except FileNotFoundError:
                return None

    def put(self, name: str, content: bytes) -> None:
        """Write beside the name, check its size, then rename."""
        with self._calling(Unknown) as client:
            path = self._path(name)
            self._folder(client, path)
            client.putfo(io.BytesIO(content), path + PART, confirm=True)
            client.posix_rename(path + PART, path)

    def move(self, name: str, to: str) -> bool:
        """Rename on the server."""
        with self._calling(Unknown) as client:
            target = self._path(to)
            self._folder(client, target)
            try:
                client.posix_rename(self._path(name), target)
            except FileNotFoundError:
                return False
            return True

    def delete(self, name: str) -> None:
        """Delete from the server."""
        with self._calling(Retry) as client, suppress(FileNotFoundError):
            client.remove(self._path(name))

    def close(self) -> None:
        """Hang up; the next call connects again."""
        for one in (self._client, self._transport):
            with suppress(Exception):
                if one is not None:
                    one.close()
        self._client = self._transport = None

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _folder(self, client: paramiko.SFTPClient, path: str) -> None:
        folder = path.rpartition("/")[0]
        try:
            client.stat(folder)
        except FileNotFoundError:
            client.mkdir(folder)

    @contextmanager
    def _calling(self, lost: type[Failure]) -> Iterator[paramiko.SFTPClient]:
        """Give a client that is connected; a line that breaks is `lost`."""
        client = self._connected()
        try:
            with _sorted(lost):
                yield client
        except CallFailed:
            self.close()
            raise

    def _connected(self) -> paramiko.SFTPClient:
        if self._client is not None and self._transport is not None:
            if self._transport.is_active():
                return self._client
            self.close()
        try:
            self._client = self._sign_in()
        except paramiko.AuthenticationException as error:
            self.close()
            raise CallFailed(
                AuthBroken(f"{self._at[0]} does not let {self._user!r} in")
            ) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            self.close()
            lost = Retry(f"no connection: {_short(error)}", is_down=True)
            raise CallFailed(lost) from error
        except CallFailed:
            self.close()
            raise
        return self._client

    def _sign_in(self) -> paramiko.SFTPClient:
        transport = paramiko.Transport(self._connect(*self._at))
        self._transport = transport
        kind = self._pin.split()[0]
        if not kind.startswith("SHA256:"):
            options = transport.get_security_options()
            options.key_types = ALGORITHMS.get(kind, (kind,))
        transport.start_client(timeout=TIMEOUT[1])
        self._check(transport.get_remote_server_key())
        key = _private_key(self._secret)
        if key is None:
            transport.auth_password(self._user, self._secret)
        else:
            transport.auth_publickey(self._user, key)
        client = paramiko.SFTPClient.from_transport(transport)
        if client is None:
            raise EOFError("no SFTP")
        channel = client.get_channel()
        if channel is not None:
            channel.settimeout(TIMEOUT[1])
        return client

    def _check(self, key: paramiko.PKey) -> None:
        """Refuse a server that is not the pinned one, before it is told any secret."""
        if is_pinned(self._pin, key):
            return
        raise CallFailed(
            AuthBroken(
                f"the host key of {self._at[0]} is not the pinned one: "
                f"it has {key.get_name()} {fingerprint(key)}; if the server got a new "
                "key, ask its owner and change host_key"
            )
        )


def fingerprint(key: paramiko.PKey) -> str:
    """Give a key's fingerprint as OpenSSH prints it: SHA256:..."""
    digest = hashlib.sha256(key.asbytes()).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def is_pinned(pin: str, key: paramiko.PKey) -> bool:
    """Say whether a key is the one that a pin means."""
    if pin.startswith("SHA256:"):
        return pin == fingerprint(key)
    return pin.split()[:2] == [key.get_name(), key.get_base64()]


def is_pin(text: str) -> bool:
    """Say whether a text can be a pin at all."""
    is_key = len(text.split()) > 1 and text.startswith(("ssh-", "ecdsa-"))
    return is_key or text.startswith("SHA256:")


def _connect(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), TIMEOUT[0])


def _private_key(secret: str) -> paramiko.PKey | None:
    """Read a secret that is a private key; None when it is a password."""
    if "PRIVATE KEY-----" not in secret:
        return None
    for kind in KEYS:
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(secret))
    raise CallFailed(AuthBroken("the private key cannot be read: it may have a phrase"))


@contextmanager
def _sorted(lost: type[Failure]) -> Iterator[None]:
    """Turn an error of the file system or the line into what to do about it."""
    try:
        yield
    except (OSError, EOFError, paramiko.SSHException) as error:
        code = getattr(error, "errno", None)
        if code in DENIED:
            raise CallFailed(AuthBroken(f"not allowed: {_short(error)}")) from error
        if code in MISSING:
            raise CallFailed(Permanent("the folder is not there", "folder")) from error
        raise CallFailed(lost(f"no answer: {_short(error)}")) from error


def _short(error: BaseException) -> str:
    if isinstance(error, PrivateAddress):
        return str(error)
    number = getattr(error, "errno", None)
    return f"{type(error).__name__} {errno.errorcode.get(number or 0, '')}".strip()
