"""`stdc digest`: what it shows, and what it refuses."""

import json


def test_without_news_there_is_nothing_to_tell(installed):
    result = installed.stdc("digest")

    assert (result.exit_code, result.stdout) == (0, "Nothing to tell.\n")
    assert json.loads(installed.stdc("digest", "--json").stdout) == []


def test_an_audience_that_is_none_is_refused(installed):
    result = installed.stdc("digest", "--audience", "sailors")

    assert result.exit_code == 1
    assert "sailors" in result.stderr
    assert "it-security" in result.stderr


def test_without_an_address_nothing_can_be_sent(installed):
    result = installed.stdc("digest", "--send")

    assert result.exit_code == 1
    assert "[alerts]" in result.stderr
