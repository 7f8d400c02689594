"""The store, and a unit of work in it: what commits together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from plugin.store.answers import Answers
from plugin.store.audit import Audit
from plugin.store.awaited import Awaited
from plugin.store.budgets import Budgets
from plugin.store.bursts import Bursts
from plugin.store.content import Content
from plugin.store.door import DoorInbox
from plugin.store.dump import dump
from plugin.store.engine import checkpoint, open_engine, transaction
from plugin.store.erasure import Erasure
from plugin.store.figures import Figures
from plugin.store.gaps import Gaps
from plugin.store.history import History
from plugin.store.holdings import Holdings
from plugin.store.inbox import UnitInbox
from plugin.store.leases import Leases
from plugin.store.links import Links
from plugin.store.mailings import Mailings
from plugin.store.marks import Marks
from plugin.store.outbox import Outbox
from plugin.store.owned import Possessions
from plugin.store.pasts import Pasts
from plugin.store.people import People
from plugin.store.repository import Clock
from plugin.store.roster import Roster
from plugin.store.rules import Rules
from plugin.store.tallies import Tallies
from plugin.store.tombstones import Tombstones
from plugin.store.turns import Turns


class Unit:
    """One transaction, with everything that can be read and written in it."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        """Take a connection whose transaction has begun."""
        self.inbox = UnitInbox(connection, clock)
        self.people = People(connection, clock)
        self.tallies = Tallies(connection, clock)
        self.history = History(connection, clock, self.tallies)
        self.pasts = Pasts(connection, clock)
        self.outbox = Outbox(connection, clock)
        self.content = Content(connection, clock)
        self.links = Links(connection, clock)
        self.answers = Answers(connection, clock)
        self.marks = Marks(connection, clock)
        self.leases = Leases(connection, clock)
        self.owned = Possessions(connection, clock)
        self.bursts = Bursts(connection, clock)
        self.budgets = Budgets(connection, clock)
        self.audit = Audit(connection, clock)
        self.rules = Rules(connection, clock)
        self.holdings = Holdings(connection, clock)
        self.figures = Figures(connection, clock)
        self.tombstones = Tombstones(connection, clock)
        self.erasure = Erasure(connection, clock)
        self.turns = Turns(connection, clock)
        self.roster = Roster(connection, clock)
        self.mailings = Mailings(connection, clock)
        self.awaited = Awaited(connection, clock)
        self.gaps = Gaps(connection, clock)

    def purge_deliveries(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` deliveries done before then; return how many."""
        return self.inbox.purge(before, limit)

    def purge_audit(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` lines of the audit from before then; return how many."""
        return self.audit.purge(before, limit)

    def purge_done_outbox(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` writes finished before then; return how many."""
        return self.outbox.purge(before, limit)


class Store:
    """A database of ours: units to work in, and the door's inbox."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Take an engine; `clock` gives the present moment, aware UTC."""
        self._engine = engine
        self._clock = clock
        self.inbox = DoorInbox(engine)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """Do a unit of work: commit at its end, roll back on any exception.

        On SQLite one unit writes at a time and others wait, so keep it short and
        never call anybody over the network in one. Raises Retryable when the
        database is locked, full or away.
        """
        with transaction(self._engine) as connection:
            unit = Unit(connection, self._clock)
            yield unit
            unit.tallies.flush()

    @contextmanager
    def view(self) -> Iterator[Unit]:
        """Read as of one moment, without holding up anybody; writing fails."""
        with transaction(self._engine, read_only=True) as connection:
            yield Unit(connection, self._clock)

    def dump_state(self) -> bytes:
        """Write all that matters as canonical bytes: equal stores, equal bytes."""
        with transaction(self._engine, read_only=True) as connection:
            return dump(connection)

    def checkpoint(self) -> None:
        """Let nothing that was deleted stand in SQLite's write-ahead log any more.

        Does what it can: while somebody reads, the log is cut back later.
        """
        checkpoint(self._engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_store(url: str, *, clock: Clock) -> Store:
    """Open the store at `sqlite:///path` or `postgresql+psycopg://...`.

    Runs no migration: see `upgrade`. Raises Misconfigured for another address.
    """
    return Store(open_engine(url), clock)
