"""What ats/<connection>.toml may say."""

from collections.abc import Mapping
from typing import Any

from marshmallow.fields import Nested

from plugin.config.fields import Flag, Number, Section, Text
from plugin.mappings.ats import (
    DIRECTIONS,
    TRANSFORMS,
    WRITES,
    AtsField,
    AtsMapping,
    AtsOn,
    AtsOwner,
    AtsTarget,
)
from plugin.mappings.kinds import OneOf, Pairs, Sequence, Set, Tables, Template
from plugin.mappings.schemas import Table

#: What a note for the recruiter can tell.
NOTE_NAMES = ("name", "phase", "since", "score", "reason", "interests", "link")
#: What may be done on what happens after the hand-over.
REACTIONS = ("nothing", "note", "update")
#: The longest text any ATS takes in one field.
LONGEST = 100_000


def _source() -> Text:
    return Text("an alias in Mautic, or stdc.<value>", r"(stdc\.)?[a-z][a-z0-9_]*")


def _names(what: str) -> Set:
    return Set(Text(what), load_default=frozenset)


class AtsFieldTable(Table):
    """`[[fields]]` in ats/<connection>.toml."""

    model = AtsField
    target = Text("a field's name in the ATS, or Mautic's alias", required=True)
    direction = OneOf(DIRECTIONS)
    source = _source()
    first = Sequence(_source())
    template = Text("text with names in braces", r"[^{}]*(\{[^{}]+\}[^{}]*)+")
    static = Text("text")
    write = OneOf(WRITES)
    transform = Sequence(OneOf(TRANSFORMS))
    region = Text("a country, as in NL", r"[A-Z]{2}")
    date_format = Text("how a date is written, as in %d-%m-%Y", r".*%[a-zA-Z].*")
    values = Pairs()
    default = Text("text")
    length = Number(1, LONGEST)
    required = Flag()


class AtsTargetTable(Table):
    """`[[targets]]` in ats/<connection>.toml."""

    model = AtsTarget
    kind = OneOf(("job", "pool", "none"), required=True)
    ref = Text("the id of a job or a pool in the ATS, as text")
    topics = _names("a topic")
    audiences = _names("an audience's key")


class AtsOwnerTable(Table):
    """`[[owners]]` in ats/<connection>.toml."""

    model = AtsOwner
    ref = Text("the id of a user in the ATS, as text", required=True)
    mautic_owner = Number(1, 2**31)
    topics = _names("a topic")
    audiences = _names("an audience's key")


class AtsOnTable(Table):
    """`[on]` in ats/<connection>.toml."""

    model = AtsOn
    re_entry = OneOf(REACTIONS)
    leave_do = OneOf(REACTIONS)
    re_entry_note = Template(NOTE_NAMES)
    leave_do_note = Template(NOTE_NAMES)


class AtsFile(Section):
    """ats/<connection>.toml; the file's name is the connection's."""

    fields = Tables(  # type: ignore[assignment]
        AtsFieldTable(), "fields", load_default=()
    )
    targets = Tables(AtsTargetTable(), "targets", load_default=())
    owners = Tables(AtsOwnerTable(), "owners", load_default=())
    on = Nested(AtsOnTable, load_default=AtsOn)
    tags = Sequence(Template(("topic",)), load_default=())
    note = Template(NOTE_NAMES, load_default="")
    hired_stages = Set(Text("a stage's name or id"), load_default=frozenset)


def ats_mapping(connection: str, data: Mapping[str, Any]) -> AtsMapping:
    """Make the frozen value of one connection."""
    return AtsMapping(connection=connection, **data)
