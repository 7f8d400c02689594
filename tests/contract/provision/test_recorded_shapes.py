"""What our client sends and takes to set Mautic up, held against the recordings."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from plugin.provision.apply import Outcome, apply
from plugin.provision.available import available
from plugin.provision.desired import desired
from plugin.provision.destroy import destroy, removals, survey
from plugin.provision.features import features
from plugin.provision.plan import plan
from plugin.provision.read import read
from plugin.provision.resources import MemoryOwned
from tests.contract.mautic.recordings import FIXTURES, Exchange, differences
from tests.contract.mautic.recordings import read as recording
from tests.golden.build import shipped

#: What we ask and nobody recorded: reading one thing by its id and deleting one are
#: recorded of a campaign, an e-mail and a hook, and are one route for all in Mautic.
#: For the rest there is its source alone.
UNRECORDED = {
    *(f"GET /api/{one}/N" for one in ("categories", "fields/contact", "segments")),
    *(f"GET /api/{one}/N" for one in ("stages", "tags")),
    *(f"DELETE /api/{one}/N/delete" for one in ("campaigns", "categories", "emails")),
    *(f"DELETE /api/{one}/N/delete" for one in ("fields/contact", "segments")),
    *(f"DELETE /api/{one}/N/delete" for one in ("stages", "tags")),
    "POST /api/categories/new",
    "GET /api/reports",
    "GET /api/focus",
    "GET /api/dynamiccontents",
}

#: What we send and no recorded request or answer names: 5.1 knows a field's limit and
#: does not tell it.
UNTOLD = {"POST /api/fields/contact/new": {"charLengthLimit"}}


class Listening:
    """A session that remembers every exchange."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.heard: list[tuple[str, Any, Any]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._session, name)
        if name not in {"get", "post", "put", "patch", "delete"}:
            return method

        def call(url: str, data: Any = None, **more: Any) -> Any:
            answer = (
                method(url, **more) if data is None else method(url, data=data, **more)
            )
            path = re.sub(r"\d+", "N", url.partition("/api/")[2].partition("?")[0])
            self.heard.append((f"{name.upper()} /api/{path}", data, answer.json()))
            return answer

        return call


@pytest.fixture(scope="module")
def recorded():
    found = defaultdict(list)
    for path in sorted((FIXTURES / "mautic_api").rglob("*.json")):
        one = recording(path)
        bare = re.sub(r"\d+", "N", one.path.partition("?")[0])
        if one.status < 300:
            found[f"{one.method} {bare}"].append(one)
    return found


@pytest.fixture
def heard(mautic):
    mautic.session = listening = Listening(mautic.session)
    owned = MemoryOwned()
    wanted, missing = available(
        desired(
            shipped(), webhook_url="https://stdc.example/hook", webhook_secret="x" * 16
        ),
        features(mautic),
    )
    made = plan(wanted, read(mautic, wanted, owned), owned, missing)
    results = list(apply(made, mautic, owned))
    assert all(one.outcome is Outcome.DONE for one in results)
    list(destroy(removals(survey(mautic, wanted, owned)), mautic, owned))
    return listening.heard


def sent(one: Exchange) -> set[str]:
    """Name what a recorded request says and its answer shows: Mautic takes both."""
    try:
        asked = json.loads(one.body)
    except ValueError:
        asked = None
    (item,) = [*one.answer.values()][:1]
    named = [each for each in (asked, item) if isinstance(each, dict)]
    return {key for each in named for key in each}


def shape(answer: Any, *, empty: tuple[Any, ...] = ()) -> Any:
    """Leave out what differs by what it is about, and what is `empty`."""
    if isinstance(answer, dict):
        return {
            key: shape(one, empty=empty)
            for key, one in answer.items()
            if key != "properties" and one not in empty
        }
    if isinstance(answer, list):
        return [shape(one, empty=empty) for one in answer]
    return answer


def test_there_is_a_recording_of_all_that_we_ask(heard, recorded):
    asked = {what for what, _, _ in heard}

    assert asked - recorded.keys() == UNRECORDED
    assert len(asked & recorded.keys()) > 20


def test_every_answer_that_we_take_has_a_recorded_shape(heard, recorded):
    for what, _, answer in heard:
        if what in recorded:
            found = [
                [
                    one
                    for one in differences(
                        shape(answer, empty=([], {})), shape(one.answer)
                    )
                    if not one.endswith(": missing")
                ]
                for one in recorded[what]
            ]
            assert [] in found, (what, min(found, key=len))


def test_all_that_we_send_is_recorded(heard, recorded):
    for what, data, _ in heard:
        if isinstance(data, dict) and what in recorded:
            known = set().union(*map(sent, recorded[what]))
            assert data.keys() - known == set() or (
                data.keys() - known <= UNTOLD.get(what, set())
            ), what
