"""Reading and writing, compared with what a real Mautic 5.1.1 was sent and said."""

import pytest

from plugin.provision import campaigns, codec, steps
from plugin.provision.read import existing
from plugin.provision.resources import Key, Kind, Secret, marked_as
from tests.unit.mautic.exchanges import recorded

from . import samples


def one(name, key):
    return next(iter(recorded(name).answer[key].values()))


def test_a_recorded_select_field_is_read_and_written_alike():
    wanted = recorded("017-fields-contact-new-select")

    read = codec.from_field(wanted.answer["field"])
    body = codec.to_field(read, "fav_colour")

    assert read["options"] == [["red", "Red"], ["blue", "Blue"]]
    assert {name: body[name] for name in wanted.request} == wanted.request


def test_a_recorded_boolean_field_is_read_and_written_alike():
    wanted = recorded("019-fields-contact-new-boolean")

    read = codec.from_field(wanted.answer["field"])
    body = codec.to_field(read, "is_customer")

    assert read["options"] == [["0", "No"], ["1", "Yes"]]
    assert {name: body[name] for name in wanted.request} == wanted.request


def test_a_recorded_number_field_is_read_and_written_alike():
    wanted = recorded("022-fields-contact-new-number")

    read = codec.from_field(wanted.answer["field"])
    body = codec.to_field(read, "order_count")

    assert read["decimals"] == 0
    assert {name: body[name] for name in wanted.request} == wanted.request


def test_a_field_whose_length_is_not_answered_has_none_to_compare():
    read = codec.from_field(recorded("017-fields-contact-new-select").answer["field"])

    assert "length" not in read
    assert codec.from_field({"charLengthLimit": "64"})["length"] == 64


def test_a_recorded_segment_is_read_and_written_alike():
    wanted = recorded("q3-segments-new-phase")

    read = codec.from_segment(wanted.answer["list"])
    body = codec.to_segment(read, "")

    assert read["filters"][0]["filter"] == "see"
    assert body["filters"] == wanted.request["filters"]
    assert body["alias"] == wanted.request["alias"]


def test_a_recorded_stage_is_read_and_written_alike():
    wanted = recorded("027-stages-new")

    assert (
        codec.to_stage(codec.from_stage(wanted.answer["stage"]), "") == wanted.request
    )


def test_a_recorded_hook_is_read_and_written_alike():
    wanted = recorded("005-hooks-new")

    read = codec.from_hook(wanted.answer["hook"])
    body = codec.to_hook(read, "")

    assert read["secret"] == Secret(wanted.request["secret"])
    assert body | {"triggers": sorted(wanted.request["triggers"])} == body
    assert body | wanted.request | {"triggers": body["triggers"]} == body


def test_a_hook_that_hides_its_secret_has_none_to_compare():
    assert "secret" not in codec.from_hook({"name": "STDC", "triggers": []})


@pytest.mark.parametrize(
    ("answered", "read"),
    [("  R&amp;D ", "R&D"), ("R&D", "R&D"), (None, ""), ("ééñ", "ééñ")],
)
def test_texts_are_read_as_they_were_meant(answered, read):
    assert codec.text(answered) == read


def test_a_recorded_campaign_is_read_in_our_words():
    raw = one("155-campaigns-list", "campaigns")

    read = campaigns.from_campaign(
        raw, {(Kind.STAGE, 2): "customer", (Kind.SEGMENT, 1): "static"}
    )

    assert read["segments"] == ["static"]
    assert read["restart"] is True
    by_name = {step["name"]: step for step in read["steps"]}
    assert list(by_name) == sorted(by_name), "all four hang on the source"
    assert by_name["Change stage"]["properties"] == {"stage": "customer"}
    assert by_name["Change tags"]["properties"] == {"add_tags": ["campaigned"]}
    assert by_name["Add points"]["wait"] == ""


def test_an_id_we_have_no_name_for_stays_recognisable():
    read = campaigns.from_campaign(one("155-campaigns-list", "campaigns"), {})

    stage = next(step for step in read["steps"] if step["type"] == "stage.change")
    assert stage["properties"] == {"stage": "#2"}
    assert read["segments"] == ["static-seg"]


IDS = {
    Key(Kind.SEGMENT, "stdc-see"): 4,
    Key(Kind.STAGE, "see"): 9,
}


def test_a_new_campaign_is_written_like_the_recorded_one():
    recording = recorded("q3-campaigns-new-segment-source").request
    want = samples.wanted()[Key(Kind.CAMPAIGN, "see")].attributes

    body = campaigns.to_campaign(want, IDS)

    assert set(recording) <= set(body)
    assert body["isPublished"] is False
    assert body["lists"] == [{"id": 4}]
    first, second = body["events"]
    ours = set(recording["events"][0]) - {"children", "parent", "decisionPath"}
    assert ours <= set(first)
    assert first["properties"] == {"add_tags": ["in-see"], "remove_tags": []}
    assert second["properties"] == {"stage": 9}
    assert (second["triggerMode"], second["triggerInterval"]) == ("interval", 3)
    nodes = [node["id"] for node in body["canvasSettings"]["nodes"]]
    assert nodes == ["lists", "new_1", "new_2"]
    wires = [
        (line["sourceId"], line["targetId"], line["anchors"]["source"])
        for line in body["canvasSettings"]["connections"]
    ]
    assert wires == [("lists", "new_1", "leadsource"), ("new_1", "new_2", "bottom")]


def test_an_update_keeps_the_ids_the_places_and_what_is_not_ours():
    raw = recorded("188-campaigns-get").answer["campaign"]
    raw |= {"category": {"id": 5}, "publishUp": "2026-12-01T00:00:00+00:00"}
    names = {(Kind.STAGE, 2): "see", (Kind.SEGMENT, 1): "stdc-see"}
    want = campaigns.from_campaign(raw, names)
    extra = want["steps"][0] | {"name": "Later", "after": "Add points"}
    want = want | {"steps": [*want["steps"], extra]}
    del want["published"]

    body = campaigns.to_campaign(want, IDS | {Key(Kind.STAGE, "see"): 2}, raw)

    assert {event["name"]: event["id"] for event in body["events"]} == {
        "Add points": 1,
        "Send webhook": 2,
        "Change tags": 3,
        "Change stage": 4,
        "Later": "new_5",
    }
    nodes = {node["id"]: node for node in body["canvasSettings"]["nodes"]}
    assert nodes["3"]["positionX"] == "500", "as the marketer drew it"
    assert body["category"] == 5
    assert body["isPublished"] is raw["isPublished"]
    assert body["publishUp"] == raw["publishUp"]


def test_what_is_written_is_read_back_the_same():
    for key, want in samples.wanted().items():
        if key.kind is not Kind.CAMPAIGN:
            continue
        ids = {
            Key(Kind.SEGMENT, f"stdc-{key.name}"): 4,
            Key(Kind.STAGE, key.name): 9,
        }
        body = campaigns.to_campaign(want.attributes, ids)
        body["lists"] = [{"id": 4, "alias": "whatever"}]
        names = {(one.kind, number): one.name for one, number in ids.items()}

        read = campaigns.from_campaign(body, names)

        assert {name: read[name] for name in want.attributes} == want.attributes


def test_what_mautics_builder_adds_is_no_difference():
    built = {
        "add_tags": ["a"],
        "remove_tags": [],
        "canvasSettings": {"droppedX": "1"},
        "triggerMode": "immediate",
        "properties": {"add_tags": ["a"]},
        "anchor": "",
    }

    assert steps.canonical(built) == {"add_tags": ["a"]}
    assert steps.canonical({"points": 20, "on": True, "none": None}) == {
        "points": "20",
        "on": "1",
    }


@pytest.mark.parametrize(
    ("event", "wait"),
    [
        ({"triggerMode": "immediate", "triggerInterval": 0}, ""),
        ({"triggerMode": None, "triggerInterval": 1}, ""),
        ({"triggerMode": "interval", "triggerInterval": 0}, ""),
        (
            {
                "triggerMode": "interval",
                "triggerInterval": "3",
                "triggerIntervalUnit": "d",
            },
            "3 d",
        ),
        ({"triggerMode": "date", "triggerDate": "2027-01-01"}, "until 2027-01-01"),
    ],
)
def test_waiting_is_read(event, wait):
    assert campaigns._wait(event) == wait


def test_a_mark_is_found_wherever_it_stands():
    assert marked_as("Hello [stdc:see] there") == "see"
    assert marked_as("Hello") is None
    assert marked_as(None) is None


def test_our_prefix_marks_a_field_and_a_description_the_rest():
    field = {"id": 1, "alias": "stdc_phase", "type": "select"}
    other = {"id": 2, "alias": "city", "type": "text"}
    stage = {"id": 3, "name": "See", "description": "x [stdc:see]"}

    assert existing(Key(Kind.FIELD, "stdc_phase"), field).marked
    assert not existing(Key(Kind.FIELD, "city"), other).marked
    assert existing(Key(Kind.STAGE, "see"), stage).marked
    assert not existing(Key(Kind.STAGE, "think"), stage).marked
