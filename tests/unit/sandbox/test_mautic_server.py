"""Signing in, switches, the page for people, and running as a process."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.server import LIMITED, MauticSandbox

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def sandbox() -> Iterator[MauticSandbox]:
    with MauticSandbox() as found:
        yield found


def token(sandbox: MauticSandbox, **form: str) -> requests.Response:
    client = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret}
    return requests.post(
        f"{sandbox.url}/oauth/v2/token", data=client | form, timeout=10
    )


def bearer(
    sandbox: MauticSandbox, access_token: str, path: str = "users/self"
) -> requests.Response:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{sandbox.url}/api/{path}", headers=headers, timeout=10)


def test_client_credentials_are_a_user_without_an_id(sandbox: MauticSandbox) -> None:
    answer = token(sandbox, grant_type="client_credentials").json()
    me = bearer(sandbox, answer["access_token"]).json()

    assert answer["expires_in"] == 3600
    assert "refresh_token" not in answer
    assert "id" not in me
    assert me["username"] == "stdc [1]"


def test_a_token_expires(sandbox: MauticSandbox) -> None:
    access = token(sandbox, grant_type="client_credentials").json()["access_token"]
    sandbox.expire_tokens()
    answer = bearer(sandbox, access)

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["type"] == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "kind"),
    [
        ({"grant_type": "client_credentials", "client_secret": "x"}, "invalid_client"),
        ({"grant_type": "password"}, "unauthorized_client"),
    ],
)
def test_what_is_no_client_or_grant(
    sandbox: MauticSandbox, form: dict[str, str], kind: str
) -> None:
    answer = token(sandbox, **form)

    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (400, kind)


def fields(page: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def sign_in(
    sandbox: MauticSandbox, name: str, word: str, answer: str
) -> dict[str, list[str]]:
    """Go through the login page and the page to accept; gives the callback's query."""
    with requests.Session() as browser:
        query = {
            "client_id": sandbox.client_id,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "state": "st4te",
        }
        url = f"{sandbox.url}/oauth/v2/authorize"
        login = browser.get(url, params=query, timeout=10)
        assert 'name="_username"' in login.text
        form = {"_username": name, "_password": word}
        page = browser.post(
            f"{sandbox.url}/oauth/v2/authorize_login_check", data=form, timeout=10
        )
        accepted = fields(page.text) | {answer: "1"}
        back = browser.post(url, data=accepted, allow_redirects=False, timeout=10)
        return parse_qs(urlsplit(back.headers["Location"]).query)


def test_signing_in_with_a_mautic_account(sandbox: MauticSandbox) -> None:
    query = sign_in(sandbox, *LIMITED, "accepted")
    answer = token(
        sandbox,
        grant_type="authorization_code",
        code=query["code"][0],
        redirect_uri=CALLBACK,
    )
    access = answer.json()["access_token"]
    fresh = token(
        sandbox,
        grant_type="refresh_token",
        refresh_token=answer.json()["refresh_token"],
    )

    assert query["state"] == ["st4te"]
    assert bearer(sandbox, access).json()["role"]["rawPermissions"] == {
        "email:emails": ["viewown"]
    }
    assert bearer(sandbox, access, "contacts").status_code == 403
    assert bearer(sandbox, fresh.json()["access_token"]).status_code == 200
    again = token(
        sandbox,
        grant_type="authorization_code",
        code=query["code"][0],
        redirect_uri=CALLBACK,
    )
    assert again.status_code == 400


def test_refusing_and_a_wrong_password(sandbox: MauticSandbox) -> None:
    assert sign_in(sandbox, sandbox.username, sandbox.password, "rejected")[
        "error"
    ] == ["access_denied"]
    with pytest.raises(KeyError):
        sign_in(sandbox, sandbox.username, "wrong", "accepted")["code"]


@pytest.mark.parametrize(
    ("switch", "kind"),
    [
        ("api_enabled", "api_disabled"),
        ("basic_auth", "access_denied"),
    ],
)
def test_what_an_administrator_switched_off(
    sandbox: MauticSandbox, switch: str, kind: str
) -> None:
    setattr(sandbox.switches, switch, False)
    auth = (sandbox.username, sandbox.password)
    answer = requests.get(f"{sandbox.url}/api/contacts", auth=auth, timeout=10)

    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (403, kind)


def test_the_page_shows_contacts_and_escapes_them(sandbox: MauticSandbox) -> None:
    auth = (sandbox.username, sandbox.password)
    body = {
        "email": "a@kandidaat.example",
        "firstname": "<script>alert(1)",
        "tags": ["stdc-see"],
    }
    contact = requests.post(
        f"{sandbox.url}/api/contacts/new", json=body, auth=auth, timeout=10
    )
    note = {"lead": contact.json()["contact"]["id"], "text": "<b>See</b>"}
    requests.post(f"{sandbox.url}/api/notes/new", json=note, auth=auth, timeout=10)
    page = requests.get(sandbox.url, timeout=10)

    assert "a@kandidaat.example" in page.text
    assert "stdc-see" in page.text
    assert "&lt;b&gt;See" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_many_writers_at_once_lose_nothing(sandbox: MauticSandbox) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    visitors = [sandbox.visitor() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for visitor in visitors:
            for page in range(10):
                pool.submit(visitor.visit_url, f"https://werk.example/{page}")
    hits = sandbox.state.logs["page_hits"]

    assert sorted(row["id"] for row in hits) == list(range(1, 81))
    assert len(sandbox.state.contacts) == 8


def test_it_runs_as_a_process() -> None:
    command = [sys.executable, "-m", "plugin.sandbox.mautic", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found is not None
        status = requests.get(f"{found[0]}/api/contacts", timeout=10).status_code
        process.terminate()
        code = process.wait(timeout=10)

    assert (status, code) == (401, 0)


@pytest.mark.parametrize("text", ["", "not base64", "YTowOnt9", "aGVsbG8="])
def test_what_is_no_clickthrough_is_empty(text: str) -> None:
    assert php.read_clickthrough(text) == {}


def test_a_clickthrough_comes_back_as_text() -> None:
    ct = php.clickthrough({"source": ["api", 0], "email": 3, "channel": {"email": 3}})

    assert php.read_clickthrough(ct) == {
        "source": ["api", "0"],
        "email": "3",
        "channel": {"email": "3"},
    }
