import pytest

from tests.courses.setup.campus import Campus, make_campus


@pytest.fixture
def campus(db: None) -> Campus:
    """A course with a method of every kind."""
    return make_campus()
