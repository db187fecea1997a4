"""The door for gunicorn."""

import gc
import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrolhub.settings")


def _read_by_index(*, connection: Any, **kwargs: Any) -> None:
    """What pages read lies in memory: to PostgreSQL an index's pages are no longer as far apart as on a turning disk.

    The index that keywords are looked for in is a third of the table of people: read instead of it, half the time. And
    no page's statement is long enough to be worth compiling.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET random_page_cost = 1.1; SET jit = off")


connection_created.connect(_read_by_index, dispatch_uid="enrolhub.wsgi")
application = get_wsgi_application()

from enrolhub.access.configuration import note_settings_beside  # noqa: E402  # it needs the applications

note_settings_beside("web")

# What is loaded now stays for good: the collector of cycles need not go through it again at every other page, which took a
# large list 3 ms of its 45.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
