"""How e-mails do: counted from everybody's histories, judged, and told of.

A worker counts once a day the weeks that are not final yet; the first time half a year.
Nothing that names a person is kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import structlog

from plugin.content.health import Health, Verdict, health
from plugin.content.mailings import Mailing, Tally, week_of
from plugin.content.outcomes import LEAVING, outcomes
from plugin.errors import StdcError
from plugin.history.model import Person
from plugin.mappings.audiences import zone_of
from plugin.mappings.model import Mappings
from plugin.pipeline import writes
from plugin.pipeline.parts import Parts
from plugin.store import PersonState, Unit
from webhooks.events import ContentKind

log = structlog.get_logger(__name__)

#: The last Monday whose week will not change any more; and what was found last.
COUNTED, JUDGED, ALARMS = "content.counted", "content.health", "content.alarms"
#: People read at once.
CHUNK = 500
#: Weeks that are counted the first time, and weeks of counts that are kept.
FIRST_WEEKS, KEPT_WEEKS = 26, 104
#: Weeks of an e-mail that are judged and shown.
JUDGED_WEEKS, SHOWN_SENDS = 52, 12
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted."""

    weeks: int
    people: int
    mailings: int


def run(parts: Parts, progress: Callable[[int], None] = lambda _: None) -> Counted:
    """Count, judge, keep what was found, and tell of what is new.

    `progress` is told of people as they are looked at.
    """
    counted = _count(parts, progress)
    if not parts.stopping():
        _judge(parts)
        log.info("content.health", **asdict(counted))
    return counted


def judged(unit: Unit, mappings: Mappings, as_of: datetime) -> list[Health]:
    """Judge every e-mail by what was counted; alarms first."""
    catalogue = {
        f"{one.kind}:{one.id}": one.category
        for one in unit.content.all()
        if one.kind is ContentKind.EMAIL
    }
    first = week_of(_today(mappings, as_of)) - JUDGED_WEEKS * WEEK
    return health(unit.mailings.all(first), catalogue.get)


def told(unit: Unit) -> Mapping[str, Any] | None:
    """Give what was found last: {"as_of", "items"}; None where nothing ran yet."""
    found: Mapping[str, Any] | None = unit.marks.get(JUDGED)
    return found


def as_json(one: Health) -> dict[str, Any]:
    """Write how an e-mail does as plain JSON values."""
    return {
        "content": one.content,
        "name": one.name,
        "verdict": one.verdict.value,
        "compared_with": one.compared_with,
        "usual": {"clicked": one.usual.hits, "delivered": one.usual.people},
        "since": {"clicked": one.since.hits, "delivered": one.since.people},
        "change": one.change,
        "fell_on": one.fell_on.isoformat() if one.fell_on else None,
        "audience": one.audience,
        "causes": [
            {
                "cause": found.cause.value,
                "before": found.before,
                "since": found.since,
                "detail": found.detail,
                "says": {lang: found.sentence(lang) for lang in ("nl", "en")},
            }
            for found in one.causes
        ],
        "sends": [
            {
                "week": send.week.isoformat(),
                **asdict(send.counts),
                "delivered": send.counts.delivered,
                "click_rate": send.counts.clicks.share,
                "click_rate_between": send.between,
                "open_rate": send.counts.opens.share,
            }
            for send in one.sends[:SHOWN_SENDS]
        ],
        "audiences": {
            audience: {
                **asdict(counts),
                "delivered": counts.delivered,
                "click_rate": counts.clicks.share,
                "open_rate": counts.opens.share,
            }
            for audience, counts in one.audiences.items()
        },
    }


def _count(parts: Parts, progress: Callable[[int], None]) -> Counted:
    mappings, now = parts.mappings, parts.clock()
    with parts.store.view() as unit:
        weeks = list(_open_weeks(unit, mappings, now))
    tally, people = Tally(zone_of(mappings.audiences)), 0
    begins = _midnight(mappings, weeks[0])
    for persons, states in _mailed(parts, begins, now):
        for one in persons:
            audience = _audience(states.get(one.id))
            tally.add(outcomes(one, mappings, now), audience, set(weeks))
        people += len(persons)
        progress(len(persons))
    mailings = tally.mailings()
    if not parts.stopping():
        _keep(parts, weeks, mailings, now)
    return Counted(weeks=len(weeks), people=people, mailings=len(mailings))


def _keep(
    parts: Parts, weeks: Sequence[date], mailings: Sequence[Mailing], now: datetime
) -> None:
    final = [one for one in weeks if _is_final(parts.mappings, one, now)]
    with parts.store.unit() as unit:
        unit.mailings.replace(weeks, mailings)
        unit.mailings.purge(weeks[-1] - KEPT_WEEKS * WEEK)
        if final:
            unit.marks.put(COUNTED, final[-1].isoformat())


def _open_weeks(unit: Unit, mappings: Mappings, now: datetime) -> Iterator[date]:
    """Yield the Mondays of the weeks that are not final, oldest first."""
    last = week_of(_today(mappings, now))
    counted = unit.marks.get(COUNTED)
    first = last - (FIRST_WEEKS - 1) * WEEK
    if counted is not None:
        first = max(first, date.fromisoformat(counted) + WEEK)
    while first <= last:
        yield first
        first += WEEK


def _is_final(mappings: Mappings, week: date, now: datetime) -> bool:
    return _midnight(mappings, week + WEEK) + LEAVING <= now


def _mailed(
    parts: Parts, begins: datetime, ends: datetime
) -> Iterator[tuple[list[Person], Mapping[int, PersonState]]]:
    """Yield everybody who was mailed, once, some at a time."""
    after, seen = 0, set[int]()
    while not parts.stopping():
        with parts.store.view() as unit:
            ids = unit.mailings.mailed(begins, ends, after, CHUNK)
            persons = [one for one in unit.people.load_many(ids) if one.id not in seen]
            states = unit.people.states([one.id for one in persons])
        if not ids:
            return
        after = ids[-1]
        # who has one contact is not met again
        seen.update(one.id for one in persons if len(_contacts(one)) > 1)
        yield persons, states


def _contacts(person: Person) -> set[int]:
    return {one.contact_id for one in person.events if one.contact_id is not None}


def _audience(state: PersonState | None) -> str:
    """Give the audience of somebody's strongest interest; empty for none."""
    return (state.audiences or "").partition(",")[0] if state else ""


def _judge(parts: Parts) -> None:
    now = parts.clock()
    with parts.store.view() as unit:
        found = judged(unit, parts.mappings, now)
        before = {(one["content"], one["fell_on"]) for one in _alarms(unit)}
    failing = [one for one in found if one.verdict is Verdict.ALARM]
    new = [one for one in failing if _key(one) not in before]
    makers = {one.content: _maker(parts, one.content) for one in new}
    with parts.store.unit() as unit:
        known = {one["content"]: one.get("made_by") for one in _alarms(unit)}
        items = [as_json(one) for one in found]
        unit.marks.put(JUDGED, {"as_of": now.isoformat(), "items": items})
        unit.marks.put(
            ALARMS,
            [
                _alarm(parts, one, makers.get(one.content) or known.get(one.content))
                for one in failing
            ],
        )
        if parts.mappings.alerts.content.via:
            unit.outbox.put_many(
                [
                    writes.content_alert(
                        one.content,
                        one.fell_on or now.date(),
                        _alarm(parts, one, makers.get(one.content)) | as_json(one),
                    )
                    for one in new
                ]
            )


def _alarms(unit: Unit) -> Sequence[Mapping[str, Any]]:
    return unit.marks.get(ALARMS) or ()


def _key(one: Health) -> tuple[str, str | None]:
    return one.content, one.fell_on.isoformat() if one.fell_on else None


def _alarm(parts: Parts, one: Health, made_by: object) -> dict[str, Any]:
    """Say in a line that an e-mail fails, for whoever is told."""
    lang = parts.mappings.language
    number = one.content.partition(":")[2]
    return {
        "content": one.content,
        "name": one.name,
        "fell_on": one.fell_on.isoformat() if one.fell_on else None,
        "audience": one.audience,
        "made_by": made_by,
        "says": " ".join([sentence(one, lang), *_why(one, lang)]),
        "link": f"{parts.settings.mautic.url.rstrip('/')}/s/emails/view/{number}",
    }


def _why(one: Health, lang: str) -> list[str]:
    return [found.sentence(lang) for found in one.causes[:1]]


#: What an alarm says, by language.
_SAID = {
    "nl": "{name}: sinds {week} klikt {since}, eerder {usual}.",
    "en": "{name}: since {week} {since} click, {usual} before.",
}


def sentence(one: Health, lang: str) -> str:
    """Say by how much fewer people click."""

    def percent(share: float) -> str:
        written = f"{100 * share:.1f}%"
        return written.replace(".", ",") if lang == "nl" else written

    return _SAID.get(lang, _SAID["en"]).format(
        name=one.name or one.content,
        week=one.fell_on,
        since=percent(one.since.share),
        usual=percent(one.usual.share),
    )


def _maker(parts: Parts, content: str) -> dict[str, Any] | None:
    """Ask Mautic who made an e-mail; None where it does not say, or not now."""
    try:
        raw = parts.mautic.emails.read(int(content.partition(":")[2]))
    except (StdcError, ValueError) as error:
        log.info("content.maker_unknown", content=content, why=str(error))
        return None
    if raw is None or raw.get("createdBy") is None:
        return None
    return {"user_id": int(raw["createdBy"]), "name": raw.get("createdByUser") or ""}


def _today(mappings: Mappings, now: datetime) -> date:
    return now.astimezone(zone_of(mappings.audiences)).date()


def _midnight(mappings: Mappings, day: date) -> datetime:
    return datetime.combine(day, time(0), zone_of(mappings.audiences)).astimezone(UTC)
