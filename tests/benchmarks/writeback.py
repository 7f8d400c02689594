"""Requests to Mautic per 100 changed contacts, over the look-alike."""

from plugin.bootstrap import now
from plugin.mautic.auth import ClientCredentials
from plugin.mautic.client import Mautic
from plugin.sandbox.mautic.server import MauticSandbox
from tests.benchmarks.row import Row


def measure(*, quick: bool) -> list[Row]:
    contacts = 200 if quick else 2_000
    with MauticSandbox() as sandbox:
        auth = ClientCredentials(
            client_id=sandbox.client_id, client_secret=sandbox.client_secret
        )
        with Mautic(sandbox.url, auth, clock=now) as client:
            made = [
                client.contacts.make({"email": f"b{number}@example.com"})["id"]
                for number in range(contacts)
            ]
            calls = _counted(client)
            results = client.contacts.batch_patch(
                [{"id": one, "city": "Utrecht"} for one in made]
            )
    each = len(calls) / contacts * 100
    assert all(result.ok for result in results)
    return [
        Row(
            promise="Mautic write-back under load",
            must="<= 1 request per 100 changed contacts",
            reached=f"{each:.2f}",
            holds=each <= 1.0,
        )
    ]


def _counted(client: Mautic) -> list[str]:
    """Count requests where they leave, by the session's own hook."""
    calls: list[str] = []
    send = client.session._request

    def counted(method, url, **kwargs):
        calls.append(url)
        return send(method, url, **kwargs)

    client.session._request = counted
    return calls
