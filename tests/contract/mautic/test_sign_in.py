"""Signing in to our pages with an account of Mautic, page by page, as browsers do."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from plugin.config.model import Secret
from plugin.errors import Rejected, Retryable
from plugin.mautic.account import Accounts
from plugin.sandbox.mautic.server import ADMIN, CLIENT, LIMITED, MauticSandbox
from plugin.ui.roles import Role
from tests.support.people import TOKEN, populate, town

BACK = "https://stdc.example.org/sign-in/mautic/back"
BASE = "https://stdc.example.org"
SANNE_IN_CARE, JORIS_IN_SEE = 1, 2


@pytest.fixture(scope="module")
def mautic():
    with MauticSandbox() as sandbox:
        sandbox.allow_callback(BACK)
        yield sandbox


@pytest.fixture
def signed_in(mautic, tmp_path):
    """Open our pages with these settings, and sign somebody in at Mautic."""
    client_id, secret = CLIENT

    with town(tmp_path) as here:
        populate(here)

        def make(**ui):
            settings = here.parts.settings
            here.parts.settings = replace(
                settings,
                base_url=BASE,
                mautic=replace(settings.mautic, url=mautic.url),
                ui=replace(
                    settings.ui,
                    mautic_client_id=client_id,
                    mautic_client_secret=Secret(secret),
                    **ui,
                ),
            )
            return here.app().test_client()

        make.here = here
        yield make


def at_mautic(url, user):
    """Log in on Mautic's own pages and accept; gives where Mautic sends one back."""
    name, password = user[:2]
    browser = requests.Session()
    page = browser.get(url, timeout=10)
    assert "_username" in page.text
    base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    page = browser.post(
        f"{base}/oauth/v2/authorize_login_check",
        data={"_username": name, "_password": password},
        timeout=10,
    )
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    hidden.pop("rejected", None)
    answer = browser.post(
        f"{base}/oauth/v2/authorize",
        data=hidden | {"accepted": "Accept"},
        allow_redirects=False,
        timeout=10,
    )
    return answer.headers["Location"]


def come_back(client, location):
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}", base_url=BASE)


def sign_in(client, user, then="/contacts/1"):
    to_mautic = client.get(f"/sign-in/mautic?then={then}", base_url=BASE)
    assert to_mautic.status_code == 302
    return come_back(client, at_mautic(to_mautic.location, user))


def test_an_admin_of_mautic_is_let_in_and_comes_to_where_they_were_going(signed_in):
    client = signed_in()

    answer = sign_in(client, ADMIN)

    assert (answer.status_code, answer.location) == (302, "/contacts/1")
    assert "Ada Admin" in client.get("/", base_url=BASE).text


def test_what_they_looked_at_stands_in_the_audit_under_their_id(signed_in):
    client = signed_in()
    sign_in(client, ADMIN)

    client.get(f"/contacts/{SANNE_IN_CARE}", base_url=BASE)

    with signed_in.here.parts.store.view() as unit:
        (entry,) = [one for one in unit.audit.list() if one.action == "contact.viewed"]
    assert entry.actor == "mautic-user:1"


def test_a_role_that_is_not_named_opens_nothing(signed_in):
    client = signed_in()

    answer = sign_in(client, LIMITED)

    assert answer.status_code == 403
    assert "Limited" in answer.text
    assert client.get("/", base_url=BASE).status_code == 302


@pytest.mark.parametrize("kind", [Role.MARKETER, Role.RECRUITER])
def test_a_role_that_is_named_opens_what_it_may_see(signed_in, kind):
    client = signed_in(**{f"{kind}_roles": ("Limited",)})

    assert sign_in(client, LIMITED).status_code == 302

    seen = client.get(f"/contacts/{JORIS_IN_SEE}", base_url=BASE).status_code
    assert seen == (200 if kind is Role.MARKETER else 403)
    assert client.get(f"/contacts/{SANNE_IN_CARE}", base_url=BASE).status_code == 200
    assert "Sanne" in client.get("/?q=sanne", base_url=BASE).text
    listed = client.get("/?q=joris", base_url=BASE).text
    assert ("Joris Bakker" in listed) is (kind is Role.MARKETER)
    assert client.get("/doctor", base_url=BASE).status_code == 403
    assert "/doctor" not in listed


def test_a_state_that_we_did_not_give_is_refused(signed_in):
    """Nobody is signed in as somebody else by a link that was sent to them."""
    client, other = signed_in(), signed_in()
    to_mautic = other.get("/sign-in/mautic", base_url=BASE)
    location = at_mautic(to_mautic.location, ADMIN)

    assert come_back(client, location).status_code == 401
    assert client.get("/", base_url=BASE).status_code == 302


def test_a_code_counts_once(signed_in):
    client = signed_in()
    to_mautic = client.get("/sign-in/mautic", base_url=BASE)
    location = at_mautic(to_mautic.location, ADMIN)
    assert come_back(client, location).status_code == 302

    assert come_back(client, location).status_code == 401


def test_who_is_refused_by_mautic_is_told_so(signed_in):
    client = signed_in()
    to_mautic = client.get("/sign-in/mautic", base_url=BASE)
    state = parse_qs(urlsplit(to_mautic.location).query)["state"][0]

    answer = come_back(client, f"{BACK}?error=access_denied&state={state}")

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text


def test_nobody_guesses_states_for_ever(signed_in):
    client = signed_in()

    answers = [
        come_back(client, f"{BACK}?code=x&state={guess}").status_code
        for guess in range(12)
    ]

    assert answers == [401] * 10 + [429] * 2


def test_while_mautic_is_away_the_token_still_opens(signed_in):
    client = signed_in()
    to_mautic = client.get("/sign-in/mautic", base_url=BASE)
    location = at_mautic(to_mautic.location, ADMIN)
    settings = signed_in.here.parts.settings
    gone = replace(settings.mautic, url="http://127.0.0.1:9")
    signed_in.here.parts.settings = replace(settings, mautic=gone)
    away = signed_in.here.app().test_client()
    away.get("/sign-in/mautic", base_url=BASE)
    with away.session_transaction(base_url=BASE) as session:
        session["oauth"] = {
            "state": parse_qs(urlsplit(location).query)["state"][0],
            "then": "",
        }

    assert come_back(away, location).status_code == 503
    answer = away.post("/sign-in", data={"token": TOKEN}, base_url=BASE)
    assert answer.status_code == 302


def test_without_credentials_there_is_no_such_door(tmp_path):
    with town(tmp_path) as here:
        client = here.app().test_client()

        assert client.get("/sign-in/mautic").status_code == 404
        assert "/sign-in/mautic" not in client.get("/sign-in").text


def test_wrong_credentials_are_rejected_and_no_answer_is_for_later(mautic):
    client_id, _ = CLIENT
    wrong = Accounts(mautic.url, client_id, "not-the-secret", BACK)
    nobody = Accounts("http://127.0.0.1:9", client_id, "x", BACK)

    with pytest.raises(Rejected):
        wrong.finish("a-code")
    with pytest.raises(Retryable):
        nobody.finish("a-code")
