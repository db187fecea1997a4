"""On PostgreSQL a keyword of three letters and more is found by trigrams (decision 124)."""

import pytest
from django.db import connection

from cohorts.models import Person
from courses.participants.queries import has_words
from tests.factories import PersonFactory


@pytest.mark.django_db
@pytest.mark.parametrize("words", [["bau"], ["ba", "eleonore"]])
def test_the_index_serves_a_keyword(words: list[str]) -> None:
    PersonFactory(username="eb", first_name="Éléonore", last_name="Baudry")
    PersonFactory(username="other", first_name="Paul", last_name="Martin")
    found = Person.objects.filter(has_words(words)).order_by()
    assert [person.username for person in found] == ["eb"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Of two people nothing is worth an index: only whether it could serve is asked.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexonlyscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")
        assert "person_by_trigrams" in found.explain()
