"""We are away for a day while Mautic goes on: what is missing afterwards, by name."""

import json
import random
from contextlib import suppress

import pytest

from plugin.pipeline.hook import watch
from plugin.pipeline.reconcile import reconcile
from plugin.sandbox.mautic.model import KernelError
from tests.e2e.test_processes import free_port
from tests.support.house import open_house

HOURS, PEOPLE = 24, 20
#: What must be there again of what happened.
ENOUGH = 0.999


class Day:
    """A day in the life of some people; the same every time."""

    def __init__(self, house, seed=3):
        self.house, self.chance = house, random.Random(seed)
        self.people = [
            house.visitor(email=f"p{number}@example.com") for number in range(PEOPLE)
        ]

    def hour(self):
        for who in self.people:
            # killing a hook that no user made, Mautic breaks on its own words
            with suppress(KernelError):
                self._act(who)
            self.house.clock.wait(seconds=150)
        self.house.clock.wait(minutes=10)

    def _act(self, who):
        house, mail = self.house, self.house.content["mail-hackathon"]
        match self.chance.randrange(10):
            case 0:
                house.mautic.send_email(mail, who.contact_id)
                house.clock.wait(seconds=30)
                who.open_email(mail)
                who.click_email(mail, f"{house.mautic.url}/hackathon")
            case 1:
                who.download_asset(house.content["whitepaper-soc"])
            case 2:
                who.submit_form(house.content["newsletter"], {"email": self._mine(who)})
            case 3:
                house.sign_up(who, self._mine(who))
            case 4:
                who.watch_video("https://v.example/1", seconds=60, duration=90)
            case _:
                who.visit_page("podcast-zero-trust")

    def _mine(self, who):
        return f"p{self.people.index(who)}@example.com"


@pytest.fixture(params=["immediate", "queue"])
def is_queued(request):
    return request.param == "queue"


def events(house):
    """Map the key of every event that is known to its type."""
    found = {}
    for line in house.dump():
        row = json.loads(line)
        if row[0] == "event":
            found[row[1]] = row[3]
    return found


def begin(house):
    house.set_up()
    house.furnish()
    house.subscribe()
    day = Day(house)
    house.mautic.process()
    house.work()
    reconcile(house.parts)
    house.clock.wait(minutes=1)
    return day


def finish(house):
    watch(house.parts)
    house.mautic.process()
    reconcile(house.parts)
    house.work()


def live(house, day):
    for _ in range(HOURS):
        day.hour()
        house.mautic.process()


def be_away(house, how):
    """Let nobody listen at our address, or a proxy that answers 502 for us."""
    (hook,) = house.mautic.state.tables["hooks"].values()
    ours = hook["webhookUrl"]
    if how == "refused":
        hook["webhookUrl"] = f"http://127.0.0.1:{free_port()}/webhooks/mautic"
    else:
        hook["webhookUrl"] = f"{house.mautic.url}/nowhere"
    return lambda: hook.update(webhookUrl=ours)


@pytest.mark.parametrize("how", ["refused", "answered-by-somebody-else"])
def test_after_a_day_away_all_is_there_or_named(tmp_path, is_queued, how):
    with open_house(tmp_path / "heard", queue_mode=is_queued) as heard:
        live(heard, begin(heard))
        finish(heard)
        everything = events(heard)
    with open_house(tmp_path / "away", queue_mode=is_queued) as away:
        day = begin(away)
        before = events(away)
        come_back = be_away(away, how)
        live(away, day)
        assert events(away) == before
        come_back()
        finish(away)
        known = events(away)
        again = reconcile(away.parts)

    happened = everything.keys() - before.keys()
    missing = {key: everything[key] for key in happened - known.keys()}
    assert len(happened) > HOURS * PEOPLE
    assert len(missing) <= (1 - ENOUGH) * len(happened), missing
    assert known.keys() <= everything.keys()
    assert again.healed == {}
