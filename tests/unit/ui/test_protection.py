"""What other sites, scripts and odd addresses can do: nothing."""

import pytest

from tests.support.people import TOKEN, town

EVERYWHERE = ("/", "/contacts/1", "/contacts/4711", "/sign-in", "/nowhere")


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("who", ["admin", "stranger"])
def test_every_page_carries_the_headers(request, who, path):
    headers = request.getfixturevalue(who).get(path).headers
    policy = headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_have_no_script_and_no_inline_style(looker):
    for path in ("/", "/contacts/1", "/contacts/4"):
        text = looker.get(path).text
        for forbidden in ("<script", " style=", "<style", " onclick", "http-equiv"):
            assert forbidden not in text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_of_another_site_is_refused(admin, path, headers):
    answer = admin.post(path, data={"token": TOKEN}, headers=headers)

    assert answer.status_code == 403
    assert admin.get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Origin": "http://localhost"},
        {"Origin": "http://127.0.0.1:8080"},
    ],
)
def test_our_own_forms_are_believed(stranger, headers):
    answer = stranger.post("/sign-in", data={"token": TOKEN}, headers=headers)

    assert answer.status_code == 302


def test_the_door_is_not_held_to_the_rules_for_forms(stranger):
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mautic.example.org"}
    answer = stranger.post("/webhooks/mautic", data=b"{}", headers=headers)

    assert answer.status_code == 401
    assert answer.is_json
    assert "Content-Security-Policy" not in answer.headers


@pytest.mark.parametrize("is_secure", [True, False])
def test_the_session_cookie_is_kept_from_scripts_and_other_sites(tmp_path, is_secure):
    base = "https://stdc.example.org" if is_secure else "http://127.0.0.1:8080"
    with town(tmp_path, base_url=base) as here:
        answer = here.app().test_client().post("/sign-in", data={"token": TOKEN})
    cookie = answer.headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ("Secure" in cookie, cookie.startswith("__Host-")) == (is_secure, is_secure)


def test_style_sheets_are_kept_by_browsers_until_they_change(stranger):
    page = stranger.get("/sign-in").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]

    with stranger.get(address) as kept:
        assert kept.status_code == 200
        assert "immutable" in kept.headers["Cache-Control"]
    with stranger.get(address.split("?")[0] + "?v=other") as other:
        assert "immutable" not in other.headers["Cache-Control"]
