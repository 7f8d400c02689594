"""What a sender may get wrong: the tables of the conformance tests."""

import base64
import copy
import hashlib
import hmac
import json
from typing import Any

from tests.support import recordings
from tests.support.door import SECRET
from webhooks import signature

TRIGGER = "mautic.page_on_hit"
DROP = object()


def hit(number: int, **changes: Any) -> dict[str, Any]:
    """Take the recorded hit with another id and these changes to `hit`."""
    item = copy.deepcopy(recordings.trigger("page_on_hit").json()[TRIGGER][0])
    item["hit"] |= {"id": number, **changes}
    item["hit"] = {key: one for key, one in item["hit"].items() if one is not DROP}
    return item


def lead(**changes: Any) -> dict[str, Any]:
    return hit(2)["hit"]["lead"] | changes


def around(odd: Any) -> bytes:
    """Put an item between two good ones, and a good trigger after them."""
    sign_up = recordings.trigger("form_on_submit").json()
    return json.dumps({TRIGGER: [hit(1), odd, hit(3)], **sign_up}).encode()


NEIGHBOURS = ["hit:1", "hit:3", "form:1"]

#: Cannot be read; what must be said of it.
UNREADABLE = {
    "null": (None, "found null"),
    "zero": (0, "found int"),
    "fraction": (1.5, "found float"),
    "text": ("hit", "found str"),
    "boolean": (True, "found bool"),
    "empty-list": ([], "found a list"),
    "list-in-list": ([[]], "found a list"),
    "empty-object": ({}, "the contact's id is not an id"),
    "hit-null": ({"hit": None}, "the contact's id"),
    "hit-empty-list": ({"hit": []}, "the contact's id"),
    "hit-text": ({"hit": "x"}, "hit is not an object but str"),
    "hit-number": ({"hit": 7}, "hit is not an object but int"),
    "hit-list": ({"hit": [1]}, "hit is not an object but a list"),
    "other-trigger": (recordings.trigger("email_on_open").json(), "the contact's id"),
    "id-missing": (hit(2, id=DROP), "hit.id is not an id but None"),
    "id-null": (hit(2, id=None), "hit.id is not an id but None"),
    "id-zero": (hit(2, id=0), "hit.id is not an id but 0"),
    "id-negative": (hit(2, id=-1), "hit.id is not an id but -1"),
    "id-word": (hit(2, id="two"), "hit.id is not an id but 'two'"),
    "id-empty": (hit(2, id=""), "hit.id is not an id"),
    "id-fraction": (hit(2, id=2.5), "hit.id is not an id but 2.5"),
    "id-true": (hit(2, id=True), "hit.id is not an id but True"),
    "id-list": (hit(2, id=[2]), "hit.id is not an id"),
    "id-object": (hit(2, id={"id": 2}), "hit.id is not an id"),
    "id-beyond-any-database": (hit(2, id=2**63), "hit.id is not an id"),
    "id-of-30-digits": (hit(2, id=10**30), "hit.id is not an id"),
    "id-of-30-digits-as-text": (hit(2, id="9" * 30), "hit.id is not an id"),
    "id-other-digits": (hit(2, id="\u0662"), "hit.id is not an id"),
    "id-exponent": (hit(2, id="2e0"), "hit.id is not an id"),
    "id-two-signs": (hit(2, id="--2"), "hit.id is not an id"),
    "lead-missing": (hit(2, lead=DROP), "the contact's id is not an id but None"),
    "lead-null": (hit(2, lead=None), "the contact's id"),
    "lead-empty-list": (hit(2, lead=[]), "the contact's id"),
    "lead-text": (hit(2, lead="x"), "the contact is not an object but str"),
    "lead-number": (hit(2, lead=9), "the contact is not an object but int"),
    "lead-id-null": (hit(2, lead=lead(id=None)), "the contact's id"),
    "lead-id-zero": (hit(2, lead=lead(id=0)), "the contact's id is not an id but 0"),
    "lead-id-word": (hit(2, lead=lead(id="x")), "the contact's id"),
    "lead-id-with-nul": (hit(2, lead=lead(id="\0")), "the contact's id"),
    "page-text": (hit(2, page="x"), "hit.page is not an object but str"),
}

#: Odd, but what happened is clear: it counts.
READABLE = {
    "ids-as-text": hit(2, id="2", lead=lead(id="1")),
    "ids-as-fractions": hit(2, id=2.0, lead=lead(id=1.0)),
    "largest-id": hit(2, lead=lead(id=2**63 - 1)),
    "empty-lists-for-objects": hit(2, page=[], redirect=[], email=[], query=[]),
    "objects-for-lists": hit(2, browserLanguages={}, ipAddress={"ip": 1}),
    "redirect-object": hit(2, redirect={"id": 1}),
    "query-text": hit(2, query="utm_source=x"),
    "query-of-objects": hit(2, query={"utm_source": {"a": 1}, "ct": "x"}),
    "query-nul-name": hit(2, query={"utm_\0": "x"}),
    "email-text": hit(2, email="x", source="email", sourceId="3"),
    "source-object": hit(2, source={"x": 1}),
    "source-id-word": hit(2, source="email", sourceId="x", redirect=[]),
    "url-missing": hit(2, url=DROP, page=None),
    "url-null": hit(2, url=None, page=None),
    "url-number": hit(2, url=5, page=None),
    "url-broken-brackets": hit(2, url="http://[x?utm_source=y", page=None),
    "url-of-a-megabyte": hit(2, url="http://x.example/?q=" + "a" * 1_000_000),
    "url-with-spaces": hit(2, url=" http://x.example/a b "),
    "code-word": hit(2, code="ok"),
    "code-null": hit(2, code=None),
    "nul-in-text": hit(2, urlTitle="a\0b", userAgent="\0", referer="http://x/\0"),
    "half-a-surrogate-pair": hit(2, urlTitle="\ud83d", userAgent="\udc00x"),
    "emoji": hit(2, urlTitle="😀"),
    "right-to-left": hit(2, urlTitle="\u202eabc"),
    "html": hit(2, urlTitle="<script>alert(1)</script>"),
    "sql": hit(2, trackingId="'; DROP TABLE inbox; --"),
    "template": hit(2, urlTitle="{{ 7*7 }} ${x} %s"),
    "date-hit-missing": hit(2, dateHit=DROP),
    "date-hit-null": hit(2, dateHit=None),
    "date-hit-word": hit(2, dateHit="yesterday"),
    "date-hit-number": hit(2, dateHit=1795389905),
    "date-hit-zero-date": hit(2, dateHit="-0001-11-30T00:00:00+00:00"),
    "date-hit-year-0": hit(2, dateHit="0000-00-00 00:00:00"),
    "date-hit-year-1": hit(2, dateHit="0001-01-01T00:00:00+14:00"),
    "date-hit-year-9999": hit(2, dateHit="9999-12-31T23:59:59-14:00"),
    "date-hit-month-13": hit(2, dateHit="2026-13-01T00:00:00+00:00"),
    "date-hit-object": hit(2, dateHit={"date": "2026-11-22"}),
    "timestamp-missing": {"hit": hit(2)["hit"]},
    "timestamp-null": hit(2) | {"timestamp": None},
    "timestamp-word": hit(2) | {"timestamp": "now"},
    "timestamp-list": hit(2) | {"timestamp": []},
    "fields-empty-list": hit(2, lead=lead(fields=[])),
    "fields-null": hit(2, lead=lead(fields=None)),
    "fields-text": hit(2, lead=lead(fields="x")),
    "fields-group-text": hit(2, lead=lead(fields={"core": "x"})),
    "field-without-value": hit(2, lead=lead(fields={"core": {"email": {}}})),
    "field-plain": hit(2, lead=lead(fields={"core": {"email": "a@b.example"}})),
    "field-object-value": hit(
        2, lead=lead(fields={"core": {"email": {"value": {"x": 1}}}})
    ),
    "field-list-value": hit(
        2, lead=lead(fields={"core": {"topics": {"value": ["a", "b", None, 3]}}})
    ),
    "field-nul-alias": hit(2, lead=lead(fields={"core": {"a\0": {"value": "x"}}})),
    "boolean-field-object": hit(
        2, lead=lead(fields={"core": {"b": {"type": "boolean", "value": {"x": []}}}})
    ),
    "tags-text": hit(2, lead=lead(tags="vip")),
    "tags-of-empties": hit(2, lead=lead(tags=[[], {}, None, 7])),
    "dnc-text": hit(2, lead=lead(doNotContact="email")),
    "dnc-of-empties": hit(2, lead=lead(doNotContact=[[], None])),
    "owner-text": hit(2, lead=lead(owner="admin")),
    "owner-id-word": hit(2, lead=lead(owner={"id": "x"})),
    "modified-by-list": hit(2, lead=lead(modifiedByUser=[1])),
    "unknown-keys": hit(2, new_in_mautic_8={"deep": [1, {"er": None}]}),
}

#: The JSON of a value that Python cannot write.
WRITTEN = {
    "nan": b"NaN",
    "infinity": b"Infinity",
    "minus-infinity": b"-Infinity",
    "beyond-double": b"1e400",
    "integer-of-5000-digits": b"9" * 5000,
    "minus-zero": b"-0",
    "null-character": b'"a\\u0000b"',
    "raw-null-character": b'"a\x00b"',
    "raw-newline": b'"a\nb"',
    "raw-control": b'"\x01\x1f"',
    "no-utf-8": b'"caf\xe9 \xff\xfe"',
    "overlong-utf-8": b'"\xc0\xaf"',
    "surrogate-in-utf-8": b'"\xed\xa0\x80"',
    "half-a-surrogate-pair": b'"\\ud800"',
    "byte-order-mark": b'"\xef\xbb\xbf"',
    "nested-500-deep": b"[" * 500 + b"]" * 500,
    "objects-200-deep": b'{"a":' * 200 + b"1" + b"}" * 200,
}

#: No part of it can be read: kept, and parked with this reason.
MALFORMED = {
    "empty": (b"", "not JSON"),
    "blank": (b" \n", "not JSON"),
    "null": (b"null", "not a JSON object but of type NoneType"),
    "true": (b"true", "not a JSON object"),
    "number": (b"1", "not a JSON object"),
    "nan": (b"NaN", "not a JSON object"),
    "text": (b'"mautic"', "not a JSON object"),
    "empty-list": (b"[]", "not a JSON object but of type list"),
    "list": (around(None).replace(b"{", b"[{", 1) + b"]", "not a JSON object"),
    "cut-off": (around(None)[:-20], "not JSON"),
    "twice": (around(None) * 2, "not JSON"),
    "trailing-comma": (b'{"a": [],}', "not JSON"),
    "single-quotes": (b"{'a': []}", "not JSON"),
    "form": (b"email=a%40b.example&contact_id=1", "not JSON"),
    "html": (b"<html>502 Bad Gateway</html>", "not JSON"),
    "php-notice": (b"PHP Notice: x\n" + around(None), "not JSON"),
    "utf-16": (around(None).decode().encode("utf-16"), "not JSON"),
    "binary": (bytes(range(256)), "not JSON"),
    "lists-100000-deep": (b'{"a":' + b"[" * 100_000, "nested too deeply"),
    "objects-100000-deep": (b'{"a":' * 100_000, "nested too deeply"),
    "closed-100000-deep": (
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "nested too deeply",
    ),
}

#: What stands where a trigger's list should -> what is said of it.
NO_ITEMS = {
    "null": (None, "expected a list of items, found null"),
    "text": ("x", "expected a list of items, found str"),
    "number": (3, "expected a list of items, found int"),
    "boolean": (False, "expected a list of items, found bool"),
}

#: What stands in the header of a body that is otherwise right.
FORGED = {
    "empty": "",
    "word": "letmein",
    "wrong-secret": signature.sign(around(None), b"guessed"),
    "empty-key": signature.sign(around(None), b""),
    "of-an-empty-body": signature.sign(b"", SECRET),
    "of-another-body": signature.sign(around(1), SECRET),
    "of-the-body-and-a-newline": signature.sign(around(None) + b"\n", SECRET),
    "hexadecimal": hmac.new(SECRET, around(None), hashlib.sha256).hexdigest(),
    "sha1": base64.b64encode(hmac.digest(SECRET, around(None), "sha1")).decode(),
    "sha512": base64.b64encode(hmac.digest(SECRET, around(None), "sha512")).decode(),
    "no-hmac": base64.b64encode(
        hashlib.sha256(SECRET + around(None)).digest()
    ).decode(),
    "cut": signature.sign(around(None), SECRET)[:-1],
    "without-padding": signature.sign(around(None), SECRET).rstrip("="),
    "twice": signature.sign(around(None), SECRET) * 2,
    "lower-case": signature.sign(around(None), SECRET).lower(),
    "with-prefix": "sha256=" + signature.sign(around(None), SECRET),
    "standard-webhooks": "v1," + signature.sign(around(None), SECRET),
    "quoted": f'"{signature.sign(around(None), SECRET)}"',
    "not-ascii": "é" * 44,
    "the-secret-itself": SECRET.decode(),
    "long": "A" * 8000,
}
