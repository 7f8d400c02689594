"""How fast people are decided about, and one contact is explained.

Run by itself: `python -m tests.benchmarks.bench_scoring [--quick]`.
"""

import argparse
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from random import Random

from plugin.history.model import Person
from plugin.phases.decide import decide
from plugin.phases.undo import undo
from plugin.scoring.explain import explain
from tests.benchmarks.memory import peak_mib
from tests.benchmarks.row import Row
from tests.golden.build import shipped
from tests.support.corpus import BEGIN, MAILS, catalogue, corpus
from tests.support.mails import DESKTOPS, Mail
from webhooks.events import Event

AS_OF = BEGIN + timedelta(days=7 * MAILS + 30)
#: Events of the contact that is explained: a busy one, of years.
MANY = 1_000
CORES = 2


def readers(count: int, seed: int) -> list[Person]:
    """Make people of ten events each, all of which count but two sends."""
    random = Random(seed)
    return [_reader(number, random) for number in range(1, count + 1)]


def _reader(number: int, random: Random) -> Person:
    events: list[Event] = []
    for week in sorted(random.sample(range(MAILS), 2)):
        at = BEGIN + timedelta(days=7 * week, seconds=random.randrange(86_400))
        mail = Mail(person=number, number=week, sent_at=at, links=4, random=random)
        mail.send()
        for link in (0, 1):
            later = random.uniform(600, 3 * 86_400)
            mail.click(later, link, DESKTOPS[0], lands=False)
            mail.visit(later + random.uniform(60, 600), link + 4, DESKTOPS[0])
        events += mail.events
    ordered = tuple(sorted(events, key=lambda one: (one.occurred_at, one.key)))
    return Person(id=number, contact_id=number, events=ordered)


def scanned(count: int, seed: int) -> list[Person]:
    """Take people of the labelled corpus: machines make most of their events."""
    return [one.person for one in corpus(count, seed)]


def decide_some(work: tuple[str, int, int]) -> tuple[int, float, float]:
    """Decide about people of a seed: events, seconds without making them, peak MiB."""
    kind, seed, count = work
    make = {"readers": readers, "scanned": scanned}[kind]
    everybody, content, mappings = make(count, seed), catalogue(), shipped()
    # the processor's time: other work on the machine must not count
    began = time.process_time()
    for one in everybody:
        decide(one, mappings, content, as_of=AS_OF)
    seconds = time.process_time() - began
    return sum(len(one.events) for one in everybody), seconds, peak_mib()


def rate(kind: str, count: int) -> tuple[float, float]:
    """Events per second on two cores, and the MiB that both took at most together.

    People come in pieces, as in the store: the piece is what memory is needed for.
    """
    with ProcessPoolExecutor(
        max_workers=CORES, mp_context=get_context("spawn")
    ) as pool:
        work = [(kind, seed, count) for seed in range(CORES)]
        done = list(pool.map(decide_some, work))
    return (
        sum(events / seconds for events, seconds, _ in done),
        sum(peak for *_, peak in done),
    )


def busy() -> Person:
    """Join the histories of many into one person with a long one."""
    events = [event for one in scanned(200, 3) for event in one.events]
    ordered = sorted(events, key=lambda event: (event.occurred_at, event.key))
    return Person(id=1, contact_id=1, events=tuple(ordered[:MANY]))


def explain_p99(rounds: int) -> float:
    """Seconds to decide about and explain one busy contact, at the 99th percentile."""
    person, content, mappings = busy(), catalogue(), shipped()
    taken = []
    for number in range(rounds):
        began = time.process_time()
        as_of = AS_OF + timedelta(minutes=number)
        decision = decide(person, mappings, content, as_of=as_of)
        tipped = undo(decision, person, mappings, content)
        explain(decision, person, mappings, content, "nl", undo=tipped).as_text()
        taken.append(time.process_time() - began)
    return statistics.quantiles(taken, n=100)[98]


def measure(*, quick: bool) -> list[Row]:
    count = 2_000 if quick else 10_000
    p99 = explain_p99(200 if quick else 1_000)
    return [
        *(_rescored(kind, *rate(kind, count)) for kind in ("readers", "scanned")),
        Row(
            promise=f"explain one contact of {MANY:,} events, p99",
            must="<= 20 ms",
            reached=f"{1000 * p99:.1f} ms",
            holds=p99 <= 0.02,
        ),
    ]


def _rescored(kind: str, events: float, peak: float) -> Row:
    return Row(
        promise=f"re-score 10 M events on 2 cores, {kind}, without the store",
        must="<= 60 s, <= 1 GiB",
        reached=f"{10_000_000 / events:,.0f} s ({events:,.0f} events/s), "
        f"{peak:.0f} MiB",
        holds=events >= 10_000_000 / 60 and peak <= 1024,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the trend")
    for row in measure(quick=parser.parse_args().quick):
        print(f"{row.promise}: {row.reached}, must be {row.must}")  # noqa: T201


if __name__ == "__main__":
    main()
