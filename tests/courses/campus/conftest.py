"""One campus of demo size, with two further nights, for all the tests that only read."""

from pathlib import Path

import pytest

from courses.campus.making import make_campus
from courses.campus.plan import Plan, paris_moment
from tests.courses.campus.reading import CampusReader, Reader

EXTRACTED_AT = "2026-11-20T02:10:00+01:00"


@pytest.fixture
def tiny() -> Plan:
    """The smallest university that still has everything a test wants to see change."""
    return Plan(40, 6, 5, 7, 2026, paris_moment(EXTRACTED_AT))


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a university of demo size; tests read it and leave it as it is."""
    folder = tmp_path_factory.mktemp("campus") / "demo"
    make_campus(Plan(3000, 300, 250, 1, 2026, paris_moment(EXTRACTED_AT)), folder, nights=2, churn=0.02)
    return folder


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> CampusReader:
    """The first night of the demo and its bulk files."""
    return CampusReader(demo_folder)


@pytest.fixture(scope="session")
def second_night(demo_folder: Path) -> Reader:
    """The extract of the night after the demo's first."""
    return Reader(demo_folder / "nights" / "01")
