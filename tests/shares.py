"""Which tests run on which database: all on both, but on SQLite alone what touches no database.

One that touches none and needs both nevertheless (it asks what kind it is) uses ``django_db_setup``. When a test runs, its marks say:
every day (`make test`) unless ``slow`` or ``long`` (`make test-long`), the same on either database.
"""

import django.test
import pytest


def touches_database(item: pytest.Item) -> bool:
    """Whether anything leads it to the database; of what starts processes of its own (long tests, walks) that is assumed."""
    by_fixture = bool({"django_db_setup", "live_server"} & set(getattr(item, "fixturenames", ("django_db_setup",))))
    by_class = issubclass(getattr(item, "cls", None) or object, django.test.SimpleTestCase)
    by_marker = any(item.get_closest_marker(name) for name in ("django_db", "long"))
    return by_fixture or by_class or by_marker or item.nodeid.startswith("tests/walks/")


def share_out(items: list[pytest.Item], vendor: str) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Those to run on this database, and those that it need not run."""
    kept = [vendor == "sqlite" or touches_database(item) for item in items]
    needed = [item for item, keep in zip(items, kept, strict=True) if keep]
    return needed, [item for item, keep in zip(items, kept, strict=True) if not keep]
