"""Content, links, marks, what is owned, the audit, views and the dump."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.content.match import CatalogueItem
from plugin.errors import StdcError
from plugin.store import Link, OutboxWrite, Owned, open_store, upgrade
from plugin.store.columns import compact, read_json
from tests.contract.store.test_history import hit
from tests.contract.store.units import undone
from webhooks.events import ContentKind

AT = datetime(2025, 11, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def unit(store):
    with store.unit() as unit:
        yield unit


def page(number, **more):
    values = {
        "kind": ContentKind.PAGE,
        "id": number,
        "name": f"Page {number}",
        "category": None,
        "url": None,
        "language": "nl",
        "published": True,
    }
    return CatalogueItem(**{**values, **more})


def link(**more):
    values = {
        "connection": "odoo",
        "contact_id": 1,
        "person_id": 1,
        "ref": "r1",
        "url": "https://ats/1",
        "status": "new",
        "marker": "mautic:x:1",
        "handed_over_at": AT,
        "updated_at": AT,
    }
    return Link(**{**values, **more})


def test_content_is_replaced_per_kind_and_says_what_changed(unit):
    mail = page("1", kind=ContentKind.EMAIL, category="think")
    kinds = ContentKind.PAGE, ContentKind.EMAIL
    assert unit.content.replace(kinds[0], [page("1"), page("2")], AT) == {"1", "2"}
    assert unit.content.replace(kinds[1], [mail], AT) == {"1"}
    assert unit.content.replace(kinds[0], [page("1"), page("2")], AT) == set()

    renamed = page("2", name="Renamed", published=False)
    assert unit.content.replace(kinds[0], [renamed, page("3")], AT) == {"1", "2", "3"}

    assert unit.content.all() == [mail, renamed, page("3")]


def test_content_the_catalogue_lacks_is_named(unit):
    unit.content.replace(ContentKind.PAGE, [page("1")], AT)
    named = {(ContentKind.PAGE, "1"), (ContentKind.FORM, "1"), (ContentKind.PAGE, "9")}

    assert unit.content.missing(named) == named - {(ContentKind.PAGE, "1")}
    assert unit.content.missing(set()) == set()


def test_a_link_is_kept_found_and_replaced(unit):
    unit.people.person_of(1, AT)
    unit.links.put(link())
    changed = replace(link(), status="hired", updated_at=AT + timedelta(days=1))
    unit.links.put(changed)

    assert unit.links.get("odoo", 1) == changed
    assert unit.links.get("other", 1) is None
    assert unit.links.by_ref("odoo", "r1") == changed
    assert unit.links.by_ref("odoo", "r2") is None
    assert unit.links.of_person(1) == [changed]
    assert unit.links.of_people([1, 2]) == {1: [changed]}
    assert unit.links.list(status="hired") == [changed]
    assert unit.links.list(status="new") == []
    assert unit.links.list(connection="other") == []


def test_a_link_follows_the_person_there_and_back(unit):
    unit.people.persons_of([1, 2], AT)
    unit.links.put(link())
    later = link(contact_id=2, ref="r2", handed_over_at=AT + timedelta(hours=1))
    unit.links.put(later)

    unit.people.merge(1, 2, AT, "why")

    mine = unit.links.of_person(2)
    assert [(one.contact_id, one.person_id, one.ref) for one in mine] == [
        (1, 2, "r1"),
        (2, 2, "r2"),
    ]
    assert unit.links.get("odoo", 2).ref == "r1"
    assert unit.links.by_ref("odoo", "r1").person_id == 2

    unit.people.unmerge(1, AT + timedelta(days=1), "wrong")
    assert unit.links.by_ref("odoo", "r1").person_id == 1


def test_a_link_of_a_contact_nobody_heard_of_is_not_lost(unit):
    unit.links.put(link(contact_id=77, person_id=77))

    assert unit.links.by_ref("odoo", "r1").person_id == 77


def test_marks_keep_any_json(unit):
    assert unit.marks.get("page_hits") is None

    for value in (17, {"token": "é", "n": [1, None]}, False, ""):
        unit.marks.put("page_hits", value)
        assert unit.marks.get("page_hits") == value
    unit.marks.put("page_hits", None)
    assert unit.marks.get("page_hits") is None


def test_what_is_owned_is_kept_replaced_and_let_go(unit):
    unit.owned.put("segment", "stdc-do", 4, "f1")
    unit.owned.put("segment", "stdc-do", 5, "f2")
    unit.owned.put("field", "stdc_phase", 6, "f3")

    do = Owned(kind="segment", key="stdc-do", remote_id=5, fingerprint="f2")
    assert unit.owned.get("segment", "stdc-do") == do
    assert [one.kind for one in unit.owned.list()] == ["field", "segment"]
    assert unit.owned.list("segment") == [do]
    assert unit.owned.ids("segment") == {"stdc-do": 5}
    unit.owned.delete("segment", "stdc-do")
    assert unit.owned.get("segment", "stdc-do") is None


def test_the_audit_is_read_newest_first_and_page_by_page(unit):
    for n in range(4):
        unit.audit.add(AT, "admin", "write.replayed", f"write:{n % 2}", {"n": n})

    newest = unit.audit.list(limit=2)
    older = unit.audit.list(before=newest[-1].id)

    assert [entry.detail["n"] for entry in newest + older] == [3, 2, 1, 0]
    assert [entry.detail["n"] for entry in unit.audit.list(subject="write:1")] == [3, 1]
    assert (newest[0].at, newest[0].actor) == (AT, "admin")


def test_a_unit_that_fails_leaves_nothing(store):
    with undone(store) as unit:
        unit.marks.put("a", 1)

    with store.view() as view:
        assert view.marks.get("a") is None


def test_a_view_cannot_write(store):
    with pytest.raises(StdcError, match=r"(?i)read-?only"), store.view() as view:
        view.marks.put("a", 1)
    with store.unit() as unit:
        unit.marks.put("a", 1)


def play(store, steps, *, at=AT):
    with store.unit() as unit:
        for step in steps:
            step(unit, at)


def arrive(number, contact_id):
    def step(unit, at):
        unit.history.append([hit(f"hit:{number}", contact_id)], at)
        unit.people.person_of(contact_id, at)

    return step


def want(key, fields, supersedes=None):
    def step(unit, at):
        unit.outbox.put(
            OutboxWrite(
                destination="mautic",
                kind="contact",
                person_id=1,
                payload={"fields": fields},
                key=f"{key}:{at}" if supersedes else key,
                supersedes=supersedes,
            )
        )

    return step


def join(unit, at):
    unit.people.merge(2, 1, at, "why")


STORY = [
    arrive(1, 1),
    arrive(2, 2),
    want("old", {"phase": "see"}, "contact:1"),
    join,
    want("note", {}),
]
LAST = want("new", {"phase": "do"}, "contact:1")


def other_store(url, tmp_path, clock):
    upgrade(f"sqlite:///{tmp_path}/other.db")
    return open_store(f"sqlite:///{tmp_path}/other.db", clock=clock)


def test_stores_that_came_to_the_same_dump_the_same_bytes(store, url, tmp_path, clock):
    """In another order, twice, at another time, and on another database."""
    other = other_store(url, tmp_path, clock)
    play(store, [*STORY, LAST])
    clock.tick(1000)
    play(other, [*reversed(STORY), *STORY, LAST], at=AT + timedelta(days=1))
    with other.unit() as unit:
        items = unit.outbox.claim("mautic", 1, clock(), 60)
        unit.outbox.done(items, clock())

    assert store.dump_state() == other.dump_state()
    assert b'"phase":"do"' in store.dump_state()
    assert b'"phase":"see"' not in store.dump_state()
    other.close()


#: Each step but the wish that `LAST` overtakes.
MATTERS = [n for n in range(len(STORY) + 1) if n != 2]


@pytest.mark.parametrize("left_out", MATTERS)
def test_stores_that_differ_in_anything_dump_other_bytes(
    store, url, tmp_path, clock, left_out
):
    whole = [*STORY, LAST]
    other = other_store(url, tmp_path, clock)
    play(store, whole)
    play(other, whole[:left_out] + whole[left_out + 1 :])

    assert store.dump_state() != other.dump_state()
    other.close()


@given(st.dictionaries(st.text(), st.text(alphabet=st.characters(codec="utf-8"))))
def test_json_is_ascii_and_reads_back(value):
    written = compact(value)

    assert written.isascii()
    assert json.loads(written) == value == read_json(written)
    assert written.replace("\x7f", "\\u007f") == json.dumps(
        value, separators=(",", ":"), sort_keys=True
    )
