"""A real SFTP server on loopback that serves one folder and can break on purpose."""

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_FAILURE, SFTP_OK

from plugin.sandbox.faults import Faults

USER, PASSWORD = "stdc", "a-sandbox-password-of-no-worth"
#: Seconds between looks at whether to stop.
POLL = 0.05


class _Gate(paramiko.ServerInterface):
    def __init__(self, keys: frozenset[str]) -> None:
        self._keys = keys

    def check_auth_password(self, username: str, password: str) -> int:
        return _verdict((username, password) == (USER, PASSWORD))

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return _verdict(username == USER and key.get_base64() in self._keys)

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002 -- paramiko's
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:  # noqa: ARG002
        return OPEN_SUCCEEDED


class _Handle(SFTPHandle):
    def stat(self) -> Any:
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))  # type: ignore[attr-defined]


class _Files(SFTPServerInterface):
    """Serves a folder; every request is a call that may be planned to break."""

    def __init__(self, server: Any, sandbox: "SftpSandbox", gate: Any) -> None:
        super().__init__(server)
        self._sandbox, self._gate = sandbox, gate

    def list_folder(self, path: str) -> Any:
        return self._call(lambda at: [_told(one) for one in at.iterdir()], path)

    def stat(self, path: str) -> Any:
        return self._call(_told, path)

    def lstat(self, path: str) -> Any:
        return self.stat(path)

    def mkdir(self, path: str, attr: Any) -> Any:  # noqa: ARG002 -- paramiko's
        return self._call(lambda at: at.mkdir() or SFTP_OK, path)

    def open(self, path: str, flags: int, attr: Any) -> Any:  # noqa: ARG002
        return self._call(lambda at: _opened(at, flags), path)

    def posix_rename(self, oldpath: str, newpath: str) -> Any:
        to = self._at(newpath)
        return self._call(lambda at: at.replace(to) and SFTP_OK, oldpath)

    def remove(self, path: str) -> Any:
        return self._call(lambda at: at.unlink() or SFTP_OK, path)

    def _at(self, path: str) -> Path:
        return self._sandbox.root / path.removeprefix("./").lstrip("/")

    def _call(self, do: Any, path: str) -> Any:
        when = self._sandbox.next_call()
        if when == "before":
            return self._hang_up()
        try:
            answer = do(self._at(path))
        except OSError as error:
            answer = SFTPServer.convert_errno(error.errno or 0)
        if when != "after":
            return answer
        if isinstance(answer, _Handle):
            answer.close()
        return self._hang_up()

    def _hang_up(self) -> int:
        self._gate.transport.close()
        return SFTP_FAILURE


class SftpSandbox:
    """`with SftpSandbox(folder) as server: server.url, server.pin`."""

    user, password = USER, PASSWORD

    def __init__(self, root: Path, *, keys: frozenset[str] = frozenset()) -> None:
        """Take the folder, and public keys (base64) that may sign in."""
        self.root = root
        self.faults = Faults()
        self.host_key = paramiko.ECDSAKey.generate()
        self._keys = keys
        self._lock = threading.Lock()
        self._transports: list[paramiko.Transport] = []
        self._listening = socket.socket()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._stops = threading.Event()

    def __enter__(self) -> Self:
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self._listening.settimeout(POLL)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stops.set()
        self._thread.join()
        self._listening.close()
        for one in self._transports:
            one.close()
            one.join()

    @property
    def url(self) -> str:
        """Give the address."""
        host, port = self._listening.getsockname()
        return f"sftp://{USER}@{host}:{port}"

    @property
    def pin(self) -> str:
        """Give the host key as ssh-keyscan does."""
        return f"{self.host_key.get_name()} {self.host_key.get_base64()}"

    def next_call(self) -> str | None:
        """Count a request; say whether the line breaks before or after it."""
        with self._lock:
            self.faults.calls += 1
            return self.faults.planned.pop(self.faults.calls, None)

    def _serve(self) -> None:
        while not self._stops.is_set():
            try:
                line, _ = self._listening.accept()
            except TimeoutError:
                continue
            transport = paramiko.Transport(line)
            transport.add_server_key(self.host_key)
            gate = _Gate(self._keys)
            gate.transport = transport  # type: ignore[attr-defined]
            transport.set_subsystem_handler("sftp", SFTPServer, _Files, self, gate)
            self._transports.append(transport)
            try:
                transport.start_server(server=gate)
            except (paramiko.SSHException, EOFError, OSError):
                transport.close()  # whoever came hung up on our host key


def _verdict(is_right: bool) -> int:  # noqa: FBT001 -- one fact
    return AUTH_SUCCESSFUL if is_right else AUTH_FAILED


def _told(path: Path) -> Any:
    return SFTPAttributes.from_stat(path.stat(), path.name)


def _opened(path: Path, flags: int) -> Any:
    is_write = flags & (os.O_WRONLY | os.O_RDWR)
    # the handle closes it
    stream = path.open("wb" if is_write else "rb")
    handle = _Handle(flags)
    handle.readfile = handle.writefile = stream  # type: ignore[attr-defined]
    return handle
