"""What `stdc doctor` finds, for admins on a page: what is wrong and how to mend it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from flask import render_template

from plugin.health.doctor import examine
from plugin.health.model import Checked, Outcome
from plugin.health.premises import Premises
from plugin.pipeline.parts import Parts
from plugin.ui import roles
from plugin.ui.roles import Right

#: Outcomes in the order in which a person should read them.
URGENT = (Outcome.FAIL, Outcome.WARN)


def show(parts: Parts) -> str:
    """Make every check anew and render what came of it; nothing is changed."""
    roles.require(Right.OPERATIONS)
    premises = Premises(
        config_path=parts.settings.source,
        settings=lambda: parts.settings,
        parts=lambda: parts,
    )
    made = list(examine(premises))
    return render_template(
        "doctor.html",
        counts=Counter(one.outcome.value for one in made),
        urgent=[one for outcome in URGENT for one in made if one.outcome is outcome],
        areas=_by_area(one for one in made if one.outcome not in URGENT),
        at=parts.clock(),
    )


def _by_area(made: Iterable[Checked]) -> Mapping[str, list[Checked]]:
    """Group checks by what stands before the dot of their name."""
    areas: dict[str, list[Checked]] = {}
    for one in made:
        areas.setdefault(one.check.name.partition(".")[0], []).append(one)
    return areas
