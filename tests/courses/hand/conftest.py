"""A course in which people are by every kind of method, after a night that has read the registers."""

import pytest

from enrolhub.access.models import SiteRole, User
from tests.courses.hand.campus import Campus, make_campus
from tests.factories import SiteRoleFactory, UserFactory
from tests.registers import Registers, registers
from tests.worlds import once

__all__ = ["registers"]


@pytest.fixture
def staff(db: None) -> User:
    """Someone of the CEMU."""
    user: User = UserFactory.create(username="cemu")
    SiteRoleFactory(user=user, kind=SiteRole.Kind.STAFF)
    return user


@pytest.fixture
def campus(registers: Registers) -> Campus:
    return once(make_campus, registers)
