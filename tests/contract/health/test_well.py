"""Where nothing is wrong the doctor says so; over the look-alike of Mautic."""

from plugin.health.doctor import CHECKS
from plugin.health.model import Outcome

#: True of a trial on one machine, and worth saying.
TRIAL = {"door.certificate", "mautic.certificate"}


def test_an_installation_that_is_well_has_nothing_to_mend(shared):
    made = shared.examine()

    bad = {
        name: one.finding.says
        for name, one in made.items()
        if one.outcome is not Outcome.OK
    }
    assert set(bad) == TRIAL, bad
    assert list(made) == [one.name for one in CHECKS]
    assert len(made) >= 40


def test_looking_changes_nothing(shared):
    before = shared.parts.store.dump_state(), len(shared.mautic.state.logs["page_hits"])

    shared.examine()

    after = shared.parts.store.dump_state(), len(shared.mautic.state.logs["page_hits"])
    assert after == before
