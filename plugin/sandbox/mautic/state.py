"""Everything the look-alike remembers, behind one lock."""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.fields import FIRST_CUSTOM, Field, built_in
from plugin.sandbox.mautic.model import Actor, Contact, Item, KernelError

Clock = Callable[[], datetime]
VERSION = "5.1.1"


def wall_clock() -> datetime:
    """Read the time of the machine; tests and the demo hand in their own clock."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


class Table(dict[int, Item]):
    """Rows by id; ids are never used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.last = 0

    def add(self, row: Item) -> Item:
        """Keep a row under the next id and return it with that id."""
        self.last += 1
        row["id"] = self.last
        self[self.last] = row
        return row

    def first(self, **columns: Any) -> Item | None:
        """Find the first row whose columns all have these values."""
        for row in self.values():
            if all(row.get(name) == value for name, value in columns.items()):
                return row
        return None


@dataclass
class Switches:
    """What an administrator of Mautic would set in the configuration."""

    api_enabled: bool = True
    basic_auth: bool = True
    queue_mode: bool = False
    #: config `webhook_limit`: events per POST in queue mode
    webhook_limit: int = 10
    #: config `webhook_disable_limit`: rows of the log the kill rule looks at
    disable_limit: int = 100
    #: whether the bundled plugin for focus items is on
    focus_plugin: bool = True
    #: what it says it is, and behaves like where versions differ
    version: str = VERSION


@dataclass
class State:
    """The data of one Mautic; every reader and writer holds `lock`."""

    clock: Clock
    site_url: str
    switches: Switches
    lock: threading.RLock = field(default_factory=threading.RLock)
    fields: dict[str, Field] = field(default_factory=built_in)
    contacts: dict[int, Contact] = field(default_factory=dict)
    by_email: dict[str, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    #: device cookie -> contact id
    devices: dict[str, int] = field(default_factory=dict)
    tables: defaultdict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    #: /api/stats tables whose rows are not kept elsewhere
    logs: defaultdict[str, list[Item]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: (segment id, contact id) -> row of lead_lists_leads
    members: dict[tuple[int, int], Item] = field(default_factory=dict)
    #: (campaign id, contact id) -> row of campaign_leads
    campaigners: dict[tuple[int, int], Item] = field(default_factory=dict)
    #: (campaign event id, contact id, rotation) -> row of campaign_lead_event_log
    journeys: dict[tuple[int, int, int], Item] = field(default_factory=dict)
    #: tracking hash -> row of email_stats; device cookie -> its last page hit
    sent: dict[str, Item] = field(default_factory=dict)
    last_hit: dict[str, Item] = field(default_factory=dict)
    counters: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: outgoing requests of the running transaction, see hooks
    pending: list[Any] = field(default_factory=list)
    depth: int = 0

    def is_since(self, major: int, minor: int = 0) -> bool:
        """Tell whether this Mautic is of a version or a later one."""
        found = tuple(int(part) for part in self.switches.version.split(".")[:2])
        return found >= (major, minor)

    def now(self) -> datetime:
        """Read the clock, without the fractions Mautic does not keep."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    def next(self, name: str) -> int:
        """Count up a named sequence."""
        self.counters[name] += 1
        return self.counters[name]

    def log(self, table: str, **columns: Any) -> Item:
        """Append a row with the next id to a stats table; None columns stay out."""
        row = {"id": self.next(table)} | columns
        self.logs[table].append(row)
        return row

    def contact(self, contact_id: int) -> Contact | None:
        """Find a contact; the id of a merged-away one leads to the winner."""
        while contact_id in self.merged:
            contact_id = self.merged[contact_id]
        return self.contacts.get(contact_id)

    def custom_fields(self) -> list[Field]:
        """List published fields as Mautic orders them: newest custom ones first."""
        own = [item for item in self.fields.values() if item.id >= FIRST_CUSTOM]
        rest = [item for item in self.fields.values() if item.id < FIRST_CUSTOM]
        return [item for item in own + rest if item.published]

    def token(self, *parts: object, length: int) -> str:
        """Make a hash that looks random and is the same in every run."""
        text = ":".join(str(part) for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()[:length]

    def ip(self, address: str) -> int:
        """Find or add an address and return its id."""
        table = self.tables["ip_addresses"]
        row = table.first(ip_address=address)
        return int((row or table.add({"ip_address": address}))["id"])

    def tag(self, name: str, description: str | None = None) -> Item:
        """Find or add a tag by name."""
        table = self.tables["tags"]
        row = table.first(tag=name)
        return row or table.add({"tag": name, "description": description})

    def stamped(self, row: Item, actor: Actor) -> Item:
        """Give a new row the stamps every entity of Mautic carries."""
        return {
            "isPublished": True,
            "dateAdded": php.iso(self.now()),
            "dateModified": None,
            "createdBy": actor.id,
            "createdByUser": actor.name,
            "modifiedBy": None,
            "modifiedByUser": None,
        } | row

    def touch(self, row: Item, actor: Actor) -> None:
        """Stamp a row as changed by somebody now."""
        row["dateModified"] = php.iso(self.now())
        row["modifiedBy"] = actor.id
        row["modifiedByUser"] = actor.name

    def audit(self, actor: Actor, kind: str, object_id: int, action: str) -> None:
        """Write a row of audit_log: `kind` is the bundle and the object."""
        self.log(
            "audit_log",
            user_id=actor.id or 0,
            user_name=(actor.name or "").strip() or "System",
            bundle=kind,
            object=kind,
            object_id=object_id,
            action=action,
            details=php.serialize({}),
            date_added=php.sql(self.now()),
            ip_address="127.0.0.1",
        )


def unauthorized(message: str, kind: str = "access_denied") -> KernelError:
    """Build the answer to a call that may not come in."""
    return KernelError(401, message, kind)
