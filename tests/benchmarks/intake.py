"""The service that `stdc web` serves against a bare Flask no-op, in one run."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.row import Row
from tests.support.recordings import numbered
from webhooks.signature import sign

SECRET = "a-benchmark-secret"
CLIENTS = 8


@contextmanager
def served(app: str, folder: str) -> Iterator[int]:
    """Serve an application by gunicorn as `stdc web` does, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "8"]
    command += ["-b", f"127.0.0.1:{port}", "--log-level", "error", app]
    env = os.environ | {"BENCH_FOLDER": folder, "BENCH_SECRET": SECRET}
    with (
        Path(folder, "log").open("ab") as log,
        subprocess.Popen(command, env=env, stderr=log) as server,
    ):
        try:
            _wait(port)
            yield port
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


def load(port: int, requests: int, pause: float = 0.0) -> tuple[float, float]:
    """Send signed deliveries from several clients: requests/s, and p99 in ms."""
    body = numbered(203).body
    headers = {
        "Content-Type": "application/json",
        "Webhook-Signature": sign(body, SECRET.encode()),
    }
    took: list[float] = []
    each = requests // CLIENTS

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(each):
            began = time.perf_counter()
            connection.request("POST", "/webhooks/mautic", body, headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            took.append(time.perf_counter() - began)
            time.sleep(pause)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took) / (time.perf_counter() - began)
    return rate, statistics.quantiles(took, n=100)[98] * 1000


def measure(*, quick: bool) -> list[Row]:
    requests = 800 if quick else 8_000
    with tempfile.TemporaryDirectory() as folder:
        with served("tests.benchmarks.apps:noop()", folder) as port:
            load(port, 200)
            bare, _ = load(port, requests)
        with served("tests.benchmarks.apps:door()", folder) as port:
            load(port, 200)
            durable, _ = load(port, requests)
            # 80 % of that load: each client rests a fifth of its time
            pause = CLIENTS / durable / 0.8 - CLIENTS / durable
            _, p99 = load(port, requests, pause)
    ratio = durable / bare
    return [
        Row(
            promise="durable intake against a bare Flask no-op",
            must=">= 0.5 of its requests/s",
            reached=f"{ratio:.2f} ({durable:,.0f} of {bare:,.0f} requests/s)",
            holds=ratio >= 0.5,
        ),
        Row(
            promise="acknowledgement at 80 % of that load",
            must="p99 <= 50 ms",
            reached=f"{p99:.1f} ms",
            holds=p99 <= 50.0,
        ),
    ]
