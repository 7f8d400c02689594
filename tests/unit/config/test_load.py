"""Settings come from a file and the environment; every mistake comes at once."""

import re
import tomllib
from pathlib import Path

import pytest

from plugin import config
from plugin.config import MauticAuth, Secret
from plugin.errors import Misconfigured

SECRET = "webhook-secret-of-32-characters!"
ENVIRON = {"HOOK": SECRET, "PASSWORD": "pa55word", "KEY": "odoo-key"}

LEAST = """
[instance]
name = "acme"
base_url = "https://stdc.example.org/"
[mautic]
url = "https://mautic.example.org"
auth = "basic"
username = "stdc"
password = "env:PASSWORD"
webhook_secrets = ["env:HOOK"]
"""


@pytest.fixture
def load(tmp_path):
    """Load what a config file says, and return settings or the list of problems."""

    def load(text, environ=ENVIRON):
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8")
        return config.load(file, environ)

    return load


@pytest.fixture
def problems(load, tmp_path):
    def problems(text, environ=ENVIRON):
        with pytest.raises(Misconfigured) as caught:
            load(text, environ)
        return [one.replace(f"{tmp_path}/", "") for one in caught.value.problems]

    return problems


def test_the_least_that_must_be_said_is_enough(load, tmp_path):
    settings = load(LEAST)

    assert settings.instance == "acme"
    assert settings.base_url == "https://stdc.example.org"
    assert settings.mautic_webhook_url == "https://stdc.example.org/webhooks/mautic"
    assert settings.ats_webhook_url("x") == "https://stdc.example.org/webhooks/ats/x"
    assert settings.language == "nl"
    assert settings.mautic.auth is MauticAuth.BASIC
    assert settings.mautic.password == Secret("pa55word")
    assert settings.mautic.webhook_secrets == (SECRET.encode(),)
    assert settings.mappings == tmp_path / "mappings"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/stdc.db"
    assert settings.spool == tmp_path / "data" / "spool"
    assert settings.door.max_bytes == 10_000_000
    assert settings.ats == {}


def test_settings_show_no_secret_and_know_them_all(load):
    text = LEAST + '[ats.odoo]\nkind = "odoo"\nurl = "https://o.nl"\nsecret="env:KEY"\n'
    settings = load(text + '[ui]\nadmin_token = "env:HOOK"\n')

    shown = repr(settings) + str(settings) + f"{settings.mautic.password}"
    assert not any(secret in shown for secret in ENVIRON.values())
    assert settings.secrets() == set(ENVIRON.values())


def test_a_database_address_with_a_password_shows_nowhere(load):
    text = LEAST + '[database]\nurl = "env:DB"\n[jobs]\nurl = "env:Q"\n'
    environ = ENVIRON | {"DB": "postgresql+psycopg://u:topsecret@h/d"}
    settings = load(text, environ | {"Q": "redis://:quiet@h/0"})

    assert settings.database_url == "postgresql+psycopg://u:topsecret@h/d"
    assert settings.jobs.url == "redis://:quiet@h/0"
    assert "topsecret" not in repr(settings)
    assert "quiet" not in repr(settings)


def test_several_webhook_secrets_are_kept_in_order(load, tmp_path):
    (tmp_path / "new").write_text("n" * 16 + "\n")
    text = LEAST.replace('["env:HOOK"]', '["file:new", "env:HOOK"]')

    assert load(text).mautic.webhook_secrets == (b"n" * 16, SECRET.encode())


def test_options_of_an_ats_are_kept_apart(load):
    settings = load(
        LEAST + '[ats.my-odoo]\nkind = "odoo"\nurl = "http://odoo:8069/"\n'
        'secret = "env:KEY"\ndatabase = "prod"\ninbound_secret = "env:HOOK"\n'
    )

    odoo = settings.ats["my-odoo"]
    assert (odoo.name, odoo.kind, odoo.url) == ("my-odoo", "odoo", "http://odoo:8069")
    assert odoo.options == {"database": "prod"}
    assert odoo.inbound_secret == Secret(SECRET)


def test_a_folder_for_an_ats_is_an_address_and_no_secret(load, tmp_path):
    text = LEAST + f'[ats.files]\nkind = "csv"\nurl = "file://{tmp_path}/drop"\n'

    assert load(text).ats["files"].url == f"file://{tmp_path}/drop"


# The environment ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "read"),
    [
        ("STDC_MAUTIC_URL", "http://127.0.0.1:1", lambda s: s.mautic.url),
        ("STDC_DOOR_PORT", "9000", lambda s: str(s.door.port)),
        ("STDC_MAUTIC_READ_SECONDS", "2.5", lambda s: str(s.mautic.read_seconds)),
        ("STDC_INSTANCE_LANGUAGE", "en", lambda s: s.language.value),
        ("STDC_MAUTIC_PASSWORD", "literal", lambda s: s.mautic.password.reveal()),
        ("STDC_ATS_MY_ODOO_URL", "https://x.nl", lambda s: s.ats["my-odoo"].url),
        (
            "STDC_ATS_MY_ODOO_DATABASE",
            "test",
            lambda s: s.ats["my-odoo"].options["database"],
        ),
        ("STDC_DATABASE_URL", "postgresql://h/d", lambda s: s.database_url),
    ],
)
def test_a_variable_overrides_the_file(load, variable, value, read):
    text = LEAST + '[ats.my-odoo]\nkind="odoo"\nurl="https://o.nl"\nsecret="env:KEY"\n'

    assert read(load(text, ENVIRON | {variable: value})) == value


def test_several_secrets_fit_one_variable(load):
    both = {"STDC_MAUTIC_WEBHOOK_SECRETS": f"env:HOOK, {'n' * 16}"}

    secrets = load(LEAST, ENVIRON | both).mautic.webhook_secrets

    assert secrets == (SECRET.encode(), b"n" * 16)


def test_a_flag_may_come_from_the_environment(load, problems):
    text = LEAST.replace("https://mautic", "http://mautic")

    assert "expected https://" in problems(text)[0]
    assert load(text, ENVIRON | {"STDC_INSTANCE_ALLOW_HTTP": "true"})


def test_a_variable_without_a_setting_is_a_mistake(problems):
    (only,) = problems(LEAST, ENVIRON | {"STDC_DOOR_PRT": "1", "STDC_CONFIG": "x"})

    assert only == (
        "STDC_DOOR_PRT: this variable overrides no setting; "
        "did you mean 'STDC_DOOR_PORT'?"
    )


def test_a_secret_may_stand_in_a_variable_of_any_name(load):
    text = LEAST.replace("env:PASSWORD", "env:STDC_MAUTIC_PW")

    assert load(text, ENVIRON | {"STDC_MAUTIC_PW": "x"}).mautic.password == Secret("x")


def test_what_is_wrong_with_a_variable_names_the_variable(problems):
    assert problems(LEAST, ENVIRON | {"STDC_DOOR_PORT": "no"}) == [
        "STDC_DOOR_PORT: door.port: found 'no', expected a whole number from 0 to 65535"
    ]


# Mistakes -------------------------------------------------------------------------


def test_every_mistake_is_named_at_once_with_its_place(problems):
    here = Path(__file__).parent

    found = problems((here / "every_mistake.toml").read_text(), {})

    assert found == (here / "every_mistake.txt").read_text().splitlines()
    assert "hunter2" not in "".join(found)


def test_an_empty_file_says_what_is_missing(problems):
    assert problems("") == [
        "config.toml: instance: missing; expected a table [instance]",
        "config.toml: mautic: missing; expected a table [mautic]",
    ]


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("", "the secret is empty"),
        ("short", "too short a secret: 5 of 16 characters"),
        ("x" * 15, "too short a secret: 15 of 16 characters"),
    ],
)
def test_an_empty_or_short_webhook_secret_is_refused(problems, secret, said):
    (only,) = problems(LEAST, ENVIRON | {"HOOK": secret})

    assert only.endswith(f"mautic.webhook_secrets[0]: {said}")


def test_no_webhook_secret_at_all_is_refused(problems):
    (only,) = problems(LEAST.replace('["env:HOOK"]', "[]"))

    assert "mautic.webhook_secrets: found an empty list, expected a list" in only


@pytest.mark.parametrize(
    ("auth", "missing"),
    [("oauth2", ["client_id", "client_secret"]), ("basic", ["password", "username"])],
)
def test_each_way_of_signing_in_says_what_it_lacks(problems, auth, missing):
    lines = [line for line in LEAST.splitlines() if not re.match("user|pass", line)]
    text = "\n".join(lines).replace('"basic"', f'"{auth}"')

    assert problems(text) == [
        f"config.toml:5:2: mautic.{key}: missing; auth = '{auth}' needs it"
        for key in missing
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:80/",
        "http://10.1.2.3",
        "http://192.168.0.9",
        "http://mautic",
        "http://mautic.internal",
    ],
)
def test_no_tls_is_needed_nearby(load, address):
    text = LEAST.replace("https://mautic.example.org", address)

    assert load(text).mautic.url == address.rstrip("/")


@pytest.mark.parametrize("address", ["http://mautic.nl", "http://8.8.8.8"])
def test_tls_is_needed_elsewhere(problems, address):
    (only,) = problems(LEAST.replace("https://mautic.example.org", address))

    assert f"mautic.url: found '{address}', expected https://" in only


@pytest.mark.parametrize(
    "address",
    [
        "https://",
        "https://u:p@h.nl",
        "https://h.nl?x=1",
        "https://h.nl#x",
        "ftp://h.nl",
        "https://h.nl:port",
        "https://h .nl",
        "https://[h.nl",
    ],
)
def test_what_is_no_address_is_refused(problems, address):
    (only,) = problems(LEAST.replace("https://mautic.example.org", address))

    assert "mautic.url: found" in only
    assert "expected Mautic's address" in only


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[jobs]\nbackend = "redis"', "jobs.url: missing; backend = 'redis' needs it"),
        ('[jobs]\nurl = "mysql://h/d"', "jobs.url: found 'mysql://h/d', expected an"),
        ('[database]\nurl = "postgresql://u:p@h/d"', "database.url: holds a password"),
        ('[database]\nurl = "stdc.db"', "database.url: found 'stdc.db', expected an"),
        ('ui = "x"', "ui: found 'x', expected a table"),
        ("[log]\nlevel = 3", "log.level: found 3, expected one of debug, info"),
        ("[door]\nport = true", "door.port: found true, expected a whole number"),
        ("[door]\nport = 80.0", "door.port: found 80.0, expected a whole number"),
        ('[instance]\nname = ["a"]', "instance.name: found a list, expected a-z"),
        (
            '[instance]\nallow_http = "yes"',
            "instance.allow_http: found 'yes', expected true or false",
        ),
        ("ats = 3", "ats: found 3, expected a table per name"),
        ("[ats]\nodoo = 3", "ats.odoo: found 3, expected a table"),
        ('[ats.odoo]\nkind="odoo"\ndatabas=1', "not a key we know for odoo; did you"),
    ],
)
def test_each_mistake_is_said_plainly(problems, table, said):
    name = table.split("\n")[0]
    rest = LEAST.replace(f"{name}\n", "") if name.startswith("[") else LEAST
    text = table + "\n" + rest if "=" in name else rest + "\n" + table

    assert any(said in one for one in problems(text)), problems(text)


def test_what_is_no_toml_says_where(problems):
    (only,) = problems("[instance]\nname = \n")

    assert only.startswith("config.toml:2:8: no valid TOML: Invalid value")


def test_a_broken_off_file_is_no_toml_either(problems):
    (only,) = problems("[instance]\nname = [1,")

    assert "no valid TOML" in only


def test_no_file_at_all_says_how_to_get_one(tmp_path):
    with pytest.raises(Misconfigured, match="stdc init"):
        config.load(tmp_path / "config.toml", {})


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(Misconfigured, match="cannot be read: Is a directory"):
        config.load(tmp_path, {})


@pytest.mark.parametrize("content", [b"\xff\xfe", b'x = "\xe9"'])
def test_a_file_that_is_no_utf8_is_refused(tmp_path, content):
    file = tmp_path / "config.toml"
    file.write_bytes(content)

    with pytest.raises(Misconfigured, match="UTF-8"):
        config.load(file, {})


@pytest.mark.parametrize("content", [b"\xff" * 20, b"x" * 70_000])
def test_a_file_that_is_no_secret_is_refused(tmp_path, problems, content):
    (tmp_path / "secret").write_bytes(content)

    (only,) = problems(LEAST.replace("env:HOOK", "file:secret"))

    assert "the secret's file secret cannot be read" in only


# The example ----------------------------------------------------------------------

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"


def uncommented():
    """Read the example with every commented-out setting switched on."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE)


def test_the_example_is_a_config(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for name in ("webhook_secret", "admin_token"):
        (tmp_path / "secrets" / name).write_text("s" * 32)

    assert config.load(file, {"MAUTIC_CLIENT_SECRET": "x"}).instance == "example"


def test_the_example_with_everything_switched_on_is_a_config_too(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(uncommented(), encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    names = (
        *("webhook_secret", "admin_token", "odoo_inbound_secret", "sign_in_secret"),
        *("alerts_secret", "sftp_key"),
    )
    for name in names:
        (tmp_path / "secrets" / name).write_text("s" * 32)
    named = re.findall(r'"env:(\w+)"', uncommented())

    settings = config.load(file, dict.fromkeys(named, "postgresql://h/d"))

    assert set(settings.ats) == {"odoo", "partner", "files", "recruitee", "carerix"}


def test_every_setting_stands_in_the_example():
    said = {
        (section, key)
        for section, table in tomllib.loads(uncommented()).items()
        for key in (
            table if section != "ats" else {k for one in table.values() for k in one}
        )
    }

    assert said == set(config.every_setting())


def test_the_defaults_in_the_example_are_the_defaults(tmp_path, load):
    plain = load(LEAST)
    tables = tomllib.loads(uncommented())

    for section in ("door", "jobs", "retention", "log"):
        for key, value in tables[section].items():
            if (section, key) != ("jobs", "url"):
                assert getattr(getattr(plain, section), key) == value
    assert plain.mautic.connect_seconds == tables["mautic"]["connect_seconds"]
    assert plain.mautic.read_seconds == tables["mautic"]["read_seconds"]
