from django.urls import path

from enrolhub.web.trail import pages

app_name = "trail"

urlpatterns = [
    path("audit/", pages.list_events, name="events"),
    path("audit/<int:event_id>/", pages.show_event, name="event"),
    path("audit/export/<slug:kind>/", pages.export_events, name="export"),
]
