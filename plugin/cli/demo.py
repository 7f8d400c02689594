"""`stdc demo`: the whole story against embedded look-alikes."""

from pathlib import Path

import click

from plugin.config import Language
from plugin.demo.main import main as play


@click.command()
@click.option(
    "--once", is_flag=True, help="End by itself: 0 when the story came true, 1 if not."
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Working folder; an earlier demo's is thrown away, any other is left alone.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where our pages listen; a free port if left out.",
)
@click.option(
    "--lang",
    type=click.Choice([one.value for one in Language]),
    default=Language.NL.value,
    show_default=True,
    help="Language of what is written into Mautic.",
)
def demo(folder: Path, port: int, lang: str, *, once: bool) -> None:
    """Play weeks of simulated candidates in seconds, and show what came of them.

    Starts a Mautic and an ATS of its own on this machine; needs no config file and
    touches nothing of yours. Stays up until Ctrl-C.

    \b
      stdc demo
      stdc demo --once        for a script: the exit code says whether it came true
    """
    raise SystemExit(play(folder, language=lang, port=port, once=once))
