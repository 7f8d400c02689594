"""Whether people can be handed over under what the mappings ask."""

from collections.abc import Mapping
from typing import Any

from plugin.health.checks_mautic import MAUTIC
from plugin.health.model import Check, Finding, fail, ok, worst
from plugin.health.premises import Premises
from plugin.mappings.consent import Basis


def consent(premises: Premises) -> Finding:
    """Look whether the fields that hold consent are there, as yes / no."""
    asked = premises.mappings.fields.consent
    if not asked.aliases:
        return ok("the mappings ask for none")
    kinds: dict[str | None, tuple[str, ...]] = {
        asked.profiling_field: ("boolean",),
        asked.handover_field: ("boolean",),
        asked.handover_date_field: ("date", "datetime"),
    }
    fields = premises.contact_fields
    return worst(
        (_consent(one, fields.get(one), kinds.get(one, ())) for one in asked.aliases),
        ", ".join(asked.aliases),
    )


def decided(premises: Premises) -> Finding:
    """Look whether somebody decided under what people are handed over."""
    asked = premises.mappings.fields.consent
    if asked.basis is Basis.UNDECIDED and premises.settings.ats:
        return fail("nobody is handed over: [consent] in fields.toml does not say when")
    if asked.basis is Basis.NOT_NEEDED:
        return ok(f"not needed: {asked.handover_reason.strip()}")
    return ok(asked.handover_field or "no ATS")


def _consent(
    alias: str, field: Mapping[str, Any] | None, kinds: tuple[str, ...]
) -> Finding:
    if field is None:
        return fail(f"{alias} is not in Mautic, so nobody is scored or handed over")
    if kinds and field.get("type") not in kinds:
        wanted = " or ".join(kinds)
        return fail(f"{alias} is of type {field.get('type')}, and not {wanted}")
    if not field.get("isPublished"):
        return fail(f"{alias} is not published, so Mautic does not tell its value")
    return ok(alias)


CHECKS = (
    Check(
        name="consent.decided",
        means="Whoever signs up waits: nobody is handed over to the ATS.",
        mend="Name handover_field under [consent] in fields.toml, or say "
        'handover = "not-needed" and on what it rests: handover_reason.',
        run=decided,
        needs=("mappings",),
    ),
    Check(
        name="consent.field",
        means="Without the field nobody can have consented, so nobody is scored or "
        "handed over.",
        mend="Make the yes/no field in Mautic, or correct [consent] in fields.toml.",
        run=consent,
        needs=(*MAUTIC, "rights.contacts"),
    ),
)
