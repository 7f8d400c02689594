"""Records of an Odoo: asking for them and writing them, whichever generation."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from plugin.ats.base import Permanent
from plugin.ats.http import CallFailed
from plugin.ats.odoo_rpc import Transport

#: Refused and archived people are hidden unless asked for.
ALL = {"active_test": False}
PERSON_18, APPLICATION = "hr.candidate", "hr.applicant"
TAG = "hr.applicant.category"
#: What a mapping's text has to become for a type of field.
NUMBERS = {"integer": int, "many2one": int, "float": float, "monetary": float}
TRUE = frozenset({"1", "true", "yes", "ja"})


class Database:
    """One Odoo database, seen through one transport."""

    def __init__(self, transport: Transport) -> None:
        """Take the way to talk; nothing is sent yet."""
        self._rpc = transport
        self._types: dict[str, Mapping[str, str]] = {}

    @property
    def has_candidates(self) -> bool:
        """Whether this is 18, where a person is a model of its own."""
        return self._rpc.has_candidates

    @property
    def person(self) -> str:
        """Name the model of a person: in 19 an applicant is both."""
        return PERSON_18 if self.has_candidates else APPLICATION

    def call(self, model: str, method: str, ids: list[int] | None, **named: Any) -> Any:
        """Call a method; raises CallFailed."""
        return self._rpc.call(model, method, ids, **named)

    def rows(
        self, model: str, domain: list[Any], fields: list[str], **options: Any
    ) -> list[dict[str, Any]]:
        """Read the records that a domain describes, archived ones too, by id.

        The id alone would not do: `read` gives back ids that were deleted.
        """
        given: dict[str, Any] = {"order": "id", **options}
        rows: list[dict[str, Any]] = self.call(
            model,
            "search_read",
            None,
            domain=domain,
            fields=fields,
            context=ALL,
            **given,
        )
        return rows

    def ids(self, model: str, domain: list[Any]) -> list[int]:
        """List the ids that a domain describes."""
        return [int(row["id"]) for row in self.rows(model, domain, ["id"])]

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        """Make one record; mails nobody as long as no stage is named."""
        made = self.call(model, "create", None, vals_list=[dict(values)])
        return int(made[0])

    def write(self, model: str, number: int, values: Mapping[str, Any]) -> None:
        """Write some fields of one record."""
        self.call(model, "write", [number], vals=dict(values))

    def types(self, model: str) -> Mapping[str, str]:
        """Tell the type of each field; asked once."""
        if model not in self._types:
            told = self.call(model, "fields_get", None, attributes=["type"])
            self._types[model] = {name: one["type"] for name, one in told.items()}
        return self._types[model]

    def named(self, model: str, name: str, **more: Any) -> int:
        """Find a tag or source by its name in any case, or make it.

        Found first: a tag twice is refused, a source twice becomes "Name [2]".
        """
        domain = [["name", "=ilike", literal(name)]]
        if found := self.ids(model, domain):
            return found[0]
        try:
            return self.create(model, {"name": name, **more})
        except CallFailed:
            if found := self.ids(model, domain):  # somebody else was faster
                return found[0]
            raise


def fitted(fields: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Any]:
    """Give a mapping's texts the types of their fields.

    Odoo takes "false" for true and refuses NUL; text becomes HTML escaped. Raises
    CallFailed when a field wants a number and the text is none.
    """
    return {
        name: _fit(name, value.replace("\0", ""), types.get(name, "char"))
        for name, value in fields.items()
    }


def _fit(name: str, value: str, kind: str) -> Any:
    if kind == "boolean":
        return value.lower() in TRUE
    if kind == "html":
        return as_html(value)
    if number := NUMBERS.get(kind):
        try:
            return number(value)
        except ValueError as error:
            message = f"field {name} wants a number ({kind}), the mapping gives text"
            raise CallFailed(Permanent(message, "mapping")) from error
    return value


def is_same(have: Any, wanted: Any) -> bool:
    """Compare a value as read, where a many2one is [id, name], with one to write."""
    return bool((have[0] if isinstance(have, list) and have else have) == wanted)


def added(have: Any, wanted: Any) -> Any:
    """Add a text to what a field says, once; what is no text replaces it."""
    if not (isinstance(have, str) and isinstance(wanted, str) and have.strip()):
        return wanted
    if wanted in have:
        return have
    return f"{have}{wanted}" if wanted.startswith("<p>") else f"{have}\n{wanted}"


def readable(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Write values as read for people: a many2one by its id, HTML as text."""
    told = {}
    for name in names:
        value = row.get(name)
        plain = value[0] if isinstance(value, list) and value else value
        text = "" if plain is False or plain is None else str(plain)
        told[name] = re.sub(r"<[^>]*>", "", html.unescape(text)).strip()
    return told


def as_html(text: str) -> str:
    """Write a text as HTML that says just that, line by line."""
    return "<p>" + "<br/>".join(html.escape(one) for one in text.split("\n")) + "</p>"


def literal(name: str) -> str:
    """Take the wildcards of `ilike` out of a name."""
    return name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
