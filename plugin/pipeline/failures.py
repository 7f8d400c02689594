"""What comes of an ATS's refusal, as the outbox understands it."""

from plugin.ats.base import AuthBroken, Conflict, Failure, Permanent, Retry, Unknown
from plugin.errors import Misconfigured, Rejected, Retryable

#: What helps where an ATS refuses us.
MEND = "mend the connection's address, key or rights in config.toml or in the ATS"


class NeedsReview(Rejected):
    """A person has to say who of those there somebody is."""

    def __init__(self, conflict: Conflict) -> None:
        """Keep who may be the one, and where they are seen."""
        super().__init__(f"needs a person: {conflict.message}")
        urls = conflict.urls or (None,) * len(conflict.refs)
        candidates = dict(zip(conflict.refs, urls, strict=True))
        #: What a person needs to decide.
        self.told = {"candidates": candidates}


class Down(Retryable):
    """Nobody was reached there, or nobody answered in time."""


def raise_for(failure: Failure | None) -> None:
    """Turn an outcome into the error that says the same to the outbox."""
    match failure:
        case None:
            return
        case Retry(message=message, after_seconds=after):
            raise _again(failure)(message, after_seconds=after)
        case Unknown(message=message):
            # the next attempt looks for our marker before it creates
            raise _again(failure)(f"{message}; it may have been done")
        case AuthBroken(message=message):
            raise Misconfigured(message, (MEND,))
        case Permanent(message=message):
            raise Rejected(message)
        case Conflict():
            raise NeedsReview(failure)
        case _:
            raise Rejected(f"needs a person: {failure.message}")


def _again(failure: Failure) -> type[Retryable]:
    return Down if failure.is_down else Retryable
