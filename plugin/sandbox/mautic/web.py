"""What a browser calls: pixel, tracked links, forms, landing pages, downloads."""

import html
import re
from typing import Any

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as Answered

from plugin.sandbox.mautic import hooks, mail, php, submissions, tracking
from plugin.sandbox.mautic.model import Item
from plugin.sandbox.mautic.state import State
from plugin.sandbox.mautic.tracking import Browser

COOKIE = "mautic_device_id"


def register(app: Flask, state: State) -> None:
    """Add the visitor's routes to the app."""
    rules: list[tuple[str, Any, list[str]]] = [
        ("/mtracking.gif", pixel, ["GET"]),
        ("/mtc/event", event, ["POST"]),
        ("/email/<tracking_hash>.gif", open_pixel, ["GET"]),
        ("/email/view/<tracking_hash>", web_view, ["GET"]),
        (
            "/email/unsubscribe/<tracking_hash>/<email>/<secret>",
            unsubscribe,
            ["GET", "POST"],
        ),
        ("/r/<redirect_id>", follow, ["GET"]),
        ("/form/submit", form_submit, ["POST"]),
        ("/form/message", form_message, ["GET"]),
        ("/asset/<int:number>:<alias>", asset, ["GET"]),
        ("/<alias>", landing, ["GET"]),
    ]
    for rule, view, methods in rules:
        app.add_url_rule(rule, view.__name__, _locked(state, view), methods=methods)


def _locked(state: State, view: Any) -> Any:
    def run(**arguments: Any) -> Answered:
        with hooks.transaction(state):
            browser = _browser(state)
            answer: Answered = view(state, browser, **arguments)
        answer.set_cookie(COOKIE, browser.cookie)
        return answer

    return run


def _browser(state: State) -> Browser:
    cookie = request.cookies.get(COOKIE) or tracking.new_cookie(state)
    agent = request.headers.get("User-Agent", "")
    return Browser(cookie, request.remote_addr or "127.0.0.1", agent)


def _gif() -> Response:
    return Response(php.PIXEL, mimetype="image/gif")


def _missing() -> Response:
    return Response("Not found", status=404, mimetype="text/plain")


def pixel(state: State, browser: Browser) -> Response:
    """Count a page view of another site."""
    tracking.external(state, browser, request.args.to_dict(), request.referrer)
    return _gif()


def event(state: State, browser: Browser) -> Response:
    """Count a page view by mtc.js."""
    row = tracking.external(state, browser, request.form.to_dict(), request.referrer)
    answer = {
        "success": 1,
        "id": row["lead_id"],
        "sid": browser.cookie,
        "device_id": browser.cookie,
        "events": [],
    }
    return Response(php.json_encode(answer), mimetype="application/json")


def open_pixel(state: State, browser: Browser, tracking_hash: str) -> Response:
    """Count an opening of an e-mail."""
    row = mail.stat(state, tracking_hash)
    if row is not None:
        tracking.opened(state, row, browser.user_agent)
    return _gif()


def web_view(state: State, browser: Browser, tracking_hash: str) -> Response:
    """Show a sent e-mail in the browser, which opens it."""
    row = mail.stat(state, tracking_hash)
    if row is None:
        return _missing()
    tracking.opened(state, row, browser.user_agent, in_browser=True)
    email = state.tables["emails"][row["email_id"]]
    return Response(str(email["customHtml"] or ""), mimetype="text/html")


def unsubscribe(
    state: State, _browser: Browser, tracking_hash: str, email: str, secret: str
) -> Response:
    """Set do-not-contact for the receiver of an e-mail."""
    row = mail.stat(state, tracking_hash)
    if (
        row is None
        or row["email_address"] != email
        or secret != mail.secret(state, row)
    ):
        return _missing()
    tracking.unsubscribe(state, row, "User unsubscribed.")
    return Response("Unsubscribed", mimetype="text/plain")


def follow(state: State, browser: Browser, redirect_id: str) -> Answered:
    """Count a click and send the browser where the link leads."""
    for row in state.logs["page_redirects"]:
        if row["redirect_id"] == redirect_id:
            _, target = tracking.click(state, browser, row, request.args.to_dict())
            return redirect(target)
    return _missing()


def form_submit(state: State, browser: Browser) -> Answered:
    """Take a form: `mauticform[alias]`, one or many values each."""
    values = _form_values()
    number = request.args.get("formId") or values.get("formId") or 0
    form = state.tables["forms"].get(int(number))
    if form is None or not form["isPublished"]:
        return _missing()
    if not submissions.missing(form, values):
        row = submissions.submit(state, browser, form, values, request.referrer or "")
        if request.args.get("ajax"):
            return _ajax(form, row)
    if form["postAction"] == "redirect":
        return redirect(str(form["postActionProperty"]))
    return redirect("/form/message")


def _form_values() -> Item:
    values: Item = {}
    for name, found in request.form.lists():
        match = re.fullmatch(r"mauticform\[(\w+)\](\[\d*\])?", name)
        if match:
            values[match[1]] = found if match[2] else found[-1]
    return values


def _ajax(form: Item, row: Item) -> Response:
    answer = {
        "success": 1,
        "results": row["results"],
        "successMessage": form["postActionProperty"],
        "formName": form["alias"],
    }
    return Response(php.json_encode(answer), mimetype="application/json")


def form_message(_state: State, _browser: Browser) -> Response:
    """Show what follows a form."""
    return Response("<p>Thank you.</p>", mimetype="text/html")


def asset(state: State, browser: Browser, number: int, alias: str) -> Response:
    """Hand out an asset and count the download."""
    row = state.tables["assets"].get(number)
    if row is None or row["alias"] != alias:
        return _missing()
    tracking.download(state, browser, row)
    return Response(f"{row['title']}\n", mimetype="text/plain")


def landing(state: State, browser: Browser, alias: str) -> Response:
    """Show a landing page and count the hit."""
    page = state.tables["pages"].first(alias=alias)
    if page is None or not page["isPublished"]:
        return _missing()
    tracking.landing(state, browser, page, request.args.to_dict(), request.referrer)
    title = html.escape(str(page["title"]))
    return Response(
        str(page["customHtml"] or f"<h1>{title}</h1>"), mimetype="text/html"
    )
