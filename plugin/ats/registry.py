"""Which kinds of ATS there are, and how one is made from its settings."""

import base64
from collections.abc import Callable
from datetime import datetime

from standardwebhooks.webhooks import EmptyWebhookSecretError

from plugin.ats.alert import AlertHook
from plugin.ats.base import Connector
from plugin.ats.odoo import OdooConnector
from plugin.ats.odoo_rpc import Detected
from plugin.ats.webhook import WebhookConnector
from plugin.config import AlertSettings, AtsSettings
from plugin.errors import Misconfigured
from plugin.mappings.model import AtsMapping
from webhooks.sources.base import Source
from webhooks.sources.odoo import OdooSource
from webhooks.sources.standard import StandardSource


def build(
    settings: AtsSettings, mapping: AtsMapping, *, clock: Callable[[], datetime]
) -> Connector:
    """Make the connector of one connection; nothing is sent yet.

    Raises Misconfigured for a kind nobody wrote, or a secret of the wrong form.
    """
    if settings.kind == "webhook":
        return _webhook(settings, clock)
    if settings.kind == "odoo":
        return _odoo(settings, mapping)
    raise Misconfigured(
        f"ats.{settings.name}: no connector of kind {settings.kind!r}",
        ("there are: odoo, webhook",),
    )


def source(settings: AtsSettings, instance: str) -> Source:
    """Make what reads this connection's own webhooks; it must have a secret."""
    inbound = settings.inbound_secret.reveal() if settings.inbound_secret else ""
    if settings.kind == "odoo":
        return OdooSource([inbound.encode()])
    return StandardSource([signing_secret(inbound)], settings.name, instance)


def signing_secret(secret: str) -> str:
    """Give a secret the form Standard Webhooks asks for: base64 after `whsec_`.

    Any other text is taken for the key's own bytes.
    """
    if secret.startswith("whsec_"):
        return secret
    return "whsec_" + base64.b64encode(secret.encode()).decode()


def _webhook(settings: AtsSettings, clock: Callable[[], datetime]) -> WebhookConnector:
    secret = signing_secret(settings.secret.reveal())
    try:
        return WebhookConnector(settings.url, secret, clock=clock)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured(
            f"ats.{settings.name}.secret: found a secret that cannot sign",
            ("expected whsec_ and base64 behind it, or any other text",),
        ) from error


def alerts(
    settings: AlertSettings | None, *, clock: Callable[[], datetime]
) -> AlertHook | None:
    """Make what takes alerts, where config.toml names it."""
    if settings is None:
        return None
    secret = signing_secret(settings.secret.reveal())
    try:
        return AlertHook(settings.url, secret, clock=clock)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise Misconfigured(
            "alerts.secret: found a secret that cannot sign",
            ("expected whsec_ and base64 behind it, or any other text",),
        ) from error


def _odoo(settings: AtsSettings, mapping: AtsMapping) -> OdooConnector:
    given = {name: str(value) for name, value in settings.options.items()}
    transport = Detected(
        settings.url,
        given.get("database", ""),
        given.get("login", ""),
        settings.secret.reveal(),
    )
    return OdooConnector(
        settings.url,
        transport,
        marker_field=given.get("marker_field") or None,
        hired_stages=mapping.hired_stages,
    )
