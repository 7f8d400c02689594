"""The market dashboard: own people beside the market, and how they come."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import render_template, request
from flask_babel import lazy_gettext as _

from plugin.pipeline.market import read
from plugin.pipeline.parts import Parts
from plugin.planning.cadence_text import cadence_text
from plugin.planning.mix import CHANNELS, PHASES, UNKNOWN, Group, Mix
from plugin.ui import pictures, roles
from plugin.ui.bars import Bar, stacked
from plugin.ui.language import current
from plugin.ui.roles import Right
from plugin.ui.words import channel_name

#: What stands for `UNKNOWN` in the name of a colour.
_UNKNOWN_COLOUR = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A phase, and the own people in it."""

    label: str
    #: Of the own people, 0..1.
    share: float
    people: int
    #: Of the largest of them, 0..100.
    width: float
    phase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a bar that lies down."""

    group: Group
    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One audience as the page shows it."""

    mix: Mix
    #: What its headings are told apart by.
    anchor: str
    name: str
    phases: Sequence[Standing]
    #: The own people and the market, each as one bar; empty where there is nobody.
    own: Sequence[Piece] = field(default_factory=list)
    market: Sequence[Piece] = field(default_factory=list)
    #: Who came, week by week; empty where nobody did.
    weeks: Sequence[Bar] = field(default_factory=list)
    #: The most people in a week, and where the running week begins, 0..100.
    most: int
    running: float
    cadence: str


def show(parts: Parts) -> str:
    """Render the dashboard for this request; nothing is written."""
    roles.require(Right.PLANS)
    mappings = parts.mappings
    asked = request.args.get("audience")
    key = asked if asked in mappings.audiences else None
    with parts.store.view() as unit:
        found = read(unit, mappings, parts.clock(), audience=key)
    return render_template(
        "market.html",
        markets=found,
        panels=[_panel(one) for one in found.audiences],
        outside=_panel(found.outside),
        audiences=mappings.audiences.values(),
        asked=key,
        lang=current(),
        channels=[(one, one or _UNKNOWN_COLOUR, _channel(one)) for one in CHANNELS],
        groups=[
            (group, _GROUPS[group], ", ".join(one.label for one in phases))
            for group, phases in PHASES.items()
        ],
        channel=_channel,
    )


#: The groups as a heading names them.
_GROUPS = {Group.LATENT: _("latent"), Group.ACTIVE: _("active")}


def _panel(mix: Mix) -> Panel:
    whom = mix.audience
    weeks = [[one.channels[name] for name in CHANNELS] for one in mix.weeks]
    most = max((one.people for one in mix.weeks), default=0)
    return Panel(
        mix=mix,
        anchor=mix.key or "none",
        name=whom.name(current()) if whom else str(_("In no audience")),
        phases=_phases(mix),
        own=_pieces([(one.group, one.own_share) for one in mix.parts]),
        market=_pieces([(one.group, one.market_share) for one in mix.parts]),
        weeks=stacked(weeks, most),
        most=most,
        running=round(100 * (1 - 1 / max(1, len(weeks))), 3),
        cadence=cadence_text(whom.cadence, current()) if whom else "",
    )


def _phases(mix: Mix) -> list[Standing]:
    most = max(mix.phases.values())
    return [
        Standing(
            label=phase.label,
            share=people / mix.people if mix.people else 0.0,
            people=people,
            width=pictures.width(people, most),
            phase=phase.value,
        )
        for phase, people in mix.phases.items()
    ]


def _pieces(shares: Sequence[tuple[Group, float | None]]) -> list[Piece]:
    pieces, x = [], 0.0
    for group, share in shares:
        wide = 100 * (share or 0.0)
        if wide:
            pieces.append(Piece(group=group, x=round(x, 3), width=round(wide, 3)))
        x += wide
    return pieces


def _channel(name: str) -> str:
    return str(_("not known")) if name == UNKNOWN else channel_name(name)
