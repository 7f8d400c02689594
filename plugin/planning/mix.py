"""The own database beside the market, per audience. Pure."""

from dataclasses import dataclass
from datetime import date

from plugin.mappings.model import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """People who came on the same day by the same channel."""

    on: date
    #: Keys of their audiences.
    audiences: tuple[str, ...]
    phase: Phase
    #: None where they did nothing of their own yet.
    channel: str | None
    people: int
