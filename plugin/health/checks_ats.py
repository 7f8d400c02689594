"""Checks of the connections to an ATS; each says it for all of them."""

from collections.abc import Iterator

from plugin.ats.base import Changes, Connector, Failure
from plugin.health.model import Check, Finding, fail, ok, warn, worst
from plugin.health.premises import Premises
from plugin.pipeline import writes
from plugin.pipeline.budget import NEARLY
from plugin.store import OutboxState

NONE = "no ATS is configured"


def connections(premises: Premises) -> Finding:
    """Sign in to each."""
    found = premises.parts.connectors
    return worst(
        (_signed_in(name, one) for name, one in sorted(found.items())),
        f"signed in to {', '.join(sorted(found))}" if found else NONE,
    )


def _signed_in(name: str, connector: Connector) -> Finding:
    answer = connector.check()
    if isinstance(answer, Failure):
        return fail(f"{name}: {answer.message}")
    return ok(f"{name}: {answer.value.user}")


def mappings(premises: Premises) -> Finding:
    """Look whether each has a mapping, and each mapping a connection."""
    return worst(_mappings(premises), "each connection has its mapping")


def _mappings(premises: Premises) -> Iterator[Finding]:
    configured, mapped = set(premises.settings.ats), set(premises.mappings.ats)
    for name in sorted(configured - mapped):
        yield warn(f"mappings/ats/{name}.toml is missing, so only a name is sent")


def news(premises: Premises) -> Finding:
    """Look whether a hire can reach us from each."""
    return worst(_news(premises), "hires reach us" if premises.settings.ats else NONE)


def _news(premises: Premises) -> Iterator[Finding]:
    for name, connector in sorted(premises.parts.connectors.items()):
        can_be_polled = connector.capabilities().changes is Changes.POLL
        if not can_be_polled and premises.settings.ats[name].inbound_secret is None:
            yield warn(f"{name}: it cannot be polled and has no inbound_secret")


def parked(premises: Premises) -> Finding:
    """Count the hand-overs that wait for a person."""
    return worst(_parked(premises), "none waits for a person")


def _parked(premises: Premises) -> Iterator[Finding]:
    with premises.store.view() as unit:
        depth = unit.outbox.depth()
    for name in sorted(premises.settings.ats):
        if count := depth.get((writes.ats(name), OutboxState.PARKED), 0):
            yield fail(f"{name}: {count} parked")


def budget(premises: Premises) -> Finding:
    """Compare what was called this month with what may be."""
    return worst(_budgets(premises), "no budget of calls is nearly used up")


def _budgets(premises: Premises) -> Iterator[Finding]:
    now = premises.now
    for name, settings in sorted(premises.settings.ats.items()):
        most = settings.calls_per_month
        if most is None:
            continue
        with premises.store.view() as unit:
            spent = unit.budgets.spent(name, now)
        told = f"{name}: {spent} of {most} calls of this month are made"
        if spent >= most:
            yield fail(told)
        elif spent >= NEARLY * most:
            yield warn(told)


CHECKS: tuple[Check, ...] = (
    Check(
        name="ats.connections",
        means="Candidates who sign up do not reach the recruiter.",
        mend="Run `stdc ats check`; compare address, login and key in config.toml.",
        run=connections,
        needs=("wiring",),
    ),
    Check(
        name="ats.mappings",
        means="The recruiter gets a candidate without fields, tags and target.",
        mend="Write mappings/ats/<connection>.toml; mappings/README.md shows how.",
        run=mappings,
        needs=("wiring",),
    ),
    Check(
        name="ats.news",
        means="A hire never becomes Care, and mails about vacancies go on.",
        mend="Set inbound_secret of the connection and give it to the ATS.",
        run=news,
        needs=("wiring",),
    ),
    Check(
        name="ats.parked",
        means="A candidate who signed up waits for somebody to decide.",
        mend="`stdc ats status` says why; then `stdc outbox retry`.",
        run=parked,
        needs=("wiring", "store.revision"),
    ),
    Check(
        name="ats.budget",
        means="Until the next month nothing reaches the recruiter, nor comes back.",
        mend="Set calls_per_month of the connection higher, or poll less often.",
        run=budget,
        needs=("wiring", "store.revision"),
    ),
)
