"""A clock that jumps loses nothing and counts nothing twice."""

from datetime import timedelta

import pytest

DAYS = [(-1, 0), (0, -1), (400, 0), (-400, 400), (400, -400)]


@pytest.mark.parametrize("jumps", DAYS, ids=str)
def test_what_came_before_and_after_a_jump_is_kept_once(rooms, jumps):
    """Days by which our clock is off, before the worker looks and after that."""
    first, then = (timedelta(days=one) for one in jumps)
    with rooms() as house:
        house.set_up()
        house.furnish()
        house.subscribe()
        visitor = house.visitor(email="joris@example.com")
        house.process()
        start = house.clock()
        events = house.events()

        visitor.visit_page("hackathon")
        house.clock.at = start + first
        visitor.visit_page("hackathon")
        house.process()
        house.clock.at = start + first + then
        visitor.visit_page("hackathon-programme")
        house.process()
        house.clock.at = start
        house.process()

        assert house.events() == events + 3
        with house.parts.store.view() as unit:
            assert unit.inbox.depth() == {}
