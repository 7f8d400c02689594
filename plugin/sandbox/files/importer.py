"""An ATS that imports files from a folder: believes every row, and takes it away."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

#: How an importer in the Netherlands is set up.
DELIMITER, ENCODING = ";", "utf-8-sig"


@dataclass
class Imported:
    """One row that was imported."""

    file: str
    row: dict[str, str]


@dataclass
class Importer:
    """Takes files as soon as it sees them, and drops no repeat: twice is twice."""

    root: Path
    rows: list[Imported] = field(default_factory=list)
    status_file: str = "status.csv"

    def work(self) -> None:
        """Import what is there, and tell that those handed over are new."""
        folder = self.root / "candidates"
        for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
            with path.open(encoding=ENCODING, newline="") as stream:
                for row in csv.DictReader(stream, delimiter=DELIMITER):
                    self.rows.append(Imported(file=path.name, row=row))
                    if row["action"] == "handed_over":
                        self.tell(row["marker"], "new")
            path.unlink()

    def of(self, marker: str, action: str | None = None) -> list[dict[str, str]]:
        """List what was imported about somebody."""
        return [
            one.row
            for one in self.rows
            if one.row["marker"] == marker and action in (None, one.row["action"])
        ]

    def tell(self, marker: str, status: str, date: str = "", email: str = "") -> None:
        """Add a line to the status file."""
        self.write(f"{marker};{email};{status};{date}\r\n")

    def write(self, line: str) -> None:
        """Add text to the status file, whatever it is."""
        path = self.root / "status" / self.status_file
        path.parent.mkdir(exist_ok=True)
        head = "" if path.exists() else "marker;email;status;date\r\n"
        with path.open("a", encoding="utf-8", newline="") as stream:
            stream.write(head + line)
