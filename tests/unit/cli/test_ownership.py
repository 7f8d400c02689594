"""`stdc adopt` and `stdc destroy`, where Mautic is the look-alike."""

import json

import pytest

from plugin.sandbox.mautic.server import MauticSandbox


@pytest.fixture(scope="module")
def mautic():
    with MauticSandbox() as one:
        yield one


@pytest.fixture
def there(installed, mautic):
    installed.edit("http://127.0.0.1:9", mautic.url)
    installed.edit('auth = "oauth2"', 'auth = "basic"')
    installed.edit('# username = "stdc"', f'username = "{mautic.username}"')
    installed.edit(
        '# password = "env:MAUTIC_PASSWORD"', 'password = "file:secrets/password"'
    )
    (installed.folder / "secrets" / "password").write_text(mautic.password)
    yield installed
    installed.stdc("destroy", "--yes")


@pytest.fixture
def segment(mautic, there):
    """A stranger's segment that has the name of one of ours."""
    session = there.session()
    client = session.parts.mautic
    made = client.segments.make({"name": "Hot", "alias": "stdc-do", "filters": []})
    yield made["id"]
    client.segments.remove(made["id"])
    session.close()


def actions(there):
    session = there.session()
    with session.parts.store.view() as unit:
        found = [one.action for one in unit.audit.list()]
    session.close()
    return found


def test_adopt_shows_what_apply_would_change_and_asks(there, segment):
    before = there.stdc("plan")
    refused = there.stdc("adopt", "segment", "stdc-do", input="n\n")
    adopted = there.stdc("adopt", "segment", "stdc-do", "--yes")

    assert "stdc adopt segment stdc-do" in before.stdout
    assert refused.exit_code == 1
    assert f"segment stdc-do: id {segment} in Mautic." in refused.stdout
    assert 'name: "Hot" -> "STDC - Do"' in refused.stdout
    assert adopted.exit_code == 0, adopted.output
    assert "! segment" not in there.stdc("plan").stdout
    assert "mautic.adopted" in actions(there)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("segment", "stdc-doo"), "did you mean 'stdc-do'"),
        (("segment", "stdc-do"), "Mautic has nothing of that name"),
    ],
)
def test_adopt_says_what_it_cannot_find(there, words, expected):
    result = there.stdc("adopt", *words, "--yes")

    assert result.exit_code == 1
    assert expected in result.stderr


def test_destroy_shows_asks_and_takes_everything_of_ours_away(there, segment):
    there.stdc("adopt", "segment", "stdc-do", "--yes")
    assert there.stdc("apply", "--yes").exit_code == 0

    shown = json.loads(there.stdc("destroy", "--json").stdout)
    declined = there.stdc("destroy", input="n\n")
    one = there.stdc("destroy", "hook", "hook", "--yes")
    rest = there.stdc("destroy", "--yes")
    again = there.stdc("destroy")

    assert all(one["goes"] for one in shown)
    assert declined.exit_code == 1
    assert "- field stdc_phase" in declined.stdout
    assert "with what contacts have in it" in declined.stdout
    assert one.stdout.splitlines()[-1] == "1 thing taken away from Mautic."
    assert rest.exit_code == 0, rest.output
    assert rest.stdout.splitlines()[-1] == (
        f"{len(shown) - 1} things taken away from Mautic."
    )
    assert "nothing to take away" in again.stdout
    assert actions(there).count("mautic.destroyed") == 2


def test_leftovers_are_what_the_mappings_lack_by_now(there):
    assert there.stdc("apply", "--yes").exit_code == 0
    file = there.folder / "mappings" / "campaigns.toml"
    text = file.read_text()
    start, end = text.index('key = "care"'), len(text)
    file.write_text(text[: text.rindex("[[campaigns]]", 0, start)] + text[end:])

    plan = there.stdc("plan", "--format", "json")
    gone = there.stdc("destroy", "--leftovers", "--yes")

    left = [tuple(one.values()) for one in json.loads(plan.stdout)["leftovers"]]
    assert left == [
        ("email", "care-general"),
        ("email", "care-next"),
        ("campaign", "care"),
    ]
    assert "gone    campaign care" in gone.stdout
    assert json.loads(there.stdc("plan", "--format", "json").stdout)["empty"]


def test_what_somebody_uses_stays_and_is_said(there):
    assert there.stdc("apply", "--yes").exit_code == 0
    session = there.session()
    client = session.parts.mautic
    email = client.emails.make(
        {"name": "Theirs", "subject": "x", "customHtml": "{contactfield=stdc_reason}"}
    )

    result = there.stdc("destroy", "field", "--yes")

    client.emails.remove(email["id"])
    session.close()
    used = f"field stdc_reason: stays, it is used by email 'Theirs' (id {email['id']})"
    assert used in result.stdout
    assert "field stdc_phase: stays, it is used by segment" in result.stdout
