"""Find what speaks against a person, on each act of a history."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from plugin.history.agents import family, is_machine_agent
from plugin.history.clicks import SECOND, Act
from plugin.history.evidence import (
    MACHINE,
    NETWORKS,
    SUSPECT,
    Around,
    Evidence,
    weight_of,
)
from plugin.history.sends import Sends
from plugin.mappings.globs import page_of, url_matches
from plugin.mappings.humans import HumanRules
from webhooks.events import Event, EventType

#: What a machine does beside following links.
_BESIDE = frozenset({EventType.PAGE_VISITED, EventType.ASSET_DOWNLOADED})


def suspicion(
    acts: Sequence[Act],
    events: Iterable[Event],
    rules: HumanRules,
    around: Around,
) -> list[frozenset[Evidence]]:
    """List the evidence on each act, in their order."""
    found: list[set[Evidence]] = [_by_agent(one, rules) for one in acts]
    mailed = [index for index, one in enumerate(acts) if one.by_mail]
    if mailed:
        search = _Search(acts, mailed, found, rules)
        search.crowds()
        search.network(around)
        sends = Sends(events)
        search.timing(sends)
        search.beside_machines()
        search.clockwork(sends)
        search.doubts(around)
    return [frozenset(one) for one in found]


def _by_agent(act: Act, rules: HumanRules) -> set[Evidence]:
    agent = act.event.user_agent
    if agent and is_machine_agent(agent, rules.user_agents):
        return {Evidence.USER_AGENT}
    return set()


class _Search:
    """The clicks in e-mails of one history, and what is found on them."""

    def __init__(
        self,
        acts: Sequence[Act],
        mailed: list[int],
        found: list[set[Evidence]],
        rules: HumanRules,
    ) -> None:
        self._acts = acts
        self._mailed = mailed
        self._found = found
        self._rules = rules
        self._burst = round(rules.burst_seconds * SECOND)

    def crowds(self) -> None:
        """Mark different links followed too close together, and hidden ones."""
        rules = self._rules
        # Some scanners change their name with every link: all programmes together.
        self._crowd(
            self._mailed, rules.burst_seconds, rules.burst_links, Evidence.BURST
        )
        for some in self._by_programme().values():
            self._crowd(some, rules.pair_seconds, 2, Evidence.PAIR)
            self._crowd(some, rules.sweep_seconds, rules.sweep_links, Evidence.SWEEP)
        self._hidden()

    def _by_programme(self) -> Mapping[tuple[str | None, str | None], list[int]]:
        """Group clicks by e-mail and user agent."""
        groups: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
        for index in self._mailed:
            event = self._acts[index].event
            mail = event.via.id if event.via is not None else None
            groups[mail, event.user_agent].append(index)
        return groups

    def _crowd(
        self, some: list[int], seconds: float, least: int, evidence: Evidence
    ) -> None:
        if len(some) < least:
            return
        window = round(seconds * SECOND)
        moments = [self._acts[one].at for one in some]
        last = len(some) - least + 1
        if all(moments[i + least - 1] - moments[i] > window for i in range(last)):
            return
        for index in _crowded(self._acts, some, window, least):
            self._found[index].add(evidence)

    def _hidden(self) -> None:
        """Whoever fetched a hidden link also fetched its neighbours in time."""
        globs = self._rules.hidden_links
        if not globs:
            return
        acts = self._acts
        hidden = [acts[one].at for one in self._mailed if _is_under(acts[one], globs)]
        for index in self._mailed:
            if _is_near(acts[index].at, hidden, self._burst):
                self._found[index].add(Evidence.HIDDEN_LINK)

    def network(self, around: Around) -> None:
        """Mark what came from where machines are, or when a whole domain moved."""
        told = {one: _network(self._acts[one]) for one in self._mailed}
        if any(told.values()):
            own = self._own_networks()
            for index, name in told.items():
                if name not in own and self._is_machines(name):
                    self._found[index].add(Evidence.DATA_CENTRE)
        if around.domain_bursts:
            for index in self._mailed:
                at = self._acts[index].at
                if any(start <= at <= end for start, end in around.domain_bursts):
                    self._found[index].add(Evidence.DOMAIN_BURST)

    def _is_machines(self, network: str) -> bool:
        rules = self._rules
        if any(one in network for one in rules.networks_of_people):
            return False
        return any(one in network for one in (*rules.networks, *NETWORKS))

    def _own_networks(self) -> set[str]:
        """List networks from which a person went on: their employer's, their VPN."""
        names = {""}
        last_click: int | None = None
        for one in self._acts:
            if one.by_mail:
                last_click = one.at
            elif last_click is None or one.at - last_click >= self._burst:
                names.add(_network(one))
        return names

    def timing(self, sends: Sends) -> None:
        """Mark what came sooner after the send than people do."""
        too_soon = self._rules.too_soon_seconds * SECOND
        soon = self._rules.soon_seconds * SECOND
        for index in self._mailed:
            delay = sends.delay(self._acts[index])
            if delay is not None and delay < too_soon:
                self._found[index].add(Evidence.TOO_SOON)
            elif delay is not None and delay < soon:
                self._found[index].add(Evidence.SOON)

    def clockwork(self, sends: Sends) -> None:
        """Mark what follows a link of nearly every e-mail soon, and sees no page.

        Programmes the person never showed themselves with are taken together.
        """
        rules = self._rules
        if min(len(self._mailed), len(sends.mails)) < rules.clockwork_mails:
            return
        own = self._shown_with()
        delays = {one: sends.delay(self._acts[one]) for one in self._mailed}
        patience = rules.clockwork_minutes * 60 * SECOND
        patient = {
            self._acts[index].event.user_agent
            for index, delay in delays.items()
            if delay is not None and delay > patience
        }
        quick: dict[str | None, dict[int, list[int]]]
        quick = defaultdict(lambda: defaultdict(list))
        for index, delay in delays.items():
            act = self._acts[index]
            agent = act.event.user_agent
            if delay is not None and act.script_at is None and agent not in patient:
                mails = quick[agent if agent in own else None]
                mails[act.at - delay].append(index)
        least = max(rules.clockwork_mails, rules.clockwork_share * len(sends.mails))
        for mails in quick.values():
            if len(mails) >= least:
                for index in (one for some in mails.values() for one in some):
                    self._found[index].add(Evidence.CLOCKWORK)

    def beside_machines(self) -> None:
        """Mark what the same programme did while it followed every link."""
        machines: dict[str, list[int]] = {}
        for index in self._mailed:
            if weight_of(self._found[index]) >= MACHINE:
                act = self._acts[index]
                machines.setdefault(family(act.event.user_agent), []).append(act.at)
        if not machines:
            return
        everywhere = sorted(at for moments in machines.values() for at in moments)
        for act, found in zip(self._acts, self._found, strict=True):
            if act.event.type not in _BESIDE or act.by_mail:
                continue
            agent = family(act.event.user_agent)
            moments = machines.get(agent, []) if agent else everywhere
            if _is_near(act.at, moments, self._burst):
                found.add(Evidence.BESIDE_MACHINE)

    def doubts(self, around: Around) -> None:
        """Mark what is odd beside what this person is known to do."""
        own = {family(one) for one in self._shown_with()}
        hosts = around.scripted_hosts | self._telling_hosts()
        double = round(self._rules.double_seconds * SECOND)
        for index in self._mailed:
            act, found = self._acts[index], self._found[index]
            if not act.is_landed and _host(act) in hosts:
                found.add(Evidence.NO_LANDING)
            if act.event.user_agent and own and family(act.event.user_agent) not in own:
                found.add(Evidence.FOREIGN_AGENT)
            again = act.again_at
            if again is not None and again - act.at <= double and not act.is_landed:
                found.add(Evidence.DOUBLE_HIT)

    def _shown_with(self) -> set[str]:
        """List the user agents with which the person showed themselves."""
        return {
            act.event.user_agent
            for act, found in zip(self._acts, self._found, strict=True)
            if act.event.user_agent
            and (act.script_at is not None or _is_plain_visit(act))
            and weight_of(found) < SUSPECT
        }

    def _telling_hosts(self) -> set[str]:
        """List the hosts whose pages told of a click before: they run our script."""
        return {_host(one) for one in self._acts if one.script_at is not None} - {""}


def _is_plain_visit(act: Act) -> bool:
    return act.event.type is EventType.PAGE_VISITED and not act.by_mail


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


def _is_near(at: int, moments: Sequence[int], window: int) -> bool:
    """Tell whether one of the ordered moments is within a window of another."""
    place = bisect_left(moments, at - window)
    return place < len(moments) and moments[place] <= at + window


def _is_under(act: Act, globs: Sequence[str]) -> bool:
    refs = (act.content, act.event.content)
    return any(
        ref.url is not None and url_matches(ref.url, tuple(globs))
        for ref in refs
        if ref is not None
    )


def _link(act: Act) -> str:
    content = act.event.content
    if content is None:
        return act.event.key
    return content.url or f"{content.kind}:{content.id}"


def _host(act: Act) -> str:
    content = act.event.content
    if content is None or not content.url:
        return ""
    return page_of(content.url).partition("/")[0]


def _network(act: Act) -> str:
    data = act.event.data
    if "organization" not in data and "isp" not in data:
        return ""
    told = (data.get("organization"), data.get("isp"))
    return " ".join(one for one in told if isinstance(one, str)).lower()
