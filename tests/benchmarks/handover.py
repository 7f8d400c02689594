"""Hand-overs through an ATS that throttles: inside the budget, and all of them."""

import tempfile
import time
from pathlib import Path

from plugin.pipeline import deliver_ats
from tests.benchmarks.row import Row
from tests.contract.ats.pipeline.house import House, open_house

PER_SECOND = 40.0


def measure(*, quick: bool) -> list[Row]:
    people = 100 if quick else 10_000
    with (
        tempfile.TemporaryDirectory() as folder,
        open_house(Path(folder), "webhook") as house,
    ):
        for number in range(people):
            house.sign_up(number + 1)
        settings = house.parts.settings.ats[house.connection]
        object.__setattr__(settings, "calls_per_second", PER_SECOND)
        house.faults.most_per_second = round(PER_SECOND * 1.05)
        seconds = _deliver(house, people)
        held, throttled = house.candidates(), house.faults.throttled
    rate = people / seconds
    return [
        Row(
            promise=f"hand-overs to an ATS that takes {PER_SECOND:.0f} calls/s",
            must="all of them, none twice, never throttled",
            reached=f"{held:,} of {people:,} at {rate:.0f}/s; throttled {throttled}×",
            holds=held == people and not throttled and rate <= PER_SECOND * 1.05,
        )
    ]


def _deliver(house: House, people: int) -> float:
    began, done = time.perf_counter(), 0
    while done < people:
        once = deliver_ats.deliver_all(house.parts)
        done += once.done
        if not once.done:
            house.clock.wait(seconds=20)
    return time.perf_counter() - began
