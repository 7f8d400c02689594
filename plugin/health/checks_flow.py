"""Checks of the work itself: whether it is done, in time, by the right rules."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from plugin.health.checks_store import STORE
from plugin.health.metrics import destinations, is_paused
from plugin.health.model import Check, Finding, fail, ok, warn, worst
from plugin.health.origins import MARK, plain
from plugin.health.premises import Premises
from plugin.pipeline import force, heartbeat, writes
from plugin.pipeline.heartbeat import Beat
from plugin.pipeline.pull import mark_name
from plugin.pipeline.reconcile import last_whole
from plugin.pipeline.spool import Spool
from plugin.store import InboxState, OutboxState
from webhooks.sources.mautic_stats import TABLES

#: The worker's clock ticks every minute.
SILENT = timedelta(minutes=3)
#: How old the oldest thing that waits may get.
LAG_WARN, LAG_FAIL = timedelta(minutes=5), timedelta(hours=1)
#: A pull is begun every ten minutes.
UNPULLED_WARN, UNPULLED_FAIL = timedelta(hours=1), timedelta(days=1)
#: A Mautic that is in use sends something every week.
QUIET = timedelta(days=7)


def worker(premises: Premises) -> Finding:
    """Look when the worker's clock last ticked, and which workers there are."""
    with premises.store.view() as unit:
        beat, each = heartbeat.last_beat(unit), heartbeat.workers(unit)
    if beat is None:
        return fail("it never ran")
    age = premises.now - beat.at
    listed = [_listed(premises, name, one) for name, one in sorted(each.items())]
    says = "; ".join([f"its clock ticked {_span(age)} ago", *listed])
    return fail(says) if age > SILENT else ok(says)


def _listed(premises: Premises, name: str, one: Beat) -> str:
    """Name a worker, with its mappings or how long nothing was heard of it."""
    if _is_alive(premises, one):
        return f"{name} has mappings {one.mappings}"
    return f"{name} was last heard of {_span(premises.now - one.at)} ago"


def _is_alive(premises: Premises, one: Beat) -> bool:
    return premises.now - one.at <= SILENT


def worker_mappings(premises: Premises) -> Finding:
    """Compare the rules that are in force with those of each worker and on disk."""
    with premises.store.view() as unit:
        beat, each = heartbeat.last_beat(unit), heartbeat.workers(unit)
        now = force.in_force(unit)
    alive = {name: one for name, one in each.items() if _is_alive(premises, one)}
    resting = sorted(name for name, one in alive.items() if one.mappings != now)
    if now is not None and resting:
        told = [f"{name} has {alive[name].mappings}" for name in resting]
        says = f"mappings {now} are in force, so these stand by: {', '.join(told)}"
        nobody = "; no worker has those in force, so nobody is judged"
        return warn(says) if len(resting) < len(alive) else fail(says + nobody)
    return _on_disk(premises, beat)


def _on_disk(premises: Premises, beat: Beat | None) -> Finding:
    here = premises.mappings.version
    if beat is None or not beat.mappings:
        return warn("the worker has not said by which mappings it judges")
    if beat.refused and beat.mappings != here:
        says = f"it refused {len(beat.refused)} mistakes and judges by {beat.mappings}"
        return warn(f"{says}: {beat.refused[0]}")
    if beat.mappings != here:
        return warn(f"it judges by {beat.mappings}, on disk is {here}")
    return ok(f"it judges by {here}, as on disk")


def people_mappings(premises: Premises) -> Finding:
    """Count the people who were judged by other rules than those on disk."""
    with premises.store.view() as unit:
        versions = unit.figures.mapping_versions()
    others = sum(versions.values()) - versions.get(premises.mappings.version, 0)
    if others:
        return warn(f"{others} people were last judged by other mappings")
    return ok(f"{sum(versions.values())} people")


def inbox_lag(premises: Premises) -> Finding:
    """Look how long the oldest unread delivery waits, in the store or on disk."""
    with premises.store.view() as unit:
        kept = unit.inbox.oldest()
    spooled = Spool(premises.settings.spool).oldest()
    waiting = [one for one in (kept, spooled) if one is not None]
    return judge_lag(premises.now - min(waiting)) if waiting else ok("nothing waits")


def inbox_parked(premises: Premises) -> Finding:
    """Count the deliveries that nobody could read."""
    with premises.store.view() as unit:
        count = unit.inbox.depth().get(InboxState.PARKED, 0)
    return warn(f"{count} deliveries") if count else ok("none")


def outbox_lag(premises: Premises) -> Finding:
    """Look how long the oldest write waits, per destination."""
    return worst(_outbox_lag(premises), "nothing waits long")


def _outbox_lag(premises: Premises) -> Iterator[Finding]:
    with premises.store.view() as unit:
        oldest = {one: unit.outbox.oldest(one) for one in destinations(premises.parts)}
    for where, since in oldest.items():
        if since is not None:
            lag = judge_lag(premises.now - since)
            yield Finding(outcome=lag.outcome, says=f"{where}: {lag.says}")


def outbox_parked(premises: Premises) -> Finding:
    """Count the writes that wait for a person, but for those of `ats.parked`."""
    theirs = {writes.ats(name) for name in premises.settings.ats}
    with premises.store.view() as unit:
        depth = unit.outbox.depth()
    found = [
        f"{where}: {count} writes"
        for (where, state), count in sorted(depth.items())
        if count and state is OutboxState.PARKED and where not in theirs
    ]
    return warn("; ".join(found)) if found else ok("none")


def outbox_paused(premises: Premises) -> Finding:
    """Look whether a destination is left alone because it is down."""
    with premises.store.view() as unit:
        paused = [
            where
            for where in destinations(premises.parts)
            if is_paused(unit, where, premises.now)
        ]
    return (
        warn(f"left alone for a while: {', '.join(paused)}") if paused else ok("none")
    )


def heard(premises: Premises) -> Finding:
    """Look when something last came in."""
    with premises.store.view() as unit:
        last = unit.figures.last_received()
    if last is None:
        return warn("no delivery ever came in")
    age = premises.now - last
    says = f"the last delivery came in {_span(age)} ago"
    return warn(says) if age > QUIET else ok(says)


def one_mautic(premises: Premises) -> Finding:
    """Count the Mautics that lately signed with our secret, by their own words."""
    with premises.store.view() as unit:
        heard_at = unit.marks.starting(MARK)
    lately = sorted(
        name.removeprefix(MARK)
        for name, at in heard_at.items()
        if premises.now - datetime.fromisoformat(at) < QUIET
    )
    if len(lately) > 1:
        return warn(f"{len(lately)} sign with our secret: {', '.join(lately)}")
    if lately and lately != [plain(premises.settings.mautic.url)]:
        return ok(f"one, which calls itself {lately[0]}")
    return ok("one" if lately else "none has said which it is")


def reconcile(premises: Premises) -> Finding:
    """Look whether every table of Mautic has been pulled at least once."""
    with premises.store.view() as unit:
        missing = [
            one.name for one in TABLES if unit.marks.get(mark_name(one.name)) is None
        ]
    if missing:
        return warn(f"never pulled: {', '.join(missing)}")
    return ok(f"{len(TABLES)} tables")


def reconcile_whole(premises: Premises) -> Finding:
    """Look when all of Mautic's tables were last pulled to their end."""
    with premises.store.view() as unit:
        at = last_whole(unit)
    if at is None:
        return warn("never")
    age = premises.now - at
    says = f"{_span(age)} ago"
    if age >= UNPULLED_FAIL:
        return fail(says)
    return warn(says) if age >= UNPULLED_WARN else ok(says)


def reconcile_gaps(premises: Premises) -> Finding:
    """Count what no pull has brought yet."""
    with premises.store.view() as unit:
        count, some = unit.gaps.count(), unit.gaps.list(1)
    if not some:
        return ok("nothing is lacking")
    return warn(f"{count}, as {some[0]}")


def judge_lag(age: timedelta) -> Finding:
    """Say whether something has waited too long."""
    says = f"the oldest waits {_span(age)}"
    if age >= LAG_FAIL:
        return fail(says)
    return warn(says) if age >= LAG_WARN else ok(says)


def _span(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


CHECKS: tuple[Check, ...] = (
    Check(
        name="worker.alive",
        means="Deliveries are kept, and nobody works on them.",
        mend="Start `stdc worker` (or `stdc run`) and look at its log.",
        run=worker,
        needs=STORE,
    ),
    Check(
        name="worker.mappings",
        means="A change of the mappings is not in force yet.",
        mend="Mend what `stdc check` names; the worker takes a change over by itself, "
        "within a minute. Give workers that stand by the mappings in force.",
        run=worker_mappings,
        needs=(*STORE, "mappings"),
    ),
    Check(
        name="people.mappings",
        means="These people's phase and score are those of the old rules until "
        "something happens to them.",
        mend="The worker decides about everybody again, in the background; restart it "
        "if it still judges by the old ones.",
        run=people_mappings,
        needs=(*STORE, "mappings"),
    ),
    Check(
        name="inbox.lag",
        means="What people did is not counted yet; the moment to call them passes.",
        mend="Look at the worker's log; let more of them run (jobs.workers).",
        run=inbox_lag,
        needs=STORE,
    ),
    Check(
        name="inbox.parked",
        means="These deliveries could not be read; what they say is not counted.",
        mend="`stdc inbox list` says why; `stdc inbox replay --all` after the mending.",
        run=inbox_parked,
        needs=STORE,
    ),
    Check(
        name="outbox.lag",
        means="Mautic or the ATS does not show yet what was decided.",
        mend="Look at mautic.* and ats.* above; writes go on by themselves afterwards.",
        run=outbox_lag,
        needs=STORE,
    ),
    Check(
        name="outbox.parked",
        means="These writes were refused: Mautic shows an older phase or score, or an "
        "alert told nobody.",
        mend="`stdc outbox list` says why; then `stdc outbox retry --all`.",
        run=outbox_parked,
        needs=STORE,
    ),
    Check(
        name="outbox.paused",
        means="The other side is down or refuses us, so nothing is sent there.",
        mend="Mend what mautic.* or ats.* above names; it goes on by itself.",
        run=outbox_paused,
        needs=STORE,
    ),
    Check(
        name="inbox.heard",
        means="Nothing happens in Mautic, or it does not reach us.",
        mend="Look at hook.* below; visit a tracked page and ask again.",
        run=heard,
        needs=STORE,
    ),
    Check(
        name="inbox.one-mautic",
        means="A copy of Mautic sends too: what is tried out there counts as people's.",
        mend="Delete our webhook in the copy, or give the right one another secret. "
        "One whose Site URL was changed is told as two for a week.",
        run=one_mautic,
        needs=STORE,
    ),
    Check(
        name="reconcile.begun",
        means="What webhooks lose before the first pull stays lost.",
        mend="Run `stdc reconcile`, and let the worker run.",
        run=reconcile,
        needs=STORE,
    ),
    Check(
        name="reconcile.whole",
        means="What webhooks lost is not made good: no pull comes to its end.",
        mend="Run `stdc reconcile`: it names what Mautic does not give, and why.",
        run=reconcile_whole,
        needs=(*STORE, "reconcile.begun"),
    ),
    Check(
        name="reconcile.gaps",
        means="This happened in Mautic, and we could not read it.",
        mend="Give our user the right, or mend what the reason names; each pull tries "
        "again. `stdc reconcile` lists all of it.",
        run=reconcile_gaps,
        needs=STORE,
    ),
)
