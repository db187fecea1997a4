"""The door for gunicorn."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "enrolhub.settings")

application = get_wsgi_application()

from enrolhub.access.configuration import note_settings_beside  # noqa: E402  # it needs the applications

note_settings_beside("web")

# What is loaded now stays for good: the collector of cycles need not go through it again at every other page, which took a
# large list 3 ms of its 45.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
