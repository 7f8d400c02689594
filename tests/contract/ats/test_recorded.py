"""The recordings of real Odoos: what we ask is what was asked, and is understood."""

import json
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from plugin.ats.base import (
    AuthBroken,
    CandidateDraft,
    MatchKeys,
    Ok,
    Permanent,
    Ref,
    Retry,
    TargetIntent,
    TargetKind,
)
from plugin.ats.handover import hand_over
from plugin.ats.odoo import OdooConnector
from plugin.ats.odoo_rpc import Json2, JsonRpc, Transport
from plugin.sandbox.odoo.server import OdooSandbox
from tests.contract.ats.conftest import sandboxed
from tests.support.odoo_recordings import Exchange, exchange, exchanges


class Listening:
    """A transport that remembers what was asked."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.calls: list[tuple[str, str, Any, dict[str, Any]]] = []

    @property
    def has_candidates(self) -> bool:
        return self._inner.has_candidates

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        self.calls.append((model, method, ids, named))
        return self._inner.call(model, method, ids, **named)


def draft() -> CandidateDraft:
    return CandidateDraft(
        marker="mautic:main:12",
        contact_id=12,
        name="Sanne de Wit",
        email="Sanne.de.Wit@Example.NL",
        fields={"partner_phone": "06 12 34 56 78"},
        tags=("interest-it",),
        note="Do",
        source={"source": "Mautic"},
    )


@pytest.mark.parametrize("version", [18, 19])
def test_our_requests_have_the_form_of_recorded_ones(version: int) -> None:
    with OdooSandbox(version) as sandbox:
        odoo = sandboxed(sandbox)
        listening = Listening(odoo.rpc)
        connector = OdooConnector(sandbox.url, listening)
        assert isinstance(connector.check(), Ok)
        for kind in (TargetKind.JOB, TargetKind.TALENT_POOL):
            if kind is TargetKind.JOB or version == 19:
                result = hand_over(
                    connector,
                    draft(),
                    odoo.intent(kind),
                    link_ref=None,
                    op_id=kind.value,
                )
                assert result.failure is None
        cursor = connector.changes(None).value.cursor  # type: ignore[union-attr]
        assert isinstance(connector.changes(cursor), Ok)
        assert isinstance(connector.fetch(["1"]), Ok)

    known: dict[tuple[str, str], set[str]] = {}
    for one in exchanges(version):
        if one.call and one.error is None:
            model, method, _, named = one.call
            known.setdefault((model, method), set()).update(named)
    methods: dict[str, set[str]] = {}
    for (_, method), names in known.items():
        methods.setdefault(method, set()).update(names)
    for model, method, _, named in listening.calls:
        positional = (
            {"vals_list", "vals", "domain", "operation"} if version == 18 else set()
        )
        asked = (model, method)
        assert method in methods, f"{model}.{method} was never recorded"
        unknown = set(named) - methods[method] - positional
        assert not unknown, f"{asked}: {unknown} were never recorded"


def replaying(
    server: HTTPServer, version: int, answers: dict[str, Any]
) -> OdooConnector:
    """Serve recorded answers, by method of the model; give a connector to it."""

    def answer(request: Request) -> Response:
        body = json.loads(request.get_data())
        if version == 19:
            method = request.path.rsplit("/", 1)[-1]
        else:
            params = body["params"]
            method = params["method"]
            method = params["args"][4] if method == "execute_kw" else method
        one: Exchange = answers[method]
        text = (
            one.response if isinstance(one.response, str) else json.dumps(one.response)
        )
        kind = "text/html" if isinstance(one.response, str) else "application/json"
        return Response(text, one.status, mimetype=kind)

    server.expect_request("/jsonrpc").respond_with_handler(answer)
    for model in ("hr.applicant", "res.users", "hr.applicant.category"):
        for method in answers:
            server.expect_request(f"/json/2/{model}/{method}").respond_with_handler(
                answer
            )
    url = server.url_for("").rstrip("/")
    rpc: Transport = (
        Json2(url, "ats19", "key")
        if version == 19
        else JsonRpc(url, "ats18", "mautic-sync", "key")
    )
    return OdooConnector(url, rpc, marker_field="x_mautic_id")


@pytest.mark.parametrize(
    ("version", "number", "method", "outcome"),
    [
        (19, "005", "context_get", AuthBroken),
        (19, "007", "context_get", AuthBroken),
        (19, "008", "context_get", AuthBroken),
        (19, "011", "search_read", AuthBroken),
        (19, "280", "search_read", Permanent),
        (19, "284", "search_read", Permanent),
        (19, "308", "search_read", AuthBroken),
        (19, "340", "search_read", Permanent),
        (18, "009", "authenticate", AuthBroken),
        (18, "013", "authenticate", AuthBroken),
        (18, "016", "search_read", AuthBroken),
        (18, "017", "search_read", AuthBroken),
        (18, "277", "search_read", Permanent),
        (18, "281", "search_read", Permanent),
        (18, "301", "search_read", AuthBroken),
        (18, "330", "search_read", Permanent),
    ],
)
def test_a_recorded_refusal_says_what_to_do(
    httpserver: HTTPServer, version: int, number: str, method: str, outcome: type
) -> None:
    answers = {
        "authenticate": exchange(18, "007"),
        "search_read": exchange(version, number),
        method: exchange(version, number),
    }
    connector = replaying(httpserver, version, answers)

    failure = (
        connector.check()
        if method == "context_get"
        else connector.find(MatchKeys(marker="mautic:main:12"))
    )
    assert type(failure) is outcome


@pytest.mark.parametrize(("version", "number"), [(18, "352"), (19, "363")])
def test_a_race_that_was_lost_is_worth_another_attempt(
    httpserver: HTTPServer, version: int, number: str
) -> None:
    reads = {18: "182", 19: "178"}
    answers = {
        "authenticate": exchange(18, "007"),
        "fields_get": exchange(version, {18: "039", 19: "043"}[version]),
        "read": exchange(version, reads[version]),
        "write": exchange(version, number),
    }
    connector = replaying(httpserver, version, answers)
    candidate = CandidateDraft(
        marker="mautic:main:13", contact_id=13, name="Sanne", email=None
    )

    outcome = connector.update(Ref(id="54"), candidate, op_id="x")

    assert type(outcome) is Retry


@pytest.mark.parametrize(
    ("version", "number", "expected"),
    [(19, "058", []), (19, "060", ["116"]), (19, "070", ["116", "117"]),
     (19, "101", ["129"]), (19, "104", ["128"]),
     (18, "065", []), (18, "067", ["54"]), (18, "081", ["54", "55"])],
)  # fmt: skip
def test_recorded_people_are_found(
    httpserver: HTTPServer, version: int, number: str, expected: list[str]
) -> None:
    answers = {
        "authenticate": exchange(18, "007"),
        "search_read": exchange(version, number),
    }
    connector = replaying(httpserver, version, answers)

    found = connector.find(MatchKeys(marker="mautic:main:12"))

    assert isinstance(found, Ok)
    assert [one.ref.id for one in found.value.matches] == expected


@pytest.mark.parametrize(
    ("version", "number", "expected"), [(18, "091", "58"), (19, "059", "116")]
)
def test_a_created_candidate_gets_the_recorded_id(
    httpserver: HTTPServer, version: int, number: str, expected: str
) -> None:
    answers = {
        "authenticate": exchange(18, "007"),
        "fields_get": exchange(version, {18: "039", 19: "043"}[version]),
        "create": exchange(version, number),
    }
    connector = replaying(httpserver, version, answers)
    candidate = CandidateDraft(
        marker="mautic:main:12",
        contact_id=12,
        name="Sanne de Wit",
        email="s@example.nl",
    )

    made = connector.create(candidate, TargetIntent(), op_id="x")

    assert isinstance(made, Ok)
    assert made.value.id == expected
    assert made.value.url is not None


#: Requests whose ids exist in a fresh look-alike, or need none: answered alike.
ALIKE = {
    19: "001 005 007 011 014 025 026 047 058 061 108 123 124 126 257 262 263 267 277 "
    "278 280 284 285 286 287 288 294 303 305 340",
    18: "001 003 004 013 016 017 022 034 038 039 040 055 065 082 126 127 257 261 262 "
    "274 275 277 281 282 283 284 298 299 330",
}


@pytest.mark.parametrize(
    ("version", "number"),
    [(version, one) for version, all_ in ALIKE.items() for one in all_.split()],
)
def test_the_look_alike_answers_as_the_real_one_did(version: int, number: str) -> None:
    found = [one for one in exchanges(version) if one.name.startswith(number)]
    if not found:
        pytest.fail(f"{version}/{number} is not among the fixtures")
    (recorded,) = found
    with OdooSandbox(version) as sandbox:
        ref = _populate(sandbox, recorded)
        answer = requests.request(
            recorded.method,
            sandbox.url + recorded.path,
            data=_body(sandbox, recorded, ref),
            headers=_headers(sandbox, recorded),
            timeout=10,
            allow_redirects=False,
        )

    assert answer.status_code == recorded.status
    if isinstance(recorded.response, str):
        assert "json" not in answer.headers["Content-Type"]
        return
    told = answer.json()
    if recorded.error or version == 18:
        assert set(told) == set(recorded.response)
    error = told.get("error", {}).get("data", told) if isinstance(told, dict) else {}
    if recorded.error:
        assert error["name"] == recorded.error
    else:
        result = told.get("result") if version == 18 else told
        assert type(result) is type(recorded.result)


def _populate(sandbox: OdooSandbox, recorded: Exchange) -> int:
    """Make somebody where the recording had somebody; ids that were deleted stay so."""
    if any(word in recorded.name for word in ("delete", "find-none")):
        return 999
    return int(sandbox.make(partner_name="Sanne", email_from="sanne@example.nl"))


def _body(sandbox: OdooSandbox, recorded: Exchange, ref: int) -> str | None:
    if recorded.request is None or isinstance(recorded.request, str):
        return recorded.request
    body = json.loads(json.dumps(recorded.request))
    if recorded.path.startswith("/json/2/"):
        if "ids" in body:
            body["ids"] = [ref for _ in body["ids"]]
        return json.dumps(body)
    args = body["params"].get("args", [])
    if args:
        args[0] = args[0] if args[0] == "nosuchdb" else sandbox.database
    if body["params"].get("method") == "execute_kw":
        args[1] = args[1] if args[1] == 999999 else 7
        args[2] = args[2] if args[2] == "wrong-key" else sandbox.api_key
        given = args[5]
        if given and isinstance(given[0], list) and given[0] and given[0] != [[]]:
            if all(isinstance(one, int) for one in given[0]):
                given[0] = [ref for _ in given[0]]
        elif (
            given and isinstance(given[0], dict) and given[0].get("candidate_id") == 54
        ):
            given[0]["candidate_id"] = ref
    return json.dumps(body)


def _headers(sandbox: OdooSandbox, recorded: Exchange) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if "wrong" in recorded.name and "database" in recorded.name:
        headers["X-Odoo-Database"] = "nosuchdb"
    if "no-authorization" not in recorded.name:
        key = "wrong" if "bad-key" in recorded.name else sandbox.api_key
        headers["Authorization"] = f"bearer {key}"
    return headers
