"""No check is trusted that nobody ever saw complain."""

import inspect

from . import test_broken, test_crons_and_ats
from .test_broken import AREAS, BY_NAME, CASES
from .test_well import TRIAL

#: Check -> the test that breaks it, where a case of the table would not do.
ELSEWHERE = {
    "config": test_broken.test_with_a_broken_config_nothing_else_is_looked_at,
    "mappings": test_broken.test_mappings_with_a_mistake_are_named,
    "wiring": test_broken.test_parts_that_do_not_fit_together_are_named,
    "door.certificate": test_broken.test_the_trial_is_told_to_use_tls,
    "mautic.certificate": test_broken.test_the_trial_is_told_to_use_tls,
    "content.classified": test_broken.test_before_anything_was_set_up_it_says_so,
    "inbox.heard": test_broken.test_before_anything_was_set_up_it_says_so,
    "reconcile.begun": test_broken.test_before_anything_was_set_up_it_says_so,
    "reconcile.whole": test_broken.test_a_pull_that_never_comes_to_its_end_is_told,
    "reconcile.gaps": test_broken.test_what_no_pull_has_brought_is_told,
    "hook.there": test_broken.test_before_anything_was_set_up_it_says_so,
    "hook.forgery": test_broken.test_a_door_that_is_not_ours_takes_forgeries,
    "hook.round-trip": test_broken.test_a_rotated_secret_is_proved_by_a_delivery,
    "inbox.parked": test_broken.test_what_waits_and_what_is_parked_is_counted,
    "outbox.lag": test_broken.test_what_waits_and_what_is_parked_is_counted,
    "cron.segments": test_crons_and_ats.test_each_cron_that_does_not_run_is_named,
    "cron.campaigns": test_crons_and_ats.test_each_cron_that_does_not_run_is_named,
    "ats.connections": test_crons_and_ats.test_a_connection_that_lets_nobody_in,
    "ats.news": test_crons_and_ats.test_a_hire_that_nobody_could_tell_us_of,
    "ats.parked": test_crons_and_ats.test_a_candidate_who_waits_for_a_person,
    "ats.budget": test_crons_and_ats.test_a_budget_that_is_nearly_used_up,
}


def test_every_check_has_been_seen_to_complain():
    proved = {name for _, name, _, _ in CASES.values()}
    proved |= {f"rights.{area}" for area in AREAS}

    assert proved | set(ELSEWHERE) == set(BY_NAME)
    for name, test in ELSEWHERE.items():
        said = "TRIAL" if name in TRIAL else f'"{name}"'
        assert said in inspect.getsource(test), name
