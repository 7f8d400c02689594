"""What an admin decides of hand-overs, as frozen values: ats/*.toml, `[hand_over]`.

Pure, like all of the model.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


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


#: What we know of somebody, as `stdc.<value>`.
VALUES = (
    "approved_by",
    "available_from",
    "campaign",
    "channels",
    "consent",
    "consent_date",
    "consent_text",
    "do_not_contact",
    "interests",
    "link",
    "marker",
    "medium",
    "momentum",
    "phase",
    "phase_since",
    "reason",
    "score",
    "score_do",
    "score_see",
    "score_think",
    "source",
    "tags",
)
#: How we are written in a mapping.
OURS = "stdc."
#: Aliases of what is the recruiter's once a candidate stands there.
CONTACT_DATA = frozenset(
    {
        *("name", "email", "phone", "mobile", "linkedin"),
        *("firstname", "first_name", "lastname", "last_name"),
    }
)
#: What may be done with a text on its way, in the order given.
TRANSFORMS = (
    *("trim", "lower", "upper", "title"),
    *("name", "infix", "surname", "phone", "date"),
)
#: How a value comes where there is one already.
WRITES = ("always", "if_empty", "append", "never")
#: Which side gets a field from the other.
DIRECTIONS = ("to_ats", "to_mautic")
#: What is filled in: {name} or {stdc.name}.
PLACE = re.compile(r"\{((?:stdc\.)?\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsField:
    """One field and where it comes from (`[[fields]]` in ats/<name>.toml)."""

    #: A field of the ATS; of Mautic, where that is the direction.
    target: str
    #: One of `DIRECTIONS`.
    direction: str = "to_ats"
    #: Where it comes from, one of these: an alias of Mautic or `stdc.<value>`, ...
    source: str | None = None
    #: ... the first of several that is not blank, ...
    first: tuple[str, ...] = ()
    #: ... text with {names} filled in, ...
    template: str | None = None
    #: ... or always this.
    static: str | None = None
    #: One of `WRITES`; None leaves it to `rule`.
    write: str | None = None
    #: Names of `TRANSFORMS`.
    transform: tuple[str, ...] = ()
    #: Country in which a phone number without + is dialled.
    region: str = "NL"
    #: How a date is written, as strftime does.
    date_format: str = "%Y-%m-%d"
    #: Our word -> theirs, whatever its case; another word becomes the default.
    values: Mapping[str, str] = field(default_factory=dict)
    #: For what is blank, or no key of `values`.
    default: str | None = None
    #: Longest text they take.
    length: int | None = None
    #: Nobody is handed over without it.
    required: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """List what it is made from."""
        found = PLACE.findall(self.template or "")
        return (*([self.source] if self.source else []), *self.first, *found)

    @property
    def rule(self) -> str:
        """Say how it is written: contact data is theirs once it is there."""
        is_theirs = any(one in CONTACT_DATA for one in self.sources)
        return self.write or ("if_empty" if is_theirs else "always")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsTarget:
    """Where candidates go: first rule that fits wins (`[[targets]]`)."""

    #: job | pool | none
    kind: str
    ref: str | None = None
    #: Whoever has one of these interests; empty for everybody.
    topics: frozenset[str] = frozenset()
    #: Whoever is in one of these audiences; empty for everybody.
    audiences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsOwner:
    """Whose candidates they are: first rule that fits wins (`[[owners]]`)."""

    #: The recruiter's id in the ATS.
    ref: str
    #: Mautic's user id of the contact's owner; None for any.
    mautic_owner: int | None = None
    topics: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsOn:
    """What comes of what happens after the hand-over (`[on]`)."""

    #: nothing | note | update: somebody who stands there enters Do again, ...
    re_entry: str = "nothing"
    #: ... or has cooled down and left it.
    leave_do: str = "nothing"
    re_entry_note: str = "Weer in {phase} sinds {since} (score {score}). {reason}"
    leave_do_note: str = "Niet meer in Do, nu {phase} sinds {since} (score {score})."


@dataclass(frozen=True, slots=True, kw_only=True)
class AtsMapping:
    """ats/<connection>.toml."""

    connection: str
    fields: tuple[AtsField, ...] = ()
    targets: tuple[AtsTarget, ...] = ()
    owners: tuple[AtsOwner, ...] = ()
    on: AtsOn = field(default_factory=AtsOn)
    #: Tag names set on the candidate, `{topic}` repeated per interest.
    tags: tuple[str, ...] = ()
    #: Text of the note for the recruiter; Jinja-free `{reason}`, `{phase}`, ...
    note: str = ""
    #: ATS stage names or ids that mean hired, beside what the ATS itself says.
    hired_stages: frozenset[str] = frozenset()

    @property
    def sent(self) -> tuple[AtsField, ...]:
        """List the fields that the ATS gets from us."""
        return tuple(one for one in self.fields if one.direction == "to_ats")

    @property
    def pulled(self) -> tuple[AtsField, ...]:
        """List the fields of Mautic's that come from the ATS."""
        return tuple(one for one in self.fields if one.direction == "to_mautic")
