"""`stdc content health`: what it says, and how it ends."""

import json

import pytest

from plugin.pipeline.content_health import COUNTED
from tests.support.newsletters import mailing, week


@pytest.fixture
def mailed(installed, monkeypatch):
    """An installation whose newsletter fell, and another e-mail that is well."""
    rows = [
        *(mailing(number, 200) for number in range(12)),
        *(mailing(12 + number, 110) for number in range(3)),
        *(mailing(number, 200, content="email:6") for number in range(15)),
    ]
    session = installed.session()
    monkeypatch.setattr("plugin.pipeline.content_health._today", lambda *_: week(15))
    with session.parts.store.unit() as unit:
        unit.mailings.replace([week(number) for number in range(15)], rows)
        unit.marks.put(COUNTED, week(12).isoformat())
    session.close()
    return installed


def test_what_is_worse_is_said_with_why_and_ends_with_1(mailed):
    result = mailed.stdc("content", "health")

    assert result.exit_code == 1
    assert "email:5  worse" in result.stdout
    assert "email:6  well" in result.stdout
    assert "5.5% click, 10.0% before." in result.stdout
    assert "Nothing else changed that can be counted." in result.stdout
    assert "1 e-mail worse." in result.stdout


def test_only_what_is_worse(mailed):
    result = mailed.stdc("content", "health", "--failing", "--json")

    (one,) = json.loads(result.stdout)
    assert (one["content"], one["verdict"]) == ("email:5", "alarm")
    assert one["fell_on"] == week(12).isoformat()
    low, high = one["sends"][0]["click_rate_between"]
    assert low < one["sends"][0]["click_rate"] == 0.055 < high


def test_before_anything_was_counted_it_says_how(installed):
    result = installed.stdc("content", "health")

    assert result.exit_code == 0
    assert "--refresh" in result.stdout


def test_counting_now_finds_no_mail_where_none_was_sent(installed):
    result = installed.stdc("content", "health", "--refresh")

    assert result.exit_code == 0
    assert "No e-mail was sent lately." in result.stdout
