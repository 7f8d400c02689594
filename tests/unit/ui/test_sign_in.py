"""Only who shows the token sees people, and nobody is led astray."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.urls import iri_to_uri

from plugin.config.model import Secret
from plugin.ui.attempts import Attempts
from plugin.ui.sign_in import OWN_PATH
from tests.support.people import NOW, TOKEN, town

ASTRAY = (
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
)


@pytest.mark.parametrize("path", ["/", "/contacts/1", "/?q=anna", "/contacts/4711"])
def test_a_stranger_is_asked_for_the_token_and_comes_back(stranger, path):
    asked = stranger.get(path)
    assert (asked.status_code, asked.location.split("?")[0]) == (302, "/sign-in")

    form = stranger.get(asked.location)
    assert f'name="then" value="{path}"' in form.text
    entered = stranger.post("/sign-in", data={"token": TOKEN, "then": path})

    assert (entered.status_code, entered.location) == (302, path)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN.upper(), TOKEN + " ", "é"])
def test_another_token_opens_nothing(stranger, token):
    answer = stranger.post("/sign-in", data={"token": token})

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert stranger.get("/").status_code == 302


@pytest.mark.parametrize("then", ASTRAY)
def test_nobody_is_sent_to_another_site(stranger, then):
    answer = stranger.post("/sign-in", data={"token": TOKEN, "then": then})

    assert (answer.status_code, answer.location) == (302, "/")


@given(st.text(alphabet="/\\ \t\n\r:@.?#a%é"))
def test_what_counts_as_our_own_path_is_one_for_browsers_too(then):
    # browsers drop tabs and line breaks, and read a backslash as a slash
    read = "".join(one for one in then if one not in "\t\n\r").replace("\\", "/")
    if OWN_PATH.fullmatch(then):
        assert read.strip().startswith("/")
        assert not read.strip().startswith("//")
        assert iri_to_uri(then).startswith("/")


def test_who_is_signed_in_is_not_asked_again(admin):
    assert admin.get("/sign-in?then=/contacts/5").location == "/contacts/5"


def test_signing_out_closes_the_pages_and_keeps_the_language(admin):
    admin.get("/?lang=en")
    assert admin.post("/sign-out").location == "/sign-in"

    assert admin.get("/").status_code == 302
    assert 'lang="en"' in admin.get("/sign-in").text


def test_signing_out_twice_is_no_mistake(stranger):
    assert stranger.post("/sign-out").location == "/sign-in"


def test_the_link_of_the_demo_signs_in_on_the_same_machine(stranger):
    assert stranger.get(f"/sign-in?token={TOKEN}").location == "/"
    assert stranger.get("/").status_code == 200


def test_elsewhere_a_token_in_an_address_opens_nothing(tmp_path):
    with town(tmp_path, base_url="https://stdc.example.org") as here:
        client = here.app().test_client()
        answer = client.get(f"/sign-in?token={TOKEN}")

        assert answer.status_code == 200
        assert TOKEN not in answer.text
        assert client.get("/").status_code == 302


def test_without_a_token_in_the_config_everything_is_closed(tmp_path):
    with town(tmp_path, has_token=False) as here:
        client = here.app().test_client()
        for path in ("/", "/contacts/1", "/sign-in"):
            answer = client.get(path)
            assert answer.status_code == 403
            assert "ui.admin_token" in answer.text
        assert client.post("/sign-in", data={"token": ""}).status_code == 403


def test_a_new_token_ends_the_sessions_of_the_old_one(here, admin, tmp_path):
    settings = here.parts.settings
    ui = replace(settings.ui, admin_token=Secret("another-token-of-the-tests"))
    here.parts.settings = replace(settings, ui=ui)
    after = here.app().test_client()
    after.set_cookie("stdc", admin.get_cookie("stdc").value)

    assert admin.get("/").status_code == 200
    assert after.get("/").status_code == 302


def test_guessing_is_slowed_down_even_for_the_right_token(here, stranger):
    for _ in range(10):
        assert stranger.post("/sign-in", data={"token": "no"}).status_code == 401
    refused = stranger.post("/sign-in", data={"token": TOKEN})

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "300"
    assert "5 min" in refused.text
    here.now += timedelta(minutes=5)
    assert stranger.post("/sign-in", data={"token": TOKEN}).status_code == 302


def test_one_who_guesses_does_not_lock_others_out(stranger):
    for _ in range(11):
        stranger.post("/sign-in", data={"token": "no"})
    answer = stranger.post(
        "/sign-in",
        data={"token": TOKEN},
        environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
    )

    assert answer.status_code == 302


def test_wrong_attempts_are_forgotten_one_by_one():
    now = NOW
    attempts = Attempts(lambda: now, most=2, within=timedelta(minutes=1))
    attempts.note("a")
    now += timedelta(seconds=40)
    attempts.note("a")
    assert attempts.wait("a") == timedelta(seconds=20)
    now += timedelta(seconds=20)

    assert attempts.wait("a") is None
    attempts.note("a")
    assert attempts.wait("a") == timedelta(seconds=40)


def test_the_memory_for_wrong_attempts_has_a_limit():
    attempts = Attempts(lambda: NOW, most=1, callers=2)
    for who in ("a", "b", "c"):
        attempts.note(who)

    assert [attempts.wait(who) is None for who in "abc"] == [True, False, False]


def test_only_what_changes_a_session_sends_its_cookie(admin):
    """A style sheet that is answered late must not undo what a form did meanwhile."""
    for path in ("/", "/operations", "/pages/static/stdc.css", "/nothing-here"):
        assert "Set-Cookie" not in admin.get(path).headers, path
    assert "Set-Cookie" in admin.get("/?lang=en").headers
