"""`stdc demo`: play six weeks, say what came of them, stay up."""

import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from plugin.demo.house import House, open_house
from plugin.demo.story import Check, checks
from plugin.mappings.model import Phase
from plugin.sandbox import people
from plugin.sandbox.people import DAYS
from plugin.sandbox.player import Player
from plugin.sandbox.stage import Stage

#: Days that pass between two looks of the worker.
STEP = 0.25


def main(folder: Path, *, language: str, port: int, once: bool) -> int:
    """Play the demo; return 0 when the story came true, 1 when it did not."""
    console = Console()
    with open_house(folder, language, port) as house:
        player = _set_the_stage(house, console)
        _play(house, player, console)
        house.look_at_content()
        found = checks(house, player)
        _tell(house, player, found, console)
        if not once:
            _stay(house, player, console)
    return 0 if all(one.holds for one in found) else 1


def _set_the_stage(house: House, console: Console) -> Player:
    made = house.set_up()
    stage = Stage(house.mautic)
    stage.build()
    house.read_content()
    console.print(
        f"A Mautic, an ATS and the service are up; {made} things were made in Mautic."
    )
    return Player(
        house.mautic, stage, house.odoo.recruiter(), people.cast(), house.clock.wait
    )


def _play(house: House, player: Player, console: Console) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("day {task.completed:.0f} of {task.total:.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        weeks = progress.add_task("six weeks of candidates", total=DAYS)
        for day in _days():
            for act, who in player.between(day, day + STEP):
                house.clock.set_day(act.day)
                player.play(act, who)
            house.clock.set_day(day + STEP)
            house.work()
            house.tick()
            progress.update(weeks, completed=day + STEP)
    house.clock.run_free()
    house.tick()


def _days() -> Iterator[float]:
    return (number * STEP for number in range(round(DAYS / STEP)))


def _tell(house: House, player: Player, found: list[Check], console: Console) -> None:
    console.print()
    console.print(_funnel(house))
    console.print(_stories(house, player))
    for one in found:
        mark = "[green]✓[/]" if one.holds else "[red]✗[/]"
        instead = "" if one.holds else f" [red](instead: {one.instead})[/]"
        console.print(f" {mark} {one.claim}{instead}", highlight=False)
    console.print()
    contact_id = player.contact_id(people.SANNE)
    console.print("Why is Sanne where she is? While this runs, or after it:")
    console.print(
        f"  .venv/bin/stdc --config {house.folder}/config.toml explain {contact_id}",
        highlight=False,
        soft_wrap=True,
    )


def _funnel(house: House) -> Table:
    table = Table(title="Where everybody is after six weeks")
    with house.parts.store.view() as unit:
        counts = unit.people.counts_by_phase()
    most = max([1, *counts.values()])
    table.add_column("phase")
    table.add_column("people", justify="right")
    table.add_column("")
    for phase in Phase:
        bar = "█" * round(30 * counts[phase] / most)
        table.add_row(phase.label, str(counts[phase]), bar)
    return table


def _stories(house: House, player: Player) -> Table:
    table = Table(title="Six of them")
    for name in ("who", "story", "moves"):
        table.add_column(name)
    with house.parts.store.view() as unit:
        for who in player.cast:
            if who.story is None:
                continue
            moves = unit.people.moves(player.contact_id(who) or 0)
            way = " > ".join(f"{one.after.label} {one.at:%d %b}" for one in moves)
            table.add_row(f"{who.first_name} {who.last_name}", who.story, way)
    return table


def _stay(house: House, player: Player, console: Console) -> None:
    console.print("\nLook around; Ctrl-C ends it. The first link signs you in:")
    sanne = player.contact_id(people.SANNE) or 0
    for name, address in (
        ("funnel, contacts and reasons", house.page),
        *house.pages(sanne).items(),
        ("the Mautic look-alike", house.mautic.url),
        ("the ATS look-alike", house.odoo.url),
    ):
        console.print(f"  {name:<30}{address}", highlight=False, soft_wrap=True)
    try:
        while True:
            time.sleep(1)
            house.work()
    except KeyboardInterrupt:
        console.print("\nThe demo is over.")
