"""Whatever dies, whenever: afterwards everything is as if nothing had.

Here it dies a few times; `make crash` kills two hundred times on each database.
"""

import pytest

from tests.e2e.crash import compare

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_killed_at_random_it_ends_like_a_clean_run(store, tmp_path):
    difference, figures, compared = compare(
        tmp_path / "runs", store=store, kills=8, people=8, seed=7
    )

    assert difference == []
    assert figures.moments == 8
    assert figures.caught > 0
    assert set(figures.deaths) == {"web", "worker"}
    assert len(compared) > 200
