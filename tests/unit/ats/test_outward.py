"""Nothing goes into a private network that the config does not name as such."""

import socket

import pytest
import requests

from plugin.ats import outward
from plugin.ats.base import Retry
from plugin.ats.http import CallFailed, request, send
from plugin.ats.outward import OutwardSession, PrivateAddress, connect, is_public


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse
        ("10.0.0.5", False),
        ("172.16.4.4", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::a00:5", False),
        ("64:ff9b::5db8:d70e", True),
        ("2002:a00:5::1", False),
    ],
)
def test_what_everybody_would_reach_by_it(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "0x7f.1", "2130706433", "[::1]"]
)
def test_a_name_of_a_private_network_is_refused_before_anything_is_sent(
    host, httpserver
):
    url = f"http://{host}:{httpserver.port}/"

    with pytest.raises(PrivateAddress, match="allow_private"):
        OutwardSession().get(url, timeout=2)
    assert httpserver.log == []


def test_where_the_config_means_it_the_call_is_made(httpserver):
    httpserver.expect_request("/").respond_with_data("here")

    answer = OutwardSession(allow_private=True).get(httpserver.url_for("/"), timeout=2)

    assert answer.text == "here"


def test_a_name_that_leads_elsewhere_at_the_second_look_is_refused(
    httpserver, monkeypatch
):
    """DNS rebinding: public when it is looked up, private when it is connected to."""
    monkeypatch.setattr(outward, "_addresses", lambda *_: ["93.184.215.14"])
    httpserver.expect_request("/").respond_with_data("here")

    with pytest.raises(CallFailed) as failed:
        request(
            OutwardSession(),
            "POST",
            httpserver.url_for("/"),
            body=b"{}",
            headers={},
            timeout=(2, 2),
        )

    assert isinstance(failed.value.failure, Retry)
    assert httpserver.log == []


def test_the_outcome_names_address_and_setting(httpserver):
    with pytest.raises(CallFailed) as failed:
        send(OutwardSession(), httpserver.url_for("/"), body=b"", headers={})

    assert isinstance(failed.value.failure, Retry)
    assert "private network" in failed.value.failure.message
    assert "allow_private = true" in failed.value.failure.message


def test_a_name_that_nobody_knows_is_no_private_address():
    with pytest.raises(requests.ConnectionError) as failed:
        OutwardSession().get("http://nobody.invalid/", timeout=2)

    assert not isinstance(failed.value, PrivateAddress)


def test_a_plain_connection_is_looked_at_too(httpserver):
    with pytest.raises(PrivateAddress):
        connect("127.0.0.1", httpserver.port, 2, allow_private=False)
    with connect("127.0.0.1", httpserver.port, 2, allow_private=True) as opened:
        assert opened.getpeername()[1] == httpserver.port


def test_a_plain_connection_is_looked_at_once_more(httpserver, monkeypatch):
    monkeypatch.setattr(outward, "_addresses", lambda *_: ["93.184.215.14"])
    closed = []
    original = socket.socket.close
    monkeypatch.setattr(
        socket.socket, "close", lambda one: (closed.append(one), original(one))
    )

    with pytest.raises(PrivateAddress):
        connect("localhost", httpserver.port, 2, allow_private=False)
    assert closed


def test_every_call_is_counted_before_it_is_made(httpserver):
    httpserver.expect_request("/").respond_with_data("here")
    spent = []
    session = OutwardSession(allow_private=True, spend=lambda: spent.append(1))

    session.get(httpserver.url_for("/"), timeout=2)
    session.post(httpserver.url_for("/"), timeout=2)

    assert len(spent) == 2
