"""`stdc plan` shows, `stdc apply` does, and then nothing is left to do."""

import json

import pytest

from plugin.sandbox.mautic.server import MauticSandbox


@pytest.fixture(scope="module")
def mautic():
    with MauticSandbox() as one:
        yield one


@pytest.fixture
def there(installed, mautic):
    """An installation whose Mautic is the look-alike."""
    installed.edit("http://127.0.0.1:9", mautic.url)
    installed.edit('auth = "oauth2"', 'auth = "basic"')
    installed.edit('# username = "stdc"', f'username = "{mautic.username}"')
    installed.edit(
        '# password = "env:MAUTIC_PASSWORD"', 'password = "file:secrets/password"'
    )
    (installed.folder / "secrets" / "password").write_text(mautic.password)
    return installed


def test_a_plan_is_shown_in_each_form_and_changes_nothing(there):
    text = there.stdc("plan")
    as_json = there.stdc("plan", "--format", "json")
    markdown = there.stdc("plan", "--format", "markdown")

    assert text.exit_code == 0, text.output
    assert "+ segment" in text.stdout
    assert json.loads(as_json.stdout)["summary"]["create"] > 0
    assert markdown.stdout
    assert there.stdc("plan").stdout == text.stdout


def test_plan_tells_scripts_that_there_is_something_to_do(there):
    assert there.stdc("plan", "--exit-code").exit_code == 3


def test_apply_does_only_the_plan_that_was_seen(there):
    result = there.stdc("apply", "--checksum", "0123456789ab")

    assert result.exit_code == 1
    assert "the plan changed since it was shown" in result.stderr
    assert there.stdc("plan", "--exit-code").exit_code == 3


def test_apply_asks_first(there):
    result = there.stdc("apply", input="n\n")

    assert result.exit_code == 1
    assert "Do this in Mautic?" in result.stdout
    assert there.stdc("plan", "--exit-code").exit_code == 3


@pytest.mark.parametrize("form", ['{"checksum": 1', "[]", "{}"])
def test_a_file_that_is_no_plan_is_refused(there, tmp_path, form):
    file = tmp_path / "plan.json"
    file.write_text(form)

    result = there.stdc("apply", "--plan", file)

    assert result.exit_code == 1
    assert "is no plan" in result.stderr


def test_a_plan_and_a_checksum_together_are_wrong_usage(there, tmp_path):
    (tmp_path / "plan.json").write_text("{}")
    words = ["--plan", tmp_path / "plan.json", "--checksum", "x"]

    assert there.stdc("apply", *words).exit_code == 2


def test_a_plan_is_written_applied_and_then_empty(there, tmp_path):
    file = tmp_path / "plan.json"
    there.stdc("plan", "--out", file)

    applied = there.stdc("apply", "--plan", file)
    again = there.stdc("plan", "--exit-code")
    at_once = there.stdc("apply", "--yes")

    assert applied.exit_code == 0, applied.output
    changes = json.loads(file.read_text())["changes"]
    assert f"{len(changes)} changes made in Mautic." in applied.stdout
    assert again.exit_code == 0, again.output
    assert "nothing to do" in again.stdout
    assert at_once.exit_code == 0
    session = there.session()
    with session.parts.store.view() as unit:
        (entry,) = unit.audit.list()
    session.close()
    assert entry.action == "plan.applied"


def test_mautic_that_is_away_is_said_plainly(installed):
    result = installed.stdc("plan")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.output


def test_a_large_change_needs_force(there):
    there.stdc("apply", "--yes")
    fields = there.folder / "mappings" / "fields.toml"
    fields.write_text(fields.read_text().replace('nl = "STDC ', 'nl = "Anders '))

    there.edit("# max_changed_share = 0.3", "max_changed_share = 0.0")
    there.edit("# min_changed = 10", "min_changed = 1")
    refused = there.stdc("apply", "--yes")
    forced = there.stdc("apply", "--yes", "--force")

    assert refused.exit_code == 1
    assert "stdc apply --force" in refused.stderr
    assert forced.exit_code == 0, forced.output
    fields.write_text(fields.read_text().replace('nl = "Anders ', 'nl = "STDC '))
    assert there.stdc("apply", "--yes", "--force").exit_code == 0
