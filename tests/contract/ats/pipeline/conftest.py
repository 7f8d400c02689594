"""Installations with one ATS each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.ats.pipeline.house import House, open_house

ODOOS = ["odoo-18", "odoo-19"]


@pytest.fixture(params=[*ODOOS, "webhook"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, request.param) as opened:
        if opened.connection == "webhook":
            opened.ats.subscribe(f"http://{opened.door}")
        yield opened


@pytest.fixture(params=ODOOS)
def odoo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def odoo19(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "odoo-19") as opened:
        yield opened


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path, "webhook") as opened:
        opened.ats.subscribe(f"http://{opened.door}")
        yield opened
