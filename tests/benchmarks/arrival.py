"""From the door to the phase in Mautic, with the processes of `stdc run`."""

import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from plugin import bootstrap, config
from plugin.pipeline import catalogue
from plugin.provision.apply import apply
from plugin.provision.look import look
from plugin.provision.owned import StoredOwned
from plugin.sandbox.mautic.server import MauticSandbox
from plugin.sandbox.stage import Stage
from tests.benchmarks.pipeline import MAPPINGS
from tests.benchmarks.row import Row

#: Seconds between two candidates, and until a phase that does not come is given up.
PACE, PATIENCE = 0.25, 30.0
CONFIG = """\
[instance]
name = "bench"
base_url = "http://127.0.0.1:{port}"
mappings = "mappings"
data_dir = "data"
[mautic]
url = "{mautic}"
auth = "oauth2"
client_id = "{client_id}"
client_secret = "file:client_secret"
webhook_secrets = ["file:webhook_secret"]
[door]
port = {port}
[ui]
admin_token = "file:webhook_secret"
[log]
level = "error"
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def prepare(folder: Path, mautic: MauticSandbox) -> tuple[int, dict[str, int]]:
    """Set an installation up in a folder: the door's port, and the content's ids."""
    port = free_port()
    text = CONFIG.format(port=port, mautic=mautic.url, client_id=mautic.client_id)
    (folder / "config.toml").write_text(text)
    (folder / "client_secret").write_text(mautic.client_secret)
    (folder / "webhook_secret").write_text("a-benchmark-secret-of-no-worth")
    shutil.copytree(MAPPINGS, folder / "mappings")
    settings = config.load(folder / "config.toml", {})
    parts = bootstrap.build(settings, clock=bootstrap.now)
    with closing(parts.store), parts.mautic:
        owned = StoredOwned(parts.store)
        plan = look(settings, parts.mappings, parts.mautic, owned)
        list(apply(plan, parts.mautic, owned))
        stage = Stage(mautic)
        stage.build()
        catalogue.refresh_all(parts)
    return port, dict(stage.ids)


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """Run `stdc run`: a web and a worker process, as an operator does."""
    command = [sys.executable, "-m", "plugin", "--config", str(folder / "config.toml")]
    with subprocess.Popen([*command, "run"], env=dict(os.environ)) as service:
        try:
            until(lambda: _answers(port))
            yield
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.01)
    return False


class Candidates:
    """People who sign up one after the other, and when Mautic shows it."""

    def __init__(self, mautic: MauticSandbox, form: int) -> None:
        self._mautic = mautic
        self._form = form
        self._began: dict[int, float] = {}
        self.taken: list[float] = []

    def sign_up(self, number: int) -> None:
        visitor = self._mautic.visitor()
        began = time.perf_counter()
        email = f"candidate{number}@example.com"
        values = {"email": email, "firstname": "Sanne", "lastname": f"de Wit {number}"}
        visitor.submit_form(self._form, values)
        contact_id = visitor.contact_id
        assert contact_id is not None
        self._began[contact_id] = began

    def look(self) -> bool:
        """Take the time of those whose phase is there; say whether all are."""
        state = self._mautic.state
        with state.lock:
            here = [
                one
                for one in self._began
                if (found := state.contact(one)) and found.values.get("stdc_phase")
            ]
        self.taken += [time.perf_counter() - self._began.pop(one) for one in here]
        return not self._began

    def give_up(self) -> None:
        self.taken += [PATIENCE for _ in self._began]


def measure(*, quick: bool) -> list[Row]:
    count = 12 if quick else 200
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        mautic = stack.enter_context(MauticSandbox())
        port, content = prepare(folder, mautic)
        stack.enter_context(running(folder, port))
        people = Candidates(mautic, content["sign-up-form"])
        for number in range(count):
            people.sign_up(number)
            rest = time.monotonic() + PACE
            while time.monotonic() < rest:
                people.look()
                time.sleep(0.01)
        until(people.look)
        people.give_up()
    p95 = statistics.quantiles(people.taken, n=20)[18]
    median = statistics.median(people.taken)
    return [
        Row(
            promise="sign-up in Mautic to phase in Mautic, `stdc run`",
            must="p95 <= 5 s",
            reached=f"{p95:.2f} s (median {median:.2f} s, {count} candidates)",
            holds=p95 <= 5.0,
        )
    ]
