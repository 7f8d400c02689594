"""What the checks make of what they see; no server, no store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugin.health.checks_flow import judge_lag
from plugin.health.checks_mautic import judge_clock, judge_version
from plugin.health.checks_setup import judge_cron
from plugin.health.checks_store import file_system_of, judge_durability, sqlite_file
from plugin.health.doctor import CHECKS, examine
from plugin.health.model import Check, Outcome, fail, ok, warn, worst
from plugin.health.rights import ALL

OK, WARN, FAIL, SKIPPED = Outcome.OK, Outcome.WARN, Outcome.FAIL, Outcome.SKIPPED
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", OK),
        ("Mon, 23 Nov 2026 12:00:29 GMT", OK),
        ("Mon, 23 Nov 2026 11:59:30 GMT", WARN),
        ("Mon, 23 Nov 2026 12:04:59 GMT", WARN),
        ("Mon, 23 Nov 2026 11:55:00 GMT", FAIL),
        # the same moment, written by a server that does not know GMT
        ("Mon, 23 Nov 2026 13:00:00 +0100", OK),
        ("yesterday", WARN),
        ("", WARN),
        (None, WARN),
    ],
)
def test_two_clocks(told, outcome):
    assert judge_clock(told, NOW).outcome is outcome


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("4.3.9", FAIL),
        ("4.4.0", OK),
        ("5.1.1", OK),
        ("7.0.0-rc1", OK),
        ("8.0.0", WARN),
        ("10.2", WARN),
        ("", WARN),
        ("dev", WARN),
    ],
)
def test_versions(told, outcome):
    assert judge_version(told).outcome is outcome


@pytest.mark.parametrize(
    ("minutes", "outcome", "says"),
    [
        (0, OK, "the oldest waits 0 s"),
        (4, OK, "the oldest waits 4 minutes"),
        (5, WARN, "the oldest waits 5 minutes"),
        (59, WARN, "the oldest waits 59 minutes"),
        (60, FAIL, "the oldest waits 60 minutes"),
        (60 * 47, FAIL, "the oldest waits 47 hours"),
        (60 * 48, FAIL, "the oldest waits 2 days"),
        # another machine's clock is ahead
        (-1, OK, "the oldest waits 0 s"),
    ],
)
def test_waiting(minutes, outcome, says):
    found = judge_lag(timedelta(minutes=minutes))

    assert (found.outcome, found.says) == (outcome, says)


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        ({"journal_mode": "wal", "synchronous": "full"}, OK),
        ({"journal_mode": "wal", "synchronous": "extra"}, OK),
        ({"journal_mode": "wal", "synchronous": "normal"}, FAIL),
        ({"journal_mode": "delete", "synchronous": "full"}, FAIL),
        (
            {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
            OK,
        ),
        (
            {"fsync": "off", "full_page_writes": "on", "synchronous_commit": "on"},
            FAIL,
        ),
        (
            {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "off"},
            FAIL,
        ),
    ],
)
def test_what_a_commit_rests_on(found, outcome):
    assert judge_durability(found).outcome is outcome


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/local xfs rw 0 0
/dev/sdc1 /srv/two\\040words btrfs rw 0 0
odd line
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/stdc/data/stdc.db", "ext4"),
        ("/srv/stdc.db", "nfs4"),
        ("/srv/local/stdc.db", "xfs"),
        ("/srv/localhost/stdc.db", "nfs4"),
        ("/srv/two words/stdc.db", "btrfs"),
    ],
)
def test_the_file_system_a_file_is_on(path, kind):
    assert file_system_of(Path(path), MOUNTS) == kind
    assert file_system_of(Path(path), "") == ""


def test_only_sqlite_has_a_file():
    assert sqlite_file("sqlite:////var/x.db") == Path("/var/x.db")
    assert sqlite_file("postgresql+psycopg://u@h/db") is None


@pytest.mark.parametrize(
    ("late", "seen", "outcome"),
    [(0, 0, OK), (0, 3, OK), (1, 3, WARN), (3, 3, FAIL)],
)
def test_crons(late, seen, outcome):
    assert judge_cron(late, seen, "segment").outcome is outcome


def test_the_worst_finding_speaks():
    assert worst([ok("a"), warn("b"), fail("c"), fail("d")], "fine") == fail("c; d")
    assert worst([ok("a"), warn("b")], "fine") == warn("b")
    assert worst([ok("a")], "fine") == ok("fine")
    assert worst([], "nothing there") == ok("nothing there")


def a_check(name, finding, *needs):
    def run(_premises):
        if isinstance(finding, Exception):
            raise finding
        return finding

    return Check(name=name, means="It.", mend="So.", run=run, needs=needs)


def test_a_failure_keeps_those_that_need_it_from_being_made():
    made = examine(
        None,
        [
            a_check("a", fail("broken")),
            a_check("b", ok("never said"), "a"),
            a_check("c", ok("never said"), "b"),
            a_check("d", warn("odd")),
            a_check("e", ok("fine"), "d"),
        ],
    )

    outcomes = {one.check.name: one.outcome for one in made}
    assert outcomes == {"a": FAIL, "b": SKIPPED, "c": SKIPPED, "d": WARN, "e": OK}


def test_a_check_that_breaks_hides_no_other():
    made = list(
        examine(None, [a_check("a", ZeroDivisionError("x")), a_check("b", ok("fine"))])
    )

    assert made[0].outcome is FAIL
    assert "our bug" in made[0].finding.says
    assert made[1].outcome is OK


def test_every_check_tells_its_meaning_and_its_mending():
    names = [one.name for one in CHECKS]

    assert len(names) == len(set(names))
    assert len(names) >= 40
    for one in CHECKS:
        assert one.means.endswith("."), one.name
        assert one.mend.endswith("."), one.name


def test_every_check_comes_after_what_it_needs():
    seen: set[str] = set()
    for one in CHECKS:
        assert seen.issuperset(one.needs), one.name
        seen.add(one.name)


def test_rights_are_written_as_mautic_writes_them():
    assert len(ALL) == len(set(ALL))
    for right in ALL:
        assert len(right.split(":")) == 3, right
