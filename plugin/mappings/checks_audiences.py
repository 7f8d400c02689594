"""Checks over audiences.toml."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from plugin.config.fields import did_you_mean
from plugin.config.toml_positions import Path
from plugin.mappings.audiences import Sunset
from plugin.mappings.checks import (
    Files,
    Found,
    number,
    table,
    tables,
    text,
    texts,
    topics,
    twice,
    unknown,
)
from plugin.mappings.problems import Problem

AUDIENCES = "audiences.toml"
ALERTS = "alerts.toml"


def audiences(files: Files) -> Found:
    """Check the audiences, if there are any."""
    rows = tables(files.get(AUDIENCES, {}), "audiences")
    known = topics(files) if "content.toml" in files else None
    yield from twice(AUDIENCES, rows, "key")
    for path, row in rows:
        for place, topic in texts(row, "topics"):
            if known is not None:
                what = "topic of content.toml"
                yield from unknown(AUDIENCES, (*path, *place), topic, known, what)
        yield from _market((*path, "market"), table(row, "market"))
        yield from _cadence((*path, "cadence"), table(row, "cadence"))


def plans(files: Files) -> Found:
    """Check that the plans of alerts.toml name audiences that there are."""
    alerts = table(files.get(ALERTS, {}), "digest")
    known = {
        text(row.get("key")) for _, row in tables(files.get(AUDIENCES, {}), "audiences")
    }
    for path, row in tables(alerts, "plans"):
        key = text(row.get("audience"))
        place = ("digest", *path, "audience")
        if key:
            yield from unknown(ALERTS, place, key, known, "audience of audiences.toml")


def _market(path: Path, raw: Mapping[str, Any]) -> Found:
    total = sum(number(raw.get(one)) or 0.0 for one in ("latent", "active"))
    if total > 1:
        message = f"latent and active together are {total:.0%} of all people"
        yield Problem(file=AUDIENCES, path=path, message=message)


def _cadence(path: Path, raw: Mapping[str, Any]) -> Found:
    gap = number(raw.get("gap_days")) or 0
    for phase, value in table(raw, "every_days").items():
        days = number(value)
        if days is not None and days < gap:
            message = f"{days:g} is less than gap_days ({gap:g}), so it is never kept"
            place = (*path, "every_days", phase)
            yield Problem(file=AUDIENCES, path=place, message=message)
    yield from _cap(path, raw)
    yield from _sunset((*path, "sunset"), table(raw, "sunset"))
    zone = text(raw.get("timezone"))
    if zone and zone not in available_timezones():
        hint = did_you_mean(zone, sorted(available_timezones()))
        message = f"{zone!r} is no time zone{hint}"
        yield Problem(file=AUDIENCES, path=(*path, "timezone"), message=message)
    quiet = raw.get("quiet_from"), raw.get("quiet_until")
    if quiet[0] is not None and quiet[0] == quiet[1]:
        message = "quiet from and until the same time: expected two times"
        yield Problem(file=AUDIENCES, path=(*path, "quiet_until"), message=message)


def _sunset(path: Path, raw: Mapping[str, Any]) -> Found:
    """Insist that each step comes after the one before it."""
    steps = ("slow_after", "win_back_after", "stop_after")
    given = {one: float(getattr(Sunset(), one)) for one in steps if raw}
    given |= {one: value for one in steps if (value := number(raw.get(one)))}
    for earlier, later in pairwise(steps):
        if raw and given[later] <= given[earlier]:
            message = (
                f"{later} is {given[later]:g}, {earlier} {given[earlier]:g}: "
                "expected more mails for each step"
            )
            place = (*path, later if later in raw else earlier)
            yield Problem(file=AUDIENCES, path=place, message=message)


def _cap(path: Path, raw: Mapping[str, Any]) -> Found:
    """Find a rhythm that the cap does not allow."""
    cap, over = number(raw.get("cap")), number(raw.get("cap_days"))
    for phase, value in table(raw, "every_days").items():
        days = number(value)
        if cap and over and days and over / days > cap:
            message = (
                f"every {days:g} days is more often than {cap:g} in {over:g} days "
                "(cap, cap_days)"
            )
            place = (*path, "every_days", phase)
            yield Problem(file=AUDIENCES, path=place, message=message)


CHECKS = (audiences, plans)
