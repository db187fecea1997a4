"""A test that empties the tables leaves the next one what the migrations bring, in whatever order they come."""

import pytest

from courses.models import Platform


def platforms() -> list[str]:
    return sorted(Platform.objects.values_list("code", flat=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_with_real_transactions_finds_the_platforms(turn: int) -> None:
    assert platforms() == ["collegium", "ecampus"]
    Platform.objects.all().delete()


@pytest.mark.django_db
def test_an_ordinary_test_finds_the_platforms() -> None:
    assert platforms() == ["collegium", "ecampus"]
