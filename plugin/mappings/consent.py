"""What an admin decided about consent (`[consent]` in fields.toml); pure."""

from dataclasses import dataclass
from enum import StrEnum

#: What of it an ATS's field can be filled with, as `stdc.<value>`.
CONSENT_VALUES = frozenset(
    {"consent", "consent_date", "consent_text", "do_not_contact"}
)
#: What `handover` says where the ground is another one than consent.
NOT_NEEDED = "not-needed"


class Basis(StrEnum):
    """On what a hand-over rests."""

    #: Consent, in a field of Mautic's.
    CONSENT = "consent"
    #: Something else, which the mappings name.
    NOT_NEEDED = NOT_NEEDED
    #: Nobody has decided: so nobody is handed over.
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Whether behaviour may be scored and people handed over (`[consent]`)."""

    #: Boolean field alias that must be true to profile; None asks for nothing.
    profiling_field: str | None = None
    #: Boolean field alias that must be true to hand over.
    handover_field: str | None = None
    #: Field alias with the day it was given; without a day there is no consent then.
    handover_date_field: str | None = None
    #: Field alias with the version of the text that was agreed to; the same holds.
    handover_text_field: str | None = None
    #: The version of the text, where it is the same for everybody.
    handover_text: str = ""
    #: "not-needed" where the hand-over rests on something else, ...
    handover: str | None = None
    #: ... and on what.
    handover_reason: str = ""

    @property
    def basis(self) -> Basis:
        """Say on what a hand-over rests."""
        if self.handover_field is not None:
            return Basis.CONSENT
        is_waived = self.handover == NOT_NEEDED and bool(self.handover_reason.strip())
        return Basis.NOT_NEEDED if is_waived else Basis.UNDECIDED

    @property
    def aliases(self) -> tuple[str, ...]:
        """List the fields of Mautic's that hold consent, each once."""
        named = (
            self.profiling_field,
            self.handover_field,
            self.handover_date_field,
            self.handover_text_field,
        )
        return tuple(dict.fromkeys(one for one in named if one))


#: What to do while nobody has decided; a note of `stdc check`, and the doctor's.
UNDECIDED = (
    "mappings/fields.toml [consent]: it does not say under which consent people are "
    "handed over, so nobody is; name handover_field, or say "
    'handover = "not-needed" with handover_reason'
)
