"""The segments of the shipped mappings, and what their conditions become in Mautic."""

import pytest

from plugin.provision.desired import desired
from plugin.provision.resources import Key, Kind
from plugin.provision.segments import from_segment, to_segment
from tests.golden.build import shipped as shipped_mappings

TAG = Key(Kind.TAG, "interest-cloud")


@pytest.fixture(scope="module")
def mappings():
    return shipped_mappings()


@pytest.fixture(scope="module")
def shipped(mappings):
    found = desired(mappings, webhook_url="https://x.example", webhook_secret="x" * 16)
    return {key.name: one for key, one in found.items() if key.kind is Kind.SEGMENT}


def asked(segment):
    return [
        (one["field"], one["operator"], one["filter"])
        for one in segment.attributes["filters"]
    ]


def test_there_is_one_for_each_phase_and_interest(mappings, shipped):
    for phase in ("see", "think", "do", "care"):
        for topic in mappings.content.topics:
            assert asked(shipped[f"stdc-{phase}-{topic}"]) == [
                ("stdc_phase", "=", phase),
                ("tags", "in", [f"interest-{topic}"]),
            ]


def test_what_one_looks_at_every_day(shipped):
    assert asked(shipped["stdc-rising"]) == [("stdc_momentum", "=", "rising")]
    assert asked(shipped["stdc-ready"]) == [
        ("stdc_phase", "=", "do"),
        ("stdc_ats_status", "empty", ""),
    ]
    is_due = ("stdc_next_touch_on", "lte", "today")
    assert asked(shipped["stdc-due"]) == [is_due]
    assert asked(shipped["stdc-win-back"]) == [
        ("stdc_sunset", "=", "win-back"),
        is_due,
    ]


def test_nobody_is_due_in_two_phases(shipped):
    for phase in ("see", "think", "care"):
        assert asked(shipped[f"stdc-due-{phase}"]) == [
            ("stdc_phase", "=", phase),
            ("stdc_next_touch_on", "lte", "today"),
        ]


def test_a_topic_reads_by_its_label(shipped):
    assert shipped["stdc-see-development"].attributes["name"] == (
        "STDC - See - Softwareontwikkeling"
    )


def test_a_segment_waits_for_its_field_and_its_tag(shipped):
    assert shipped["stdc-do-cloud"].references == {Key(Kind.FIELD, "stdc_phase"), TAG}


def test_tags_travel_as_ids(shipped):
    want = shipped["stdc-see-cloud"].attributes
    body = to_segment(want, {TAG: 12})
    raw = body | {"id": 1}

    assert body["filters"][1]["properties"] == {"filter": [12]}
    assert from_segment(raw, {(Kind.TAG, 12): "interest-cloud"}) == dict(want)
    stranger = from_segment(raw, {})["filters"][1]["filter"]
    assert stranger == ["#12"]
    assert to_segment({**want, "filters": from_segment(raw, {})["filters"]}, {}) == body
