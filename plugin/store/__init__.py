"""Where everything is kept; SQLAlchemy lives here and only here."""

from plugin.store.audit import AuditEntry, Wanted
from plugin.store.copying import Copied, Step, Tell
from plugin.store.directory import EVERYBODY, Found, Narrow
from plugin.store.erasure import Rows
from plugin.store.gaps import Gap
from plugin.store.history import Old
from plugin.store.inbox import Claim, InboxItem, InboxState, Parked
from plugin.store.links import Link
from plugin.store.move import move, reopen
from plugin.store.owned import Owned
from plugin.store.rules import RuleSet
from plugin.store.schema import head, revision, upgrade
from plugin.store.states import PersonState
from plugin.store.turns import Which
from plugin.store.unit import Store, Unit, open_store
from plugin.store.writes import OutboxItem, OutboxState, OutboxWrite

__all__ = [
    "EVERYBODY",
    "AuditEntry",
    "Claim",
    "Copied",
    "Found",
    "Gap",
    "InboxItem",
    "InboxState",
    "Link",
    "Narrow",
    "Old",
    "OutboxItem",
    "OutboxState",
    "OutboxWrite",
    "Owned",
    "Parked",
    "PersonState",
    "Rows",
    "RuleSet",
    "Step",
    "Store",
    "Tell",
    "Unit",
    "Wanted",
    "Which",
    "head",
    "move",
    "open_store",
    "reopen",
    "revision",
    "upgrade",
]
