"""What becomes of a value on its way from Mautic into one field of an ATS. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import phonenumbers

from plugin.ats import names
from plugin.mappings.ats import PLACE, AtsField

#: How dates come: ISO and Mautic's own, then as the Dutch write them.
DATES = ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y")


@dataclass(frozen=True, slots=True)
class Made:
    """One field's value, and what a person should know of how it came about."""

    value: str
    warnings: tuple[str, ...] = ()


class Unfit(Exception):
    """A value that a transform cannot read; its text says why."""


def make(field: AtsField, values: Mapping[str, str]) -> Made:
    """Work out the value of a field; blank where nothing is known.

    Warns of what was left out, replaced or cut short: never with the value itself,
    which may be a person's.
    """
    warnings: list[str] = []
    value = _origin(field, values)
    if field.static is None and value:
        value = _transformed(field, value, warnings)
        value = _mapped(field, value, warnings)
    value = value or field.default or ""
    return Made(_cut(field, value, warnings), tuple(warnings))


def _origin(field: AtsField, values: Mapping[str, str]) -> str:
    if field.static is not None:
        return field.static.strip()
    if field.template is not None:
        return _filled(field.template, values)
    return next((one for name in field.sources if (one := _of(values, name))), "")


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Fill in a template; where nothing is known for any of it, it is blank."""
    if not any(_of(values, name) for name in PLACE.findall(template)):
        return ""
    told = PLACE.sub(lambda found: _of(values, found[1]), template)
    return " ".join(told.split()) if "\n" not in told else told.strip()


def _of(values: Mapping[str, str], name: str) -> str:
    return values.get(name, "").strip()


def _transformed(field: AtsField, value: str, warnings: list[str]) -> str:
    for name in field.transform:
        try:
            value = TRANSFORMS[name](value, field)
        except Unfit as why:
            warnings.append(f"{field.target}: {why}")
            return ""
    return value


def _mapped(field: AtsField, value: str, warnings: list[str]) -> str:
    if not (field.values and value):
        return value
    folded = {ours.casefold(): theirs for ours, theirs in field.values.items()}
    found = folded.get(value.casefold())
    if found is None:
        used = "the default is used" if field.default else "it is left out"
        warnings.append(f"{field.target}: no word for this value in values; {used}")
    return found or ""


def _cut(field: AtsField, value: str, warnings: list[str]) -> str:
    if field.length is None or len(value) <= field.length:
        return value
    warnings.append(f"{field.target}: {len(value)} characters, cut to {field.length}")
    return value[: field.length].rstrip()


def _phone(value: str, field: AtsField) -> str:
    try:
        number = phonenumbers.parse(value, field.region)
    except phonenumbers.NumberParseException:
        raise Unfit("no phone number; it is left out") from None
    if not phonenumbers.is_possible_number(number):
        raise Unfit(f"no phone number in {field.region}; it is left out")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _date(value: str, field: AtsField) -> str:
    return _read_date(value).strftime(field.date_format)


def _read_date(value: str) -> date:
    try:
        return datetime.fromisoformat(value).date()
    except ValueError:
        pass
    for pattern in DATES:
        try:
            return datetime.strptime(value, pattern).date()  # noqa: DTZ007 -- a date
        except ValueError:
            continue
    raise Unfit("no date; it is left out")


#: Each by its name in a mapping.
TRANSFORMS: Mapping[str, Callable[[str, AtsField], str]] = {
    "trim": lambda value, _: " ".join(value.split()),
    "lower": lambda value, _: value.lower(),
    "upper": lambda value, _: value.upper(),
    "title": lambda value, _: value.title(),
    "name": lambda value, _: names.proper(value),
    "infix": lambda value, _: names.split(value)[1],
    "surname": lambda value, _: names.split(value)[2],
    "phone": _phone,
    "date": _date,
}
