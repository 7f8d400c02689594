import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug import Request, Response

from plugin.errors import Misconfigured, Rejected, Retryable
from plugin.mautic.auth import BasicAuth, ClientCredentials, MemoryTokenStore
from plugin.mautic.client import Mautic
from plugin.mautic.session import ServerError

from .exchanges import recorded

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CLIENT = ClientCredentials(client_id="1_abc", client_secret="very-invented")


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


def oauth(httpserver, store=None, clock=None):
    return Mautic(
        httpserver.url_for(""), CLIENT, clock=clock or Clock(), token_store=store
    )


def grant(httpserver, *tokens, seconds=3600):
    left = list(tokens)

    def answer(_: Request) -> Response:
        body = {"access_token": left.pop(0), "expires_in": seconds}
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/oauth/v2/token", method="POST").respond_with_handler(
        answer
    )


def accept(httpserver, token, path="/api/users/self"):
    httpserver.expect_request(
        path, headers={"Authorization": f"Bearer {token}"}
    ).respond_with_json({"username": "stdc [1]"})


def paths(httpserver):
    return [request.path for request, _ in httpserver.log]


def test_a_request_says_who_sends_it_and_signs_with_the_password(mautic, replay):
    replay.expect("090-users-self")

    mautic.users.self_()

    request = replay.requests[0]
    assert request.headers["User-Agent"].startswith("stdc/")
    assert request.headers["Accept"] == "application/json"
    assert request.authorization.username == "stdc"
    assert request.authorization.password == "invented"


def test_the_version_comes_from_mautics_header(mautic, replay):
    replay.expect("090-users-self")

    assert mautic.version == "5.1.1"
    assert mautic.version == "5.1.1"
    assert len(replay.requests) == 1


def test_a_cookie_of_mautics_is_never_sent_back(mautic, httpserver):
    httpserver.expect_request("/api/users/self").respond_with_json(
        {}, headers={"Set-Cookie": "PHPSESSID=1; Path=/"}
    )

    mautic.users.self_()
    mautic.users.self_()

    assert all("Cookie" not in request.headers for request, _ in httpserver.log)


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("001-auth-none", Misconfigured, "API authorization denied"),
        ("002-auth-bad", Misconfigured, "invalid credentials"),
        ("275-forbidden-contacts-list", Misconfigured, "role of our API user"),
    ],
)
def test_a_refusal_to_let_us_in_says_what_to_do(mautic, replay, name, error, words):
    replay.expect(name)

    with pytest.raises(error, match=words):
        list(mautic.contacts.everything())


def test_a_switched_off_api_is_named_as_such(mautic, httpserver):
    httpserver.expect_request("/api/users/self").respond_with_json(
        {"errors": [{"message": "API disabled", "code": 403, "type": "api_disabled"}]},
        status=403,
    )

    with pytest.raises(Misconfigured, match="API enabled"):
        mautic.users.self_()


@pytest.mark.parametrize("status", [408, 425, 429])
def test_busy_is_worth_another_attempt(mautic, httpserver, status):
    httpserver.expect_request("/api/users/self").respond_with_data(status=status)

    with pytest.raises(Retryable, match=f"HTTP {status}") as caught:
        mautic.users.self_()

    assert caught.value.after_seconds is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(mautic, httpserver, value, seconds):
    httpserver.expect_request("/api/users/self").respond_with_json(
        {"errors": [{"code": 429, "message": "You exceeded the rate limit"}]},
        status=429,
        headers={"Retry-After": value},
    )

    with pytest.raises(Retryable, match="rate limit") as caught:
        mautic.users.self_()

    assert caught.value.after_seconds == seconds


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_broken_mautic_is_worth_another_attempt(mautic, httpserver, status):
    httpserver.expect_request("/api/users/self").respond_with_data(status=status)

    with pytest.raises(ServerError, match=f"HTTP {status}") as caught:
        mautic.users.self_()

    assert isinstance(caught.value, Retryable)


def test_no_mautic_at_all_is_worth_another_attempt():
    client = Mautic(
        "http://127.0.0.1:9/",
        BasicAuth(username="a", password="b"),
        clock=lambda: NOW,
    )

    with pytest.raises(Retryable, match="cannot connect") as caught:
        client.contacts.find_by_email("sanne@kandidaat.example")

    assert "sanne" not in str(caught.value)


def test_a_slow_mautic_is_worth_another_attempt(httpserver):
    httpserver.expect_request("/api/contacts/1/edit").respond_with_handler(
        lambda _: time.sleep(0.3) or Response("{}")
    )
    client = Mautic(
        httpserver.url_for(""),
        BasicAuth(username="a", password="b"),
        clock=lambda: NOW,
        timeout=(1, 0.05),
    )

    with pytest.raises(Retryable, match="no answer in time"):
        client.contacts.patch_one({"id": 1})

    assert len(httpserver.log) <= 1, "a write must not be repeated by itself"


def test_a_page_instead_of_json_means_a_wrong_address(mautic, httpserver):
    httpserver.expect_request("/api/users/self").respond_with_data(
        "<html>hello</html>", content_type="text/html"
    )

    with pytest.raises(Misconfigured, match=r"mautic\.url"):
        mautic.users.self_()


def test_a_redirect_is_not_followed_but_named(mautic, httpserver):
    httpserver.expect_request("/api/users/self").respond_with_data(
        status=301, headers={"Location": "https://mautic.example/api/users/self?x=1"}
    )

    with pytest.raises(Misconfigured, match=r"https://mautic\.example/api/users/self:"):
        mautic.users.self_()


@pytest.mark.parametrize("url", ["mautic.example", "ftp://x/", "https://u:p@x/"])
def test_an_address_that_cannot_work_is_refused_at_once(url):
    auth = BasicAuth(username="a", password="b")

    with pytest.raises(Misconfigured, match=r"mautic\.url") as caught:
        Mautic(url, auth, clock=lambda: NOW)

    assert "u:p@" not in str(caught.value)


def test_credentials_do_not_show_in_a_repr():
    assert "invented" not in repr(BasicAuth(username="a", password="invented"))
    assert "invented" not in repr(CLIENT)


def test_a_token_is_asked_for_as_mautic_wants_it_and_kept(httpserver):
    store = MemoryTokenStore()
    grant(httpserver, "one")
    accept(httpserver, "one")

    with oauth(httpserver, store) as client:
        client.users.self_()
        client.users.self_()
    with oauth(httpserver, store) as again:
        again.users.self_()

    assert paths(httpserver).count("/oauth/v2/token") == 1
    wanted = recorded("176-oauth-token-client-credentials")
    asked = httpserver.log[0][0]
    assert asked.path == wanted.path
    assert asked.content_type == "application/x-www-form-urlencoded"
    assert set(asked.form) == {"grant_type", "client_id", "client_secret"}
    assert asked.form["grant_type"] == "client_credentials"
    assert store.get() == {
        "access_token": "one",
        "expires_at": (NOW + timedelta(hours=1)).timestamp(),
    }


def test_a_token_is_renewed_shortly_before_it_expires(httpserver):
    clock = Clock()
    grant(httpserver, "one", "two")
    accept(httpserver, "one")
    accept(httpserver, "two")

    with oauth(httpserver, clock=clock) as client:
        client.users.self_()
        clock.now += timedelta(minutes=59)
        client.users.self_()

    assert paths(httpserver).count("/oauth/v2/token") == 2


def test_a_token_that_ended_early_is_replaced_once(httpserver):
    refused = recorded("182-oauth-bad-token")
    store = MemoryTokenStore()
    store.put({"access_token": "old", "expires_at": NOW.timestamp() + 3000})
    grant(httpserver, "new")
    accept(httpserver, "new")
    httpserver.expect_request("/api/users/self").respond_with_data(
        refused.text, status=refused.status, content_type="application/json"
    )

    with oauth(httpserver, store) as client:
        assert client.users.self_() == {"username": "stdc [1]"}

    assert paths(httpserver) == [
        "/api/users/self",
        "/oauth/v2/token",
        "/api/users/self",
    ]


def test_a_client_that_is_refused_again_gives_up(httpserver):
    refused = recorded("182-oauth-bad-token")
    grant(httpserver, "one", "two")
    httpserver.expect_request("/api/users/self").respond_with_data(
        refused.text, status=refused.status, content_type="application/json"
    )

    with (
        oauth(httpserver) as client,
        pytest.raises(Misconfigured, match="access token provided is invalid"),
    ):
        client.users.self_()

    assert paths(httpserver).count("/api/users/self") == 2


def test_wrong_client_credentials_are_explained_without_showing_them(httpserver):
    refused = recorded("178-oauth-token-bad-secret")
    httpserver.expect_request("/oauth/v2/token").respond_with_data(
        refused.text, status=refused.status, content_type="application/json"
    )

    with (
        oauth(httpserver) as client,
        pytest.raises(Misconfigured, match="client credentials are invalid") as caught,
    ):
        client.users.self_()

    assert "very-invented" not in str(caught.value)


def test_threads_that_need_a_token_at_once_ask_for_one(httpserver):
    grant(httpserver, "one", "two", "three")
    accept(httpserver, "one")
    errors = []

    with oauth(httpserver) as client:

        def work():
            try:
                client.users.self_()
            except Exception as error:  # noqa: BLE001 -- told to the main thread
                errors.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors == []
    assert paths(httpserver).count("/oauth/v2/token") == 1


def test_a_refusal_keeps_mautics_words_and_status(mautic, replay):
    replay.expect("042-contacts-new-badselect")

    with pytest.raises(Rejected, match="fav_colour: This value is not valid") as caught:
        mautic.contacts.make({"email": "sel@example.com", "fav_colour": "green"})

    assert caught.value.status == 400
    assert "sel@example.com" not in str(caught.value)


@pytest.mark.parametrize("body", ["[]", "null", "7", '"fine"'])
def test_json_that_is_no_object_is_worth_another_attempt(mautic, httpserver, body):
    httpserver.expect_request("/api/users/self").respond_with_data(
        body, content_type="application/json"
    )

    with pytest.raises(Retryable, match="no object"):
        mautic.users.self_()


def test_a_page_where_json_was_before_is_worth_another_attempt(mautic, httpserver):
    """A proxy that says "back soon" with 200."""
    httpserver.expect_oneshot_request("/api/users/self").respond_with_json({"id": 1})
    httpserver.expect_request("/api/users/self").respond_with_data(
        "<html>Back soon</html>", content_type="text/html"
    )
    mautic.users.self_()

    with pytest.raises(Retryable, match="text/html"):
        mautic.users.self_()


def test_rows_that_are_no_list_are_worth_another_attempt(mautic, httpserver):
    httpserver.expect_request("/api/stats/page_hits").respond_with_json({"stats": None})

    with pytest.raises(Retryable, match="no list"):
        mautic.stats.rows("page_hits")
