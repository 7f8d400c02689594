"""Errors, sorted by what to do about them: four bases, no more."""


class StdcError(Exception):
    """Base of everything that `plugin` raises on purpose."""


class Retryable(StdcError):
    """The other side could not answer now: try again later."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        """Remember how long the other side asked us to wait, if it did."""
        super().__init__(message)
        self.after_seconds = after_seconds


class Rejected(StdcError):
    """The other side understood and refused: give up and park with this reason."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Keep the HTTP status, where there was one."""
        super().__init__(message)
        self.status = status


class Misconfigured(StdcError):
    """A person must change config or mappings; lists every problem at once."""

    def __init__(self, headline: str, problems: tuple[str, ...] = ()) -> None:
        """One headline, then a `  - problem` line for each."""
        super().__init__("\n".join([headline, *(f"  - {one}" for one in problems)]))
        self.headline = headline
        self.problems = problems


class Bug(StdcError):
    """Something that cannot happen did: ours to mend."""
