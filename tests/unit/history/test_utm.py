"""A form is reached by the campaign that Mautic kept beside it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.history.utm import with_utm
from plugin.mappings.model import Channel
from plugin.phases.decide import decide
from tests.golden.build import History, day, person, shipped
from webhooks.events import Event, EventType

SOCIAL = {"medium": "social", "source": "linkedin"}


def kept(form, seconds):
    return Event(
        key="utm:1",
        type=EventType.UTM_ADDED,
        contact_id=form.contact_id,
        occurred_at=form.occurred_at + timedelta(seconds=seconds),
        utm=SOCIAL,
    )


@pytest.fixture
def history():
    told = History()
    told.add(1, "submits", "Open dag", category="think-cloud")
    return told


@pytest.mark.parametrize(
    ("seconds", "utm"), [(0, SOCIAL), (-2, SOCIAL), (5, SOCIAL), (6, {}), (-3600, {})]
)
def test_only_what_was_kept_with_it_counts(history, seconds, utm):
    (form,) = history.events

    lent = with_utm([form, kept(form, seconds)])

    assert lent[0].utm == utm
    assert [one.key for one in lent] == [form.key, "utm:1"]


def test_a_form_with_its_own_values_keeps_them(history):
    form = replace(history.events[0], utm={"medium": "email"})

    assert with_utm([form, kept(form, 0)])[0] is form


def test_the_channel_of_a_form_is_that_of_its_campaign(history):
    (form,) = history.events

    def channels(events):
        who = person(events)
        decision = decide(who, shipped(), history.catalogue, as_of=day(2))
        return set(decision.score.by_channel)

    assert channels([form]) == {Channel.SITE}
    assert channels([form, kept(form, 1)]) == {Channel.SOCIAL}
