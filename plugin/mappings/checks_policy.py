"""Checks over scoring.toml, content.toml and phases.toml."""

from collections.abc import Iterator, Mapping
from typing import Any

from plugin.config.toml_positions import Path
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
from plugin.mappings.globs import name_matches, url_matches
from plugin.mappings.problems import Problem

SCORING, CONTENT, PHASES = "scoring.toml", "content.toml", "phases.toml"

Row = tuple[Path, Mapping[str, Any]]

#: Phase with thresholds -> content that counts for it.
_COUNTS = {"think": ("think", "do"), "do": ("do",)}

#: What makes a scoring rule count for less than all events of its type.
_NARROWING = ("phases", "channels")

_CHANNEL_KEYS = ("event", "utm_medium", "utm_source", "referrer_hosts", "urls")
_CONTENT_KEYS = ("kinds", "urls", "names", "utm_campaigns")


#: Keys of a content rule that hold patterns.
_PATTERNS = ("urls", "names", "utm_campaigns")


def scoring(files: Files) -> Found:
    """Check scoring.toml by itself."""
    raw = files.get(SCORING, {})
    rules = tables(raw, "rules")
    yield from twice(SCORING, rules, "id")
    for path, rule in rules:
        yield from _cap(path, rule)
    yield from _shadowed(rules)
    for path, channel in tables(raw, "channels"):
        if not any(channel.get(key) for key in _CHANNEL_KEYS):
            message = "fits everything; expected " + ", ".join(_CHANNEL_KEYS[:-1])
            yield Problem(file=SCORING, path=path, message=f"{message} or urls")


def content(files: Files) -> Found:
    """Check content.toml by itself."""
    raw = files.get(CONTENT, {})
    rules, categories = tables(raw, "content"), tables(raw, "categories")
    yield from twice(CONTENT, rules, "id")
    yield from twice(CONTENT, categories, "alias")
    yield from _same_patterns(rules)
    yield from _never_reached(rules)
    yield from _covered_categories(categories)
    yield from _interests(raw)
    known = topics(files)
    for path, rule in rules:
        yield from _topics(path, rule, known)
        yield from _gate(path, rule)
        if not any(rule.get(key) for key in _CONTENT_KEYS):
            message = "fits everything; expected " + ", ".join(_CONTENT_KEYS[:-1])
            yield Problem(
                file=CONTENT, path=path, message=f"{message} or utm_campaigns"
            )
    for path, rule in categories:
        yield from _topics(path, rule, known | {"*"})
        yield from _gate(path, rule)
        yield from _star(path, rule)


def phases(files: Files) -> Found:
    """Check phases.toml by itself and against what can be earned."""
    raw = files.get(PHASES, {})
    for name in _COUNTS:
        yield from _thresholds(name, table(raw, name))
        yield from _reachable(name, table(raw, name), files)
    think = number(table(raw, "think").get("enter"))
    do = number(table(raw, "do").get("enter"))
    if think is not None and do is not None and think > do:
        message = f"expected at most do.enter, {do:g}: points for Do count for Think"
        yield Problem(file=PHASES, path=("think", "enter"), message=message)


def _cap(path: Path, rule: Mapping[str, Any]) -> Found:
    points, cap = number(rule.get("points")), number(rule.get("cap"))
    if points is not None and cap is not None and cap < points:
        message = f"expected at least the {points:g} points of one event"
        yield Problem(file=SCORING, path=(*path, "cap"), message=message)


def _shadowed(rules: list[Row]) -> Found:
    for place, (path, rule) in enumerate(rules):
        for _, before in rules[:place]:
            if before.get("event") == rule.get("event") and all(
                _covers(before.get(key), rule.get(key))
                for key in ("phases", "channels")
            ):
                first = text(before.get("id"))
                message = f"never counts: {first!r} above it takes all of its events"
                yield Problem(file=SCORING, path=path, message=message)
                break


def _covers(wide: Any, narrow: Any) -> bool:
    """Tell whether everything that `narrow` allows, `wide` allows too; none = all."""
    if not wide:
        return True
    return bool(narrow) and set(map(str, narrow)) <= set(map(str, wide))


def _same_patterns(rules: list[Row]) -> Found:
    seen: dict[tuple[str, str], list[tuple[str, set[str]]]] = {}
    for path, rule in rules:
        kinds = {kind for _, kind in texts(rule, "kinds")}
        for key in _PATTERNS:
            for inner, glob in texts(rule, key):
                before = seen.setdefault((key, glob.lower()), [])
                for name, theirs in before:
                    if not kinds or not theirs or kinds & theirs:
                        message = f"{glob!r} stands in the rule {name!r} above too"
                        where = (*path, *inner)
                        yield Problem(file=CONTENT, path=where, message=message)
                before.append((text(rule.get("id")), kinds))


def _never_reached(rules: list[Row]) -> Found:
    """Complain of a pattern all of which an earlier rule takes."""
    for place, (path, rule) in enumerate(rules):
        for key in _PATTERNS:
            for inner, glob in texts(rule, key):
                for _, before in rules[:place]:
                    if wide := _taker(key, glob, rule, before):
                        first = text(before.get("id"))
                        message = f"never counts: {wide!r} of the rule {first!r} above"
                        where = (*path, *inner)
                        message = f"{message} takes all of it; expected it higher up"
                        yield Problem(file=CONTENT, path=where, message=message)
                        break


def _taker(
    key: str, glob: str, rule: Mapping[str, Any], before: Mapping[str, Any]
) -> str | None:
    """Find the wider pattern of an earlier rule that asks for nothing else."""
    others = [one for one in _PATTERNS if one != key and before.get(one)]
    if others or not _covers(before.get("kinds"), rule.get("kinds")):
        return None
    fits = url_matches if key == "urls" else name_matches
    for _, wide in texts(before, key):
        if wide.lower() != glob.lower() and fits(glob, [wide]):
            return wide
    return None


def _covered_categories(categories: list[Row]) -> Found:
    for place, (path, rule) in enumerate(categories):
        alias = text(rule.get("alias"))
        for _, before in categories[:place]:
            wide = text(before.get("alias"))
            if wide != alias and name_matches(alias, [wide]):
                message = f"never counts: {wide!r} above takes all of it"
                yield Problem(file=CONTENT, path=(*path, "alias"), message=message)
                break


def _interests(raw: Mapping[str, Any]) -> Found:
    for what in ("points", "share"):
        enter = number(raw.get(f"interest_{what}"))
        leave = number(raw.get(f"interest_leave_{what}"))
        if enter is not None and leave is not None and leave > enter:
            message = f"expected at most interest_{what}, {enter:g}"
            where = (f"interest_leave_{what}",)
            yield Problem(file=CONTENT, path=where, message=message)


def _topics(path: Path, rule: Mapping[str, Any], known: frozenset[str]) -> Found:
    for inner, topic in texts(rule, "topics"):
        yield from unknown(CONTENT, (*path, *inner), topic, known, "topic of [topics]")


def _gate(path: Path, rule: Mapping[str, Any]) -> Found:
    if rule.get("gate") is not True:
        return
    where = (*path, "gate")
    if rule.get("phase") != "do":
        message = "a sign-up enters Do: expected phase = 'do' beside it"
        yield Problem(file=CONTENT, path=where, message=message)
    kinds = [kind for _, kind in texts(rule, "kinds")]
    if kinds and "form" not in kinds:
        message = "only a form can be a sign-up: expected 'form' among the kinds"
        yield Problem(file=CONTENT, path=where, message=message)


def _star(path: Path, rule: Mapping[str, Any]) -> Found:
    for inner, topic in texts(rule, "topics"):
        if topic == "*" and text(rule.get("alias")).count("*") != 1:
            message = "stands for the `*` in the alias; expected exactly one there"
            yield Problem(file=CONTENT, path=(*path, *inner), message=message)


def _thresholds(name: str, rule: Mapping[str, Any]) -> Found:
    enter, leave = number(rule.get("enter")), number(rule.get("leave"))
    if enter is not None and leave is not None and leave >= enter:
        message = f"expected less than enter, {enter:g}, or people go back and forth"
        yield Problem(file=PHASES, path=(name, "leave"), message=message)


def _reachable(name: str, rule: Mapping[str, Any], files: Files) -> Found:
    enter = number(rule.get("enter"))
    if enter is None or not files.get(SCORING) or not files.get(CONTENT):
        return
    most = sum(_earnable(phase, files) for phase in _COUNTS[name])
    if most < enter:
        message = (
            f"cannot be reached: the caps for content that counts for it add up to "
            f"{most:g}; expected at most that"
        )
        yield Problem(file=PHASES, path=(name, "enter"), message=message)


def _earnable(phase: str, files: Files) -> float:
    """Add up what the rules can give for content of a phase, if there is any."""
    raw = files[CONTENT]
    rules = [*tables(raw, "content"), *tables(raw, "categories")]
    if not any(rule.get("phase") == phase for _, rule in rules):
        return 0.0
    return sum(_caps(phase, files[SCORING]))


def _caps(phase: str, raw: Mapping[str, Any]) -> Iterator[float]:
    for _, rule in tables(raw, "rules"):
        allowed = rule.get("phases")
        if number(rule.get("points")) and (not allowed or phase in allowed):
            yield number(rule.get("cap")) or 0.0


CHECKS = (scoring, content, phases)
