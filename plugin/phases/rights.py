"""What somebody allows and refuses after they were handed over; pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from plugin.history.model import Profile
from plugin.mappings.consent import Basis, Consent
from plugin.phases.gate import TRUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What an ATS must know: the consent it was given under, and do-not-contact."""

    #: Mautic's field of the consent; empty where the hand-over rests on none.
    field: str = ""
    is_withdrawn: bool = False
    #: Channels ("email", "sms"), sorted.
    do_not_contact: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Write it for the store."""
        return {
            "field": self.field,
            "withdrawn": self.is_withdrawn,
            "do_not_contact": list(self.do_not_contact),
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            field=told["field"],
            is_withdrawn=told["withdrawn"],
            do_not_contact=tuple(told["do_not_contact"]),
        )

    @property
    def digest(self) -> str:
        """Name it shortly: the same rights have the same name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]


def at_hand_over(profile: Profile, asked: Consent) -> Rights:
    """Say under what somebody goes to the ATS now."""
    is_asked = asked.basis is Basis.CONSENT
    return Rights(
        field=(asked.handover_field or "") if is_asked else "",
        do_not_contact=tuple(sorted(profile.do_not_contact)),
    )


def now(profile: Profile, asked: Consent, told: Rights) -> Rights:
    """Say what an ATS must know now that it was `told` that.

    Only a consent in the very field they were handed over under can be withdrawn:
    when an admin names another field, nobody has taken anything back.
    """
    is_same = told.field != "" and told.field == asked.handover_field
    value = profile.fields.get(told.field, "").strip().lower()
    return Rights(
        field=told.field,
        is_withdrawn=value not in TRUE if is_same else told.is_withdrawn,
        do_not_contact=tuple(sorted(profile.do_not_contact)),
    )


_WORDS = {
    "nl": {
        "withdrawn": "Toestemming ingetrokken ({field}): benader deze kandidaat niet "
        "meer op die grond, en bewaar het dossier alleen op een andere.",
        "given": "Toestemming opnieuw gegeven ({field}).",
        "refused": "Wil niet benaderd worden via: {channels}.",
        "allowed": "Mag weer benaderd worden via: {channels}.",
    },
    "en": {
        "withdrawn": "Consent withdrawn ({field}): do not approach this candidate on "
        "that ground any more, and keep the file only if there is another one.",
        "given": "Consent given again ({field}).",
        "refused": "Does not want to be approached by: {channels}.",
        "allowed": "May be approached again by: {channels}.",
    },
}


def told_in_words(before: Rights, after: Rights, lang: str) -> str:
    """Tell a recruiter what changed."""
    say = _WORDS[lang]
    lines = []
    if before.is_withdrawn != after.is_withdrawn:
        word = "withdrawn" if after.is_withdrawn else "given"
        lines.append(say[word].format(field=after.field))
    old, new = set(before.do_not_contact), set(after.do_not_contact)
    for word, channels in (("refused", new - old), ("allowed", old - new)):
        if channels:
            lines.append(say[word].format(channels=", ".join(sorted(channels))))
    return "\n".join(lines)


def refused_in_words(rights: Rights, lang: str) -> str:
    """Tell a recruiter who gets a candidate by what not to approach them."""
    return told_in_words(Rights(), Rights(do_not_contact=rights.do_not_contact), lang)
