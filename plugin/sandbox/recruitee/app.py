"""The look-alike's HTTP, quirks included; paths as on docs.recruitee.com."""

import json
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue

from plugin.sandbox.faults import WSGI, Faults, breaking
from plugin.sandbox.recruitee.state import STAGES, WRITABLE, Record, State

COMPANY, SLUG, TOKEN = "4711", "example", "sandbox-personal-token"
_UNKNOWN_TOKEN = {"error": "Token not found.", "error_code": "invalid_token"}


class _Refused(Exception):
    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


def create_app(state: State, faults: Faults) -> WSGI:
    """Build the app around one company."""
    app = Flask("plugin.sandbox.recruitee")
    app.register_error_handler(_Refused, lambda one: (one.body, one.status))
    app.before_request(_signed_in)
    _people(app, state)
    _on_people(app, state)
    _placements(app, state)

    @app.get("/c/<company>/admin")
    def admin(company: str) -> ResponseReturnValue:  # noqa: ARG001 -- the path's
        return {"admin": {"id": 9, "email": "sync@example.org", "role": "admin"}}

    @app.get("/c/<company>/offers")
    def offers(company: str) -> ResponseReturnValue:  # noqa: ARG001 -- the slug does here
        return {"offers": list(state.offers.values())}

    @app.post("/api/offers/<slug>/candidates")
    def apply(slug: str) -> ResponseReturnValue:
        """Apply through the careers site: this one does mail the candidate."""
        given = request.get_json()["candidate"]
        offer = next(one["id"] for one in state.offers.values() if one["slug"] == slug)
        made = state.create(given, [offer])
        state.mails += made["emails"]
        return {"candidate": made}, 201

    return breaking(app.wsgi_app, faults, every=True)


def _signed_in() -> ResponseReturnValue | None:
    if request.path.startswith("/api/"):
        return None
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return _UNKNOWN_TOKEN, 401
    return None


def _people(app: Flask, state: State) -> None:
    @app.post("/c/<company>/candidates")
    def create(company: str) -> ResponseReturnValue:
        _numeric(company)
        body = request.get_json()
        given = body.get("candidate") or {}
        if not given.get("name"):
            raise _Refused(422, {"error": ["Name can't be blank"]})
        # only at the root: within "candidate" they are silently ignored
        offers = body.get("offer_ids") or []
        if any(one not in state.offers for one in offers):
            raise _Refused(422, {"error": ["Offer not found"]})
        return {"candidate": state.create(given, offers)}, 201

    @app.get("/c/<company>/candidates/<int:number>")
    def read(company: str, number: int) -> ResponseReturnValue:
        return {"candidate": _there(state, company, number)}

    @app.patch("/c/<company>/candidates/<int:number>")
    def update(company: str, number: int) -> ResponseReturnValue:
        there = _there(state, company, number)
        given = request.get_json().get("candidate") or {}
        there.update({key: given[key] for key in WRITABLE & given.keys()})
        state.touch(there)
        return {"candidate": there}

    @app.delete("/c/<company>/candidates/<int:number>")
    def delete(company: str, number: int) -> ResponseReturnValue:
        there = _there(state, company, number)
        there["deleted_at"] = there["soft_deleted_at"] = state.now()
        return "", 204

    @app.get("/c/<company>/search/new/candidates")
    def search(company: str) -> ResponseReturnValue:
        _numeric(company)
        filters = json.loads(request.args.get("filters_json") or "[]")
        found = state.search(filters)
        limit = int(request.args.get("limit", 30))
        start = (int(request.args.get("page", 1)) - 1) * limit
        hits = [{"id": one["id"], "name": one["name"]} for one in found]
        return {"hits": hits[start : start + limit], "total": len(hits)}


def _on_people(app: Flask, state: State) -> None:
    @app.post("/c/<company>/candidates/<int:number>/tags")
    def tag(company: str, number: int) -> ResponseReturnValue:
        there = _there(state, company, number)
        there["tags"].append(request.get_json()["tag"])
        return {"tags": there["tags"]}, 201

    @app.route("/c/<company>/candidates/<int:number>/notes", methods=["GET", "POST"])
    def notes(company: str, number: int) -> ResponseReturnValue:
        _there(state, company, number)
        if request.method == "GET":
            return {"notes": state.notes[number]}
        made = {"id": state.number(), "body": request.get_json()["note"]["body"]}
        state.notes[number].append(made)
        return {"note": made}, 201

    @app.post("/c/<company>/custom_fields/candidates/<int:number>/fields")
    def fields(company: str, number: int) -> ResponseReturnValue:
        there = _there(state, company, number)
        for given in request.get_json()["fields"]:
            kept = [one for one in there["fields"] if one["name"] != given["name"]]
            there["fields"] = [*kept, given]
        return {"fields": there["fields"]}, 201


def _placements(app: Flask, state: State) -> None:
    @app.post("/c/<company>/placements")
    def place(company: str) -> ResponseReturnValue:
        body = request.get_json()
        there = _there(state, company, body["candidate_id"])
        if body["offer_id"] not in state.offers:
            raise _Refused(422, {"error": ["Offer not found"]})
        return {"placement": state.place(there, body["offer_id"])}, 201

    @app.patch("/c/<company>/placements/<int:number>/change_stage")
    def move(company: str, number: int) -> ResponseReturnValue:
        """Move; a stage may have an automatic mail, so this one mails."""
        _numeric(company)
        stage = request.get_json()["stage_id"]
        found = next(dict(one) for one in STAGES if one["id"] == stage)
        for there in state.candidates.values():
            mine = [one for one in there["placements"] if one["id"] == number]
            for one in mine:
                one |= {"stage_id": stage, "stage": found}
                state.mails += there["emails"]
        return {}


def _numeric(company: str) -> None:
    """Refuse the short name on candidate paths, though offers accept it."""
    if company != COMPANY:
        raise _Refused(422, {"error": ["Company is invalid"]})


def _there(state: State, company: str, number: int) -> Record:
    _numeric(company)
    there = state.candidates.get(number)
    if there is None or there["deleted_at"]:
        raise _Refused(404, {"error": ["Record not found"]})
    return there
