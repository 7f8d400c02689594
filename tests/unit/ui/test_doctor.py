"""The admin's page of what `stdc doctor` finds."""

import pytest


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Health", "To mend", "What to do", "Look again")),
        ("nl", ("Gezondheid", "Te herstellen", "Wat te doen", "Kijk opnieuw")),
    ],
)
def test_an_admin_sees_what_is_wrong_and_how_to_mend_it(looker, lang, words):
    page = looker.get(f"/doctor?lang={lang}").text

    assert [word for word in words if word not in page] == []
    # Nobody works in this town, and no webhook of ours is in its Mautic.
    assert "worker.alive" in page
    assert "stdc worker" in page


def test_an_admin_finds_it_in_the_menu(looker):
    assert 'href="/doctor"' in looker.get("/").text


def test_a_stranger_is_asked_to_sign_in(stranger):
    assert stranger.get("/doctor").status_code in {302, 401}
