"""Requests to Mautic per 100 changed contacts: inbox to look-alike, counted."""

import tempfile
from pathlib import Path

from tests.benchmarks.pipeline import of_hits
from tests.benchmarks.row import Row
from tests.support.house import House, open_house


def measure(*, quick: bool) -> list[Row]:
    contacts = 200 if quick else 2_000
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder)) as house:
        made = [
            house.parts.mautic.contacts.make({"email": f"b{one}@example.com"})["id"]
            for one in range(contacts)
        ]
        house.parts.store.inbox.accept_many(
            list(of_hits((900_000 + one, one) for one in made))
        )
        house.process()
        calls = _counted(house)
        house.deliver()
        writes = [one for one in calls if "/contacts/batch/" in one]
        with house.parts.store.view() as unit:
            states = unit.people.states(made).values()
    assert all(one.written == one.wanted for one in states)
    each = len(writes) / contacts * 100
    others = len(calls) - len(writes)
    return [
        Row(
            promise="Mautic write-back under load",
            must="<= 1 request per 100 changed contacts",
            reached=f"{each:.2f} ({contacts:,} contacts; {others} reads beside them)",
            holds=each <= 1.0,
        )
    ]


def _counted(house: House) -> list[str]:
    """Count requests where they leave, by the session's own method."""
    calls: list[str] = []
    session = house.parts.mautic.session
    send = session._request

    def counted(method, url, **kwargs):
        calls.append(url)
        return send(method, url, **kwargs)

    session._request = counted
    return calls
