"""The calendar of one installation: who is due when, read from the store."""

from datetime import datetime
from itertools import pairwise

from plugin.mappings.model import Mappings
from plugin.planning.turns import WEEKS, Calendar, calendar, midnights, today_in
from plugin.store import Unit


def read(
    unit: Unit,
    mappings: Mappings,
    as_of: datetime,
    *,
    audience: str | None = None,
    weeks: int = WEEKS,
) -> Calendar:
    """Count who is due when; of one audience's rhythm, or of everybody's.

    What was sent is counted for everybody: a mail is nobody's audience alone.
    """
    key = audience or ""
    today = today_in(mappings, as_of, key)
    bounds = midnights(mappings, today, key)
    mails = unit.turns.sent(bounds)
    sent = {
        begins.date(): count
        for (begins, _), count in zip(pairwise(bounds), mails, strict=True)
    }
    waiting = unit.turns.waiting()
    return calendar(waiting, today, weeks=weeks, sent=sent, rhythm=audience)
