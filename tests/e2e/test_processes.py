"""`stdc run` as an operator sees it: two processes, one clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from click.testing import CliRunner

from plugin import store
from plugin.cli import main
from webhooks.signature import sign

SECRET = b"webhook-secret-of-32-characters!"
BODY = b'{"mautic.lead_post_delete":[]}'
PATIENCE = 60

pytestmark = pytest.mark.e2e


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def folder(tmp_path):
    CliRunner().invoke(main, ["init", str(tmp_path)])
    return tmp_path


class Service:
    """A running `stdc` command."""

    def __init__(self, folder, command, settings):
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "log").open("wb")
        self.environ = {
            "PATH": os.environ["PATH"],
            "STDC_CONFIG": str(folder / "config.toml"),
            "STDC_MAUTIC_URL": f"http://127.0.0.1:{free_port()}",
            "STDC_MAUTIC_WEBHOOK_SECRETS": SECRET.decode(),
            "MAUTIC_CLIENT_SECRET": "x",
            "STDC_DOOR_PORT": str(self.port),
            **settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plugin", command],
            env=self.environ,
            stderr=self.log,
        )

    def lines(self):
        text = (self.folder / "log").read_text()
        return [json.loads(line) for line in text.splitlines() if line[:1] == "{"]

    def children(self):
        (line,) = [one for one in self.lines() if one["event"] == "started"]
        return line["web"], line["worker"]

    def send(self, timeout=5):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/webhooks/mautic",
            data=BODY,
            headers={"Webhook-Signature": sign(BODY, SECRET)},
        )
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 -- ours
            return answer.status

    def until_it_answers(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                return self.send()
            except OSError:  # refused, or no answer yet
                time.sleep(0.1)
        pytest.fail(f"no answer:\n{(self.folder / 'log').read_text()}")

    def kept(self):
        url = f"sqlite:///{self.folder}/data/stdc.db"
        opened = store.open_store(url, clock=lambda: None)
        with opened.view() as unit:
            kept = len(unit.inbox.list())
        opened.close()
        return kept

    def is_up(self):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def running(folder, command="run", **settings):
    """Run a command; settings are environment variables, STDC_... and others."""
    service = Service(folder, command, settings)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.process.terminate()
            service.process.wait(PATIENCE)
        service.log.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_takes_deliveries_and_ends_cleanly(folder, how):
    with running(folder) as service:
        assert service.until_it_answers() == 200

        service.process.send_signal(how)

        assert service.process.wait(PATIENCE) == 0
        assert not service.is_up()
        assert service.kept() >= 1
        assert "stopped" in [line["event"] for line in service.lines()]


def test_asked_to_end_before_its_processes_are_up_it_ends_cleanly(folder):
    """They have begun nothing yet, and the signal ends them as it ends anything."""
    with running(folder) as service:
        deadline = time.monotonic() + PATIENCE
        while "started" not in [one["event"] for one in service.lines()]:
            assert time.monotonic() < deadline
            time.sleep(0.01)

        service.process.terminate()

        assert service.process.wait(PATIENCE) == 0


@pytest.mark.parametrize("which", [0, 1], ids=["web", "worker"])
def test_when_one_process_dies_the_other_is_stopped_and_it_is_said(folder, which):
    with running(folder) as service:
        service.until_it_answers()

        os.kill(service.children()[which], signal.SIGKILL)

        assert service.process.wait(PATIENCE) == 1
        name = ("web", "worker")[which]
        assert f"{name} ended by itself" in (folder / "log").read_text()
        other = service.children()[1 - which]
        with pytest.raises(ProcessLookupError):
            os.kill(other, 0)


def test_web_alone_takes_deliveries(folder):
    with running(folder, "web") as service:
        assert service.until_it_answers() == 200

        service.process.terminate()

        assert service.process.wait(PATIENCE) == 0
        assert service.kept() >= 1


def drip(connection, start):
    """Send the beginning of a request, then a byte now and then, until it is closed."""
    with suppress(OSError):
        connection.sendall(start)
        connection.settimeout(0.5)
        while True:
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return
            connection.sendall(b"x")


def test_slow_clients_hold_the_door_for_seconds_only(folder):
    """As many as there are threads: each gets one, and loses it again."""
    begun = b"POST /webhooks/mautic HTTP/1.1\r\nHost: x\r\n"
    starts = [begun + b"X-Slow: ", begun + b"Content-Length: 1000\r\n\r\n{"]
    with running(folder, "web", STDC_DOOR_THREADS="2") as service:
        service.until_it_answers()
        slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in starts]
        drips = [
            threading.Thread(target=drip, args=pair, daemon=True)
            for pair in zip(slow, starts, strict=True)
        ]
        for one in drips:
            one.start()
        time.sleep(1)

        assert service.send(timeout=PATIENCE) == 200

        for one in drips:
            one.join(PATIENCE)
            assert not one.is_alive(), "it was closed"
        for one in slow:
            one.close()
        assert "Traceback" not in (folder / "log").read_text()
