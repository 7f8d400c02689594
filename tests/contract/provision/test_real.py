"""Everything made, found right, and taken away; over a real Mautic too.

Give one as for the rest of the contract (tests/contract/mautic/conftest.py). What
is there already stays: a Mautic in which our names are taken is left alone.
"""

import os

import pytest

from plugin.mautic.auth import BasicAuth
from plugin.mautic.client import Mautic
from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.available import available
from plugin.provision.desired import desired
from plugin.provision.destroy import destroy, removals, survey
from plugin.provision.features import features
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import MemoryOwned
from plugin.sandbox.mautic.server import MauticSandbox
from tests.contract.mautic.conftest import IS_REAL_GIVEN, NAMES
from tests.golden.build import shipped

from .conftest import NOW

WANTED = desired(
    shipped(), webhook_url="https://stdc.example/hook", webhook_secret="x" * 16
)


@pytest.fixture(params=["look-alike", "real"] if IS_REAL_GIVEN else ["look-alike"])
def mautic(request):
    if request.param == "real":
        url, user, password = (os.environ[name] for name in NAMES)
        with _client(url, user, password) as client:
            yield client
        return
    with (
        MauticSandbox(clock=lambda: NOW) as running,
        _client(running.url, running.username, running.password) as client,
    ):
        yield client


def _client(url, user, password):
    auth = BasicAuth(username=user, password=password)
    return Mautic(url, auth, clock=lambda: NOW)


def see(mautic, owned):
    wanted, missing = available(WANTED, features(mautic))
    return plan(wanted, read(mautic, wanted, owned), owned, missing)


def test_made_found_right_and_taken_away_again(mautic):
    owned = MemoryOwned()
    first = see(mautic, owned)
    if first.problems or first.standing:
        pytest.skip("something of our names is there already")
    try:
        results = list(apply(first, mautic, owned))
        assert [one.message for one in results if one.outcome is not Outcome.DONE] == []
        assert see(mautic, owned).is_empty
        assert see(mautic, MemoryOwned()).is_empty, render.as_text(first)
    finally:
        taken = list(destroy(removals(survey(mautic, WANTED, owned)), mautic, owned))

    assert {one.message for one in taken} == {""}
    assert see(mautic, owned).standing == 0
