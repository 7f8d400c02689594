"""What an admin decides of hand-overs, as frozen values: ats/*.toml, `[hand_over]`.

Pure, like all of the model.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Whose word hands somebody over (`[hand_over]` in fields.toml)."""

    #: ask | never: what comes of who is in Do by score and never signed up.
    by_score: str = "ask"
    #: A tag in Mautic by which a person says yes; empty for none.
    yes_tag: str = "stdc-hand-over"
    #: A tag by which a person says not now, for as long as it is there.
    no_tag: str = "stdc-not-now"
    #: Alias of a yes/no field of Mautic that says yes; None for none.
    yes_field: str | None = None
    #: How long a "not now" holds where nobody names a date.
    decline_days: float = 90.0

    @property
    def tags(self) -> frozenset[str]:
        """List the tags by which a person speaks."""
        return frozenset({self.yes_tag, self.no_tag} - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsField:
    """One target field of an ATS connection (`[[fields]]` in ats/<name>.toml)."""

    target: str
    #: A Mautic field alias or a `stdc.<value>`; None for a static value.
    source: str | None = None
    static: str | None = None
    #: always | if_empty | never
    write: str = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsTarget:
    """Where candidates go: first rule whose topics match wins (`[[targets]]`)."""

    #: job | pool | none
    kind: str
    ref: str | None = None
    topics: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsMapping:
    """ats/<connection>.toml."""

    connection: str
    fields: tuple[AtsField, ...] = ()
    targets: tuple[AtsTarget, ...] = ()
    #: Tag names set on the candidate, `{topic}` repeated per interest.
    tags: tuple[str, ...] = ()
    #: Text of the note for the recruiter; Jinja-free `{reason}`, `{phase}`, ...
    note: str = ""
    #: ATS stage names or ids that mean hired, beside what the ATS itself says.
    hired_stages: frozenset[str] = frozenset()
