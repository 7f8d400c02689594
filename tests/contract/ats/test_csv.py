"""Files: whole or not there, never a formula, never twice, and no row lost."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paramiko
import pytest

from plugin.ats.base import (
    AuthBroken,
    MatchKeys,
    Ok,
    Permanent,
    Retry,
    StageKind,
    TargetIntent,
)
from plugin.ats.csv_drop import Folder, Sftp, fingerprint
from plugin.ats.csv_files import CsvConnector
from plugin.ats.csv_rows import guarded
from plugin.sandbox.files.server import SftpSandbox
from tests.contract.ats.conftest import CsvAts, open_csv


@pytest.fixture(params=["csv-folder", "csv-sftp"])
def files(request: pytest.FixtureRequest) -> Iterator[CsvAts]:
    with open_csv(request.param) as opened:
        yield opened


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpSandbox]:
    with SftpSandbox(tmp_path) as opened:
        yield opened


def hand_over(files: CsvAts, **values: Any) -> str:
    created = files.connector.create(
        files.draft(**values), TargetIntent(), op_id=files.run
    )
    assert isinstance(created, Ok), created
    return created.value.id


def statuses(files: CsvAts, cursor: str | None) -> tuple[list[Any], str]:
    page = files.connector.changes(cursor)
    assert isinstance(page, Ok), page
    told = [(one.ref.id, one.stage_kind) for one in page.value.snapshots]
    return told, page.value.cursor


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(files: CsvAts, start: str) -> None:
    ref = hand_over(files, name=f"{start}HYPERLINK(1)", fields={"=x": f"{start}y"})

    files.work()

    (row,) = files.importer.of(ref)
    assert row["name"] == f"'{start}HYPERLINK(1)"
    assert row["'=x"] == f"'{start}y"


def test_a_cell_that_is_none_stays_as_it_is() -> None:
    assert guarded("Jan-Piet = 1") == "Jan-Piet = 1"


def test_quotes_lines_and_delimiters_come_through(files: CsvAts) -> None:
    note = 'Zegt: "ja"; graag\nen snel'

    ref = hand_over(files, note=note, name="Zoë d'Añasco; jr.")

    files.work()
    (row,) = files.importer.of(ref)
    assert (row["note"], row["name"]) == (note, "Zoë d'Añasco; jr.")


def test_only_whole_files_stand_where_the_importer_looks(files: CsvAts) -> None:
    hand_over(files)

    (path,) = (files.root / "candidates").iterdir()
    assert path.suffix == ".csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrow_id;action;marker;")
    assert list(files.root.rglob("*.part")) == []


def test_a_repeat_after_the_file_was_taken_makes_no_second(files: CsvAts) -> None:
    draft = files.draft()
    for _ in range(2):
        files.connector.create(draft, TargetIntent(), op_id="one-wish")
        files.work()

    assert len(files.people(draft)) == 1


def test_the_ledger_holds_nobody_s_data(files: CsvAts) -> None:
    draft = files.draft()
    files.connector.create(draft, TargetIntent(), op_id="x")
    files.work()

    kept = b"".join(one.read_bytes() for one in (files.root / "stdc").iterdir())
    names = " ".join(one.name for one in (files.root / "stdc").iterdir())
    assert draft.name.encode() not in kept
    assert (draft.email or "").lower().encode() not in kept.lower() + names.encode()


def test_other_encodings_are_written_or_refused_never_garbled(tmp_path: Path) -> None:
    connector = CsvConnector(
        Folder(tmp_path), clock=_noon, delimiter=",", encoding="cp1252"
    )
    files = CsvAts(Folder(tmp_path), tmp_path, None)

    done = connector.create(files.draft(name="Zoë"), TargetIntent(), op_id="1")
    refused = connector.create(files.draft(name="Łukasz"), TargetIntent(), op_id="2")

    assert isinstance(done, Ok)
    assert isinstance(refused, Permanent)
    (path,) = (tmp_path / "candidates").iterdir()
    with path.open(encoding="cp1252", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["name"] == "Zoë"


def test_hires_rejections_and_ends_come_back_in_order(files: CsvAts) -> None:
    ref = hand_over(files)
    files.work()
    _, cursor = statuses(files, None)

    files.importer.tell(ref, "Aangenomen", "01-11-2026")
    files.importer.tell(ref, "einde", "2026-11-20T09:00:00+01:00")
    told, cursor = statuses(files, cursor)

    assert told == [(ref, StageKind.HIRED), (ref, StageKind.ENDED)]
    files.importer.tell(ref, "rejected")
    assert statuses(files, cursor)[0] == [(ref, StageKind.REJECTED)]
    last = files.connector.fetch([ref, "nobody"])
    assert [one.stage_kind for one in last.value] == [StageKind.REJECTED]


def test_deletions_are_told_as_such(files: CsvAts) -> None:
    ref = hand_over(files)
    files.work()
    start = files.connector.changes(None).value

    files.importer.tell(ref, "verwijderd")

    (snapshot,) = files.connector.changes(start.cursor).value.snapshots
    assert (snapshot.is_deleted, snapshot.stage_kind) == (True, StageKind.WITHDRAWN)


def test_an_address_alone_tells_whose_row_it_is(files: CsvAts) -> None:
    draft = files.draft()
    hand_over(files, marker=draft.marker, email=draft.email)
    files.work()
    _, cursor = statuses(files, None)

    files.importer.tell("", "hired", email=(draft.email or "").upper())

    assert statuses(files, cursor)[0] == [(draft.marker, StageKind.HIRED)]


def test_bad_rows_are_told_by_line_and_cost_no_other(files: CsvAts) -> None:
    ref = hand_over(files)
    files.work()
    _, cursor = statuses(files, None)
    for line in (
        f"{ref};;hird;2026-11-01\r\n",
        ";;hired;2026-11-01\r\n",
        f"{ref};;hired;31-31-2026\r\n",
        f"{ref};;hired;2099-01-01\r\n",
        ";stranger@example.nl;hired;\r\n",
        f"{ref};;hired;2026-11-01;;too;many\r\n",
        f"{ref};;hired;2026-11-01\r\n",
    ):
        files.importer.write(line)

    told, _ = statuses(files, cursor)

    assert told == [(ref, StageKind.HIRED)]
    (report,) = (files.root / "status-unread").iterdir()
    with report.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [row["line"] for row in rows] == ["3", "4", "5", "6", "7", "8"]
    assert "'hird'" in rows[0]["why"]
    assert "2099" in rows[3]["why"]


def test_a_line_that_is_still_being_written_waits(files: CsvAts) -> None:
    ref = hand_over(files)
    files.work()
    _, cursor = statuses(files, None)

    files.importer.write(f"{ref};;hire")
    told, cursor = statuses(files, cursor)
    assert told == []
    files.importer.write("d;")
    told, cursor = statuses(files, cursor)
    assert told == []
    told, cursor = statuses(files, cursor)
    assert told == [(ref, StageKind.HIRED)], "nothing came any more"
    assert statuses(files, cursor)[0] == []


def test_a_file_that_was_replaced_is_read_anew(files: CsvAts) -> None:
    ref = hand_over(files)
    files.work()
    _, cursor = statuses(files, None)

    path = files.root / "status" / "status.csv"
    path.write_text(f"Status,Marker\nhired,{ref}\n")

    assert statuses(files, cursor)[0] == [(ref, StageKind.HIRED)]


def test_a_file_without_its_columns_is_reported(files: CsvAts) -> None:
    (files.root / "status").mkdir(exist_ok=True)
    _, cursor = statuses(files, None)
    (files.root / "status" / "odd.csv").write_text("who;what\nx;hired\n")

    assert statuses(files, cursor)[0] == []
    (report,) = (files.root / "status-unread").iterdir()
    assert "no column 'status'" in report.read_text(encoding="utf-8-sig")


def test_another_host_key_is_refused_before_the_password(server: SftpSandbox) -> None:
    other = paramiko.ECDSAKey.generate()
    for pin in (
        f"{other.get_name()} {other.get_base64()}",
        fingerprint(other),
        "SHA256:AAAA",
    ):
        drop = Sftp(server.url, server.password, pin)
        refused = CsvConnector(drop, clock=_noon).check()
        assert isinstance(refused, AuthBroken)
        assert "host key" in refused.message
        assert server.faults.calls == 0


def test_the_fingerprint_is_a_pin_too(server: SftpSandbox) -> None:
    drop = Sftp(server.url, server.password, fingerprint(server.host_key))

    assert isinstance(CsvConnector(drop, clock=_noon).check(), Ok)
    drop.close()


def test_a_wrong_password_needs_a_person(server: SftpSandbox) -> None:
    drop = Sftp(server.url, "guessed", server.pin)

    refused = CsvConnector(drop, clock=_noon).find(MatchKeys(marker="x"))

    assert isinstance(refused, AuthBroken)
    assert "guessed" not in refused.message


def test_a_private_key_signs_in(tmp_path: Path) -> None:
    key = paramiko.RSAKey.generate(2048)
    path = tmp_path / "key"
    key.write_private_key_file(str(path))
    with SftpSandbox(tmp_path, keys=frozenset({key.get_base64()})) as server:
        drop = Sftp(server.url, path.read_text(), server.pin)
        assert isinstance(CsvConnector(drop, clock=_noon).check(), Ok)
        drop.close()


def test_nobody_there_is_tried_again(server: SftpSandbox) -> None:
    drop = Sftp(server.url.rpartition(":")[0] + ":1", server.password, server.pin)

    assert isinstance(CsvConnector(drop, clock=_noon).check(), Retry)


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A share that is not mounted must not fill the disk below it."""
    connector = CsvConnector(Folder(tmp_path / "share"), clock=_noon)
    files = CsvAts(Folder(tmp_path), tmp_path, None)

    refused = connector.create(files.draft(), TargetIntent(), op_id="x")

    assert isinstance(refused, Permanent)
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize("method", ["read", "put", "move"])
def test_a_crash_at_every_step_in_a_folder_leaves_one_row(
    tmp_path: Path, method: str
) -> None:
    for number in range(1, 4):
        for after in (False, True):
            root = tmp_path / f"{method}-{number}-{after}"
            root.mkdir()
            files = CsvAts(Folder(root), root, None)
            draft = files.draft()
            broken = CsvConnector(_Breaks(root, method, number, after), clock=_noon)
            try:
                broken.create(draft, TargetIntent(), op_id="x")
            except KeyboardInterrupt:
                files.work()
            files.connector.create(draft, TargetIntent(), op_id="x")
            assert len(files.people(draft)) == 1


class _Breaks(Folder):
    """Dies at the n-th call of a method, before or after it."""

    def __init__(self, root: Path, method: str, number: int, after: bool) -> None:  # noqa: FBT001
        super().__init__(root)
        inner, left = getattr(self, method), [number]

        def call(*given: Any) -> Any:
            left[0] -= 1
            if left[0] == 0 and not after:
                raise KeyboardInterrupt
            answer = inner(*given)
            if left[0] == 0:
                raise KeyboardInterrupt
            return answer

        setattr(self, method, call)


def _noon() -> datetime:
    return datetime(2026, 11, 30, 12, tzinfo=UTC)
