"""Which tests run on which database, and when: every day (`make test`), or with the slow and the long ones (`make test-long`).

- What touches no database runs on SQLite alone. One that needs both nevertheless asks for ``django_db_setup``.
- Where the kind of database matters little (each walk in a browser, page, command, action of a person, whatever is marked ``either``), a
  test is a daily one on one of the two, by the name of its file, and a slow one on the other.
- All others run on both: every day, or as slow or long tests where they are marked so.
"""

from zlib import crc32

import django.test
import pytest

VENDORS = ("sqlite", "postgresql")
WALKS = "tests/walks/"
#: Folders and files in which the kind of database matters little.
EITHER = (
    WALKS,
    "tests/access/",
    *(
        f"tests/courses/{folder}/"
        for folder in (
            "digests",
            "expiry",
            "hand",
            "imports",
            "management",
            "messages",
            "pages",
            "self_enrolment",
            "setup",
        )
    ),
    "tests/hostile/web/",
    "tests/house/test_rights.py",
    *(f"tests/sync/test_{name}.py" for name in ("holds_page", "pages", "undo_page")),
)


def is_long(item: pytest.Item) -> bool:
    """Whether it runs alone, one after the other: that decides, whatever else a test is marked as."""
    return item.get_closest_marker("long") is not None


def touches_database(item: pytest.Item) -> bool:
    """Whether anything leads it to the database; of what starts processes of its own (long tests, walks) that is assumed."""
    by_fixture = bool({"django_db_setup", "live_server"} & set(getattr(item, "fixturenames", ("django_db_setup",))))
    by_class = issubclass(getattr(item, "cls", None) or object, django.test.SimpleTestCase)
    by_marker = any(item.get_closest_marker(name) for name in ("django_db", "long"))
    return by_fixture or by_class or by_marker or item.nodeid.startswith(WALKS)


def daily_vendor(file: str) -> str:
    """The database on which the tests of a file are daily ones where either would do: they share what is set up for all of them."""
    return VENDORS[crc32(file.encode()) % len(VENDORS)]


def is_slow_here(item: pytest.Item, vendor: str) -> bool:
    """Whether it is a daily test on the other database only."""
    either = item.nodeid.startswith(EITHER) or item.get_closest_marker("either") is not None
    return either and not is_long(item) and daily_vendor(item.nodeid.partition("::")[0]) != vendor


def share_out(items: list[pytest.Item], vendor: str) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Those to run on this database, the slow ones of them marked, and those that it need not run."""
    for item in items:
        if is_slow_here(item, vendor):
            item.add_marker("slow")
    kept = [vendor == "sqlite" or touches_database(item) for item in items]
    needed = [item for item, keep in zip(items, kept, strict=True) if keep]
    return needed, [item for item, keep in zip(items, kept, strict=True) if not keep]
