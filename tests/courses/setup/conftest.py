import pytest

from tests.courses.setup.campus import Campus, make_campus
from tests.worlds import once


@pytest.fixture
def campus(db: None) -> Campus:
    """A course with a method of every kind."""
    return once(make_campus)
