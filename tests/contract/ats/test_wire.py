"""Every recorded call, made by us: the same bytes' worth of request, sorted answers."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request

from plugin.ats.base import AuthBroken, Permanent, Retry, Throttled, Unknown
from plugin.ats.http import CallFailed
from plugin.ats.odoo_rpc import Json2, JsonRpc, Transport
from tests.support.odoo_recordings import Exchange, exchange, exchanges

#: Recorded user, and what stands for the key in the recordings.
UID, DATABASE, KEY = 8, {18: "ats18", 19: "ats19"}, "the-key"
#: What each recorded refusal asks for; all others ask for nothing we could do.
AUTH = {
    18: {"013", "016", "017", "038", "283", "301"},
    19: {"005", "007", "008", "010", "011", "025", "286", "308"},
}
AGAIN = {18: {"352"}, 19: {"363"}}
#: By position on 18: method -> the names we have for it.
ON_RECORDS = (
    "read",
    "write",
    "unlink",
    "message_post",
    "has_access",
    "action_archive",
    "no_such_method",
    "_write",
)
NAMES = {
    "create": "vals_list",
    "write": "vals",
    "has_access": "operation",
    "search_read": "domain",
    "search_count": "domain",
    "search": "domain",
}


def calls(version: int) -> list[Exchange]:
    return [
        one
        for one in exchanges(version)
        if one.call and one.name[:3] not in ("004", "005", "007", "008", "010")
    ]


def named(one: Exchange) -> tuple[str, str, Any, dict[str, Any]]:
    """Give a recorded call as our transports take it."""
    assert one.call is not None
    model, method, given, more = one.call
    if one.version == 19:
        return model, method, given, more
    left = list(given)
    ids = left.pop(0) if method in ON_RECORDS else None
    by_name = {NAMES[method]: left.pop(0)} if method in NAMES and left else {}
    assert not left
    return model, method, ids, by_name | more


def transport(server: HTTPServer, version: int) -> Transport:
    url = server.url_for("").rstrip("/")
    if version == 19:
        return Json2(url, DATABASE[19], KEY)
    return JsonRpc(url, DATABASE[18], "mautic-sync", KEY)


def replay(server: HTTPServer, one: Exchange) -> tuple[Any, Request]:
    """Make a recorded call of a server that answers as recorded."""
    if one.version == 18:
        signed_in = {"jsonrpc": "2.0", "id": 1, "result": UID}
        server.expect_oneshot_request("/jsonrpc").respond_with_json(signed_in)
    is_text = isinstance(one.response, str)
    server.expect_request(one.path, method="POST").respond_with_data(
        one.response if is_text else json.dumps(one.response),
        one.status,
        content_type="text/html" if is_text else "application/json",
    )
    model, method, ids, more = named(one)
    try:
        answer = transport(server, one.version).call(model, method, ids, **more)
    except CallFailed as error:
        answer = error.failure
    return answer, server.log[-1][0]


#: All but the method that nobody may call: that one was recorded in another form.
OURS = [one for one in (*calls(18), *calls(19)) if "private-method" not in one.name]


@pytest.mark.parametrize("one", OURS, ids=lambda one: f"{one.version}-{one.name}")
def test_a_recorded_call_is_made_as_it_was_recorded(
    httpserver: HTTPServer, one: Exchange
) -> None:
    _, request = replay(httpserver, one)

    assert request.path == one.path
    assert request.headers["Content-Type"] == "application/json"
    body = json.loads(request.get_data())
    if one.version == 19:
        assert request.headers["X-Odoo-Database"] == DATABASE[19]
        assert request.headers["Authorization"] == f"bearer {KEY}"
        # an empty list of ids says as much as none, and is left out
        assert body == {
            name: one.request[name]
            for name in one.request
            if name != "ids" or one.request[name]
        }
        return
    assert {name: body[name] for name in ("jsonrpc", "method")} == {
        "jsonrpc": "2.0",
        "method": "call",
    }
    params = json.loads(json.dumps(one.request["params"]))
    params["args"][:3] = [DATABASE[18], UID, KEY]
    params["args"] += [{}] * (7 - len(params["args"]))
    assert body["params"] == params


REFUSALS = [
    one
    for version in (18, 19)
    for one in calls(version)
    if one.error or (isinstance(one.response, str) and one.status >= 300)
]


@pytest.mark.parametrize(
    "one", REFUSALS, ids=lambda one: f"{one.version}-{one.name}-{one.error}"
)
def test_every_recorded_refusal_is_sorted_by_what_to_do(
    httpserver: HTTPServer, one: Exchange
) -> None:
    number = one.name[:3]
    outcome, _ = replay(httpserver, one)

    if number in AUTH[one.version]:
        assert type(outcome) is AuthBroken
    elif number in AGAIN[one.version]:
        assert type(outcome) is Retry
    else:
        assert type(outcome) is Permanent
        assert outcome.code == one.error
    assert KEY not in outcome.message
    assert "Traceback" not in outcome.message
    assert "\n" not in outcome.message
    assert len(outcome.message) < 400


def test_every_kind_of_refusal_is_among_them() -> None:
    seen = {(one.version, one.status, one.error) for one in REFUSALS}

    assert {status for version, status, _ in seen if version == 19} >= {
        403, 404, 422, 500,
    }  # fmt: skip
    assert len(REFUSALS) >= 40


@pytest.mark.parametrize("number", ["005", "007", "008", "010"])
def test_every_recorded_401_is_a_matter_of_credentials(
    httpserver: HTTPServer, number: str
) -> None:
    outcome, _ = replay(httpserver, exchange(19, number))

    assert type(outcome) is AuthBroken


def test_a_login_that_is_refused_is_false_and_no_error(httpserver: HTTPServer) -> None:
    refused = exchange(18, "009")
    httpserver.expect_request("/jsonrpc").respond_with_json(refused.response)

    with pytest.raises(CallFailed) as caught:
        transport(httpserver, 18).call("hr.candidate", "read", [54], fields=["active"])

    assert refused.result is False
    assert type(caught.value.failure) is AuthBroken
    (login,) = [json.loads(one.get_data())["params"] for one, _ in httpserver.log]
    assert (login["service"], login["method"]) == ("common", "authenticate")
    assert login["args"] == [DATABASE[18], "mautic-sync", KEY, {}]


def test_no_result_key_is_a_success(httpserver: HTTPServer) -> None:
    one = exchange(18, "369")
    assert "result" not in one.response

    answer, _ = replay(httpserver, one)

    assert answer is None


def test_18_sends_whoever_speaks_json2_to_its_login_page(
    httpserver: HTTPServer,
) -> None:
    """Followed, that would be a 200 with HTML."""
    one = exchange(18, "004")
    httpserver.expect_request(one.path).respond_with_data(
        status=303, headers={"Location": httpserver.url_for("/web/login")}
    )
    httpserver.expect_request("/web/login").respond_with_data("<html>")

    with pytest.raises(CallFailed) as caught:
        transport(httpserver, 19).call("res.users", "context_get", None)

    assert type(caught.value.failure) is Permanent
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("version", [18, 19])
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(429, Throttled), (502, Unknown), (503, Retry), (504, Unknown)],
)
def test_what_stands_before_an_odoo_may_answer_too(
    httpserver: HTTPServer, version: int, status: int, outcome: type
) -> None:
    if version == 18:
        signed_in = {"jsonrpc": "2.0", "id": 1, "result": UID}
        httpserver.expect_oneshot_request("/jsonrpc").respond_with_json(signed_in)
    httpserver.expect_request("/jsonrpc").respond_with_data("<html>", status)
    path = "/json/2/hr.applicant/write"
    httpserver.expect_request(path).respond_with_data("<html>", status)

    with pytest.raises(CallFailed) as caught:
        transport(httpserver, version).call(
            "hr.applicant", "write", [1], vals={"partner_name": "Sanne"}
        )

    assert type(caught.value.failure) is outcome
