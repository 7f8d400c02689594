"""Errors wear the same dress, and give nothing away."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from plugin.errors import Retryable
from tests.support.people import TOKEN


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere", 404, "bestaat niet"),
        ("/contacts/4711", 404, "niets bekend"),
        ("/contacts/99999999999999999999999", 404, "niets bekend"),
        ("/sign-out", 405, "niet bedoeld"),
    ],
)
def test_an_error_says_what_is_wrong_and_leads_back(admin, path, status, says):
    answer = admin.get(path)

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert says in answer.text
    assert 'href="/"' in answer.text


def test_a_wrong_method_still_says_which_is_right(admin):
    assert "POST" in admin.get("/sign-out").headers["Allow"]


def test_a_deleted_contact_is_not_shown(here, admin):
    here.settle(3, "Weg Gegaan", (1, "reads", "Iets"))
    with here.parts.store.unit() as unit:
        unit.people.delete(3, here.now)
    answer = admin.get("/contacts/3")

    assert answer.status_code == 404
    assert "Weg Gegaan" not in answer.text
    assert "in Mautic verwijderd" in answer.text
    assert "Weg Gegaan" not in admin.get("/").text


class Away:
    """A store that cannot be reached."""

    def __init__(self, error):
        self.error = error
        self.inbox = None

    @contextmanager
    def view(self):
        raise self.error
        yield

    unit = view


def look_while(here, error):
    parts = replace(here.parts, store=Away(error))
    here.parts, parts = parts, here.parts
    app = here.app()
    here.parts = parts
    client = app.test_client()
    client.post("/sign-in", data={"token": TOKEN})
    return client.get("/")


def test_a_busy_database_asks_to_come_back(here):
    answer = look_while(here, Retryable("database is locked"))

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "locked" not in answer.text


def test_a_bug_of_ours_shows_nothing_of_itself(here):
    answer = look_while(here, RuntimeError("secret-of-the-inside"))

    assert answer.status_code == 500
    assert "secret-of-the-inside" not in answer.text
    assert "Onze fout" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
