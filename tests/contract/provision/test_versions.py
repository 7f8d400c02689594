"""What each version of Mautic can do decides what is made there, not its number."""

import pytest

from plugin.mautic.auth import ClientCredentials
from plugin.mautic.client import Mautic
from plugin.provision import render
from plugin.provision.apply import Outcome, apply
from plugin.provision.available import Features, available
from plugin.provision.desired import TRIGGERS, desired
from plugin.provision.destroy import destroy, removals, survey
from plugin.provision.features import features
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import Key, Kind, MemoryOwned
from plugin.sandbox.mautic.server import MauticSandbox
from tests.golden.build import shipped

from .conftest import NOW

REPORT = Key(Kind.REPORT, "funnel")
HOOK = Key(Kind.HOOK, "hook")


@pytest.fixture(params=["4.4.13", "5.0.4", "5.1.1", "5.2.4", "6.0.3", "7.0.0"])
def version(request):
    return request.param


@pytest.fixture
def sandbox(version):
    with MauticSandbox(clock=lambda: NOW, version=version) as running:
        yield running


@pytest.fixture
def mautic(sandbox):
    auth = ClientCredentials(
        client_id=sandbox.client_id, client_secret=sandbox.client_secret
    )
    with Mautic(sandbox.url, auth, clock=lambda: NOW) as client:
        yield client


def whole():
    return desired(
        shipped(), webhook_url="https://stdc.example/hook", webhook_secret="x" * 16
    )


def see(mautic, owned):
    wanted, missing = available(whole(), features(mautic))
    return plan(wanted, read(mautic, wanted, owned), owned, missing)


def test_everything_it_can_have_is_made_and_a_second_plan_is_empty(mautic, version):
    owned = MemoryOwned()
    results = list(apply(see(mautic, owned), mautic, owned))

    assert [one.message for one in results if one.outcome is not Outcome.DONE] == []
    again = see(mautic, owned)
    assert again.is_empty
    assert mautic.version == version
    has_reports = version >= "5.2"
    assert [one.key for one in again.missing] == ([] if has_reports else [REPORT])
    if not has_reports:
        told = render.as_text(again)
        assert f"Mautic {version} makes no reports over its API. By hand:" in told
        assert "STDC funnel" in told


def test_everything_is_taken_away_again(mautic, version):
    owned = MemoryOwned()
    list(apply(see(mautic, owned), mautic, owned))

    results = list(destroy(removals(survey(mautic, whole(), owned)), mautic, owned))

    assert {one.message for one in results} == {""}
    assert list(owned.list()) == []
    assert list(mautic.reports.everything()) == []


def known(**changes):
    values = {"version": "9.9", "triggers": TRIGGERS, "can_make_reports": True}
    return Features(**(values | changes))


def test_a_report_that_somebody_made_by_hand_is_no_more_told():
    narrowed, missing = available(
        whole(), known(can_make_reports=False, reports={"STDC funnel"})
    )

    assert REPORT not in narrowed
    assert missing == ()


def test_a_trigger_that_is_not_offered_is_left_out_and_told():
    rest = sorted(set(TRIGGERS) - {"mautic.email_on_send"})

    narrowed, (missing,) = available(whole(), known(triggers=rest))

    assert narrowed[HOOK].attributes["triggers"] == rest
    assert "Mautic 9.9 has no trigger mautic.email_on_send" in missing.message


@pytest.mark.parametrize("version", ["4.4.13", "5.0.4"], indirect=True)
def test_the_look_alike_knows_what_came_later(mautic, version):
    asked = features(mautic)

    assert ("mautic.lead_list_change" in asked.triggers) == (version >= "5")
    long = {"label": "L", "alias": "long", "type": "text"}
    mautic.fields.make(long)
    made = mautic.contacts.make({"email": "l@x.example", "long": "x" * 100})
    assert mautic.contacts.get(made["id"])["fields"]["all"]["long"] == "x" * 100


@pytest.mark.parametrize("version", ["5.2.4"], indirect=True)
def test_a_report_is_found_again_and_put_right(mautic):
    owned = MemoryOwned()
    list(apply(see(mautic, owned), mautic, owned))
    (report,) = mautic.reports.everything()
    mautic.reports.change(report["id"], {"name": "Trechter", "columns": []})

    (change,) = see(mautic, owned).changes
    list(apply(see(mautic, owned), mautic, owned))

    assert change.key == REPORT
    (after,) = mautic.reports.everything()
    assert (after["id"], after["name"]) == (report["id"], "STDC funnel")
    assert after["columns"] == ["l.stdc_phase"]
    assert after["aggregators"] == [{"function": "COUNT", "column": "l.id"}]
