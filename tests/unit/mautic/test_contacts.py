import json
import re
from datetime import UTC, datetime

import pytest
from werkzeug import Request, Response

from plugin.errors import Retryable
from plugin.mautic.batches import MOST_REQUESTS, ItemResult
from plugin.mautic.contacts import BATCH_LIMIT

from .exchanges import recorded

BATCH = "/api/contacts/batch/edit"
BROKEN = recorded("016-contacts-batch-edit-one-bad-one-missing")


class Look:
    """Answers batches as Mautic does when some items are bad or missing."""

    def __init__(self, bad=(), missing=(), breaking=()):
        self.bad = set(bad)
        self.missing = set(missing)
        self.breaking = set(breaking)
        self.sizes = []
        self.written = []

    def batch(self, request: Request) -> Response:
        items = request.get_json()
        self.sizes.append(len(items))
        ids = [one["id"] for one in items]
        if self.bad.intersection(ids) or self.breaking.intersection(ids):
            return answer(BROKEN.answer, 500)
        good = [number for number in ids if number not in self.missing]
        self.written += good
        body = {
            "contacts": [{"id": number} for number in good],
            "statusCodes": [404 if n in self.missing else 200 for n in ids],
        }
        errors = {
            str(index): {"message": "Item was not found.", "code": 404, "type": "api"}
            for index, number in enumerate(ids)
            if number in self.missing
        }
        return answer(body | ({"errors": errors} if errors else {}))

    def single(self, request: Request) -> Response:
        number = int(request.path.split("/")[3])
        if number in self.breaking:
            return answer(BROKEN.answer, 500)
        if number in self.bad:
            return answer(recorded("042-contacts-new-badselect").answer, 400)
        if number in self.missing:
            return answer(recorded("059-contacts-edit-notfound").answer, 404)
        self.written.append(number)
        return answer({"contact": {"id": number}})


def answer(body, status=200):
    return Response(json.dumps(body), status=status, content_type="application/json")


def play(httpserver, look):
    httpserver.expect_request(BATCH, method="PATCH").respond_with_handler(look.batch)
    httpserver.expect_request(
        re.compile(r"/api/contacts/\d+/edit"), method="PATCH"
    ).respond_with_handler(look.single)
    httpserver.expect_request("/api/users/self").respond_with_json({"id": 1})
    return look


def items(*numbers):
    return [{"id": number, "stdc_phase": "do"} for number in numbers]


def test_a_batch_is_sent_as_it_was_recorded(mautic, replay):
    wanted = replay.expect("014-contacts-batch-edit-stdc-writeback")

    results = mautic.contacts.batch_patch(wanted.request)

    assert results == [ItemResult(id=4027, status=200)]
    assert replay.bodies() == [wanted.request]


def test_each_item_has_its_own_status(mautic, replay):
    wanted = replay.expect("089-contacts-batch-edit")

    results = mautic.contacts.batch_patch(wanted.request)

    assert results == [
        ItemResult(id=1, status=200),
        ItemResult(id=99999, status=404, message="Item was not found."),
    ]
    assert [one.ok for one in results] == [True, False]
    assert [one.gone for one in results] == [False, True]


def test_a_merged_away_contact_is_a_result_and_no_error(mautic, replay):
    wanted = replay.expect("013-contacts-batch-edit-merged-away-id")

    (result,) = mautic.contacts.batch_patch(wanted.request)

    assert result.gone
    assert not result.retryable


def test_one_bad_item_does_not_hold_up_the_others(mautic, httpserver):
    look = play(httpserver, Look(bad={57}, missing={120}))
    numbers = range(1, 201)

    results = mautic.contacts.batch_patch(items(*numbers))

    assert [one.id for one in results] == list(numbers)
    assert sorted(look.written) == [n for n in numbers if n not in {57, 120}]
    assert {one.id: one.status for one in results if not one.ok} == {57: 400, 120: 404}
    assert "not valid" in next(one.message for one in results if one.id == 57)
    assert len(httpserver.log) < 2 * 8 + 2


def test_a_bad_item_alone_in_its_batch_is_told_its_reason(mautic, httpserver):
    play(httpserver, Look(bad={1}))

    (result,) = mautic.contacts.batch_patch(items(1))

    assert result.status == 400
    assert "not valid" in result.message


def test_an_item_mautic_breaks_on_can_be_tried_again(mautic, httpserver):
    play(httpserver, Look(breaking={2}))

    results = mautic.contacts.batch_patch(items(1, 2, 3))

    assert [one.retryable for one in results] == [False, True, False]


def test_a_mautic_that_breaks_on_everything_is_left_in_peace(mautic, httpserver):
    play(httpserver, Look(breaking=set(range(1, 201))))
    httpserver.clear_all_handlers()
    httpserver.expect_request(re.compile("/api/.*")).respond_with_json(
        BROKEN.answer, status=500
    )

    with pytest.raises(Retryable, match="breaks on everything"):
        mautic.contacts.batch_patch(items(*range(1, 201)))

    assert len(httpserver.log) == 2


@pytest.mark.parametrize(
    "bad",
    [range(1, 9), range(1, 31), range(1, 201), range(1, 201, 2), range(3, 201, 7)],
    ids=["first", "many", "all", "every other", "here and there"],
)
def test_many_bad_ones_cost_a_bounded_number_of_requests(mautic, httpserver, bad):
    look = play(httpserver, Look(breaking=bad))

    results = mautic.contacts.batch_patch(items(*range(1, 201)))

    assert len(httpserver.log) <= MOST_REQUESTS + 1
    assert [one.id for one in results] == sorted(one.id for one in results)
    assert {one.id for one in results if one.ok} == set(look.written)
    assert {one.id for one in results if one.retryable} <= look.breaking
    assert len(results) >= 16


def test_where_bad_ones_stand_together_the_others_are_written_at_once(
    mautic, httpserver
):
    look = play(httpserver, Look(breaking=range(1, 31)))

    mautic.contacts.batch_patch(items(*range(1, 201)))

    assert len(look.written) >= 160


def test_no_further_request_is_made_when_time_is_up(mautic, httpserver):
    look = play(httpserver, Look(breaking={1}))
    asked = iter([True, True, True])

    results = mautic.contacts.batch_patch(
        items(*range(1, 9)), lambda: next(asked, False)
    )

    assert look.sizes == [8, 4, 4]
    assert [one.id for one in results] == [5, 6, 7, 8]


def test_a_batch_that_is_refused_as_a_whole_is_halved_too(mautic, httpserver):
    look = play(httpserver, Look())
    httpserver.expect_ordered_request(BATCH).respond_with_data(
        json.dumps({"errors": [{"message": "too large", "code": 413}]}),
        status=413,
        content_type="application/json",
    )

    results = mautic.contacts.batch_patch(items(1, 2, 3, 4))

    assert look.sizes == [2, 2]
    assert all(one.ok for one in results)


def test_more_than_mautic_takes_at_once_goes_in_parts(mautic, httpserver):
    look = play(httpserver, Look())

    results = mautic.contacts.batch_patch(items(*range(1, 2 * BATCH_LIMIT + 11)))

    assert look.sizes == [BATCH_LIMIT, BATCH_LIMIT, 10]
    assert len(results) == 2 * BATCH_LIMIT + 10


@pytest.mark.parametrize("codes", [{}, {"statusCodes": [200]}], ids=["none", "one"])
def test_an_answer_that_says_nothing_of_an_item_is_worth_another_attempt(
    mautic, httpserver, codes
):
    known = len(codes.get("statusCodes", []))
    httpserver.expect_request(BATCH).respond_with_json({"contacts": []} | codes)

    results = mautic.contacts.batch_patch(items(1, 2, 3))

    assert [one.ok for one in results] == [True] * known + [False] * (3 - known)
    assert all(one.retryable for one in results[known:])
    assert "does not say" in results[-1].message


def test_nothing_to_write_sends_nothing(mautic, httpserver):
    assert mautic.contacts.batch_patch([]) == []
    assert httpserver.log == []


def test_only_a_500_is_worth_halving(mautic, httpserver):
    httpserver.expect_request(BATCH).respond_with_data(status=503)

    with pytest.raises(Retryable):
        mautic.contacts.batch_patch(items(1, 2, 3))

    assert len(httpserver.log) == 1


def test_none_clears_a_field_as_the_real_mautic_does(mautic, replay):
    wanted = replay.expect("q5-batch-null-all-overwrite")
    item = {k: v for k, v in wanted.request[0].items() if k != "overwriteWithBlank"}

    mautic.contacts.batch_patch([item])

    assert replay.bodies() == [wanted.request]


@pytest.mark.parametrize("value", [0, 0.0, 0.4, -0.9])
def test_a_number_mautic_would_drop_is_cleared_instead(mautic, httpserver, value):
    play(httpserver, Look())

    mautic.contacts.batch_patch([{"id": 1, "stdc_score": value, "is_fan": False}])

    assert httpserver.log[0][0].get_json() == [
        {"id": 1, "stdc_score": None, "is_fan": False, "overwriteWithBlank": True}
    ]


def test_a_contact_that_lives_on_under_another_id_is_found(mautic, replay):
    replay.expect("012-contact-get-merged-away-id-answers-winner")

    assert mautic.contacts.resolve(4024) == 4027


def test_no_contact_is_none_and_no_error(mautic, replay):
    replay.expect("012-notfound-contact")

    assert mautic.contacts.get(999999) is None


def test_an_address_is_compared_exactly(mautic, replay):
    replay.expect("003-contacts-list-empty", path="/api/contacts")

    assert mautic.contacts.find_by_email("+a@b.example") is None

    args = replay.requests[0].args
    assert args["where[0][col]"] == "email"
    assert args["where[0][expr]"] == "eq"
    assert args["where[0][val]"] == "+a@b.example"
    assert "search" not in args


def test_changed_and_added_contacts_come_once_each(mautic, replay):
    wanted = replay.expect("030-contacts-where-date-modified")
    replay.expect("030-contacts-where-date-modified")
    since = datetime(2026, 11, 23, tzinfo=UTC)

    found = list(mautic.contacts.list_since(since, page=3))

    ids = [int(key) for key in wanted.answer["contacts"]]
    assert [one["id"] for one in found] == ids
    first, second = (request.args for request in replay.requests)
    assert first["where[0][col]"] == "date_modified"
    assert second["where[0][col]"] == "date_added"
    assert first["where[0][val]"] == wanted.query["where[0][val]"]


def test_paging_goes_on_from_the_last_id(mautic, replay):
    replay.expect("030-contacts-where-date-modified")
    replay.expect("003-contacts-list-empty", path="/api/contacts")
    replay.expect("003-contacts-list-empty", path="/api/contacts")
    since = datetime(2026, 11, 23, tzinfo=UTC)

    found = list(mautic.contacts.list_since(since, page=2))

    assert replay.requests[1].args["where[1][val]"] == str(max(c["id"] for c in found))
