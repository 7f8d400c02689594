"""What audiences.toml may say."""

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from marshmallow import post_load
from marshmallow.fields import Nested

from plugin.config.fields import Choice, JsonSchema, Number, Section, Text, Told
from plugin.mappings.audiences import Audience, Cadence, Edge, Market, Prior, Sunset
from plugin.mappings.kinds import Sequence, Set, Tables, Texts, each
from plugin.mappings.model import Channel, Phase
from plugin.mappings.schemas import Table, slug

#: A share that is neither nothing nor all: with those nothing could be computed.
_LEAST, _MOST = 0.0001, 0.9999


class Instant(Told):
    """A date or a time of day, written as TOML has it."""

    def __init__(
        self, kind: type[date] | type[time], example: str, **kwargs: Any
    ) -> None:
        """Accept TOML's own value of this kind."""
        self._kind = kind
        super().__init__(f"{kind.__name__} without quotes, as in {example}", **kwargs)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if type(value) is not self._kind:
            raise self.make_error("invalid")
        return value

    def json_schema(self) -> JsonSchema:
        """Say a text: editors read TOML's dates and times as such."""
        is_date = self._kind is date
        pattern = r"\d{4}-\d\d-\d\d" if is_date else r"\d\d:\d\d(:\d\d(\.\d+)?)?"
        return {"type": "string", "pattern": f"^{pattern}$"}


class Keyed(Told):
    """A table whose keys are one of a few words, each value read in the same way."""

    def __init__(self, keys: Choice, inner: Told | Section, **kwargs: Any) -> None:
        """Read each key by `keys`, each value by `inner`."""
        super().__init__(f"a table, each key {keys.expected}", **kwargs)
        self._keys, self._inner = keys, inner
        self._read = inner.load if isinstance(inner, Section) else inner.deserialize

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        each(self._keys.deserialize, {key: key for key in value})
        found = each(self._read, value)
        return {self._keys.deserialize(key): one for key, one in found.items()}

    def json_schema(self) -> JsonSchema:
        """Say which keys there may be, and what each is."""
        return {
            "type": "object",
            "propertyNames": self._keys.json_schema(),
            "additionalProperties": self._inner.json_schema(),
        }


class MarketTable(Table):
    """`[audiences.market]` in audiences.toml."""

    model = Market
    size = Number(1, 1_000_000_000, required=True)
    latent = Number(0, 1, whole=False, required=True)
    active = Number(0, 1, whole=False, required=True)
    source = Text("where the numbers come from")
    measured_on = Instant(date, "2026-09-30")


class SunsetTable(Table):
    """`[audiences.cadence.sunset]` in audiences.toml."""

    model = Sunset
    slow_after = Number(1, 1000)
    win_back_after = Number(1, 1000)
    stop_after = Number(1, 1000)


class CadenceTable(Table):
    """`[audiences.cadence]` in audiences.toml."""

    model = Cadence
    every_days = Keyed(Choice(Phase), Number(1, 365))
    weekdays = Set(Number(1, 7))
    quiet_from = Instant(time, "20:00:00")
    quiet_until = Instant(time, "08:00:00")
    gap_days = Number(0, 365)
    cap = Number(1, 1000)
    cap_days = Number(1, 365)
    timezone = Text("a time zone, as in Europe/Amsterdam")
    sunset = Nested(SunsetTable)


class PriorTable(Table):
    """`[audiences.priors.<edge>]` in audiences.toml."""

    model = Prior
    conversion = Number(_LEAST, _MOST, whole=False, required=True)
    worth = Number(0.01, 1_000_000, whole=False)
    median_days = Number(0.1, 3650, whole=False, required=True)
    source = Text("where the numbers come from", required=True)


class AudienceTable(Table):
    """`[[audiences]]` in audiences.toml."""

    model = Audience
    key = slug("a name", required=True)
    label = Texts()
    topics = Set(Text("a topic of content.toml"))
    market = Nested(MarketTable)
    channels = Sequence(Choice(Channel))
    cadence = Nested(CadenceTable)
    priors = Keyed(Choice(Edge), PriorTable())
    effort = Keyed(Choice(Edge), Number(0.001, 1_000_000, whole=False))


class AudiencesFile(Section):
    """audiences.toml."""

    audiences = Tables(AudienceTable(), "audiences", load_default=())

    @post_load
    def build(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Audience]:
        """Give every audience by its key, in the order written."""
        return {one.key: one for one in data["audiences"]}
