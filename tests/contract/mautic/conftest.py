"""The Mautics this suite runs over: the look-alike, and a real one when given.

Give one (5.1, with the API and basic auth switched on) by MAUTIC_TEST_URL,
MAUTIC_TEST_USER and MAUTIC_TEST_PASSWORD.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from time import time_ns
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from plugin.sandbox.mautic.server import MauticSandbox

NAMES = ("MAUTIC_TEST_URL", "MAUTIC_TEST_USER", "MAUTIC_TEST_PASSWORD")
_numbers = count(1)


@dataclass
class Mautic:
    """One Mautic to talk to over REST, and what the test made there."""

    base_url: str
    auth: tuple[str, str]
    is_real: bool
    session: requests.Session = field(default_factory=requests.Session)
    made: list[str] = field(default_factory=list)
    #: told apart from what earlier runs left behind
    run: str = field(default_factory=lambda: f"{time_ns():x}"[-8:])

    def call(
        self, method: str, path: str, body: Any = None, **how: Any
    ) -> requests.Response:
        return self.session.request(
            method,
            f"{self.base_url}/api{path}",
            json=body,
            auth=self.auth,
            timeout=60,
            **how,
        )

    def get(self, path: str, **how: Any) -> requests.Response:
        return self.call("GET", path, **how)

    def make(self, kind: str, one: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create an entity that is deleted when the test is over."""
        answer = self.call("POST", f"/{kind}/new", body)
        assert answer.status_code in (200, 201), answer.text
        made: dict[str, Any] = answer.json()[one]
        self.made.append(f"/{kind}/{made['id']}/delete")
        return made

    def contact(self, **body: Any) -> dict[str, Any]:
        return self.make("contacts", "contact", {"email": self.email()} | body)

    def email(self) -> str:
        return f"stdc-{self.run}-{next(_numbers)}@kandidaat.example"

    def name(self, text: str) -> str:
        return f"{text}-{self.run}-{next(_numbers)}"

    def field(self, kind: str, **body: Any) -> str:
        """Create a contact field and give its alias."""
        body = {"label": f"T {kind}", "alias": f"t{self.run}{next(_numbers)}"} | body
        return str(self.make("fields/contact", "field", body | {"type": kind})["alias"])

    def values(self, contact_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/contacts/{contact_id}").json()
        return dict(found["contact"]["fields"]["all"])

    def clean(self) -> None:
        for path in reversed(self.made):
            self.call("DELETE", path)
        self.session.close()


#: A real one is only asked for where it is, so that nothing is skipped elsewhere.
IS_REAL_GIVEN = all(os.environ.get(name) for name in NAMES)


@pytest.fixture(params=["look-alike", "real"] if IS_REAL_GIVEN else ["look-alike"])
def mautic(request: pytest.FixtureRequest) -> Iterator[Mautic]:
    if request.param == "look-alike":
        with MauticSandbox() as sandbox:
            found = Mautic(
                sandbox.url, (sandbox.username, sandbox.password), is_real=False
            )
            yield found
            found.session.close()
        return
    url, user, password = (os.environ[name] for name in NAMES)
    found = Mautic(url.rstrip("/"), (user, password), is_real=True)
    yield found
    found.clean()


@pytest.fixture
def hear(mautic: Mautic, httpserver: Any) -> Callable[..., "Ear"]:
    """Subscribe a receiver on this machine to some of Mautic's triggers."""
    if mautic.is_real and urlsplit(mautic.base_url).hostname not in (
        "127.0.0.1",
        "localhost",
    ):
        pytest.skip("webhooks reach only a Mautic on this machine")

    def subscribe(*triggers: str, **body: Any) -> Ear:
        path = f"/{mautic.name('hook')}"
        httpserver.expect_request(path, method="POST").respond_with_data("ok")
        hook = mautic.make(
            "hooks",
            "hook",
            {
                "name": path,
                "webhookUrl": httpserver.url_for(path),
                "secret": "s3cr3t",
                "triggers": [f"mautic.{name}" for name in triggers],
            }
            | body,
        )
        return Ear(path, hook, httpserver)

    return subscribe


@dataclass
class Ear:
    """One receiver and what it heard."""

    path: str
    hook: dict[str, Any]
    server: Any

    @property
    def requests(self) -> list[Any]:
        return [request for request, _ in self.server.log if request.path == self.path]

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """List (trigger without prefix, item), in order of arrival."""
        return [
            (name.removeprefix("mautic."), item)
            for request in self.requests
            for name, items in request.get_json().items()
            for item in items
        ]

    @property
    def triggers(self) -> list[str]:
        return [name for name, _ in self.events]
