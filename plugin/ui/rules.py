"""The rules: what is in use, drawn; what was; and what a draft would change."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from plugin.errors import Misconfigured
from plugin.mappings.drafts import Draft, drafts, find
from plugin.mappings.model import Channel, Mappings, Phase, ScoringRule
from plugin.mappings.origin import Origin
from plugin.pipeline import trials
from plugin.pipeline.parts import Parts
from plugin.store import RuleSet, Unit
from plugin.ui import roles
from plugin.ui.charts import HEIGHT, path
from plugin.ui.language import current
from plugin.ui.roles import Right

#: Versions listed; `stdc mappings list` has them all.
VERSIONS = 10
#: How far ahead the fading of points is drawn, in days.
AHEAD = 60
#: Days between two corners of that line.
STEP = 2
#: When the table says how much is left.
LOOKS = (7, 30)
#: Lines of a difference that are shown.
LINES = 200

CHANNELS: Mapping[Channel, str] = {
    Channel.SITE: _("website"),
    Channel.MAIL: _("e-mail"),
    Channel.MAGAZINE: _("magazine"),
    Channel.SOCIAL: _("social media"),
    Channel.EVENT: _("event"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fading:
    """One kind of behaviour: what it is worth, and how that fades."""

    rule: ScoringRule
    #: Path of what is left over the days to come.
    line: str
    #: Points left after each of `LOOKS`.
    left: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A draft, what it changes, and what came of trying it."""

    draft: Draft
    #: The files that differ from those in use.
    changed: tuple[str, ...]
    is_in_use: bool
    trial: trials.Progress | None
    #: Whether the draft, or what is in use, was changed since it was tried.
    is_stale: bool


def show(parts: Parts) -> str:
    """Render the rules; nothing is changed by looking."""
    roles.require(Right.RULES)
    mappings = parts.mappings
    found = drafts(parts.settings.mappings, language=mappings.language)
    with parts.store.view() as unit:
        versions = unit.rules.all()[::-1]
        people = unit.figures.mapping_versions()
        tried = [_tried(unit, one, mappings) for one in found]
    return render_template(
        "rules.html",
        mappings=mappings,
        refused=parts.refused(),
        fadings=list(fadings(mappings)),
        ahead=AHEAD,
        looks=LOOKS,
        versions=versions[:VERSIONS],
        has_more=len(versions) > VERSIONS,
        people=people,
        drafts=tried,
        phases=list(Phase),
        channels=CHANNELS,
        topic=lambda one: _label(mappings.content.topics.get(one, {}), one),
        may_publish=roles.may(Right.OPERATIONS),
    )


def version(parts: Parts, beginning: str) -> str:
    """Render what one version changed, line by line; 404 where there is none."""
    roles.require(Right.RULES)
    with parts.store.view() as unit:
        every = unit.rules.all()
    place = [one.version for one in every].index(_the(every, beginning))
    one, before = every[place], every[place - 1] if place else None
    return render_template(
        "rules_version.html",
        one=one,
        before=before,
        files=list(_files(before.origin if before else None, one.origin)),
    )


def draft(parts: Parts, name: str) -> str:
    """Render what a draft changes, line by line; 404 where there is none."""
    roles.require(Right.RULES)
    one = _draft(parts, name)
    after = one.mappings.origin if one.mappings else None
    files = list(_files(parts.mappings.origin, after)) if after else []
    return render_template("rules_draft.html", one=one, files=files)


def attempt(parts: Parts, name: str) -> ResponseReturnValue:
    """Ask a worker to try a draft on everybody, and go back to the rules."""
    who = roles.require(Right.RULES)
    one = _draft(parts, name)
    if trials.ask(parts, one):
        with parts.store.unit() as unit:
            unit.audit.add(parts.clock(), who.actor, "draft.tried", f"draft:{name}", {})
        flash(_("It is being tried. That begins within a minute."))
    else:
        flash(_("It has mistakes: nothing can be tried before they are mended."))
    return redirect(url_for("pages.rules", _anchor="drafts"))


def fadings(mappings: Mappings) -> Iterator[Fading]:
    """Draw how the points of each rule that gives any fade; one scale for all."""
    given = [one for one in mappings.scoring.rules if one.points > 0]
    most = max((one.points for one in given), default=1.0)
    for rule in given:
        corners = [
            (100 * day / AHEAD, HEIGHT * (1 - _left(rule, day) / most))
            for day in range(0, AHEAD + 1, STEP)
        ]
        left = tuple(_left(rule, day) for day in LOOKS)
        yield Fading(rule=rule, line=path(corners), left=left)


def _left(rule: ScoringRule, day: float) -> float:
    return rule.points * 2 ** (-day / rule.half_life_days)


def _label(labels: Mapping[str, str], otherwise: str) -> str:
    return labels.get(current()) or next(iter(labels.values()), otherwise)


def _tried(unit: Unit, one: Draft, in_use: Mappings) -> Tried:
    trial = trials.of(unit, one)
    changed = one.mappings.origin.changed_since(in_use.origin) if one.mappings else ()
    return Tried(
        draft=one,
        changed=changed,
        is_in_use=one.mappings is not None and one.mappings.version == in_use.version,
        trial=trial,
        is_stale=trial is not None and not trial.is_of(one, in_use.version),
    )


def _the(every: list[RuleSet], beginning: str) -> str:
    found = [one.version for one in every if one.version.startswith(beginning)]
    if len(found) != 1:
        abort(404, _("No version of the mappings is called that."))
    return found[0]


def _draft(parts: Parts, name: str) -> Draft:
    settings = parts.settings
    try:
        return find(settings.mappings, name, language=parts.mappings.language)
    except Misconfigured:
        abort(404, _("There is no draft of that name."))


def _files(
    before: Origin | None, after: Origin
) -> Iterator[tuple[str, list[str], bool]]:
    """Give each file that changed: its lines, and whether there are more."""
    old = before.texts if before else {}
    for name in after.changed_since(before):
        lines = list(
            difflib.unified_diff(
                old.get(name, "").splitlines(),
                after.texts.get(name, "").splitlines(),
                n=2,
                lineterm="",
            )
        )[2:]
        yield name, lines[:LINES], len(lines) > LINES
