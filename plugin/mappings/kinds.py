"""The kinds of value a mapping may have, beside those of the configuration."""

import string
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from marshmallow import ValidationError

from plugin.config.fields import JsonSchema, Section, Told, did_you_mean

#: Languages a text may be given in.
LANGUAGES = ("nl", "en")


class Tables(Told):
    """An array of tables (`[[name]]`), each read by the same schema."""

    def __init__(self, inner: Section, name: str, **kwargs: Any) -> None:
        """Read each table by `inner`; `name` is how the array is written."""
        super().__init__(f"tables [[{name}]]", **kwargs)
        self._inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return tuple(each(self._inner.load, dict(enumerate(value))).values())

    def json_schema(self) -> JsonSchema:
        """Say what each table is."""
        return {"type": "array", "items": self._inner.json_schema()}


class Set(Told):
    """A list of different values, each read by the same field."""

    def __init__(self, inner: Told, **kwargs: Any) -> None:
        """Read each element by `inner`."""
        super().__init__(f"a list, each {inner.expected}", **kwargs)
        self._inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> frozenset[Any]:
        return frozenset(self._listed(value))

    def _listed(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        for index, one in enumerate(value):
            if one in value[:index]:
                raise ValidationError({index: [f"{one!r} stands there twice"]})
        return list(each(self._inner.deserialize, dict(enumerate(value))).values())

    def json_schema(self) -> JsonSchema:
        """Say what each element is; all differ."""
        inner = self._inner.json_schema()
        return {"type": "array", "items": inner, "uniqueItems": True}


class Sequence(Set):
    """A list of different values whose order counts."""

    def _deserialize(  # type: ignore[override]
        self, value: Any, *_args: Any, **_kwargs: Any
    ) -> tuple[Any, ...]:
        return tuple(self._listed(value))


class OneOf(Told):
    """One of some words."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        """Accept these words, and suggest the one probably meant."""
        self._words = tuple(words)
        super().__init__("one of " + ", ".join(self._words), **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if value in self._words:
            return str(value)
        hint = did_you_mean(str(value), self._words)
        raise ValidationError(f"expected {self.expected}{hint}")

    def json_schema(self) -> JsonSchema:
        """List the words."""
        return {"enum": [str(one) for one in self._words]}


class Template(Told):
    """Text with `{names}` to be filled in."""

    def __init__(
        self, names: Iterable[str], *, required_names: Iterable[str] = (), **kwargs: Any
    ) -> None:
        """Accept these names in braces, and insist on some of them."""
        self._names = frozenset(names)
        self._required = frozenset(required_names)
        listed = ", ".join(sorted(self._names))
        super().__init__(f"text, in braces: {listed}", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        found = self._found(value)
        for name in sorted(found - self._names):
            hint = did_you_mean(name, self._names)
            raise ValidationError(f"{{{name}}} is nothing we can fill in{hint}")
        for name in sorted(self._required - found):
            raise ValidationError(f"expected text with {{{name}}} in it")
        return value

    def _found(self, value: str) -> frozenset[str]:
        try:
            parts = list(string.Formatter().parse(value))
        except ValueError:
            raise ValidationError("a brace is not closed; expected {name}") from None
        return frozenset(name for _, name, _, _ in parts if name is not None)

    def json_schema(self) -> JsonSchema:
        """Say which names there must be."""
        must = [{"pattern": f"\\{{{one}\\}}"} for one in sorted(self._required)]
        return {"type": "string"} | ({"allOf": must} if must else {})


class Texts(Told):
    """A text per language: `{ nl = "...", en = "..." }`."""

    def __init__(self, inner: Told | None = None, **kwargs: Any) -> None:
        """Read each text by `inner`; by default any text that is not empty."""
        super().__init__("a text per language, nl and en", **kwargs)
        self._inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or not value:
            raise self.make_error("invalid")
        errors: dict[Any, Any] = {
            key: [f"not a language we know{did_you_mean(key, LANGUAGES)}"]
            for key in value
            if key not in LANGUAGES
        }
        if errors:
            raise ValidationError(errors)
        return each(self._text, value)

    def _text(self, value: Any) -> str:
        if self._inner is not None:
            return str(self._inner.deserialize(value))
        if not isinstance(value, str) or not value.strip():
            raise ValidationError("expected text")
        return value

    def json_schema(self) -> JsonSchema:
        """Say which languages there may be."""
        text: JsonSchema = {"type": "string", "pattern": "\\S"}
        inner = self._inner.json_schema() if self._inner is not None else text
        return {
            "type": "object",
            "properties": dict.fromkeys(LANGUAGES, inner),
            "additionalProperties": False,
            "minProperties": 1,
        }


class Labelled(Told):
    """Names of one's own, each with a text per language."""

    def __init__(self, expected: str, names: Told, **kwargs: Any) -> None:
        """Read each name by `names`."""
        super().__init__(expected, **kwargs)
        self._names = names

    def _deserialize(
        self, value: Any, *_args: Any, **_kwargs: Any
    ) -> dict[str, dict[str, str]]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        names = {key: key for key in value}
        each(self._names.deserialize, names)
        return each(Texts().deserialize, value)

    def json_schema(self) -> JsonSchema:
        """Say what names are like; each has its texts."""
        return {
            "type": "object",
            "propertyNames": self._names.json_schema(),
            "additionalProperties": Texts().json_schema(),
        }


class Pairs(Told):
    """A table of texts: one word for another."""

    def __init__(self, **kwargs: Any) -> None:
        """Accept any keys, each with a text."""
        super().__init__("a table of texts", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, str]:
        if not isinstance(value, Mapping) or not value:
            raise self.make_error("invalid")
        return each(_plain_text, value)

    def json_schema(self) -> JsonSchema:
        """Say a table of texts."""
        return {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "minProperties": 1,
        }


class Properties(Told):
    """A table of anything: it is Mautic's to understand."""

    def __init__(self, **kwargs: Any) -> None:
        """Accept any table."""
        super().__init__("a table", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return dict(value)

    def json_schema(self) -> JsonSchema:
        """Say a table."""
        return {"type": "object"}


def _plain_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValidationError("expected text")
    return value


def each(read: Callable[[Any], Any], items: Mapping[Any, Any]) -> dict[Any, Any]:
    """Read all; complain about all that cannot be read, not about the first."""
    done, errors = {}, {}
    for key, item in items.items():
        try:
            done[key] = read(item)
        except ValidationError as error:
            errors[key] = error.messages
    if errors:
        raise ValidationError(errors)
    return done
