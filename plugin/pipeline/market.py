"""The markets of one installation beside its own people, read from the store."""

from datetime import UTC, datetime

from plugin.mappings.model import Mappings
from plugin.planning.mix import WEEKS, Markets, markets
from plugin.store import Unit


def read(
    unit: Unit,
    mappings: Mappings,
    as_of: datetime,
    *,
    audience: str | None = None,
    weeks: int = WEEKS,
) -> Markets:
    """Count everybody of whom anything is known to have happened, per audience.

    Days and weeks are those of UTC, as is the day on which somebody came.
    """
    today = as_of.astimezone(UTC).date()
    came = unit.turns.came()
    return markets(came, mappings.audiences, today, weeks=weeks, only=audience)
