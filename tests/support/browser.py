"""A real Chromium, driven by Playwright, and a server for it to look at."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
#: Nothing of its own is fetched: tests must not reach out.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_GET_IT = "no Chromium here; on Debian: apt-get install chromium"


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a Chromium; skip, saying how to get one, where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def browser_page(**options: Any) -> Iterator[Page]:
    """Open an empty page in a browser of its own."""
    with open_browser() as browser:
        yield browser.new_page(**options)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve an app on a free port of loopback; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """List what axe-core finds wrong: the rule, and the elements."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page among the artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 -- werkzeug's name
        """Say nothing: a test speaks by failing."""
