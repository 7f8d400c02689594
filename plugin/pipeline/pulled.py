"""Which of Mautic's fields get what an ATS told. Pure."""

from collections.abc import Sequence

from plugin.history.model import Person
from plugin.mappings.ats import AtsField
from plugin.mappings.model import Mappings
from plugin.store import Link


def for_mautic(
    person: Person, theirs: Sequence[Link], mappings: Mappings
) -> dict[str, str]:
    """Say which of Mautic's fields get what from the ATS: alias -> text; pure.

    What is blank there empties nothing. Where two connections speak of one field, the
    one that changed last counts.
    """
    wanted: dict[str, str] = {}
    for link in sorted(theirs, key=lambda one: (one.updated_at, one.connection)):
        mapping = mappings.ats.get(link.connection)
        for one in mapping.pulled if mapping else ():
            value = (link.pulled or {}).get(one.target, "")
            if value and _may_write(one, person, value):
                wanted[one.target] = value
    return wanted


def _may_write(one: AtsField, person: Person, value: str) -> bool:
    have = person.profile.fields.get(one.target, "").strip()
    return one.write != "if_empty" or have in {"", value}
