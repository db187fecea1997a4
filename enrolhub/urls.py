"""Every address of the site. Order matters where an application answers at the root."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from enrolhub.web import probes
from enrolhub.web.faults import show_failure, show_unreadable
from enrolhub.web.pieces import show_pieces

handler400, handler500 = show_unreadable, show_failure

probe_patterns = [
    path("healthz", probes.tell_alive, name="alive"),
    path("readyz", probes.tell_ready, name="ready"),
    path("metrics", probes.tell_metrics, name="metrics"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((probe_patterns, "probes"))),
    path("", include("enrolhub.access.urls")),
    path("", include("enrolhub.web.trail.urls")),
    path("", include("enrolhub.sync.urls")),
    path("", include("cohorts.urls")),
    path("", include("courses.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("pieces/", show_pieces, name="pieces"))
