"""PHP's serialized text is read as the package for it reads it, only sooner."""

import phpserialize
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.sources import php

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8")),
)
KEYS = st.one_of(st.integers(0, 1_000), st.text(st.characters(codec="utf-8")))
VALUES = st.recursive(
    SCALARS, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_what_php_writes_is_read_back(value):
    written = phpserialize.dumps(value)
    assert php.loads(written) == phpserialize.loads(written, decode_strings=True)


@given(st.binary(max_size=60) | VALUES.map(phpserialize.dumps), st.data())
def test_anything_else_is_said_to_be_none(data, draw):
    broken = data[: draw.draw(st.integers(0, len(data)))]
    try:
        php.loads(broken)
    except php.Unreadable:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b's:5:"abc";',
        b"s:3:'abc';",
        b'a:1:{i:0;s:1:"a";',
        b"a:2:{i:0;i:1;}",
        b"a:1:{a:0:{}i:1;}",
        b'O:8:"stdClass":0:{}',
        b"R:1;",
        b"i:one;",
        b"a:1:{i:0;" * 200,
    ],
)
def test_what_is_cut_or_no_plain_value_is_refused(data):
    with pytest.raises(php.Unreadable):
        php.loads(data)


def test_lengths_are_in_bytes():
    assert php.loads('s:5:"é🎧"'.replace("5", "6").encode() + b";") == "é🎧"
    assert php.loads(b's:1:"\xff";') == "\ufffd"
