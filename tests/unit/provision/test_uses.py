"""What a thing in Mautic refers to."""

import pytest

from plugin.provision.destroy import Thing, removals
from plugin.provision.resources import Key, Kind
from plugin.provision.uses import uses


def condition(field, value):
    return {"field": field, "operator": "in", "properties": {"filter": value}}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"filters": [condition("stdc_phase", "do")]}, (Kind.FIELD, "stdc_phase")),
        ({"filters": {"0": condition("tags", [3, 4])}}, (Kind.TAG, "#4")),
        ({"filters": [condition("stage", 5)]}, (Kind.STAGE, "#5")),
        ({"filters": [{"field": "leadlist", "filter": [6]}]}, (Kind.SEGMENT, "#6")),
        ({"lists": [{"id": 7, "alias": "stdc-do"}]}, (Kind.SEGMENT, "#7")),
        ({"category": {"id": 8, "alias": "think"}}, (Kind.CATEGORY, "#8")),
        ({"fields": [{"mappedField": "stdc_link"}]}, (Kind.FIELD, "stdc_link")),
        ({"customHtml": "<p>{contactfield=stdc_x|there}"}, (Kind.FIELD, "stdc_x")),
    ],
)
def test_references_of_segments_content_and_forms(raw, expected):
    assert expected in uses(raw)


@pytest.mark.parametrize(
    ("event_type", "properties", "expected"),
    [
        ("email.send", {"email": "12"}, (Kind.EMAIL, "#12")),
        ("stage.change", {"stage": 2}, (Kind.STAGE, "#2")),
        ("lead.changelist", {"addToLists": [9]}, (Kind.SEGMENT, "#9")),
        ("lead.changetags", {"remove_tags": ["stdc-do"]}, (Kind.TAG, "stdc-do")),
        ("lead.tags", {"tags": ["interest-cloud"]}, (Kind.TAG, "interest-cloud")),
        ("lead.field_value", {"field": "stdc_phase"}, (Kind.FIELD, "stdc_phase")),
        ("lead.updatelead", {"stdc_score": 3}, (Kind.FIELD, "stdc_score")),
        ("campaign.addremovelead", {"addTo": [4]}, (Kind.CAMPAIGN, "#4")),
    ],
)
def test_references_of_a_campaigns_events(event_type, properties, expected):
    event = {"id": 1, "type": event_type, "properties": properties}

    assert expected in uses({"events": [event]})


def test_nothing_is_used_by_what_is_empty():
    assert uses({"filters": [], "lists": {}, "category": [], "events": None}) == set()


def thing(kind, remote_id, *used, key=None):
    name = key or f"{kind} of theirs"
    return Thing(
        kind=kind,
        name=name,
        remote_id=remote_id,
        uses=frozenset(used),
        key=Key(Kind(kind), key) if key else None,
    )


FIELD = thing("field", 1, key="stdc_phase")
SEGMENT = thing("segment", 2, (Kind.FIELD, "stdc_phase"), key="stdc-do")
CAMPAIGN = thing("campaign", 3, (Kind.SEGMENT, "#2"), key="do")
OURS = (FIELD, SEGMENT, CAMPAIGN)


def staying(planned):
    return {str(one.key): [str(by) for by in one.users] for one in planned if one.users}


def test_users_go_before_what_they_use():
    planned = removals(OURS)

    assert [one.key.kind for one in planned] == [
        Kind.CAMPAIGN,
        Kind.SEGMENT,
        Kind.FIELD,
    ]
    assert staying(planned) == {}


def test_what_others_use_stays_and_what_that_uses_in_turn():
    theirs = thing("campaign", 9, (Kind.SEGMENT, "#2"))

    planned = removals((*OURS, theirs))

    assert staying(planned) == {
        "segment stdc-do": ["campaign 'campaign of theirs' (id 9)"],
        "field stdc_phase": ["segment 'stdc-do' (id 2)"],
    }


def test_what_is_not_selected_keeps_what_it_uses():
    planned = removals(OURS, {Key(Kind.FIELD, "stdc_phase")})

    assert staying(planned) == {"field stdc_phase": ["segment 'stdc-do' (id 2)"]}


def test_what_others_made_is_never_up_for_removal():
    theirs = thing("segment", 9)

    assert [one.thing for one in removals((theirs, FIELD))] == [FIELD]
