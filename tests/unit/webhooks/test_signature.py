"""Only who knows a secret gets in, whatever they put into the header."""

import base64
import hashlib
import hmac
import json

import pytest

from tests.support import recordings
from webhooks import signature
from webhooks.errors import InvalidSignature
from webhooks.sources.mautic import MauticSource

BODY = b'{"mautic.page_on_hit":[{"hit":{"url":"https:\\/\\/caf\\u00e9.example"}}]}'
SIGNED = [
    one for one in recordings.of_the_hook() if one.name not in recordings.OTHER_HOOKS
]


def test_a_signature_is_base64_of_hmac_sha256():
    digest = hmac.new(b"secret", BODY, hashlib.sha256).digest()

    assert signature.sign(BODY, b"secret") == base64.b64encode(digest).decode()


@pytest.mark.parametrize("recorded", SIGNED, ids=lambda one: one.name)
def test_every_recorded_delivery_verifies_over_its_raw_bytes(recorded):
    MauticSource([recordings.SECRET]).verify(recorded.body, recorded.headers)


@pytest.mark.parametrize("recorded", SIGNED[:20], ids=lambda one: one.name)
def test_reading_and_writing_the_body_again_breaks_the_signature(recorded):
    rewritten = json.dumps(recorded.json()).encode()

    with pytest.raises(InvalidSignature):
        MauticSource([recordings.SECRET]).verify(rewritten, recorded.headers)


def test_the_other_hooks_of_the_same_mautic_do_not_verify():
    others = [
        one for one in recordings.sequence() if one.name in recordings.OTHER_HOOKS
    ]

    assert len(others) == 7
    for recorded in others:
        with pytest.raises(InvalidSignature, match="none of the configured"):
            MauticSource([recordings.SECRET]).verify(recorded.body, recorded.headers)


@pytest.mark.parametrize("secrets", [[b"old", b"new"], [b"new", b"old"], [b"new"]])
def test_any_of_several_secrets_will_do(secrets):
    signature.verify(BODY, signature.sign(BODY, b"new"), secrets)


def test_a_secret_that_was_taken_out_no_longer_works():
    with pytest.raises(InvalidSignature):
        signature.verify(BODY, signature.sign(BODY, b"old"), [b"new"])


@pytest.mark.parametrize("secrets", [[], [b""], [b"", b""]])
def test_without_a_secret_nothing_verifies_not_even_an_empty_key(secrets):
    with pytest.raises(InvalidSignature, match="no webhook secret"):
        signature.verify(BODY, signature.sign(BODY, b""), secrets)


def test_an_empty_secret_beside_a_good_one_lets_nobody_in():
    with pytest.raises(InvalidSignature):
        signature.verify(BODY, signature.sign(BODY, b""), [b"good", b""])


@pytest.mark.parametrize("secrets", [[], [b""], [b"good", b""]])
def test_a_source_is_not_made_with_an_empty_secret(secrets):
    with pytest.raises(ValueError, match="secret is missing or empty"):
        MauticSource(secrets)


def test_a_source_does_not_show_its_secrets():
    assert "good" not in repr(MauticSource([b"good"]))


@pytest.mark.parametrize("headers", [{}, {"Webhook-Signature": ""}])
def test_a_missing_header_is_said_to_be_missing(headers):
    with pytest.raises(InvalidSignature, match="missing"):
        MauticSource([b"secret"]).verify(BODY, headers)


@pytest.mark.parametrize("name", ["Webhook-Signature", "webhook-signature"])
def test_the_header_is_found_in_any_case(name):
    MauticSource([b"secret"]).verify(BODY, {name: signature.sign(BODY, b"secret")})


@pytest.mark.parametrize("odd", ["é", "\ud800", "\x00", "😀" * 50, " ", "=" * 10_000])
def test_no_header_crashes_the_check(odd):
    with pytest.raises(InvalidSignature):
        signature.verify(BODY, odd, [b"secret"])
