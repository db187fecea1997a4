from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.contracts.places import ApogeePlace, DirectoryPlace, FolderPlace, Place, schema_in, university
from tests.directories import Directory
from tests.registers import Registers
from tests.servers.apogee import Apogee
from tests.servers.slapd import DirectoryServer


@pytest.fixture
def registers(tmp_path: Path) -> Registers:
    return university(tmp_path / "extract")


@pytest.fixture
def directory(directory_server: DirectoryServer) -> Directory:
    return Directory(directory_server)


@pytest.fixture
def apogee(apogee_server: str) -> Iterator[Apogee]:
    with schema_in(apogee_server) as apogee:
        yield apogee


@pytest.fixture
def folder_place(registers: Registers, settings: Settings) -> FolderPlace:
    return FolderPlace(registers, settings)


@pytest.fixture
def directory_place(registers: Registers, settings: Settings, directory: Directory) -> DirectoryPlace:
    return DirectoryPlace(registers, settings, directory)


@pytest.fixture
def apogee_place(registers: Registers, settings: Settings, apogee: Apogee) -> ApogeePlace:
    return ApogeePlace(registers, settings, apogee)


@pytest.fixture(params=["folder_place", "directory_place", "apogee_place"])
def place(request: pytest.FixtureRequest) -> Place:
    """Each place in turn; only its own server is started."""
    made: Place = request.getfixturevalue(request.param)
    return made
