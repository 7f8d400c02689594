"""Whose word hands somebody over, and whose holds them back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.history.model import Profile
from plugin.mappings.ats import HandOver
from plugin.phases.decide import decide
from plugin.phases.gate import HAND_OVER, NO, YES, Answer, Verdict, judge
from tests.golden.build import History, day, shipped

RULES = HandOver(yes_field="overdragen")


def in_do(*, by_sign_up=False):
    history = History()
    if by_sign_up:
        history.add(3, "submits", "Aanmelden", category="do")
    else:
        for number in range(8):
            history.add(number / 2, "visits", f"Opdracht {number}", category="do")
    person = history.person(email="sanne@example.nl")
    return decide(person, shipped(), history.catalogue, as_of=day(5))


def said(word, at=4.5, **more):
    answer = Answer(contact_id=1, question=HAND_OVER, said=word, by="anna", at=day(at))
    return replace(answer, **more)


def judged(profile=None, answer=None, rules=RULES, *, asks=False):
    decision = in_do(by_sign_up=asks)
    return judge(decision, profile or Profile(), rules, answer, asks=asks)


FIELD_YES = Profile(fields={"overdragen": "1"})
YES_TAG, NO_TAG = frozenset({"stdc-hand-over"}), frozenset({"stdc-not-now"})

BOTH = Profile(tags=YES_TAG | NO_TAG)


@pytest.mark.parametrize(
    ("given", "verdict", "by"),
    [
        ({}, Verdict.WAITS, ""),
        ({"rules": HandOver(by_score="never")}, Verdict.NOT_ASKED, ""),
        ({"asks": True}, Verdict.YES, "candidate"),
        ({"profile": Profile(tags=YES_TAG)}, Verdict.YES, "tag:stdc-hand-over"),
        ({"profile": FIELD_YES}, Verdict.YES, "field:overdragen"),
        ({"profile": Profile(fields={"overdragen": "0"})}, Verdict.WAITS, ""),
        ({"profile": BOTH}, Verdict.NO, "tag:stdc-not-now"),
        ({"profile": Profile(tags=NO_TAG), "asks": True}, Verdict.YES, "candidate"),
        ({"answer": said(YES)}, Verdict.YES, "anna"),
        ({"answer": said(YES), "profile": BOTH}, Verdict.NO, "tag:stdc-not-now"),
        ({"answer": said(YES, at=-1)}, Verdict.WAITS, ""),
        ({"answer": said(NO)}, Verdict.NO, "anna"),
        ({"answer": said(NO, until=day(4.9))}, Verdict.WAITS, ""),
        ({"answer": said(NO, until=day(5))}, Verdict.WAITS, ""),
        ({"answer": said(NO, until=day(5.1))}, Verdict.NO, "anna"),
        ({"answer": said(NO), "profile": Profile(tags=YES_TAG)}, Verdict.NO, "anna"),
        ({"answer": said(NO, at=2), "asks": True}, Verdict.YES, "candidate"),
        ({"answer": said(NO, at=4), "asks": True}, Verdict.NO, "anna"),
    ],
)  # fmt: skip
def test_whose_word_counts(given, verdict, by):
    found = judged(**given)

    assert (found.verdict, found.by) == (verdict, by)
    assert found.is_open == (verdict is Verdict.YES)


def test_who_is_not_in_do_is_asked_for_by_nobody():
    decision = in_do()
    gone = replace(decision, phase=shipped().phases.think.phase)

    found = judge(gone, Profile(tags=YES_TAG), RULES, said(YES), asks=False)

    assert found.verdict is Verdict.NOT_ASKED


def test_empty_tags_say_nothing():
    rules = HandOver(yes_tag="", no_tag="")

    assert judged(Profile(tags=frozenset({""})), rules=rules).verdict is Verdict.WAITS
    assert rules.tags == frozenset()


def test_a_no_says_until_when():
    end = day(5) + timedelta(days=1)

    assert judged(answer=said(NO, until=end, reason="later")).until == end
