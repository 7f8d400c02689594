"""The rhythm in a Mautic where everything comes late: is any rule ever broken?"""

from concurrent.futures import ProcessPoolExecutor
from math import sqrt

from tests.benchmarks.row import Row
from tests.support.senders import breaches, lives

SENDS, QUICK = 10_000_000, 100_000
#: Mails in a life: years, so both changes of the clock many times over.
EACH = 100
#: Lives that one process lives at a time.
PIECE = 250
MOST_VARIATION = 0.25


def measure(*, quick: bool) -> list[Row]:
    """Live until so many mails were sent; count breaches, and how even they came."""
    sends = QUICK if quick else SENDS
    pieces = sends // (PIECE * EACH)
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(_lived, range(pieces)))
    sent, broken, count, total, squares = map(sum, zip(*found, strict=True))
    mean = total / count
    variation = sqrt(squares / count - mean**2) / mean
    return [
        Row(
            promise="rhythm: mails, campaigns side by side, daylight saving included",
            must=f"{sends:,}",
            reached=f"{sent:,}",
            holds=sent >= sends,
        ),
        Row(
            promise="rhythm: of these against gap, cap, quiet hours or days",
            must="0",
            reached=f"{broken:,}",
            holds=broken == 0,
        ),
        Row(
            promise="rhythm: variation of the gaps (CV)",
            must=f"<= {MOST_VARIATION}",
            reached=f"{variation:.2f}",
            holds=variation <= MOST_VARIATION,
        ),
    ]


def _lived(seed: int) -> tuple[int, int, int, float, float]:
    """Live one piece: mails, breaches, and the gaps' count, sum and sum of squares."""
    sent = broken = count = 0
    total = squares = 0.0
    for life in lives(seed, PIECE, EACH):
        sent += len(life.sent)
        broken += sum(1 for _ in breaches(life.sent, life.cadence))
        count += len(life.even)
        total += sum(life.even)
        squares += sum(one * one for one in life.even)
    return sent, broken, count, total, squares
