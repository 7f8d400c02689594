"""`stdc init` begins an installation; `stdc check` finds what is wrong with it."""

import json
import stat
import tomllib

import pytest

from tests.unit.cli.conftest import ROOT


def test_init_writes_a_folder_and_says_what_is_next(empty):
    result = empty.stdc("init", empty.folder)

    assert result.exit_code == 0
    assert f"wrote {empty.config}" in result.stdout
    steps = result.stdout.partition("Next:")[2]
    assert "1. Open" in steps
    assert f"2. cd {empty.folder} && stdc check" in steps
    assert "3. stdc plan" in steps


def test_init_copies_the_packaged_mappings(begun):
    packaged = {
        one.relative_to(ROOT / "mappings"): one.read_bytes()
        for one in (ROOT / "mappings").rglob("*")
        if one.is_file()
    }
    written = {
        one.relative_to(begun.folder / "mappings"): one.read_bytes()
        for one in (begun.folder / "mappings").rglob("*")
        if one.is_file()
    }

    assert written == packaged
    assert written


def test_init_gives_each_installation_its_own_name_and_secrets(begun, empty):
    other = type(empty)(empty.folder.parent / "other")
    other.stdc("init", other.folder)

    for file in ("config.toml", "secrets/webhook_secret", "secrets/admin_token"):
        assert (begun.folder / file).read_text() != (other.folder / file).read_text()
    name = tomllib.loads(begun.config.read_text())["instance"]["name"]
    assert name.startswith("stdc-")


def test_init_keeps_secrets_from_others(begun):
    secrets = begun.folder / "secrets"

    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    for name in ("webhook_secret", "admin_token"):
        assert stat.S_IMODE((secrets / name).stat().st_mode) == 0o600
        assert len((secrets / name).read_text().strip()) >= 32
    assert (secrets / ".gitignore").read_text() == "*\n"
    assert (begun.folder / "data" / ".gitignore").read_text() == "*\n"


def test_init_twice_changes_nothing_and_says_so(begun):
    begun.edit('language = "nl"', 'language = "en"')
    (begun.folder / "secrets" / "admin_token").unlink()
    before = begun.config.read_text()
    secret = (begun.folder / "secrets" / "webhook_secret").read_text()

    result = begun.stdc("init", begun.folder)

    assert result.exit_code == 0
    assert f"kept  {begun.config}" in result.stdout
    assert f"wrote {begun.folder}/secrets/admin_token" in result.stdout
    assert begun.config.read_text() == before
    assert (begun.folder / "secrets" / "webhook_secret").read_text() == secret


def test_init_without_a_folder_uses_the_current_one(tmp_path, monkeypatch, empty):
    monkeypatch.chdir(tmp_path)

    result = empty.stdc("init")

    assert (tmp_path / "config.toml").is_file()
    assert "2. stdc check" in result.stdout


def test_a_fresh_folder_lacks_only_what_nobody_can_guess(begun):
    result = begun.stdc("check")

    assert result.exit_code == 1
    problems = [line for line in result.stderr.splitlines() if line.startswith("  - ")]
    assert len(problems) == 1
    assert "the environment variable MAUTIC_CLIENT_SECRET is not set" in problems[0]


def test_check_sums_up_what_is_fine(installed):
    result = installed.stdc("check")

    assert result.exit_code == 0, result.output
    assert "mautic    http://127.0.0.1:9 by oauth2, 1 webhook secret" in result.stdout
    assert "scoring rules" in result.stdout
    assert "note: instance.base_url: still the example's address" in result.stdout
    assert "note: mautic.url" not in result.stdout
    assert result.stdout.endswith("Nothing to mend.\n")


def test_check_names_mistakes_of_config_and_mappings_at_once(installed):
    installed.edit("[door]", "[door]\nprot = 1")
    scoring = installed.folder / "mappings" / "scoring.toml"
    scoring.write_text(scoring.read_text() + "\n[humens]\nburst_links = 4\n")

    result = installed.stdc("check")

    assert result.exit_code == 1
    assert "door.prot: not a key we know; did you mean 'port'?" in result.stderr
    assert "scoring.toml" in result.stderr
    assert "humens" in result.stderr


def test_check_of_a_broken_config_still_checks_its_mappings(installed):
    scoring = installed.folder / "mappings" / "scoring.toml"
    policy = installed.folder / "policy"
    scoring.parent.rename(policy)
    installed.edit('mappings = "mappings"', 'mappings = "policy"\nnmae = 1')
    (policy / "scoring.toml").write_text("rules = 3")

    result = installed.stdc("check")

    assert "instance.nmae" in result.stderr
    assert "scoring.toml" in result.stderr


def test_check_without_a_config_file_says_so(empty):
    result = empty.stdc("check")

    assert result.exit_code == 1
    assert "there is no such file" in result.stderr
    assert "stdc init" in result.stderr


def test_check_for_scripts(installed):
    fine = installed.stdc("check", "--json")
    installed.edit("[door]", "[door]\nport = -1")
    wrong = installed.stdc("check", "--json")

    assert fine.exit_code == 0
    assert json.loads(fine.stdout)["ok"] is True
    assert json.loads(fine.stdout)["problems"] == []
    assert wrong.exit_code == 1
    (problem,) = json.loads(wrong.stdout)["problems"]
    assert "door.port: found -1" in problem


def test_check_notes_a_connection_without_a_mapping_and_the_other_way_round(installed):
    installed.edit(
        "[door]",
        '[ats.lonely]\nkind = "webhook"\nurl = "http://localhost"\n'
        'secret = "file:secrets/client_secret"\n[door]',
    )

    result = installed.stdc("check")

    assert result.exit_code == 0, result.output
    assert "note: ats.lonely: no mappings/ats/lonely.toml" in result.stdout
    assert "people are handed over, so nobody is; name handover_field" in result.stdout


def test_no_command_shows_a_secret(installed):
    result = installed.stdc("check", "--json")

    assert "client-secret" not in result.output
    assert "webhook-secret" not in result.output


@pytest.mark.parametrize(
    ("lang", "said"), [("nl", "meldt zich aan"), ("en", "signs up")]
)
def test_check_draws_the_phases(installed, lang, said):
    result = installed.stdc("check", "--diagram", "--lang", lang)

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("stateDiagram-v2\n")
    assert said in result.stdout


def test_check_draws_nothing_while_there_is_something_to_mend(installed):
    path = installed.folder / "mappings" / "phases.toml"
    path.write_text(path.read_text().replace("enter = 10", "enter = 0"))

    result = installed.stdc("check", "--diagram")

    assert result.exit_code == 1
    assert "stateDiagram" not in result.stdout
    assert "phases.toml" in result.stderr
