"""A check of `stdc doctor`, and what came of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugin.health.premises import Premises


class Outcome(StrEnum):
    """How a check came out, best first."""

    OK = "ok"
    #: Not looked at, because something it needs failed.
    SKIPPED = "skipped"
    #: It works, but not as it should, or not for long.
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check saw."""

    outcome: Outcome
    #: One sentence without a full stop; never a secret or a person.
    says: str


def ok(says: str) -> Finding:
    """Find nothing wrong."""
    return Finding(outcome=Outcome.OK, says=says)


def warn(says: str) -> Finding:
    """Find something that should be mended."""
    return Finding(outcome=Outcome.WARN, says=says)


def fail(says: str) -> Finding:
    """Find something that does not work."""
    return Finding(outcome=Outcome.FAIL, says=says)


def worst(findings: Iterable[Finding], otherwise: str) -> Finding:
    """Sum up findings: the worst outcome, in the words of all that share it.

    `otherwise` is what to say when there are none, or all are fine.
    """
    found = list(findings)
    for outcome in (Outcome.FAIL, Outcome.WARN):
        said = [one.says for one in found if one.outcome is outcome]
        if said:
            return Finding(outcome=outcome, says="; ".join(said))
    return ok(otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing to look at."""

    #: Area and thing: "hook.secret".
    name: str
    #: What it means when this is not well.
    means: str
    #: How to mend it.
    mend: str
    run: Callable[["Premises"], Finding]
    #: Names of the checks that must not have failed for this one to make sense.
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A check that was made."""

    check: Check
    finding: Finding

    @property
    def outcome(self) -> Outcome:
        """How it came out."""
        return self.finding.outcome

    def as_json(self) -> Mapping[str, Any]:
        """Write for a script."""
        return {
            "name": self.check.name,
            "outcome": self.outcome.value,
            "says": self.finding.says,
            "means": self.check.means,
            "mend": self.check.mend,
        }
