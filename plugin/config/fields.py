"""The kinds of value a setting may have; each error says what was expected."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from math import isnan
from typing import Any
from urllib.parse import SplitResult, urlsplit

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate

from plugin.config.model import Secret

#: A JSON Schema, or a part of one.
JsonSchema = dict[str, Any]

#: The pattern of any text that is not empty.
ANYTHING = r"(?s).+"

#: How a secret is given; part of every message about one.
BY_REFERENCE = (
    'give it as "env:NAME" (an environment variable) or "file:PATH" (a file with '
    "only the secret in it, path relative to the config file)"
)


class Unresolved(Secret):
    """Stands for a reference that led nowhere: reported already, so no error here."""


UNRESOLVED = Unresolved("")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was probably meant, or say nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


class Section(Schema):
    """A table that answers an unknown key with the one probably meant."""

    # marshmallow's own declaration is a mutable default too.
    error_messages = {"type": "expected a table"}  # noqa: RUF012

    def handle_error(self, error: ValidationError, data: Any, **_options: Any) -> None:
        """Word the complaint about each unknown key."""
        if not isinstance(data, Mapping) or not isinstance(error.messages, dict):
            return
        for key in set(data) & set(error.messages) - set(self.fields):
            hint = did_you_mean(key, self.fields)
            error.messages[key] = [f"not a key we know{hint}"]

    def json_schema(self) -> JsonSchema:
        """Say in JSON Schema what the table may have, for editors."""
        found: dict[str, Any] = {
            "type": "object",
            "properties": {
                name: _of_field(field) for name, field in self.fields.items()
            },
            "additionalProperties": self.unknown == INCLUDE,
        }
        if required := [name for name, one in self.fields.items() if one.required]:
            found["required"] = required
        return found


def _of_field(field: fields.Field[Any]) -> JsonSchema:
    if isinstance(field, fields.Nested) and isinstance(field.schema, Section):
        return field.schema.json_schema()
    if isinstance(field, Told):
        return {"description": field.expected} | field.json_schema()
    message = f"{type(field).__name__} cannot be told to an editor; give it json_schema"
    raise TypeError(message)


class Told(fields.Field[Any]):
    """A field whose every error is one sentence about what was expected."""

    def __init__(self, expected: str, **kwargs: Any) -> None:
        """Word all errors alike: `expected` follows "expected "."""
        messages: dict[str, str | list[Any] | dict[Any, Any]] = {
            "required": f"missing; expected {expected}",
            "null": f"expected {expected}",
            "invalid": f"expected {expected}",
        }
        self.expected = expected
        super().__init__(error_messages=messages, **kwargs)

    def json_schema(self) -> JsonSchema:
        """Say in JSON Schema what is accepted, for editors; here anything.

        Never less than what is accepted: what this cannot say, `stdc check` does.
        """
        return {}


class Text(Told):
    """Text that matches a pattern as a whole."""

    def __init__(self, expected: str, pattern: str = ANYTHING, **kwargs: Any) -> None:
        """Accept what the pattern matches; by default anything not empty."""
        super().__init__(expected, **kwargs)
        self._pattern = re.compile(pattern)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if not isinstance(value, str) or not self._pattern.fullmatch(value):
            raise self.make_error("invalid")
        return value

    def json_schema(self) -> JsonSchema:
        """Say which text; the one pattern of Python's own means "not empty"."""
        if self._pattern.pattern == ANYTHING:
            return {"type": "string", "minLength": 1}
        return {"type": "string", "pattern": f"^(?:{self._pattern.pattern})$"}


class Choice(Told):
    """One of an enum's values."""

    def __init__(self, enum: type[StrEnum], **kwargs: Any) -> None:
        """Accept the values of this enum."""
        self._enum = enum
        super().__init__("one of " + ", ".join(enum), **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> StrEnum:
        try:
            return self._enum(value)
        except ValueError:
            hint = did_you_mean(str(value), self._enum)
            message = f"expected {self.expected}{hint}"
            raise ValidationError(message) from None

    def json_schema(self) -> JsonSchema:
        """List the values."""
        return {"enum": [one.value for one in self._enum]}


class Number(Told):
    """A number between two bounds; whole unless `whole` is false."""

    def __init__(
        self, least: float, most: float, *, whole: bool = True, **kwargs: Any
    ) -> None:
        """Accept least..most, both included."""
        kind = "a whole number" if whole else "a number"
        super().__init__(f"{kind} from {least} to {most}", **kwargs)
        self._kinds = (int,) if whole else (int, float)
        self._range = validate.Range(least, most)
        self._bounds = {"minimum": least, "maximum": most}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> float:
        if not isinstance(value, self._kinds) or isinstance(value, bool):
            raise self.make_error("invalid")
        if isnan(value):  # no bound refuses it
            raise self.make_error("invalid")
        try:
            number: float = self._range(value)
        except ValidationError:
            raise self.make_error("invalid") from None
        return number

    def json_schema(self) -> JsonSchema:
        """Say the kind and both bounds."""
        is_whole = self._kinds == (int,)
        return {"type": "integer" if is_whole else "number"} | self._bounds


class Flag(Told):
    """True or false."""

    def __init__(self, **kwargs: Any) -> None:
        """Accept TOML's true and false, nothing that resembles them."""
        super().__init__("true or false", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value

    def json_schema(self) -> JsonSchema:
        """Say true or false."""
        return {"type": "boolean"}


class Address(Told):
    """An http or https address without query or credentials; trailing slash cut."""

    def __init__(
        self,
        expected: str = "an address",
        schemes: frozenset[str] = frozenset({"http", "https"}),
        **kwargs: Any,
    ) -> None:
        """Say whose address is expected; `sftp` and `file` may be among its schemes."""
        self._schemes = schemes
        super().__init__(
            f"{expected}, as in https://example.org, without query or password",
            **kwargs,
        )

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        parts = split_address(value)
        if parts is None or parts.scheme not in self._schemes:
            raise self.make_error("invalid")
        is_file, is_sftp = parts.scheme == "file", parts.scheme == "sftp"
        if parts.query or parts.fragment or bool(parts.hostname) is is_file:
            raise self.make_error("invalid")
        if parts.password or ("@" in parts.netloc and not is_sftp):
            raise self.make_error("invalid")
        return str(value).rstrip("/")

    def json_schema(self) -> JsonSchema:
        """Say an address."""
        return {"type": "string", "pattern": "^https?://"}


class SecretValue(Told):
    """A secret, which the file may only point at."""

    def __init__(self, what: str, *, shortest: int = 1, **kwargs: Any) -> None:
        """Accept a resolved reference of at least `shortest` characters."""
        super().__init__(f"{what}: {BY_REFERENCE}", **kwargs)
        self._shortest = shortest

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Secret:
        if isinstance(value, Unresolved):
            return value
        if not isinstance(value, Secret):
            message = f"a secret must not stand in the file; {BY_REFERENCE}"
            raise ValidationError(message)
        return self._long_enough(value)

    def _long_enough(self, secret: Secret) -> Secret:
        length = len(secret.reveal())
        if length == 0:
            raise ValidationError("the secret is empty")
        if length < self._shortest:
            message = f"too short a secret: {length} of {self._shortest} characters"
            raise ValidationError(message)
        return secret

    def json_schema(self) -> JsonSchema:
        """Say that a file only points at a secret."""
        return {"type": "string", "pattern": "^(?:env|file):."}


class Store(Told):
    """An address that may hold a password, and then must be a secret."""

    def __init__(self, schemes: tuple[str, ...], **kwargs: Any) -> None:
        """Accept addresses of these schemes."""
        self._schemes = schemes
        super().__init__(
            "an address that begins with "
            + " or ".join(f"{scheme}://" for scheme in schemes),
            **kwargs,
        )

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if isinstance(value, Unresolved):
            return ""
        if isinstance(value, Secret):
            return self._known(value.reveal())
        parts = split_address(value)
        if parts is not None and parts.password:
            message = f"holds a password; {BY_REFERENCE}"
            raise ValidationError(message)
        return self._known(value)

    def _known(self, value: Any) -> str:
        if split_address(value) is None or value.split("://")[0] not in self._schemes:
            raise self.make_error("invalid")
        return str(value)

    def json_schema(self) -> JsonSchema:
        """Say which addresses, or a reference to one."""
        schemes = "|".join(re.escape(one) for one in self._schemes)
        return {"type": "string", "pattern": f"^(?:(?:{schemes})://|env:|file:)"}


class Several(Told):
    """A list with at least one element, each read by the same field."""

    def __init__(self, inner: Told, expected: str, **kwargs: Any) -> None:
        """Read each element by `inner`."""
        super().__init__(expected, **kwargs)
        self._inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[Any, ...]:
        if isinstance(value, Unresolved):
            return ()
        if not isinstance(value, list) or not value:
            raise self.make_error("invalid")
        return tuple(_each(self._inner.deserialize, dict(enumerate(value))).values())

    def json_schema(self) -> JsonSchema:
        """Say what each element is."""
        inner = self._inner.json_schema()
        return {"type": "array", "items": inner, "minItems": 1}


class Names(Several):
    """A list of names, none of which is secret."""

    def __init__(self, what: str, **kwargs: Any) -> None:
        """Accept any text that is not empty; `what` is said of the list."""
        super().__init__(Text("a name"), f"a list of {what}", **kwargs)


class Named(Told):
    """A table of tables, each read by the same schema."""

    def __init__(self, inner: Section, **kwargs: Any) -> None:
        """Read each table by `inner`."""
        super().__init__("a table per name", **kwargs)
        self._inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return _each(self._inner.load, value)

    def json_schema(self) -> JsonSchema:
        """Say what each table is."""
        inner = self._inner.json_schema()
        return {"type": "object", "additionalProperties": inner}


def split_address(value: Any) -> SplitResult | None:
    """Take an address apart; None when it is none."""
    if not isinstance(value, str) or "://" not in value or re.search(r"\s", value):
        return None
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises when it is no port number
    except ValueError:
        return None
    return parts


def _each(read: Callable[[Any], Any], items: Mapping[Any, Any]) -> dict[Any, Any]:
    """Read all, and complain about all that cannot be read, not about the first."""
    done, errors = {}, {}
    for key, item in items.items():
        try:
            done[key] = read(item)
        except ValidationError as error:
            errors[key] = error.messages
    if errors:
        raise ValidationError(errors)
    return done
