"""A Redis of our own, for tests of what runs on it."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NoAnswer

HOW_TO_GET_IT = "no Redis here: run `apt-get install redis-server`"
START_SECONDS = 20.0


@contextmanager
def redis_server(folder: Path, port: int) -> Iterator[str]:
    """Give the URL of a private Redis on loopback; skips where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(HOW_TO_GET_IT)
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    server = subprocess.Popen(
        [program, *words, "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    with Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except NoAnswer:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
