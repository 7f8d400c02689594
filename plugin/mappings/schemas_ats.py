"""What ats/<connection>.toml may say."""

from collections.abc import Mapping
from typing import Any

from plugin.config.fields import Section, Text
from plugin.mappings.ats import AtsField, AtsMapping, AtsTarget
from plugin.mappings.kinds import OneOf, Sequence, Set, Tables, Template
from plugin.mappings.schemas import Table

#: What a note for the recruiter can tell.
NOTE_NAMES = ("name", "phase", "since", "score", "reason", "interests", "link")


class AtsFieldTable(Table):
    """`[[fields]]` in ats/<connection>.toml."""

    model = AtsField
    target = Text("a field's name in the ATS", required=True)
    source = Text("an alias in Mautic, or stdc.<value>", r"(stdc\.)?[a-z][a-z0-9_]*")
    static = Text("text")
    write = OneOf(("always", "if_empty", "never"))


class AtsTargetTable(Table):
    """`[[targets]]` in ats/<connection>.toml."""

    model = AtsTarget
    kind = OneOf(("job", "pool", "none"), required=True)
    ref = Text("the id of a job or a pool in the ATS, as text")
    topics = Set(Text("a topic"), load_default=frozenset)


class AtsFile(Section):
    """ats/<connection>.toml; the file's name is the connection's."""

    fields = Tables(  # type: ignore[assignment]
        AtsFieldTable(), "fields", load_default=()
    )
    targets = Tables(AtsTargetTable(), "targets", load_default=())
    tags = Sequence(Template(("topic",)), load_default=())
    note = Template(NOTE_NAMES, load_default="")
    hired_stages = Set(Text("a stage's name or id"), load_default=frozenset)


def ats_mapping(connection: str, data: Mapping[str, Any]) -> AtsMapping:
    """Make the frozen value of one connection."""
    return AtsMapping(connection=connection, **data)
