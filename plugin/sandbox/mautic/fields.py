"""Contact fields: the built-in ones, custom ones, and what a value becomes."""

import html
import re
from dataclasses import dataclass, field
from typing import Any

from plugin.sandbox.mautic import php
from plugin.sandbox.mautic.countries import COUNTRIES
from plugin.sandbox.mautic.model import Item

TYPES = frozenset(
    [
        "boolean",
        "country",
        "date",
        "datetime",
        "email",
        "html",
        "locale",
        "lookup",
        "multiselect",
        "number",
        "region",
        "select",
        "tel",
        "text",
        "textarea",
        "time",
        "timezone",
        "url",
    ]
)
GROUPS = ("core", "social", "personal", "professional")
ALIAS_LENGTH = 25
#: Types kept in a column of limited width; 5.1 checks `charLengthLimit` on them.
LIMITED = frozenset({"text", "url", "email", "tel", "lookup"})
RESERVED = frozenset(
    [
        "contact_id",
        "company_id",
        "stage",
        "tags",
        "points",
        "campaign",
        "leadlist",
        "owner_id",
        "date_added",
        "date_modified",
        "date_identified",
        "hit_url",
    ]
)
TITLES = {"list": ["Mr", "Mrs", "Miss"]}
MONEY = {"roundmode": 4, "scale": 2}

#: label, alias, type, fixed; the group is core up to Website, then social.
_BUILT_IN: tuple[tuple[str, str, str, bool], ...] = (
    ("Title", "title", "lookup", True),
    ("First Name", "firstname", "text", True),
    ("Last Name", "lastname", "text", True),
    ("Primary company", "company", "text", True),
    ("Position", "position", "text", True),
    ("Email", "email", "email", True),
    ("Mobile", "mobile", "tel", True),
    ("Phone", "phone", "tel", True),
    ("Points", "points", "number", True),
    ("Fax", "fax", "tel", False),
    ("Address Line 1", "address1", "text", True),
    ("Address Line 2", "address2", "text", True),
    ("City", "city", "text", True),
    ("State", "state", "region", True),
    ("Zip Code", "zipcode", "text", True),
    ("Country", "country", "country", True),
    ("Preferred Locale", "preferred_locale", "locale", True),
    ("Preferred Timezone", "timezone", "timezone", True),
    ("Date Last Active", "last_active", "datetime", True),
    ("Attribution Date", "attribution_date", "datetime", True),
    ("Attribution", "attribution", "number", True),
    ("Website", "website", "url", False),
    ("Facebook", "facebook", "text", False),
    ("Foursquare", "foursquare", "text", False),
    ("Instagram", "instagram", "text", False),
    ("mautic.lead.field.linkedin", "linkedin", "text", False),
    ("Skype", "skype", "text", False),
    ("Twitter", "twitter", "text", False),
)
_PROPERTIES: dict[str, Item] = {"title": TITLES, "attribution": MONEY}
FIRST_SOCIAL = 23
#: The first id of a custom field: 29 to 43 are those of companies.
FIRST_CUSTOM = 44


@dataclass
class Field:
    """One contact field; `row` holds what REST shows beside what is here."""

    id: int
    label: str
    alias: str
    type: str
    group: str
    fixed: bool
    properties: Item
    default: Any = None
    unique: bool = False
    published: bool = True
    limit: int = 64
    row: Item = field(default_factory=dict)
    serialized: str = ""

    def __post_init__(self) -> None:
        self.serialized = php.serialize(self.properties)

    @property
    def options(self) -> dict[str, str]:
        """Map the values of a select or multiselect to their labels."""
        options = self.properties.get("list") or []
        return {
            str(option["value"]): str(option["label"])
            for option in options
            if isinstance(option, dict)
        }


class BadValueError(ValueError):
    """A value its field refuses; the message is Mautic's."""


def built_in() -> dict[str, Field]:
    """Build the 28 contact fields every installation starts with."""
    found = {}
    for number, (label, alias, kind, fixed) in enumerate(_BUILT_IN, start=1):
        found[alias] = Field(
            id=number,
            label=label,
            alias=alias,
            type=kind,
            group="social" if number >= FIRST_SOCIAL else "core",
            fixed=fixed,
            properties=dict(_PROPERTIES.get(alias, {})),
            default="0" if alias == "points" else None,
            unique=alias == "email",
        )
    return found


def free_alias(wanted: str, taken: set[str]) -> str:
    """Clean an alias as Mautic does: 25 characters, a number when it is taken."""
    alias = re.sub(r"[^a-z0-9_]", "_", wanted.lower())[:ALIAS_LENGTH].rstrip("_")
    alias = f"f_{alias}" if alias[:1].isdigit() else alias
    base, number = alias, 0
    while alias in taken:
        number += 1
        alias = base[: ALIAS_LENGTH - len(str(number))] + str(number)
    return alias


def is_dropped(value: Any) -> bool:
    """Tell whether POST and PATCH drop the value: a number whose int cast is 0."""
    if isinstance(value, bool) or value is None:
        return False
    try:
        return int(float(value)) == 0
    except (TypeError, ValueError, OverflowError):
        return False


def clean(field_: Field, value: Any) -> Any:
    """Turn a submitted value into the stored one; None for what is ignored.

    Raises BadValueError where Mautic answers 400. Dates it cannot read and
    unix timestamps are ignored silently, as Mautic does.
    """
    return _CLEANERS.get(field_.type, _text)(field_, value)


def _text(field_: Field, value: Any) -> str:
    text = re.sub(r"<[^>]*>", "", html.unescape(str(value))).strip()
    if field_.type in LIMITED and len(text) > field_.limit:
        raise BadValueError(
            f"This value is too long. It should have {field_.limit} characters or less."
        )
    return text


def _email(field_: Field, value: Any) -> str:
    text = _text(field_, value)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text):
        raise BadValueError(f"{value} is invalid.")
    return text


def _number(field_: Field, value: Any) -> int | float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadValueError("This value is not valid.") from None
    scale = int(field_.properties.get("scale") or 0)
    number = round(number, scale)
    return int(number) if number == int(number) else number


def _boolean(field_: Field, value: Any) -> bool:
    text = str(value).lower()
    yes = {"true", "1", "on", "yes", str(field_.properties.get("yes", "")).lower()}
    no = {"false", "0", "off", "no", str(field_.properties.get("no", "")).lower()}
    if text in yes:
        return True
    if text in no:
        return False
    raise BadValueError("This value is not valid.")


def _select(field_: Field, value: Any) -> str:
    if str(value) not in field_.options:
        raise BadValueError("This value is not valid.")
    return str(value)


def _multiselect(field_: Field, value: Any) -> str:
    chosen = value if isinstance(value, list) else str(value).split("|")
    if any(str(item) not in field_.options for item in chosen):
        raise BadValueError("This value is not valid.")
    return "|".join(str(item) for item in chosen)


def _country(_field: Field, value: Any) -> str:
    if value not in COUNTRIES:
        raise BadValueError("This value is not valid.")
    return str(value)


def _date(_field: Field, value: Any) -> str | None:
    moment = php.read_date(value)
    return None if moment is None else moment.strftime("%Y-%m-%d")


def _datetime(_field: Field, value: Any) -> str | None:
    moment = php.read_date(value)
    # The form has no seconds: 03:04:05 becomes 03:04:00.
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M:00")


_CLEANERS = {
    "email": _email,
    "number": _number,
    "boolean": _boolean,
    "select": _select,
    "multiselect": _multiselect,
    "country": _country,
    "date": _date,
    "datetime": _datetime,
}


def normalized(field_: Field, value: Any) -> Any:
    """Give a value as people read it: labels for choices, blank for nothing."""
    if value is None or value == "":
        return ""
    if field_.type == "boolean":
        return field_.properties.get("yes" if int(value) else "no", "")
    if field_.type in ("select", "multiselect"):
        options = field_.options
        return "|".join(options.get(part, part) for part in str(value).split("|"))
    return value
