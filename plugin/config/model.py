"""The installation as frozen values: where things are and who may call whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Language(StrEnum):
    """Language of what marketers and recruiters read."""

    NL = "nl"
    EN = "en"


class MauticAuth(StrEnum):
    """How we sign in to Mautic's REST API."""

    #: A Mautic user with a password.
    BASIC = "basic"
    #: OAuth2 client credentials.
    OAUTH2 = "oauth2"


class JobsBackend(StrEnum):
    """Where Huey keeps its jobs."""

    SQLITE = "sqlite"
    REDIS = "redis"
    POSTGRES = "postgres"


class LogFormat(StrEnum):
    """How log lines look."""

    #: Pretty on a terminal, JSON elsewhere.
    AUTO = "auto"
    PRETTY = "pretty"
    JSON = "json"


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that shows itself only when asked to."""

    value: str = field(repr=False)

    def reveal(self) -> str:
        """Give the secret itself, to be sent and never to be logged."""
        return self.value

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class MauticSettings:
    """`[mautic]`: where Mautic is and how we prove who we are."""

    url: str
    auth: MauticAuth
    #: For basic.
    username: str | None = None
    password: Secret | None = None
    #: For oauth2.
    client_id: str | None = None
    client_secret: Secret | None = None
    #: Any of these may have signed a delivery; the first is given to Mautic.
    webhook_secrets: tuple[bytes, ...] = field(repr=False)
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    #: Calls at the most; None for no limit of ours.
    calls_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsSettings:
    """`[ats.<name>]`: one connection to an ATS."""

    name: str
    kind: str
    url: str
    secret: Secret
    #: Whether its address may be one of a private network.
    allow_private: bool = False
    #: Calls at the most; None for no limit of ours.
    calls_per_second: float | None = None
    calls_per_month: int | None = None
    #: What signs or marks the deliveries that come from this ATS.
    inbound_secret: Secret | None = None
    #: What only this kind of ATS needs, such as Odoo's database.
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """`[door]`: the web server that takes deliveries."""

    host: str = "127.0.0.1"
    port: int = 8080
    max_bytes: int = 10_000_000
    #: Requests served at the same time.
    threads: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """`[jobs]`: the worker."""

    backend: JobsBackend = JobsBackend.SQLITE
    #: Redis or PostgreSQL address; empty for SQLite, which lives in `data_dir`.
    url: str = field(default="", repr=False)
    workers: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """`[retention]`: how many days what is kept."""

    #: Behaviour of a person.
    history_days: int = 730
    #: Deliveries as they came, once processed.
    inbox_days: int = 30
    #: Writes that were sent.
    outbox_days: int = 90
    #: Who did what, to whom and why.
    audit_days: int = 1_825


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionSettings:
    """`[provision]`: how much `stdc apply` may change in Mautic at once."""

    #: Share of what is there that one plan may change without --force, 0..1.
    max_changed_share: float = 0.3
    #: Fewer changes than this are never too many.
    min_changed: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class UiSettings:
    """`[ui]`: our own pages."""

    #: Opens the pages to whoever has it.
    admin_token: Secret | None = None
    #: Credentials of Mautic by which people sign in with their account there.
    mautic_client_id: str | None = None
    mautic_client_secret: Secret | None = None
    #: Names of roles in Mautic -> what people of that role are here.
    admin_roles: tuple[str, ...] = ()
    marketer_roles: tuple[str, ...] = ()
    recruiter_roles: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether anybody can sign in at all."""
        return self.admin_token is not None or self.with_mautic

    @property
    def with_mautic(self) -> bool:
        """Whether people can sign in with their Mautic account."""
        return self.mautic_client_id is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """`[alerts]`: where the house is told at once who begins to move."""

    url: str
    secret: Secret
    #: Whether the address may be one of a private network.
    allow_private: bool = False
    #: Calls at the most; None for no limit of ours.
    calls_per_second: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """`[log]`."""

    format: LogFormat = LogFormat.AUTO
    level: LogLevel = LogLevel.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """config.toml with the environment over it, checked; its repr has no secrets."""

    #: Short name of this installation; part of the marker left in the ATS.
    instance: str
    #: Where Mautic, the ATS and people reach us, without a trailing slash.
    base_url: str
    language: Language
    #: Folder with the admin's policy.
    mappings: Path
    #: Folder for the database, the jobs and tokens.
    data_dir: Path
    #: Folder where the door keeps deliveries while the database is away.
    spool: Path
    #: SQLAlchemy address; may hold a password.
    database_url: str = field(repr=False)
    mautic: MauticSettings
    ats: Mapping[str, AtsSettings]
    door: DoorSettings
    jobs: JobSettings
    retention: RetentionSettings
    ui: UiSettings
    log: LogSettings
    alerts: AlertSettings | None = None
    provision: ProvisionSettings = ProvisionSettings()
    #: The file that says this.
    source: Path = Path("config.toml")

    @property
    def mautic_webhook_url(self) -> str:
        """Where Mautic must send its webhooks."""
        return f"{self.base_url}/webhooks/mautic"

    def ats_webhook_url(self, connection: str) -> str:
        """Where this ATS connection must send its webhooks."""
        return f"{self.base_url}/webhooks/ats/{connection}"

    def secrets(self) -> frozenset[str]:
        """List every secret value, so that the log can blot them out."""
        return frozenset(_secrets(self)) - {""}


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, tuple | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _secrets(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _secrets(getattr(value, one.name))
