"""When to try again: exponential, capped, with jitter that is handed in."""

#: Waiting time before the second attempt, in seconds.
FIRST_SECONDS = 2.0
#: The longest a write waits between attempts.
LONGEST_SECONDS = 900.0
#: After this many attempts a person must look: about a day and a half of trying.
MOST_ATTEMPTS = 150


def ceiling(attempts: int) -> float:
    """Seconds that attempt number `attempts` (from 1) may wait at the most."""
    return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(attempts - 1, 30))


def delay(attempts: int, jitter: float, asked: float | None = None) -> float:
    """Seconds to wait after `attempts` failures.

    `jitter` is 0..1; the wait lies in the upper half of the ceiling, so that
    many writes that failed together do not come back together. What the other
    side asked for (`Retry-After`) is never undercut.
    """
    top = ceiling(attempts)
    own = top / 2 + jitter * top / 2
    return max(own, asked or 0.0)


def is_hopeless(attempts: int) -> bool:
    """Whether it is time to park instead of trying again."""
    return attempts >= MOST_ATTEMPTS
