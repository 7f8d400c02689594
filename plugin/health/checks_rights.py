"""Checks of what our user may do in Mautic, one per area."""

from collections.abc import Callable

from plugin.health.checks_mautic import MAUTIC, version_of
from plugin.health.model import Check, Finding, fail, ok, warn
from plugin.health.premises import Premises
from plugin.health.rights import AREAS, Area

#: Up to here only administrators can write notes: others get an error 500.
NOTES_UNTIL = (6, 0)


def _has(area: Area) -> Callable[[Premises], Finding]:
    def run(premises: Premises) -> Finding:
        missing = premises.missing_rights.intersection(area.rights)
        if missing:
            return fail(f"missing: {', '.join(sorted(missing))}")
        return ok("all there")

    return run


def notes(premises: Premises) -> Finding:
    """Look whether we can leave notes on contacts."""
    if (premises.me.get("role") or {}).get("isAdmin"):
        return ok("an administrator can")
    found = version_of(premises.mautic.version)
    if found is None or found < NOTES_UNTIL:
        return warn("our role is no administrator's, and this Mautic then breaks")
    return ok("this Mautic lets anybody")


CHECKS: tuple[Check, ...] = (
    *(
        Check(
            name=f"rights.{area.name}",
            means=area.means,
            mend=f"Give our role {', '.join(area.rights)} in Mautic's Roles.",
            run=_has(area),
            needs=MAUTIC,
        )
        for area in AREAS
    ),
    Check(
        name="rights.notes",
        means="The note that tells of a phase move cannot be written.",
        mend="Give our user or client a role with full system access.",
        run=notes,
        needs=MAUTIC,
    ),
)
