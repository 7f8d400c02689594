"""Kill the web server and the worker at random moments, and compare what is held.

    make crash
    python -m tests.e2e.crash --kills 200 --store postgresql

A clean run takes every delivery once and in order. The other takes each three
times, shuffled, by two workers, while processes die of SIGKILL. Afterwards every
answered delivery is there as often as it was answered, everybody is judged by all
that is held of them, and the store, Mautic and the ATS hold the same, byte for byte.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import unified_diff
from pathlib import Path

import requests
import structlog
from rich.console import Console
from rich.progress import Progress

from plugin.pipeline import deliver_ats, deliver_mautic
from plugin.pipeline.process import process
from plugin.pipeline.refresh import refresh
from plugin.pipeline.spool import drain
from plugin.store import OutboxState
from tests.e2e.test_processes import free_port
from tests.e2e.world import SQLITE, Ports, open_world, wait_until
from tests.support.databases import database, postgres_server
from tests.support.house import SECRET, START
from webhooks import signature

#: Simulated seconds per second: claims of dead workers run out in time.
PACE = 60.0
#: Copies of every delivery, and who sends them at the same time.
COPIES, SENDERS = 3, 4
#: Who works in the run that is killed; the clean one has one worker.
WORKERS = ("worker-1", "worker-2")
VICTIMS = (
    ("web",),
    ("worker-1",),
    ("worker-2",),
    WORKERS,
    (*WORKERS, "web"),
)
#: A process dies so long after it was up, in seconds.
SOONEST, LATEST = 0.05, 0.8
#: Every second time it dies within so many seconds of beginning something.
IN_THE_ACT, LONGEST_WAIT = 0.03, 0.5
#: When both runs are judged.
SETTLED, JUDGED = START + timedelta(days=1), START + timedelta(days=3)
PATIENCE = 60.0
WAITING = (OutboxState.PENDING, OutboxState.CLAIMED)


@dataclass
class Figures:
    """What a crash run did."""

    moments: int = 0
    deaths: Counter = field(default_factory=Counter)
    #: Moments at which deliveries or writes were claimed and not done.
    caught: int = 0
    answered: int = 0
    refused: int = 0
    #: Deliveries that were parked because every worker that had them was killed.
    replayed: int = 0
    seconds: float = 0.0


class Nursery:
    """Starts processes of the service, and kills them."""

    def __init__(self, world, pace=PACE):
        self.world = world
        clock = (world.clock.epoch, START.timestamp(), pace)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.nursery", *map(str, clock)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running = {}

    def log(self, name):
        return self.world.folder / f"{name}.log"

    def start(self, name):
        """Start "web" or "worker"; "worker-2" is another one."""
        words = ["--config", self.world.config, name.partition("-")[0]]
        self.process.stdin.write(json.dumps([words, str(self.log(name))]) + "\n")
        self.process.stdin.flush()
        self.running[name] = int(self.process.stdout.readline())

    def kill(self, name, how=signal.SIGKILL):
        """End a process, with gunicorn its workers too, and wait until it is gone."""
        pid = self.running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(pid, how)
        wait_until(lambda: not _exists(pid), PATIENCE, f"{name} {pid} is gone")

    def close(self):
        for name in list(self.running):
            self.kill(name)
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def _exists(pid):
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Sender:
    """Sends deliveries as several Mautics would; what is not answered, again."""

    def __init__(self, world, deliveries, senders):
        self.door = f"http://127.0.0.1:{world.ports.door}/webhooks/mautic"
        self.waiting = list(reversed(deliveries))
        self.total = len(deliveries)
        self.answered = 0
        #: Each body, as often as it was answered 200.
        self.kept = Counter()
        self.figures = Figures()
        #: The part that may be sent by now.
        self.released = 1.0
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._send) for _ in range(senders)]
        for one in self.threads:
            one.start()

    def close(self):
        self.over.set()
        for one in self.threads:
            one.join()

    def is_done(self):
        with self.lock:
            return self.answered == self.total

    def _next(self):
        with self.lock:
            if len(self.waiting) <= self.total * (1 - self.released):
                return None
            return self.waiting.pop() if self.waiting else None

    def _send(self):
        with requests.Session() as session:
            session.trust_env = False
            while not self.over.is_set():
                body = self._next()
                if body is None:
                    time.sleep(0.01)
                else:
                    self._post(session, body)

    def _post(self, session, body):
        headers = {signature.HEADER: signature.sign(body, SECRET)}
        try:
            answer = session.post(self.door, data=body, headers=headers, timeout=20)
            taken = answer.status_code == 200
        except requests.RequestException:
            taken = False
        with self.lock:
            self.answered += taken
            self.kept[body] += taken
            if not taken:
                self.figures.refused += 1
                self.waiting.insert(0, body)
        if not taken:
            time.sleep(0.02)


def is_up(port):
    """Tell whether the door answers, and ask what a monitor asks."""
    with suppress(requests.RequestException):
        requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
        return True
    return False


def holds_claims(parts):
    """Tell whether somebody had begun something that is not done."""
    with parts.store.view() as unit:
        return bool(
            unit.outbox.list(OutboxState.CLAIMED, limit=1)
            or unit.inbox.list("claimed", limit=1)
        )


def await_work(parts):
    """Wait a moment for somebody to begin something."""
    deadline = time.monotonic() + LONGEST_WAIT
    while not holds_claims(parts) and time.monotonic() < deadline:
        time.sleep(0.002)


def kill_at_random(world, nursery, sender, *, kills, chance, tell):
    """Kill web, worker or both so many times, and start them again."""
    figures, port = sender.figures, world.ports.door
    for number in range(kills):
        wait_until(lambda: is_up(port), PATIENCE, "the door is up")
        sender.released = (number + 0.5) / kills
        time.sleep(chance.uniform(SOONEST, LATEST))
        sender.released = (number + 1) / kills
        victims = chance.choice(VICTIMS)
        if number % 2:
            await_work(world.parts)
            time.sleep(chance.uniform(0, IN_THE_ACT))
        for one in victims:
            nursery.kill(one)
            figures.deaths[one.partition("-")[0]] += 1
        figures.moments += 1
        figures.caught += holds_claims(world.parts)
        for one in victims:
            nursery.start(one)
        tell(number + 1)


def replay(parts, figures):
    """Do what `stdc inbox replay --all` does: some were begun and killed too often."""
    with parts.store.unit() as unit:
        parked = [one.id for one in unit.inbox.list("parked", limit=100_000)]
        figures.replayed = unit.inbox.replay(parked)


def lost(parts, sender):
    """List answered deliveries of which fewer are kept than were answered."""
    drain(parts)
    with parts.store.view() as unit:
        held = Counter(one.body for one in unit.inbox.list(limit=1_000_000))
    return list(sender.kept - held)


def settle(world, nursery, figures, workers):
    """Let the workers end, then do what is left in this process and judge."""
    for one in workers:
        nursery.kill(one, signal.SIGTERM)
    world.clock.stop(SETTLED)
    parts = world.parts
    replay(parts, figures)
    for _ in range(400):
        drain(parts)
        while process(parts).deliveries:
            pass
        _deliver(parts)
        if not _waits(parts):
            break
        world.clock.wait(minutes=10)
    refresh(parts)
    assert not (wrong := world.misjudged()), wrong
    world.clock.stop(JUDGED)
    with parts.store.unit() as unit:
        unit.people.mark_all_dirty()
    refresh(parts)
    _deliver(parts)
    while process(parts).deliveries:  # our own echo
        _deliver(parts)
    left = _waits(parts) + _parked(parts)
    assert left == [], [(one.id, one.state, one.attempts) for one in left]


def _deliver(parts):
    deliver_mautic.deliver_all(parts)
    deliver_ats.deliver_all(parts)
    deliver_mautic.deliver_all(parts)


def _waits(parts):
    with parts.store.view() as unit:
        writes = [one for state in WAITING for one in unit.outbox.list(state)]
        return [*writes, *unit.inbox.list("new"), *unit.inbox.list("claimed")]


def _parked(parts):
    with parts.store.view() as unit:
        return [*unit.outbox.list(OutboxState.PARKED), *unit.inbox.list("parked")]


def in_silence(number):
    """Tell nobody how many times something died by now."""


def play(
    world,
    deliveries,
    *,
    workers=("worker-1",),
    senders=1,
    kills=0,
    seed=0,
    tell=in_silence,
):
    """Send deliveries to real processes, and return what is held at the end."""
    began = time.monotonic()
    world.clock.stop(START)
    world.clock.run(PACE)
    nursery = Nursery(world)
    sender = None
    try:
        for one in ("web", *workers):
            nursery.start(one)
        wait_until(lambda: is_up(world.ports.door), PATIENCE, "the door is up")
        sender = Sender(world, deliveries, senders)
        kill_at_random(
            world, nursery, sender, kills=kills, chance=random.Random(seed), tell=tell
        )
        sender.released = 1.0
        wait_until(sender.is_done, PATIENCE * 3, "all deliveries are answered")
        assert not (gone := lost(world.parts, sender)), gone[:3]
        settle(world, nursery, sender.figures, workers)
        held = world.dump()
        assert not (missing := world.missing_notes()), missing
    finally:
        if sender is not None:
            sender.close()
        nursery.close()
    sender.figures.answered = sender.answered
    sender.figures.seconds = time.monotonic() - began
    return held, sender.figures


@contextmanager
def places(store, folder):
    """Give a function that makes a place for a store and its jobs."""
    with ExitStack() as stack:
        if store == "sqlite":
            yield lambda: (None, SQLITE)
            return
        server = stack.enter_context(postgres_server())

        def make():
            url = stack.enter_context(database(server))
            plain = url.replace("+psycopg", "")
            return url, f'backend = "postgres"\nurl = "{plain}"'

        yield make


def compare(folder, *, store, kills, people, seed, tell=in_silence):
    """Play a clean run and one with kills; return the difference and the figures."""
    ports = Ports(free_port(), free_port(), free_port())
    with places(store, folder) as place:

        def world(name):
            url, jobs = place()
            return open_world(
                folder / name, ports, database=url, jobs=jobs, people=people
            )

        with world("clean") as clean:
            expected, _ = play(clean, clean.deliveries)
            sent = clean.deliveries
        with world("crash") as crash:
            assert crash.deliveries == sent, "the two worlds are not the same"
            copies = crash.deliveries * COPIES
            random.Random(seed).shuffle(copies)
            held, figures = play(
                crash,
                copies,
                workers=WORKERS,
                senders=SENDERS,
                kills=kills,
                seed=seed,
                tell=tell,
            )
    difference = list(unified_diff(expected, held, "clean", "crash", "", n=0))
    return difference, figures, expected


def main():
    """Run the comparison and say what came of it; exit code 1 when they differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.crash")
    parser.add_argument("--kills", type=int, default=200, help="moments of death")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--people", type=int, default=60, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for what is left of it")
    given = parser.parse_args()
    console = Console()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    with (
        tempfile.TemporaryDirectory(prefix="stdc-crash-") as folder,
        Progress(console=console) as progress,
    ):
        task = progress.add_task(f"kill -9, {given.store}", total=given.kills)
        difference, figures, compared = compare(
            given.keep or Path(folder) / "runs",
            store=given.store,
            kills=given.kills,
            people=given.people,
            seed=given.seed,
            tell=lambda number: progress.update(task, completed=number),
        )
    console.print(told(figures), f"{len(compared)} lines compared:", highlight=False)
    console.print("\n".join(difference) or "equal, byte for byte", markup=False)
    return 1 if difference else 0


def told(figures):
    """Say in a few lines what a crash run did."""
    deaths = sorted(figures.deaths.items())
    return (
        f"{figures.moments} moments of death "
        f"({', '.join(f'{number} {name}' for name, number in deaths)}), "
        f"{figures.caught} in the middle of work;\n"
        f"{figures.replayed} deliveries parked after 20 deaths and replayed;\n"
        f"{figures.answered} deliveries answered, {figures.refused} attempts not, "
        f"in {figures.seconds:.0f} s;"
    )


if __name__ == "__main__":
    sys.exit(main())
