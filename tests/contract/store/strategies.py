"""Events as hypothesis draws them."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from webhooks.events import ContentKind, ContentRef, Event, EventType

START = datetime(2025, 1, 1, tzinfo=UTC)

#: Any text at all, with what JSON can spell and databases refuse.
texts = st.text(st.characters(exclude_categories=[]), max_size=8)
moments = st.integers(0, 10**12).map(lambda n: START + timedelta(microseconds=n))
#: Whole numbers as the door reads them: larger ones are read as a float there.
numbers = st.integers(-(2**63), 2**64 - 1)
refs = st.none() | st.builds(
    ContentRef,
    kind=st.sampled_from(ContentKind),
    id=st.none() | st.integers(1, 5).map(str),
    name=texts,
    url=st.none() | texts.filter(bool),
)


#: Events of a few contacts, with keys that may come twice.
events = st.builds(
    Event,
    key=st.integers(0, 30).map("hit:{}".format),
    type=st.sampled_from(EventType),
    contact_id=st.none() | st.integers(1, 4),
    occurred_at=moments,
    content=refs,
    via=refs,
    utm=st.dictionaries(texts, texts, max_size=2),
    data=st.dictionaries(texts, numbers | texts, max_size=2),
)
