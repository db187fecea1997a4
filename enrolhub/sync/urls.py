from django.urls import path

from enrolhub.sync import pages

app_name = "sync"

urlpatterns = [
    path("runs/", pages.list_runs, name="runs"),
    path("runs/<int:run_id>/", pages.show_run, name="run"),
    path("runs/<int:run_id>/progress/", pages.show_progress, name="progress"),
    path("runs/<int:run_id>/changes/", pages.list_changes, name="changes"),
]
