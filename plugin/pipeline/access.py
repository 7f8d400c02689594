"""Everything that is held of a person, wherever it stands: the right of access."""

import re
from typing import Any

from plugin.pipeline import traces
from plugin.pipeline.parts import Parts
from plugin.pipeline.traces import Reader, Trace
from webhooks.mentions import Someone

#: An address in what cannot be read: whose it is, nobody else may learn.
_ADDRESS = re.compile(r"[\w.!#$%&*+^`|~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
#: What stands where somebody else's address stood.
OTHERS = "[somebody else]"


def held(parts: Parts, person_id: int) -> dict[str, Any]:
    """Read all of it, by table; then raw deliveries, and files on this spool.

    Each delivery has the items about them. Where only an item about somebody else
    names them, there is none; of one that cannot be read, the text.
    """
    with parts.store.view() as unit:
        who = traces.who_is(parts, unit, person_id)
        found = unit.holdings.of(who.rows.contact_ids, who.rows.refs)
    reader = Reader(parts, who)
    deliveries = [one for some in traces.in_inbox(parts, reader) for one in some]
    files = traces.on_spool(parts, reader)
    return {
        **found,
        "deliveries": [
            {"id": one.number, "state": one.state, **_told(one, who.named)}
            for one in deliveries
        ],
        "spool": [
            {"file": one.path.name if one.path else "", **_told(one, who.named)}
            for one in files
        ],
    }


def _told(trace: Trace, who: Someone) -> dict[str, Any]:
    return {
        "source": trace.source,
        "received_at": trace.received_at,
        "items": [_theirs(one, who) for one in trace.mention.items],
    }


def _theirs(item: Any, who: Someone) -> Any:
    """Give an item as it came; of a text, which may be about others too, not those."""
    if not isinstance(item, str):
        return item
    return _ADDRESS.sub(lambda found: found[0] if who.has(found[0]) else OTHERS, item)
