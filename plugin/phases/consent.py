"""What somebody agreed to, as their profile says it; pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from plugin.history.model import Profile
from plugin.mappings.consent import Basis, Consent
from plugin.phases.gate import TRUE

#: Characters of an ISO date; Mautic's datetime fields go on with the time.
_DAY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverConsent:
    """Under what somebody may be handed over, or why not."""

    basis: Basis
    is_given: bool
    #: Mautic's field, and what stands in it; empty where the basis is no consent.
    field: str = ""
    value: str = ""
    #: The day it was given, where the mappings name a field for it.
    given_on: date | None = None
    #: The version of the text that was agreed to.
    text: str = ""
    #: On what it rests instead.
    reason: str = ""
    #: Why it is none, for people; empty when it is one.
    lacks: str = ""

    def as_json(self) -> dict[str, Any]:
        """Write it for the audit and the ATS: nothing that says who it is."""
        told = {
            "basis": self.basis.value,
            "given": self.is_given,
            "field": self.field,
            "value": self.value,
            "date": self.given_on.isoformat() if self.given_on else "",
            "text": self.text,
            "reason": self.reason,
        }
        return {name: value for name, value in told.items() if value != ""}


def handover_consent(profile: Profile, asked: Consent) -> HandoverConsent:
    """Say whether somebody may be handed over by what the mappings ask.

    A consent lacks what the mappings name and the profile does not have: a day that
    cannot be read is none. Where the mappings have not decided, nobody may.
    """
    if asked.basis is Basis.UNDECIDED:
        lacks = "the mappings do not say under which consent"
        return HandoverConsent(basis=asked.basis, is_given=False, lacks=lacks)
    if asked.basis is Basis.NOT_NEEDED:
        reason = asked.handover_reason.strip()
        return HandoverConsent(basis=asked.basis, is_given=True, reason=reason)
    alias = asked.handover_field or ""
    value = profile.fields.get(alias, "").strip()
    given_on = day_of(profile.fields.get(asked.handover_date_field or "", ""))
    text = profile.fields.get(asked.handover_text_field or "", asked.handover_text)
    lacks = _lacking(asked, value, given_on, text.strip())
    return HandoverConsent(
        basis=asked.basis,
        is_given=not lacks,
        field=alias,
        value=value,
        given_on=given_on,
        text=text.strip(),
        lacks=lacks,
    )


def _lacking(asked: Consent, value: str, given_on: date | None, text: str) -> str:
    if value.lower() not in TRUE:
        return f"{asked.handover_field} is not yes"
    if asked.handover_date_field and given_on is None:
        return f"{asked.handover_date_field} has no day"
    if asked.handover_text_field and not text:
        return f"{asked.handover_text_field} is empty"
    return ""


def day_of(value: str) -> date | None:
    """Read the day of a date or datetime field of Mautic's; None if there is none."""
    try:
        return date.fromisoformat(value.strip()[:_DAY])
    except ValueError:
        return None


#: A sentence for the recruiter, by language and by what the hand-over rests on.
_SAID = {
    "nl": {
        Basis.CONSENT: "Toestemming: {field} = {value}{day}{text}.",
        Basis.NOT_NEEDED: "Grondslag: {reason}.",
        "day": ", gegeven op {day}",
        "text": ", tekst: {text}",
    },
    "en": {
        Basis.CONSENT: "Consent: {field} = {value}{day}{text}.",
        Basis.NOT_NEEDED: "Basis: {reason}.",
        "day": ", given on {day}",
        "text": ", text: {text}",
    },
}


def sentence(found: HandoverConsent, lang: str) -> str:
    """Tell a recruiter under what somebody was handed over; empty if undecided."""
    said = _SAID[lang]
    if found.basis is Basis.UNDECIDED:
        return ""
    return said[found.basis].format(
        field=found.field,
        value=found.value or "-",
        day=said["day"].format(day=found.given_on) if found.given_on else "",
        text=said["text"].format(text=found.text) if found.text else "",
        reason=found.reason.rstrip("."),
    )
