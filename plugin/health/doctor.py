"""Make every check, in an order in which the first failure is the cause."""

from collections.abc import Iterable, Iterator
from itertools import chain

import structlog

from plugin.errors import StdcError
from plugin.health import (
    checks_ats,
    checks_consent,
    checks_flow,
    checks_hook,
    checks_installation,
    checks_mautic,
    checks_rights,
    checks_setup,
    checks_store,
)
from plugin.health.model import Check, Checked, Finding, Outcome, fail
from plugin.health.premises import Premises

log = structlog.get_logger(__name__)

#: Every check there is; one comes after those it needs.
CHECKS: tuple[Check, ...] = tuple(
    chain(
        checks_installation.CHECKS,
        checks_store.CHECKS,
        checks_mautic.CHECKS,
        checks_rights.CHECKS,
        checks_setup.CHECKS,
        checks_consent.CHECKS,
        checks_ats.CHECKS,
        checks_flow.CHECKS,
        # last, because its own delivery changes what the flow looks like
        checks_hook.CHECKS,
    )
)


def examine(premises: Premises, checks: Iterable[Check] = CHECKS) -> Iterator[Checked]:
    """Make the checks one by one; one whose needs failed is not made."""
    failed: set[str] = set()
    for check in checks:
        causes = sorted(failed.intersection(check.needs))
        finding = _skipped(causes) if causes else _found(check, premises)
        if finding.outcome in {Outcome.FAIL, Outcome.SKIPPED}:
            failed.add(check.name)
        yield Checked(check=check, finding=finding)


def _skipped(causes: list[str]) -> Finding:
    says = f"not looked at, because of {' and '.join(causes)}"
    return Finding(outcome=Outcome.SKIPPED, says=says)


def _found(check: Check, premises: Premises) -> Finding:
    try:
        return check.run(premises)
    except StdcError as error:
        return fail(" ".join(str(error).split()))
    except Exception as error:  # a check that breaks must not hide the others
        log.exception("doctor.check_failed", check=check.name)
        return fail(f"our bug: the check itself broke: {error!r}")
