"""What is left of behaviour that is deleted: everything that was decided by it. Pure.

Who goes on from what is left is in the same phase, since the same moment and by the
same moves as if nothing had been deleted, and their points fade on as they did.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log2

from plugin.content.match import Catalogue
from plugin.history.clicks import DAY, SECOND, SIGNS_OF_LIFE, micros, moment_of
from plugin.history.model import Person
from plugin.history.past import Booked, Pace, Past
from plugin.mappings.model import Channel, Mappings
from plugin.phases.decide import Journey, begin, started
from plugin.phases.stops import NEWS, stops
from plugin.scoring.contributions import Contribution, Counted, acts_of, count
from plugin.scoring.engine import shares_of
from plugin.scoring.momentum import watched
from plugin.scoring.rulebook import Rulebook, rulebook
from webhooks.events import Event, EventType

#: What is done within so many seconds is deleted together or not at all.
TOGETHER = 5.0
#: At most so long, beside quarantine, something is kept longer for what follows it.
LONGER = DAY


@dataclass(frozen=True, slots=True)
class _Cut:
    """A person whose behaviour before a moment is to be deleted."""

    person: Person
    mappings: Mappings
    book: Rulebook
    counted: Counted
    #: Until when all is known.
    as_of: datetime
    #: Moment before which behaviour goes; microseconds since 1970.
    at: int

    @property
    def gone(self) -> list[Event]:
        """List what is not kept: all that happened before, news of the ATS too."""
        until = moment_of(self.at)
        return [one for one in self.person.events if one.occurred_at < until]


def forget(
    person: Person,
    mappings: Mappings,
    catalogue: Catalogue,
    *,
    before: datetime,
    as_of: datetime,
    came_by: Channel | None,
) -> Past | None:
    """Say what is left of somebody when their behaviour before a moment is deleted.

    None where there is none. `until` of the answer is the moment to delete up to: a
    little earlier where something belongs together, or waits in quarantine. `came_by`
    is the channel by which they came.
    """
    book = rulebook(mappings, catalogue)
    counted = count(person, book, as_of)
    _, judged = acts_of(person, book, as_of)
    waits = [
        (act.at, found.counts_from)
        for act, found in judged
        if found.counts_from is not None and found.counts_from > act.at
    ]
    at = _place(counted, person, mappings, before, waits)
    cut = _Cut(person, mappings, book, counted, as_of, at)
    if all(one.type in NEWS for one in cut.gone):
        return None
    past = _past(cut, came_by)
    verdicts = _verdicts(cut, past)
    past = replace(past, verdicts=verdicts)
    return replace(past, repeats=_repeats(cut, past))


def _place(
    counted: Counted,
    person: Person,
    mappings: Mappings,
    before: datetime,
    waits: Sequence[tuple[int, int]],
) -> int:
    """Find where to cut so that nothing is torn apart.

    Neither what was done together, nor what waits from before until after: `waits`
    has when something was done, and from when it counts.
    """
    at = max(micros(before), counted.floor)
    longest = LONGER + round(mappings.scoring.humans.release_days * DAY)
    apart = round(max(TOGETHER, mappings.scoring.same_click_seconds) * SECOND)
    moments = sorted(micros(one.occurred_at) for one in person.events)
    earliest = max(at - longest, counted.floor)
    while at > earliest:
        waiting = (done for done, counts_from in waits if done < at <= counts_from)
        earlier = min(waiting, default=at)
        place = bisect_left(moments, at)
        if place and place < len(moments) and at - moments[place - 1] <= apart:
            earlier = min(earlier, moments[place - 1])
        if earlier == at:
            break
        at = earlier
    return max(at, earliest)


def _past(cut: _Cut, came_by: Channel | None) -> Past:
    person, counted, gone = cut.person, cut.counted, cut.gone
    before, journey = person.past, _journey(cut)
    heard = [one for one in gone if one.key not in person.recalled]
    return Past(
        until=moment_of(cut.at),
        began=before.began if before else counted.events[0].occurred_at,
        came_by=came_by,
        utm=(before.utm if before else {})
        or next((one.utm for one in gone if one.utm), {}),
        identified_at=_identified(cut),
        heard_at=_last(
            before.heard_at if before else None,
            (one.occurred_at for one in heard if one.type in SIGNS_OF_LIFE),
        ),
        asked_at=_last(before.asked_at if before else None, _asked(cut)),
        is_recalled=len(heard) < len(gone) or bool(before and before.is_recalled),
        course=journey.course(),
        booked=_booked(cut, journey),
        sessions=journey.ledger.sessions,
        last_act=journey.ledger.last_act,
        pace=_pace(cut),
        news=(before.news if before else frozenset())
        | {one.key for one in gone if one.type in NEWS},
    )


def _journey(cut: _Cut) -> Journey:
    """Travel up to the cut, and let everything fade until just before it."""
    journey = begin(cut.counted, cut.mappings, micros(cut.as_of))
    for stop in stops(cut.counted):
        if stop.happened < cut.at:
            journey.arrive(stop)
    journey.wait_until(cut.at - 1)
    return journey


def _booked(cut: _Cut, journey: Journey) -> tuple[Booked, ...]:
    earned = replace(cut.counted, contributions=_earned(cut))
    return tuple(
        Booked(
            rule=account.rule.id,
            phase=account.phase,
            at=account.at,
            total=account.total,
            shares=shares,
        )
        for account, shares in shares_of(journey.ledger, earned)
    )


def _earned(cut: _Cut) -> list[Contribution]:
    return [one for one in cut.counted.contributions if one.at < cut.at]


def _pace(cut: _Cut) -> Pace | None:
    past = cut.counted.past
    before, earned = past.pace if past else None, _earned(cut)
    if not earned:
        return before
    rules = cut.mappings.scoring.momentum
    visits, watch = watched(earned, started(cut.counted), rules, before)
    watch.wait_until(cut.at - 1)
    last = max(one.at for one in earned)
    return watch.pace(visits, max(last, before.last) if before else last)


def _identified(cut: _Cut) -> datetime | None:
    past = cut.person.past
    if past is not None and past.identified_at is not None:
        return past.identified_at
    kind = EventType.CONTACT_IDENTIFIED
    return next((one.occurred_at for one in cut.gone if one.type is kind), None)


def _asked(cut: _Cut) -> Iterable[datetime]:
    """Yield when they signed up while somebody listened."""
    return (
        moment_of(one.at)
        for one in cut.counted.sign_ups
        if one.at < cut.at and one.key not in cut.person.recalled
    )


def _last(before: datetime | None, moments: Iterable[datetime]) -> datetime | None:
    known = [before] if before else []
    return max([*known, *moments], default=None)


def _rest(cut: _Cut, past: Past) -> Person:
    until = past.until
    kept = tuple(one for one in cut.person.events if one.occurred_at >= until)
    return replace(cut.person, events=kept, past=past)


def _verdicts(cut: _Cut, past: Past) -> Mapping[str, int | None]:
    """Find the acts that would be judged otherwise without what is forgotten."""
    _, before = acts_of(cut.person, cut.book, cut.as_of)
    _, after = acts_of(_rest(cut, past), cut.book, cut.as_of)
    then = {act.event.key: found.counts_from for act, found in before}
    return {
        act.event.key: then.get(act.event.key)
        for act, found in after
        if found.counts_from != then.get(act.event.key)
    }


def _repeats(cut: _Cut, past: Past) -> Mapping[str, int]:
    """Find what is damped because it repeats what is forgotten, and how often."""
    then = {one.key: one for one in cut.counted.contributions}
    after = count(_rest(cut, past), cut.book, cut.as_of).contributions
    return {
        one.key: more
        for one in after
        if one.key in then and (more := _halvings(then[one.key]) - _halvings(one)) > 0
    }


def _halvings(one: Contribution) -> int:
    return round(log2(one.rule.points / one.points))
