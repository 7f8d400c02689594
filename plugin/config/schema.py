"""What config.toml may say: the tables and keys, each with what it accepts."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import INCLUDE, fields, post_load

from plugin.config.fields import (
    Address,
    Choice,
    Flag,
    Named,
    Names,
    Number,
    SecretValue,
    Section,
    Several,
    Store,
    Text,
)
from plugin.config.model import (
    AlertSettings,
    AtsSettings,
    DoorSettings,
    JobsBackend,
    JobSettings,
    Language,
    LogFormat,
    LogLevel,
    LogSettings,
    MauticAuth,
    MauticSettings,
    ProvisionSettings,
    RetentionSettings,
    Secret,
    UiSettings,
)

#: What an instance or a connection may be called: it ends up in addresses and markers.
SLUG = r"[a-z][a-z0-9-]{0,31}"
#: The shortest secret that signs deliveries.
SHORTEST_WEBHOOK_SECRET = 16
#: Kind of ATS -> the keys that only this kind has.
ATS_OPTIONS: Mapping[str, frozenset[str]] = {
    "carerix": frozenset(
        {"client_id", "token_url", "marker_field", "tags_field", "rejected_stages"}
    ),
    "csv": frozenset({"host_key", "delimiter", "encoding"}),
    "odoo": frozenset({"database", "login", "marker_field"}),
    "recruitee": frozenset({"company"}),
    "webhook": frozenset(),
}
#: Kind of ATS -> how its address may begin, where that is not http or https.
ATS_SCHEMES: Mapping[str, frozenset[str]] = {"csv": frozenset({"file", "sftp"})}
WEB = frozenset({"http", "https"})


class InstanceSection(Section):
    """`[instance]`."""

    name = Text("a-z, 0-9 and dashes, at most 32 of them", SLUG, required=True)
    base_url = Address("our own public address", required=True)
    language = Choice(Language, load_default=Language.NL)
    mappings = Text("a folder", load_default="mappings")
    data_dir = Text("a folder", load_default="data")
    spool = Text("a folder", load_default=None)
    allow_http = Flag(load_default=False)


class DatabaseSection(Section):
    """`[database]`."""

    url = Store(("sqlite", "postgresql", "postgresql+psycopg"), load_default=None)


class MauticSection(Section):
    """`[mautic]`."""

    url = Address("Mautic's address", required=True)
    auth = Choice(MauticAuth, load_default=MauticAuth.OAUTH2)
    username = Text("a Mautic user's name")
    password = SecretValue("that user's password")
    client_id = Text("the id of Mautic's API credentials")
    client_secret = SecretValue("the secret of Mautic's API credentials")
    webhook_secrets = Several(
        SecretValue("a webhook secret", shortest=SHORTEST_WEBHOOK_SECRET),
        'a list with at least one secret, as in ["file:secrets/webhook_secret"]',
        required=True,
    )
    connect_seconds = Number(0.1, 300, whole=False)
    read_seconds = Number(0.1, 600, whole=False)
    calls_per_second = Number(0.01, 1_000, whole=False)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> MauticSettings:
        """Make the frozen value."""
        secrets = data.pop("webhook_secrets")
        signing = tuple(_bytes(secret) for secret in secrets)
        return MauticSettings(**data, webhook_secrets=signing)


class AtsSection(Section):
    """`[ats.<name>]`; keys beyond these are options of the kind."""

    class Meta:
        """Keep what only one kind of ATS knows; `rules` checks it."""

        unknown = INCLUDE

    kind = Text("a kind of ATS: " + ", ".join(sorted(ATS_OPTIONS)), required=True)
    url = Address("the ATS's address", WEB.union(*ATS_SCHEMES.values()), required=True)
    allow_private = Flag()
    calls_per_second = Number(0.01, 1_000, whole=False)
    calls_per_month = Number(1, 1_000_000_000)
    #: A folder on this machine needs none; `rules` asks it of all others.
    secret = SecretValue("the key for the ATS's API")
    inbound_secret = SecretValue(
        "the secret of deliveries from the ATS", shortest=SHORTEST_WEBHOOK_SECRET
    )


class DoorSection(Section):
    """`[door]`."""

    host = Text("a host name or IP address", r"[A-Za-z0-9.:_-]+")
    port = Number(0, 65535)
    max_bytes = Number(1_000, 1_000_000_000)
    threads = Number(1, 256)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> DoorSettings:
        """Make the frozen value."""
        return DoorSettings(**data)


class JobsSection(Section):
    """`[jobs]`."""

    backend = Choice(JobsBackend)
    url = Store(("redis", "rediss", "postgresql"))
    workers = Number(1, 64)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> JobSettings:
        """Make the frozen value."""
        return JobSettings(**data)


class RetentionSection(Section):
    """`[retention]`."""

    history_days = Number(1, 36_500)
    inbox_days = Number(1, 36_500)
    outbox_days = Number(1, 36_500)
    audit_days = Number(1, 36_500)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> RetentionSettings:
        """Make the frozen value."""
        return RetentionSettings(**data)


class ProvisionSection(Section):
    """`[provision]`."""

    max_changed_share = Number(0, 1, whole=False)
    min_changed = Number(0, 10_000)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> ProvisionSettings:
        """Make the frozen value."""
        return ProvisionSettings(**data)


class UiSection(Section):
    """`[ui]`."""

    admin_token = SecretValue("the token that opens our pages", shortest=16)
    mautic_client_id = Text("the id of Mautic's API credentials for signing in")
    mautic_client_secret = SecretValue("the secret of these credentials")
    admin_roles = Names("roles in Mautic")
    marketer_roles = Names("roles in Mautic")
    recruiter_roles = Names("roles in Mautic")

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> UiSettings:
        """Make the frozen value."""
        return UiSettings(**data)


class LogSection(Section):
    """`[log]`."""

    format = Choice(LogFormat)
    level = Choice(LogLevel)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> LogSettings:
        """Make the frozen value."""
        return LogSettings(**data)


class AlertsSection(Section):
    """`[alerts]`."""

    url = Address("what takes the alerts", required=True)
    secret = SecretValue(
        "what signs the alerts", shortest=SHORTEST_WEBHOOK_SECRET, required=True
    )
    allow_private = Flag()
    calls_per_second = Number(0.01, 1_000, whole=False)

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> AlertSettings:
        """Make the frozen value."""
        return AlertSettings(**data)


class ConfigSchema(Section):
    """config.toml."""

    instance = fields.Nested(
        InstanceSection,
        required=True,
        error_messages={"required": "missing; expected a table [instance]"},
    )
    database = fields.Nested(DatabaseSection, load_default=lambda: {"url": None})
    mautic = fields.Nested(
        MauticSection,
        required=True,
        error_messages={"required": "missing; expected a table [mautic]"},
    )
    ats = Named(AtsSection(), load_default=dict)
    door = fields.Nested(DoorSection, load_default=DoorSettings)
    jobs = fields.Nested(JobsSection, load_default=JobSettings)
    retention = fields.Nested(RetentionSection, load_default=RetentionSettings)
    provision = fields.Nested(ProvisionSection, load_default=ProvisionSettings)
    ui = fields.Nested(UiSection, load_default=UiSettings)
    log = fields.Nested(LogSection, load_default=LogSettings)
    alerts = fields.Nested(AlertsSection, load_default=None)


def ats_settings(name: str, table: Mapping[str, Any]) -> AtsSettings:
    """Make the frozen value of one connection: known keys, and options beside."""
    known = {key: value for key, value in table.items() if key in AtsSection().fields}
    options = {key: value for key, value in table.items() if key not in known}
    known.setdefault("secret", Secret(""))
    return AtsSettings(name=name, **known, options=options)


def fields_of(section: str) -> Mapping[str, fields.Field[Any]]:
    """List what a table may have; for `ats`, what each connection may have."""
    if section == "ats":
        return AtsSection().fields
    nested = ConfigSchema().fields[section]
    if not isinstance(nested, fields.Nested):
        raise TypeError(section)
    inner: Mapping[str, fields.Field[Any]] = nested.schema.fields
    return inner


def every_setting() -> Iterator[tuple[str, str]]:
    """List every table with every key it may have; all kinds of ATS in one."""
    for section in ConfigSchema().fields:
        for key in fields_of(section):
            yield section, key
    for options in ATS_OPTIONS.values():
        yield from (("ats", key) for key in options)


def _bytes(secret: Secret) -> bytes:
    return secret.reveal().encode()
