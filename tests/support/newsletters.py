"""E-mails that are sent week after week, as a simulation lives through them."""

from collections import Counter
from datetime import date, timedelta
from random import Random

from plugin.content.mailings import Counts, Mailing

FIRST = date(2026, 1, 5)


def drawn(rng: Random, people: int, share: float) -> int:
    """Draw how many of so many do something."""
    return sum(rng.random() < share for _ in range(people))


def week(number: int) -> date:
    """Give the Monday of a week."""
    return FIRST + timedelta(weeks=number)


def mailing(
    number: int,
    clicked: int,
    *,
    sent: int = 2000,
    content: str = "email:5",
    audience: str = "it",
    hour: int = 34,
    opened: int = 0,
    bounced: int = 0,
    machines: int = 0,
) -> Mailing:
    """Build what came of one week."""
    counts = Counts(
        sent=sent,
        clicked=clicked,
        opened=opened,
        bounced=bounced,
        machines=machines,
    )
    return Mailing(
        content=content,
        week=week(number),
        audience=audience,
        name="Nieuwsbrief",
        counts=counts,
        hours=Counter({hour: sent}),
    )
