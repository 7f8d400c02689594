"""The weekly digest: wanted once a week, and gathered anew when it is sent.

The outbox keeps whose it is, and no names: who is erased meanwhile is not told of.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog

from plugin.content.mailings import week_of
from plugin.mappings.alerts import Plan
from plugin.mappings.audiences import zone_of
from plugin.mappings.model import Mappings, Phase, Trend
from plugin.phases.decide import decide
from plugin.phases.model import Cause, Move
from plugin.pipeline import content_health, funnel, writes
from plugin.pipeline.parts import Parts
from plugin.planning.digest import Digest, Mention
from plugin.planning.model import Goal
from plugin.scoring.explain import explain
from plugin.store import Narrow, Unit
from plugin.store.roster import Entry

log = structlog.get_logger(__name__)

#: Under this name stands the Monday of the week that was told of last.
WEEK_MARK = "digest.week"
#: How far back it looks, and how many moves and risers at most.
LATELY = timedelta(days=7)
MOST = 20_000
#: Certainty at which a plan is made: its pace is what is told.
CERTAINTY = 0.8

#: An owner (None for nobody) and the key of an audience (empty for none).
Key = tuple[int | None, str]

_PLANNED = {
    "nl": "{label}: {hires} aangenomen voor {by}: kans {chance:.0%} bij dit tempo",
    "en": "{label}: {hires} hires by {by}: {chance:.0%} likely at this pace",
}


@dataclass(kw_only=True)
class _Group:
    """What is found for one owner and audience."""

    moved: list[tuple[int, Move]] = field(default_factory=list)
    rising: list[int] = field(default_factory=list)
    due: Counter[Phase] = field(default_factory=Counter)


def go_on(parts: Parts) -> int:
    """Want the digests of this week, if it is their time; return how many.

    Once a week, also with several workers and after a crash: the mark and the writes
    are kept together.
    """
    rules, now = parts.mappings.alerts.digest, parts.clock()
    if not rules.via or not _is_time(parts.mappings, now):
        return 0
    with parts.store.view() as unit:
        if unit.marks.get(WEEK_MARK) == _week(parts.mappings, now).isoformat():
            return 0
        found = gather(parts, unit)
    return want(parts, found)


def want(parts: Parts, found: Sequence[Digest], *, again: bool = False) -> int:
    """Want digests sent, unless this week's were; `again` sends them anyway."""
    now = parts.clock()
    week = _week(parts.mappings, now).isoformat()
    with parts.store.unit() as unit:
        if unit.marks.get(WEEK_MARK) == week and not again:
            return 0
        told = f"{week}:{now.isoformat()}" if again else week
        unit.outbox.put_many(
            [writes.digest(one.owner_id, one.audience, told) for one in found]
        )
        if not again:
            unit.marks.put(WEEK_MARK, week)
        for one in found:
            detail = {"audience": one.audience, "owner": one.owner_id}
            unit.audit.add(now, "stdc", "digest.wanted", f"digest:{week}", detail)
    log.info("digest", wanted=len(found))
    return len(found)


def gather(
    parts: Parts, unit: Unit, *, owner: int | None = None, audience: str | None = None
) -> list[Digest]:
    """Write this week's digests; only what has something to say.

    `owner` and `audience` keep to theirs; None keeps to nobody's.
    """
    groups = _groups(parts, unit)
    roster = unit.roster.of(_mentioned(parts, groups))
    found = [
        _digest(parts, unit, key, group, roster)
        for key, group in sorted(groups.items(), key=_order)
        if owner in {None, key[0]} and audience in {None, key[1]}
    ]
    return [one for one in found if not one.is_empty]


def gathered(
    parts: Parts, unit: Unit, owner: int | None, audience: str
) -> dict[str, Any] | None:
    """Write one digest as it is sent; None where nothing is left to say."""
    groups = _groups(parts, unit)
    group = groups.get((owner, audience), _Group())
    roster = unit.roster.of(_mentioned(parts, {(owner, audience): group}))
    found = _digest(parts, unit, (owner, audience), group, roster)
    return None if found.is_empty else found.as_json(parts.mappings.language)


def _order(item: tuple[Key, _Group]) -> tuple[int, str]:
    (owner, audience), _ = item
    return owner or 0, audience


def _groups(parts: Parts, unit: Unit) -> dict[Key, _Group]:
    """Sort what happened by owner and audience; who has two audiences is in both."""
    groups: dict[Key, _Group] = defaultdict(_Group)
    moves = [
        (who, move)
        for who, move in unit.people.recent_moves(parts.clock() - LATELY, MOST)
        if move.cause is not Cause.STARTED and move.after is not move.before
    ]
    rising = unit.people.search(limit=MOST, narrow=Narrow(trend=Trend.RISING.value))
    ids = {who for who, _ in moves} | {one.person_id for one in rising}
    roster = unit.roster.of(ids)
    for who, move in moves:
        for key in _keys(roster.get(who)):
            groups[key].moved.append((who, move))
    for one in rising:
        for key in _keys(roster.get(one.person_id)):
            groups[key].rising.append(one.person_id)
    today = parts.clock().astimezone(zone_of(parts.mappings.audiences)).date()
    for due in unit.roster.due(today):
        for key in _keys(due.entry):
            groups[key].due[due.phase] += due.people
    return groups


def _keys(entry: Entry | None) -> Iterator[Key]:
    if entry is not None:
        for audience in entry.audiences or ("",):
            yield entry.owner_id, audience


def _mentioned(parts: Parts, groups: Mapping[Key, _Group]) -> set[int]:
    listed = parts.mappings.alerts.digest.listed
    return {
        who
        for one in groups.values()
        for who in (*(who for who, _ in one.moved[:listed]), *one.rising[:listed])
    }


def _digest(
    parts: Parts,
    unit: Unit,
    key: Key,
    group: _Group,
    roster: Mapping[int, Entry],
) -> Digest:
    owner, audience = key
    mappings, listed = parts.mappings, parts.mappings.alerts.digest.listed
    known = mappings.audiences.get(audience)
    nobody = {"nl": "geen doelgroep", "en": "no audience"}
    label = known.name(mappings.language) if known else nobody[mappings.language]
    rising = group.rising[:listed]
    whys = _whys(parts, unit, rising)
    return Digest(
        owner_id=owner,
        audience=audience,
        label=label,
        week=_week(mappings, parts.clock()),
        moves=len(group.moved),
        moved=[
            _mention(parts, roster[who], move.before, move.after)
            for who, move in group.moved[:listed]
            if who in roster
        ],
        risers=len(group.rising),
        rising=[
            replace(_mention(parts, roster[who], None, phase), why=why)
            for who, (phase, why) in whys.items()
            if who in roster
        ],
        due={phase: group.due[phase] for phase in Phase if group.due[phase]},
        failing=tuple(_failing(unit, audience)),
        plans=tuple(_plans(parts, audience)),
    )


def _mention(parts: Parts, entry: Entry, before: Phase | None, after: Phase) -> Mention:
    has_names = parts.mappings.alerts.digest.names
    return Mention(
        contact_id=entry.person_id,
        name=entry.name if has_names else "",
        link=parts.link(entry.person_id),
        before=before,
        after=after,
    )


def _whys(parts: Parts, unit: Unit, ids: Sequence[int]) -> dict[int, tuple[Phase, str]]:
    """Say of each why they are taken to begin to move; who stopped is left out."""
    catalogue, mappings = parts.catalogue(unit), parts.mappings
    found = {}
    for person in unit.people.load_many(ids):
        decision = decide(person, mappings, catalogue, as_of=parts.clock())
        if decision.momentum.trend is Trend.RISING:
            told = explain(decision, person, mappings, catalogue, mappings.language)
            found[person.id] = (decision.phase, told.momentum)
    return {who: found[who] for who in ids if who in found}


def _failing(unit: Unit, audience: str) -> Iterator[str]:
    """Name the e-mails that do worse: with everybody, or with this audience."""
    for one in unit.marks.get(content_health.ALARMS) or ():
        if one["audience"] in {None, audience}:
            yield one["says"]


def _plans(parts: Parts, audience: str) -> Iterator[str]:
    for one in parts.mappings.alerts.digest.plans:
        if one.audience == audience:
            yield _planned(parts, one)


def _planned(parts: Parts, one: Plan) -> str:
    """Say how likely a goal is at the present pace."""
    mappings, now = parts.mappings, parts.clock()
    audience = mappings.audiences.get(one.audience, funnel.EVERYBODY)
    label = audience.name(mappings.language)
    goal = Goal(hires=one.hires, by=one.by, certainty=CERTAINTY)
    try:
        found = parts.histories.plan(
            parts.store, mappings, audience, goal, now.astimezone(UTC)
        )
    except ValueError as error:  # a goal that has passed
        return f"{label}: {error}"
    return _PLANNED[mappings.language].format(
        label=label, hires=one.hires, by=one.by, chance=found.pace.chance
    )


def _is_time(mappings: Mappings, now: datetime) -> bool:
    """Tell whether this week's day and hour have come."""
    rules, local = mappings.alerts.digest, now.astimezone(zone_of(mappings.audiences))
    return (local.isoweekday(), local.hour) >= (rules.weekday, rules.hour)


def _week(mappings: Mappings, now: datetime) -> date:
    return week_of(now.astimezone(zone_of(mappings.audiences)).date())


def as_json(parts: Parts, found: Sequence[Digest]) -> list[dict[str, Any]]:
    """Write digests as they are sent."""
    return [one.as_json(parts.mappings.language) for one in found]
