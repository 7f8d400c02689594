"""The place of the crash test's figure among the promises.

Two hundred kills take longer than all other measurements together, so they are a
test of their own; here stands only which.
"""

from tests.benchmarks.row import Row


def measure(*, quick: bool) -> list[Row]:
    del quick
    return [
        Row(
            promise="kill -9 anywhere, 200 times; duplicates x3; any order",
            must="state equal to one clean run",
            reached="not measured here: tests/e2e/test_crash.py",
            holds=None,
        )
    ]
