"""What each act contributes, and from when: worked out once, read at any moment."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from plugin.content.match import Classified
from plugin.history.clicks import SECOND, Act, acts, in_order, micros
from plugin.history.humans import Around, Verdict, judge
from plugin.history.model import Person, Profile
from plugin.history.past import Past
from plugin.history.utm import with_utm
from plugin.mappings.consent import Consent
from plugin.mappings.model import Channel, Phase, ScoringRule
from plugin.scoring.availability import Look
from plugin.scoring.rulebook import Reading, Rulebook
from webhooks.events import ContentKind, ContentRef, Event, EventType

#: What a true boolean looks like in a profile.
_TRUE = frozenset({"1", "true", "yes", "ja", "on"})

#: Repeats looked back at; beyond so many halvings nothing is left to halve.
_REPEATS = 64


@dataclass(slots=True)
class Contribution:
    """The points of one act; moments in microseconds since 1970."""

    #: When it happened: it loses worth from here.
    at: int
    #: When it starts to count: later than `at` for what was in quarantine.
    counts_from: int
    key: str
    rule: ScoringRule
    phase: Phase
    channel: Channel
    topics: frozenset[str]
    #: Name of the content, for people.
    content: str
    #: What makes it the same content.
    page: str
    #: Points when fresh, after damping of repeats.
    points: float
    #: The e-mail that led there, by its id; None where none did.
    mail: str | None = None


@dataclass(slots=True)
class Offer:
    """An e-mail that was sent to somebody."""

    at: int
    mail: str
    topics: frozenset[str]


@dataclass(slots=True)
class SignUp:
    """A form that is a gate for Do, sent in."""

    at: int
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A history as the rules read it."""

    #: All that happened until then, in order, each once.
    events: Sequence[Event]
    #: Ordered by when they start to count.
    contributions: list[Contribution]
    sign_ups: list[SignUp]
    left_out: Mapping[str, int]
    #: What speaks against a person on those: name of the evidence -> acts.
    evidence: Mapping[str, int]
    #: When the next act leaves quarantine by time alone.
    next_release: int | None
    #: Looks at projects of the calendar, by people only.
    looks: list[Look] = field(default_factory=list)
    #: Content that people, not machines, have seen; named as by `keys_of`.
    seen: set[str] = field(default_factory=set)
    #: E-mails on some topic that were sent, oldest first.
    offers: list[Offer] = field(default_factory=list)
    #: What is left of what was forgotten; without points where none may be counted.
    past: Past | None = None

    @property
    def floor(self) -> int:
        """Moment up to which all was forgotten: nothing counts from before it."""
        return micros(self.past.until) if self.past else 0


def may_profile(profile: Profile, consent: Consent) -> bool:
    """Tell whether behaviour may be scored: the field the mapping names is true."""
    alias = consent.profiling_field
    return alias is None or profile.fields.get(alias, "").lower() in _TRUE


def count(person: Person, book: Rulebook, as_of: datetime) -> Counted:
    """Read a person's history until `as_of` by the rules.

    At a moment of which the behaviour is no longer kept, nothing counts.
    """
    past = person.past
    if past is not None and as_of < past.until:
        return Counted([], [], [], {}, {}, None, past=past.bare())
    events, judged = acts_of(person, book, as_of)
    reader = _Reader(book, micros(as_of), micros(past.until) if past else 0)
    if may_profile(person.profile, book.mappings.fields.consent):
        for act, verdict in judged:
            reader.read(act, verdict)
    else:
        reader.read_without_consent([act for act, _ in judged])
        past = past.bare() if past else None
    repeats = past.repeats if past else {}
    damp(reader.contributions, book.mappings.scoring.damping_hours, repeats)
    return Counted(
        events=events,
        contributions=reader.contributions,
        sign_ups=reader.sign_ups,
        left_out=dict(sorted(reader.left_out.items())),
        evidence=dict(reader.evidence.most_common()),
        next_release=reader.next_release,
        looks=reader.looks,
        seen=reader.seen,
        offers=_offers(events, book),
        past=past,
    )


def acts_of(
    person: Person, book: Rulebook, as_of: datetime
) -> tuple[Sequence[Event], list[tuple[Act, Verdict]]]:
    """Read what happened until `as_of`, and each act with whether it counts.

    Without consent nothing is judged, and every act stands as it is.
    """
    events = with_utm(in_order(person.events, as_of))
    scoring = book.mappings.scoring
    done = acts(events, scoring.same_click_seconds)
    if not may_profile(person.profile, book.mappings.fields.consent):
        return events, [(act, Verdict(act.at)) for act in done]
    around = Around(domain_bursts=person.domain_bursts)
    verdicts = judge(done, events, scoring.humans, around=around)
    if person.past and person.past.verdicts:
        verdicts = _as_then(done, verdicts, person.past.verdicts)
    return events, list(zip(done, verdicts, strict=True))


def _as_then(
    done: Iterable[Act], verdicts: Iterable[Verdict], then: Mapping[str, int | None]
) -> list[Verdict]:
    """Keep a verdict as it was where only what was forgotten spoke for it."""
    return [
        replace(found, counts_from=then[act.event.key])
        if act.event.key in then
        else found
        for act, found in zip(done, verdicts, strict=True)
    ]


class _Reader:
    def __init__(self, book: Rulebook, as_of: int, floor: int) -> None:
        self._book = book
        self._as_of = as_of
        self._floor = floor
        self.contributions: list[Contribution] = []
        self.sign_ups: list[SignUp] = []
        self.left_out: Counter[str] = Counter()
        self.evidence: Counter[str] = Counter()
        self.next_release: int | None = None
        self.looks: list[Look] = []
        self.seen: set[str] = set()

    def read(self, act: Act, verdict: Verdict) -> None:
        is_form = act.event.type is EventType.FORM_SUBMITTED
        if act.event.type not in self._book.scored and not is_form:
            return
        if verdict.counts_from is None or verdict.counts_from > self._as_of:
            self._leave_out(verdict)
            return
        reading = self._book.read(act)
        if not is_form:
            self.seen.update(reading.seen)
            self.looks += [Look(act.at, one) for one in reading.projects]
        if reading.classified is None:
            self.left_out["unclassified"] += 1
            return
        if is_form:
            self._sign_up(act, reading)
        self._contribute(act, verdict.counts_from, reading, reading.classified)

    def read_without_consent(self, done: list[Act]) -> None:
        """Count nothing; but a sign-up is what the candidate asked for."""
        if done:
            self.left_out["no-consent"] = len(done)
        for act in done:
            if act.event.type is EventType.FORM_SUBMITTED:
                self._sign_up(act, self._book.read(act))

    def _leave_out(self, verdict: Verdict) -> None:
        self.left_out["machine" if verdict.is_machine else "quarantined"] += 1
        self.evidence.update(sorted(verdict.evidence))
        release = verdict.counts_from
        if release is not None:
            before = self.next_release
            self.next_release = release if before is None else min(before, release)

    def _sign_up(self, act: Act, reading: Reading) -> None:
        if reading.classified is not None and reading.classified.gate:
            self.sign_ups.append(SignUp(act.at, act.event.key, reading.name))

    def _contribute(
        self, act: Act, counts_from: int, reading: Reading, classified: Classified
    ) -> None:
        rule = reading.rule
        if rule is None or not rule.points:
            return
        self.contributions.append(
            Contribution(
                at=act.at,
                counts_from=max(counts_from, self._floor),
                key=act.event.key,
                rule=rule,
                phase=classified.phase,
                channel=reading.channel,
                topics=classified.topics,
                content=reading.name,
                page=reading.page,
                points=rule.points,
                mail=_mail(act.event.via),
            )
        )


def _offers(events: Iterable[Event], book: Rulebook) -> list[Offer]:
    offers = []
    for event in events:
        mail = _mail(event.content) if event.type is EventType.EMAIL_SENT else None
        if mail is not None:
            at = micros(event.occurred_at)
            found = book.read(Act(event, at, event.content)).classified
            if found is not None and found.topics:
                offers.append(Offer(at, mail, found.topics))
    return offers


def _mail(ref: ContentRef | None) -> str | None:
    return ref.id if ref is not None and ref.kind is ContentKind.EMAIL else None


def damp(
    contributions: list[Contribution], hours: float, more: Mapping[str, int]
) -> None:
    """Halve each repeat of the same content, in the order in which they count.

    Done in that order, what comes out of quarantine never changes what counted
    before it. `more` has, by key, how often one repeats what was forgotten.
    """
    contributions.sort(key=attrgetter("counts_from", "at", "key"))
    window = hours * 3600 * SECOND
    seen: dict[str, list[int]] = {}
    for one in contributions:
        repeats = more.get(one.key, 0)
        before = seen.get(one.page)
        if before is None:
            seen[one.page] = [one.at]
            if repeats:
                one.points *= 0.5**repeats
            continue
        repeats += sum(abs(one.at - at) < window for at in reversed(before[-_REPEATS:]))
        one.points *= 0.5**repeats
        before.append(one.at)
