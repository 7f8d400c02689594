"""Put a plan in words: what a marketer reads before the numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from plugin.planning.plan import Ceiling, EdgeReport, FunnelPlan, Need, When
from plugin.planning.words import Words

#: The lag model is doubted when the curves differ by this share of the conversion,
#: and there are people enough to tell.
_MISFIT, _MISFIT_PEOPLE = 0.25, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A plan in sentences, part by part; the table of numbers is not among them."""

    #: What is asked.
    title: str
    #: What is done already.
    head: tuple[str, ...]
    hand: tuple[str, ...]
    market: tuple[str, ...]
    pace: tuple[str, ...]
    lever: tuple[str, ...]
    conversions: tuple[str, ...]


def tell(plan: FunnelPlan, lang: str) -> Told:
    """Say a plan in Dutch (`nl`) or English (`en`), a sentence each."""
    words = Words(lang)
    title, *head = _head(plan, words)
    return Told(
        title=title,
        head=tuple(head),
        hand=tuple(_hand(plan, words)),
        market=tuple(_market(plan, words)),
        pace=tuple(_pace(plan, words)),
        lever=tuple(_lever(plan, words)),
        conversions=tuple(_conversions(plan, words)),
    )


def as_text(plan: FunnelPlan, lang: str) -> str:
    """Write a plan in Dutch (`nl`) or English (`en`), a sentence or row a line."""
    words = Words(lang)
    parts = (_head, _table, _hand, _market, _pace, _lever, _conversions)
    blocks = ("\n".join(part(plan, words)) for part in parts)
    return "\n\n".join(block for block in blocks if block)


def _head(plan: FunnelPlan, words: Words) -> Iterator[str]:
    goal = plan.goal
    name = plan.label.get(words.lang) or plan.audience
    yield words.say("title", hires=goal.hires, by=words.date(goal.by), audience=name)
    left = max(0, goal.hires - plan.hired)
    if goal.since is not None:
        since = words.date(goal.since)
        yield words.say("hired", since=since, count=plan.hired, left=left)
    if not left:
        yield words.say("done")


def _table(plan: FunnelPlan, words: Words) -> Iterator[str]:
    yield words.say("needs", by=words.date(plan.goal.by)) + ":"
    certainties = [one.certainty for one in plan.phases[0].needs]
    heads = [words.say("now"), *(words.chance(one) for one in certainties)]
    yield _row(words.say("certainty"), heads)
    for phase in plan.phases:
        needs = [_extra(one, words) for one in phase.needs]
        yield _row(phase.phase.label, [words.people(phase.now), *needs])


def _row(name: str, cells: list[str]) -> str:
    return f"  {name:<10}" + "".join(f"{cell:>12}" for cell in cells)


def _extra(need: Need, words: Words) -> str:
    return words.say("never") if need.extra is None else words.people(need.extra)


def _hand(plan: FunnelPlan, words: Words) -> Iterator[str]:
    own = plan.in_hand
    mean = words.number(own.mean)
    yield words.say("in-hand", mean=mean, low=f"{own.low:.0f}", high=f"{own.high:.0f}")
    if plan.spreadsheet is not None:
        yield words.say(
            "spreadsheet",
            people=words.people(plan.spreadsheet.people),
            ever=words.chance(plan.spreadsheet.chance_ever),
            by_date=words.chance(plan.spreadsheet.chance_by_date),
        )


def _market(plan: FunnelPlan, words: Words) -> Iterator[str]:
    ceiling = plan.ceiling
    if ceiling is None:
        yield words.say("no-market")
        return
    extra = plan.phases[0].at(plan.goal.certainty).extra
    yield words.say(
        "possible" if ceiling.possible else "impossible",
        need=words.say("unlimited") if extra is None else words.people(extra),
        room=words.people(ceiling.room),
        reachable=words.people(ceiling.reachable),
        known=words.people(ceiling.known),
        certainty=words.chance(plan.goal.certainty),
        most=ceiling.most_hires,
    )
    yield from _ways_out(ceiling, words)


def _ways_out(ceiling: Ceiling, words: Words) -> Iterator[str]:
    if ceiling.possible:
        return
    if ceiling.possible_ever:
        yield words.say("later")
    for one in ceiling.musts:
        edge = words.say(one.edge)
        if one.must is None:
            yield words.say("must-not", edge=edge)
        else:
            now, must = words.share(one.now), words.share(one.must)
            yield words.say("must", edge=edge, now=now, must=must)
    if ceiling.together is not None:
        yield words.say("together", times=words.number(ceiling.together))


def _pace(plan: FunnelPlan, words: Words) -> Iterator[str]:
    pace = plan.pace
    yield words.say(
        "pace",
        weekly=words.number(pace.weekly.mean),
        mean=words.number(pace.hires.mean),
        low=f"{pace.hires.low:.0f}",
        high=f"{pace.hires.high:.0f}",
        chance=words.chance(pace.chance),
    )
    when = pace.at(plan.goal.certainty)
    if when.weekly_needed:
        certainty = words.chance(when.certainty)
        needed = words.people(when.weekly_needed)
        yield words.say("weekly", certainty=certainty, needed=needed)
        yield _start(plan, when, words)
    if when.reached_on is not None:
        yield words.say("reached", date=words.date(when.reached_on))


def _start(plan: FunnelPlan, when: When, words: Words) -> str:
    if when.start_by is None:
        return words.say("start-never")
    late = when.start_by < plan.as_of.date()
    name = "start-late" if late else "start-by"
    return words.say(name, date=words.date(when.start_by))


def _lever(plan: FunnelPlan, words: Words) -> Iterator[str]:
    best = plan.levers[0]
    if not best.people_saved:
        return
    now = plan.edge(best.edge).conversion.mean
    yield words.say(
        "lever",
        edge=words.say(best.edge),
        now=words.share(now),
        better=words.share(min(1.0, now + best.points / 100)),
        saved=words.people(best.people_saved),
    )


def _conversions(plan: FunnelPlan, words: Words) -> Iterator[str]:
    for report in plan.edges:
        yield _conversion(report, words)
    weakest = plan.edge(plan.weakest)
    yield words.say(
        "weakest", edge=words.say(weakest.edge), more=words.people(weakest.halved_by)
    )
    for report in plan.edges:
        if _doubtful(report):
            yield words.say("misfit", edge=words.say(report.edge))


def _doubtful(report: EdgeReport) -> bool:
    enough = report.passed >= _MISFIT_PEOPLE
    return enough and report.misfit > _MISFIT * report.conversion.mean


def _conversion(report: EdgeReport, words: Words) -> str:
    edge = words.say(report.edge)
    share = report.conversion
    return words.say(
        "conversion",
        edge=edge[:1].upper() + edge[1:],
        mean=words.share(share.mean),
        low=words.share(share.low),
        high=words.share(share.high),
        days=words.people(report.median_days.mean),
        passed=words.people(report.passed),
        entered=words.people(report.entered),
        weight=words.chance(report.own_weight),
    )
