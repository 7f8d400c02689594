"""A million simulated mails: what machines get through, what people lose.

Run by itself: `python -m tests.benchmarks.bench_humans [--quick]`.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor

from tests.benchmarks.row import Row
from tests.golden.build import shipped
from tests.support.corpus import MAILS, catalogue, corpus
from tests.support.sieve import Sieved, sieve

#: People per piece of work, each with a seed of its own.
PIECE = 5_000


def sieve_piece(seed: int) -> Sieved:
    return sieve(corpus(PIECE, seed), shipped(), catalogue())


def sieve_all(mails: int) -> Sieved:
    total = Sieved()
    with ProcessPoolExecutor(max_workers=2) as pool:
        for one in pool.map(sieve_piece, range(mails // (PIECE * MAILS))):
            total.add(one)
    return total


def rows(found: Sieved) -> list[Row]:
    return [
        Row(
            promise=f"machines' clicks removed, {found.mails:,} mails",
            must=">= 99 %",
            reached=f"{found.removed:.3%}",
            holds=found.removed >= 0.99,
        ),
        Row(
            promise="people's clicks lost",
            must="<= 0.5 %",
            reached=f"{found.loss:.3%}",
            holds=found.loss <= 0.005,
        ),
        Row(
            promise="phase moves by machines",
            must="0",
            reached=str(found.moves.total()),
            holds=not found.moves.total(),
        ),
    ]


def measure(*, quick: bool) -> list[Row]:
    return rows(sieve_all(40_000 if quick else 1_000_000))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="40,000 mails")
    found = sieve_all(40_000 if parser.parse_args().quick else 1_000_000)
    print(found.as_text())  # noqa: T201 -- what it is for


if __name__ == "__main__":
    main()
