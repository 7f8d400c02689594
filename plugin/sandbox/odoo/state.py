"""All that one look-alike holds; a transaction is seen when it is committed."""

import copy
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugin.sandbox.odoo.domain import Domains
from plugin.sandbox.odoo.model import Record, Tables, schema
from plugin.sandbox.odoo.seed import seed

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Read the time of the machine; tests and the demo hand in their own clock."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """A rule of base.automation whose action is a webhook."""

    #: hired, archived or deleted.
    trigger: str
    url: str
    #: Fields that go with it; none makes a thin payload.
    fields: tuple[str, ...]
    number: int


@dataclass
class State:
    """The database of one look-alike."""

    version: int
    clock: Clock
    tables: Tables = field(init=False)
    automations: list[Automation] = field(default_factory=list)
    #: Subjects of the mails that candidates would have got.
    mails: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Fill in what a fresh database has."""
        self.fields = schema(self.version)
        self.domains = Domains(self.version, self.fields)
        self.tables = seed(self.fields, self.naive_now())
        #: Ids are never given twice, whatever is rolled back or deleted.
        self._last = {model: max([0, *rows]) for model, rows in self.tables.items()}

    def naive_now(self) -> datetime:
        """Tell the time as the database keeps it: UTC without a zone."""
        return self.clock().astimezone(UTC).replace(tzinfo=None)

    def next_id(self, model: str) -> int:
        """Give an id nobody had."""
        self._last[model] += 1
        return self._last[model]

    @contextmanager
    def writing(self) -> Iterator["Transaction"]:
        """Change a copy of everything; kept at the end, forgotten on an error."""
        with self.lock:
            transaction = Transaction(copy.deepcopy(self.tables))
            yield transaction
            self.tables = transaction.tables
        for act in transaction.after_commit:
            act()

    def add_field(self, model: str, name: str, kind: str) -> None:
        """Make a custom field, as an administrator does; names begin with x_."""
        if not name.startswith("x_"):
            raise ValueError("Custom fields must have a name that starts with 'x_'")
        self.fields[model][name] = kind


@dataclass
class Transaction:
    """What one call has changed so far."""

    tables: Tables
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    def get(self, model: str, number: Any) -> Record | None:
        """Find a record."""
        return self.tables[model].get(number)
