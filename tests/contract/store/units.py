"""Units of work whose outcome is looked at and then thrown away."""

from contextlib import contextmanager, suppress


class Undone(Exception):
    """Raised at the end of a unit, so that it rolls back."""


@contextmanager
def undone(store):
    """Give a unit that leaves nothing behind."""
    with suppress(Undone), store.unit() as unit:
        yield unit
        raise Undone
