"""Which kinds of ATS there are, and how one is made from its settings."""

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from standardwebhooks.webhooks import EmptyWebhookSecretError

from plugin.ats.alert import AlertHook
from plugin.ats.base import Connector
from plugin.ats.carerix import CarerixConnector
from plugin.ats.carerix_api import Api as CarerixApi
from plugin.ats.csv_drop import Drop, Folder, Sftp, is_pin
from plugin.ats.csv_files import (
    DELIMITER,
    DELIMITERS,
    ENCODING,
    ENCODINGS,
    CsvConnector,
)
from plugin.ats.http import TIMEOUT
from plugin.ats.odoo import OdooConnector
from plugin.ats.odoo_rpc import Detected
from plugin.ats.outward import OutwardSession, connect
from plugin.ats.recruitee import RecruiteeConnector
from plugin.ats.recruitee_api import Api as RecruiteeApi
from plugin.ats.rehearsal import Rehearsal, RehearsingDrop, RehearsingSession
from plugin.ats.webhook import WebhookConnector
from plugin.config import AlertSettings, AtsSettings
from plugin.errors import Misconfigured
from plugin.mappings.ats import AtsMapping
from webhooks.sources.base import Source
from webhooks.sources.carerix import CarerixSource
from webhooks.sources.odoo import OdooSource
from webhooks.sources.recruitee import RecruiteeSource
from webhooks.sources.standard import StandardSource


def _nothing() -> None:
    """Count no calls."""


def build(
    settings: AtsSettings,
    mapping: AtsMapping,
    *,
    clock: Callable[[], datetime],
    spend: Callable[[], None] = _nothing,
) -> Connector:
    """Make the connector of one connection; nothing is sent yet.

    `spend` is called before each call to the ATS; what it raises is not caught.
    Raises Misconfigured for a kind nobody wrote, or a secret of the wrong form.
    """
    session = OutwardSession(allow_private=settings.allow_private, spend=spend)
    return _build(settings, mapping, clock, session, lambda drop: drop)


def rehearse(
    settings: AtsSettings,
    mapping: AtsMapping,
    *,
    clock: Callable[[], datetime],
    spend: Callable[[], None] = _nothing,
) -> tuple[Connector, Rehearsal]:
    """Make a connector that reads and never writes, and what it would have written.

    Raises what `build` raises.
    """
    rehearsal = Rehearsal(settings.kind, settings.secret.reveal())
    session = RehearsingSession(
        rehearsal, allow_private=settings.allow_private, spend=spend
    )
    connector = _build(
        settings, mapping, clock, session, lambda drop: RehearsingDrop(drop, rehearsal)
    )
    return connector, rehearsal


def _build(
    settings: AtsSettings,
    mapping: AtsMapping,
    clock: Callable[[], datetime],
    session: OutwardSession,
    around: Callable[[Drop], Drop],
) -> Connector:
    if settings.kind == "webhook":
        return _webhook(settings, clock, session)
    if settings.kind == "odoo":
        return _odoo(settings, mapping, session)
    if settings.kind == "csv":
        return _csv(settings, mapping, clock, around)
    if settings.kind == "recruitee":
        return _recruitee(settings, mapping, session)
    if settings.kind == "carerix":
        return _carerix(settings, mapping, clock, session)
    raise Misconfigured(
        f"ats.{settings.name}: no connector of kind {settings.kind!r}",
        ("there are: carerix, csv, odoo, recruitee, webhook",),
    )


def source(settings: AtsSettings, instance: str) -> Source:
    """Make what reads this connection's own webhooks; it must have a secret."""
    inbound = settings.inbound_secret.reveal() if settings.inbound_secret else ""
    if settings.kind == "odoo":
        return OdooSource([inbound.encode()])
    if settings.kind == "carerix":
        return CarerixSource([inbound.encode()])
    if settings.kind == "recruitee":
        return RecruiteeSource([inbound.encode()])
    return StandardSource([signing_secret(inbound)], settings.name, instance)


def signing_secret(secret: str) -> str:
    """Give a secret the form Standard Webhooks asks for: base64 after `whsec_`.

    Any other text is taken for the key's own bytes.
    """
    if secret.startswith("whsec_"):
        return secret
    return "whsec_" + base64.b64encode(secret.encode()).decode()


def _webhook(
    settings: AtsSettings, clock: Callable[[], datetime], session: OutwardSession
) -> WebhookConnector:
    secret = signing_secret(settings.secret.reveal())
    try:
        return WebhookConnector(settings.url, secret, clock=clock, session=session)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured(
            f"ats.{settings.name}.secret: found a secret that cannot sign",
            ("expected whsec_ and base64 behind it, or any other text",),
        ) from error


def alerts(
    settings: AlertSettings | None,
    *,
    clock: Callable[[], datetime],
    spend: Callable[[], None] = lambda: None,
) -> AlertHook | None:
    """Make what takes alerts, where config.toml names it.

    `spend` raises CallFailed when there is no budget left.
    """
    if settings is None:
        return None
    secret = signing_secret(settings.secret.reveal())
    try:
        session = OutwardSession(allow_private=settings.allow_private, spend=spend)
        return AlertHook(settings.url, secret, clock=clock, session=session)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured(
            "alerts.secret: found a secret that cannot sign",
            ("expected whsec_ and base64 behind it, or any other text",),
        ) from error


def _csv(
    settings: AtsSettings,
    mapping: AtsMapping,
    clock: Callable[[], datetime],
    around: Callable[[Drop], Drop],
) -> CsvConnector:
    given = {name: str(value) for name, value in settings.options.items()}
    delimiter, encoding = (
        given.get("delimiter", DELIMITER),
        given.get("encoding", ENCODING),
    )
    if delimiter not in DELIMITERS or encoding not in ENCODINGS:
        raise Misconfigured(
            f"ats.{settings.name}: found {delimiter=}, {encoding=}",
            (f"expected one of {DELIMITERS!r} and one of {', '.join(ENCODINGS)}",),
        )
    return CsvConnector(
        around(_drop(settings, given.get("host_key", ""))),
        clock=clock,
        delimiter=delimiter,
        encoding=encoding,
        hired_stages=mapping.hired_stages,
    )


def _drop(settings: AtsSettings, host_key: str) -> Drop:
    if settings.url.startswith("file:"):
        return Folder(Path(unquote(urlsplit(settings.url).path)))
    if not is_pin(host_key):
        raise Misconfigured(
            f"ats.{settings.name}.host_key: found no public key and no fingerprint",
            ("expected ssh-ed25519 AAAA..., or SHA256:...",),
        )
    way = partial(connect, timeout=TIMEOUT[0], allow_private=settings.allow_private)
    return Sftp(settings.url, settings.secret.reveal(), host_key, connect=way)


def _recruitee(
    settings: AtsSettings, mapping: AtsMapping, session: OutwardSession
) -> RecruiteeConnector:
    company = str(settings.options.get("company", ""))
    if not company.isdecimal():
        raise Misconfigured(
            f"ats.{settings.name}.company: found {company!r}",
            ("expected the company's number: its short name is refused",),
        )
    api = RecruiteeApi(settings.url, company, settings.secret.reveal(), session)
    return RecruiteeConnector(api, hired_stages=mapping.hired_stages)


def _carerix(
    settings: AtsSettings,
    mapping: AtsMapping,
    clock: Callable[[], datetime],
    session: OutwardSession,
) -> CarerixConnector:
    given = settings.options
    numbers = {
        name: str(given.get(name, "")) for name in ("marker_field", "tags_field")
    }
    for name, number in numbers.items():
        if not (number.isdecimal() or (name == "tags_field" and not number)):
            raise Misconfigured(
                f"ats.{settings.name}.{name}: found {number!r}",
                ("expected the number of an additional field, such as 10189",),
            )
    rejected = given.get("rejected_stages", ())
    api = CarerixApi(
        settings.url,
        str(given.get("token_url", "")),
        (str(given.get("client_id", "")), settings.secret.reveal()),
        clock=clock,
        session=session,
    )
    return CarerixConnector(
        api,
        **numbers,
        clock=clock,
        hired_stages=mapping.hired_stages,
        rejected_stages=frozenset(str(one) for one in rejected),
    )


def _odoo(
    settings: AtsSettings, mapping: AtsMapping, session: OutwardSession
) -> OdooConnector:
    given = {name: str(value) for name, value in settings.options.items()}
    transport = Detected(
        settings.url,
        given.get("database", ""),
        given.get("login", ""),
        settings.secret.reveal(),
        session=session,
    )
    return OdooConnector(
        settings.url,
        transport,
        marker_field=given.get("marker_field") or None,
        hired_stages=mapping.hired_stages,
    )
