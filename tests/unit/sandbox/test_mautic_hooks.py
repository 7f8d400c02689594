"""Queue mode, the log, and the rules by which Mautic gives a hook up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from plugin.sandbox.mautic.server import MauticSandbox


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[MauticSandbox]:
    with MauticSandbox(clock=clock) as found:
        yield found


def call(
    sandbox: MauticSandbox, method: str, path: str, body: Any = None, **how: Any
) -> requests.Response:
    how.setdefault("auth", (sandbox.username, sandbox.password))
    return requests.request(
        method, f"{sandbox.url}/api/{path}", json=body, timeout=10, **how
    )


def subscribe(sandbox: MauticSandbox, url: str, **how: Any) -> None:
    names = ["mautic.lead_post_save_new", "mautic.lead_points_change"]
    body = {"name": "h", "webhookUrl": url, "triggers": names}
    assert call(sandbox, "POST", "hooks/new", body, **how).status_code == 201


def contact(sandbox: MauticSandbox, name: str = "a", **how: Any) -> requests.Response:
    body = {"email": f"{name}@kandidaat.example"}
    return call(sandbox, "POST", "contacts/new", body, **how)


def is_published(sandbox: MauticSandbox) -> bool:
    return bool(call(sandbox, "GET", "hooks/1").json()["hook"]["isPublished"])


def statuses(sandbox: MauticSandbox) -> list[str]:
    rows = call(sandbox, "GET", "stats/webhook_logs").json()["stats"]
    return [row["status_code"] for row in rows]


def test_a_new_hook_dies_of_its_first_failure(
    sandbox: MauticSandbox, httpserver: Any
) -> None:
    httpserver.expect_request("/x").respond_with_data("no", status=500)
    subscribe(sandbox, httpserver.url_for("/x"))

    assert contact(sandbox).status_code == 201
    assert statuses(sandbox) == ["500", "N/A"]
    assert not is_published(sandbox)


def test_an_edit_gives_two_days_of_grace(
    sandbox: MauticSandbox, clock: Clock, httpserver: Any
) -> None:
    httpserver.expect_request("/x").respond_with_data("no", status=500)
    subscribe(sandbox, httpserver.url_for("/x"))
    call(sandbox, "PATCH", "hooks/1/edit", {"description": "edited"})
    contact(sandbox, "one")
    assert is_published(sandbox)

    clock.now += timedelta(days=3)
    contact(sandbox, "two")
    assert not is_published(sandbox)


def test_one_success_keeps_it_alive(sandbox: MauticSandbox, httpserver: Any) -> None:
    httpserver.expect_ordered_request("/x").respond_with_data("ok")
    httpserver.expect_ordered_request("/x").respond_with_data("no", status=503)
    subscribe(sandbox, httpserver.url_for("/x"))
    contact(sandbox, "one")
    contact(sandbox, "two")

    assert statuses(sandbox) == ["200", "503", "N/A"]
    assert is_published(sandbox)


def test_410_ends_it_at_once(sandbox: MauticSandbox, httpserver: Any) -> None:
    httpserver.expect_ordered_request("/x").respond_with_data("ok")
    httpserver.expect_ordered_request("/x").respond_with_data("gone", status=410)
    subscribe(sandbox, httpserver.url_for("/x"))
    contact(sandbox, "one")
    contact(sandbox, "two")

    assert not is_published(sandbox)


def test_a_redirect_is_not_followed(sandbox: MauticSandbox, httpserver: Any) -> None:
    headers = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/x").respond_with_data("", status=302, headers=headers)
    subscribe(sandbox, httpserver.url_for("/x"))
    contact(sandbox)

    assert statuses(sandbox) == ["302", "N/A"]
    assert [request.path for request, _ in httpserver.log] == ["/x"]


def test_a_dead_receiver_is_one_row(sandbox: MauticSandbox) -> None:
    subscribe(sandbox, "http://127.0.0.1:9/x")
    contact(sandbox)

    assert statuses(sandbox) == ["N/A"]


def test_a_killed_hook_of_a_client_fails_the_call_once(
    sandbox: MauticSandbox, httpserver: Any
) -> None:
    httpserver.expect_request("/x").respond_with_data("no", status=500)
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    token = requests.post(f"{sandbox.url}/oauth/v2/token", data=form, timeout=10).json()
    how = {
        "auth": None,
        "headers": {"Authorization": f"Bearer {token['access_token']}"},
    }
    subscribe(sandbox, httpserver.url_for("/x"), **how)

    assert contact(sandbox, **how).status_code == 500
    assert call(sandbox, "GET", "contacts/1").status_code == 200
    assert contact(sandbox, "two", **how).status_code == 201


def test_a_receiver_may_call_back(sandbox: MauticSandbox, httpserver: Any) -> None:
    answers = []

    def back(_request: Any) -> Any:
        from werkzeug import Response  # noqa: PLC0415  # only this handler needs it

        answers.append(call(sandbox, "GET", "contacts/1").status_code)
        return Response("ok")

    httpserver.expect_request("/x").respond_with_handler(back)
    subscribe(sandbox, httpserver.url_for("/x"))
    contact(sandbox)

    assert answers == [200]


def queue(sandbox: MauticSandbox, url: str, count: int) -> None:
    sandbox.switches.queue_mode = True
    subscribe(sandbox, url)
    for number in range(count):
        contact(sandbox, f"n{number}")


def test_queue_mode_sends_ten_at_a_time_by_trigger(
    sandbox: MauticSandbox, httpserver: Any
) -> None:
    httpserver.expect_request("/x").respond_with_data("ok")
    queue(sandbox, httpserver.url_for("/x"), 11)
    call(sandbox, "POST", "contacts/1/points/plus/3")
    assert httpserver.log == []

    assert sandbox.process() == 2
    first, second = (request.get_json() for request, _ in httpserver.log)
    assert [len(items) for items in first.values()] == [10]
    assert {name: len(items) for name, items in second.items()} == {
        "mautic.lead_post_save_new": 1,
        "mautic.lead_points_change": 1,
    }
    assert sandbox.process() == 0


def test_queue_mode_keeps_what_did_not_arrive(sandbox: MauticSandbox) -> None:
    queue(sandbox, "http://127.0.0.1:9/x", 3)
    call(sandbox, "PATCH", "hooks/1/edit", {"description": "edited"})
    sandbox.process()

    assert len(sandbox.state.tables["webhook_queue"]) == 3


def test_queue_mode_loses_what_was_refused(
    sandbox: MauticSandbox, httpserver: Any
) -> None:
    httpserver.expect_request("/x").respond_with_data("no", status=500)
    queue(sandbox, httpserver.url_for("/x"), 12)
    sandbox.process()

    assert len(httpserver.log) == 1
    assert len(sandbox.state.tables["webhook_queue"]) == 2
