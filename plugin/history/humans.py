"""Who did it: a person, a machine, or nobody can tell yet.

Mail scanners follow every link to look for harm. What they do looks like great
interest; each kind of evidence against that has a name.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from crawlerdetect import CrawlerDetect

from plugin.history.clicks import DAY, SECOND, Act, micros
from plugin.mappings.globs import url_matches
from plugin.mappings.model import HumanRules
from webhooks.events import ContentKind, Event, EventType


class Evidence(StrEnum):
    """What speaks against a person; the first two groups never count."""

    #: The user agent says so itself.
    USER_AGENT = "user-agent"
    #: A link no person sees was fetched.
    HIDDEN_LINK = "hidden-link"
    #: More different links within seconds than a person clicks.
    BURST = "burst"
    #: Faster after the send than a person opens an e-mail.
    TOO_SOON = "too-soon"
    #: Two different links of an e-mail at practically the same time.
    PAIR = "pair"


#: Evidence that settles it; the other kinds only put an act in quarantine.
_MACHINE = frozenset({Evidence.USER_AGENT, Evidence.HIDDEN_LINK, Evidence.BURST})

#: What only people do.
_SIGNS = frozenset(
    {
        EventType.FORM_SUBMITTED,
        EventType.ASSET_DOWNLOADED,
        EventType.VIDEO_WATCHED,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether and from when an act counts."""

    #: In microseconds since 1970; None while it does not count.
    counts_from: int | None
    evidence: Evidence | None = None

    @property
    def is_machine(self) -> bool:
        """Whether it never counts, whatever comes."""
        return self.evidence in _MACHINE


def judge(
    acts: Sequence[Act], events: Iterable[Event], rules: HumanRules
) -> list[Verdict]:
    """Give a verdict on each act, in their order; `events` tell when mail was sent."""
    found: list[Evidence | None] = [_own_evidence(one, rules) for one in acts]
    mailed = [index for index, one in enumerate(acts) if one.by_mail]
    if mailed:
        _judge_mail(acts, mailed, found, _Sends(events), rules)
    if not any(found):
        return [Verdict(one.at) for one in acts]
    signs = sorted(_signs(acts, found, rules))
    return [
        Verdict(_counts_from(one.at, evidence, signs, rules), evidence)
        for one, evidence in zip(acts, found, strict=True)
    ]


def is_machine_agent(user_agent: str | None, also: Sequence[str] = ()) -> bool:
    """Tell whether a user agent is a crawler's or a scanner's."""
    if not user_agent:
        return False
    lower = user_agent.lower()
    return any(one in lower for one in also) or _is_crawler(user_agent)


# One detector for all: it compiles some 1,400 patterns.
_DETECTOR = CrawlerDetect()


@lru_cache(maxsize=20_000)
def _is_crawler(user_agent: str) -> bool:
    return bool(_DETECTOR.is_crawler(user_agent))


def _own_evidence(act: Act, rules: HumanRules) -> Evidence | None:
    if act.event.user_agent and is_machine_agent(
        act.event.user_agent, rules.user_agents
    ):
        return Evidence.USER_AGENT
    return None


def _judge_mail(
    acts: Sequence[Act],
    mailed: list[int],
    found: list[Evidence | None],
    sends: "_Sends",
    rules: HumanRules,
) -> None:
    """Look at what was done by way of e-mail links; strongest evidence last."""
    pair = round(rules.pair_seconds * SECOND)
    burst = round(rules.burst_seconds * SECOND)
    for index in mailed:
        if found[index] is None and sends.is_too_soon(acts[index], rules):
            found[index] = Evidence.TOO_SOON
    for window, least, evidence in (
        (pair, 2, Evidence.PAIR),
        (burst, rules.burst_links, Evidence.BURST),
    ):
        for index in _crowded(acts, mailed, window, least):
            if found[index] not in _MACHINE:
                found[index] = evidence
    _spread_hidden(acts, mailed, found, burst, rules)


def _crowded(
    acts: Sequence[Act], mailed: list[int], window: int, least: int
) -> set[int]:
    """Find acts in any stretch of `window` with at least so many different links."""
    crowded: set[int] = set()
    links: Counter[str] = Counter()
    start = marked = 0
    for end, index in enumerate(mailed):
        links[_link(acts[index])] += 1
        while acts[index].at - acts[mailed[start]].at > window:
            _drop(links, _link(acts[mailed[start]]))
            start += 1
        if len(links) >= least:
            crowded.update(mailed[max(start, marked) : end + 1])
            marked = end + 1
    return crowded


def _drop(links: Counter[str], link: str) -> None:
    links[link] -= 1
    if not links[link]:
        del links[link]


def _spread_hidden(
    acts: Sequence[Act],
    mailed: list[int],
    found: list[Evidence | None],
    window: int,
    rules: HumanRules,
) -> None:
    """Whoever fetched a hidden link also fetched its neighbours in time."""
    if not rules.hidden_links:
        return
    hidden = [acts[one].at for one in mailed if _is_hidden(acts[one], rules)]
    for index in mailed:
        if any(abs(acts[index].at - at) <= window for at in hidden):
            found[index] = Evidence.HIDDEN_LINK


def _is_hidden(act: Act, rules: HumanRules) -> bool:
    refs = (act.content, act.event.content)
    return any(
        ref.url is not None and url_matches(ref.url, rules.hidden_links)
        for ref in refs
        if ref is not None
    )


def _link(act: Act) -> str:
    content = act.event.content
    if content is None:
        return act.event.key
    return content.url or f"{content.kind}:{content.id}"


def _signs(
    acts: Sequence[Act], found: list[Evidence | None], rules: HumanRules
) -> Iterable[int]:
    """Yield the moments at which a person showed themselves."""
    settled = round(rules.burst_seconds * SECOND)
    last_click = None
    for one, evidence in zip(acts, found, strict=True):
        if evidence in _MACHINE:
            continue
        if one.script_at is not None:
            yield one.script_at
        if one.by_mail:
            last_click = one.at
        elif one.event.type in _SIGNS or (
            one.event.type is EventType.PAGE_VISITED
            and (last_click is None or one.at - last_click >= settled)
        ):
            yield one.at


def _counts_from(
    at: int, evidence: Evidence | None, signs: list[int], rules: HumanRules
) -> int | None:
    if evidence is None:
        return at
    if evidence in _MACHINE:
        return None
    place = bisect_left(signs, at)
    limit = at + round(rules.sign_minutes * 60 * SECOND)
    if place < len(signs) and signs[place] <= limit:
        return signs[place]
    return at + round(rules.release_days * DAY) if rules.release_days else None


class _Sends:
    """When each e-mail went out to this person, by its hash and by its id."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._by_hash: dict[str, int] = {}
        self._by_mail: dict[str, list[int]] = {}
        for event in events:
            if event.type is EventType.EMAIL_SENT:
                self._add(event, micros(event.occurred_at))
            elif event.type is EventType.EMAIL_OPENED and event.data.get("sent_at"):
                sent_at = datetime.fromisoformat(event.data["sent_at"])
                self._add(event, micros(sent_at))

    def _add(self, event: Event, at: int) -> None:
        if tracking_hash := event.data.get("tracking_hash"):
            self._by_hash[tracking_hash] = at
        if event.content is not None and event.content.id is not None:
            self._by_mail.setdefault(event.content.id, []).append(at)

    def is_too_soon(self, act: Act, rules: HumanRules) -> bool:
        sent_at = self._sent_at(act)
        if sent_at is None:
            return False
        return 0 <= act.at - sent_at < rules.too_soon_seconds * SECOND

    def _sent_at(self, act: Act) -> int | None:
        known = self._by_hash.get(act.event.data.get("tracking_hash", ""))
        if known is not None:
            return known
        via = act.event.via
        if via is None or via.kind is not ContentKind.EMAIL or via.id is None:
            return None
        before = [at for at in self._by_mail.get(via.id, ()) if at <= act.at]
        return max(before, default=None)
