"""What could not be read before is tried again with each pull, until it was."""

from collections.abc import Iterable, Sequence
from functools import partial

from plugin.pipeline import filled_in, tables
from plugin.pipeline.pull import CONTACT, Pull
from plugin.pipeline.reconcile_people import seen_of

#: Rows that are tried again by one pull.
AGAIN = 200


def read_again(pull: Pull) -> None:
    """Read what could not be read, those first that were not tried for longest.

    What Mautic has no more is forgotten; what still cannot be read stays named.
    """
    with pull.parts.store.view() as unit:
        lacking = unit.gaps.rows(AGAIN)
    for what, numbers in lacking.items():
        if what in tables.BY_NAME:
            step = partial(_rows, name=what, numbers=numbers)
        elif what in OTHERS:
            step = partial(OTHERS[what], numbers=numbers)
        else:
            continue
        pull.try_to(f"{what}, once more", step)


def _rows(pull: Pull, name: str, numbers: Sequence[int]) -> None:
    rows = pull.rows_of(name, numbers)
    events = tables.events_in(pull, tables.BY_NAME[name], rows)
    pull.keep(events=events, closed={name: _read(pull, name, numbers)})


def _answers(pull: Pull, numbers: Sequence[int]) -> None:
    rows = pull.rows_of(filled_in.TABLE, numbers)
    filled = tables.answers(pull, rows)
    found = [row for row in rows if int(row["id"]) in filled.found]
    table = tables.BY_NAME[filled_in.TABLE]
    events = pull.events_in(table, filled.told(found))
    closed = {tables.ANSWERS: _read(pull, tables.ANSWERS, numbers)}
    pull.keep(fuller=events, closed=closed)


def _contacts(pull: Pull, numbers: Sequence[int]) -> None:
    contacts = pull.parts.mautic.contacts
    found = [one for who in numbers if (one := contacts.get(who)) is not None]
    profiles = [told for one in found if (told := seen_of(pull, one)) is not None]
    pull.keep(profiles=profiles, closed={CONTACT: _read(pull, CONTACT, numbers)})


def _read(pull: Pull, what: str, numbers: Iterable[int]) -> set[int]:
    """Leave out those of which it was told just now that they cannot be read."""
    return {one for one in numbers if (what, one) not in pull.unreadable}


#: What is no row of a table that is read as events.
OTHERS = {tables.ANSWERS: _answers, CONTACT: _contacts}
