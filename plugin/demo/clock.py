"""A clock that can be set, so that six weeks pass in half a minute."""

from datetime import datetime, timedelta

from plugin import bootstrap


class DemoClock:
    """Tells the played moment, and real time once the play is over."""

    def __init__(self, days: int) -> None:
        """Start `days` before the present."""
        self._played: datetime | None = bootstrap.now() - timedelta(days=days)
        self.start = self._played

    def __call__(self) -> datetime:
        """Tell the moment, aware UTC."""
        return self._played or bootstrap.now()

    def on_day(self, day: float) -> datetime:
        """Tell which moment a day of the play is."""
        return self.start + timedelta(days=day)

    def set_day(self, day: float) -> None:
        """Move on to a day of the play; time never goes back."""
        assert self._played is not None  # noqa: S101 -- nobody plays after the end
        self._played = max(self._played, self.on_day(day))

    def wait(self, seconds: float) -> None:
        """Let some time pass."""
        assert self._played is not None  # noqa: S101 -- nobody plays after the end
        self._played += timedelta(seconds=seconds)

    def run_free(self) -> None:
        """Go with real time from now on."""
        self._played = None
