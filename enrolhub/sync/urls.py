from django.urls import path

from enrolhub.sync.pages import runs, undo

app_name = "sync"

urlpatterns = [
    path("runs/", runs.list_runs, name="runs"),
    path("runs/<int:run_id>/", runs.show_run, name="run"),
    path("runs/<int:run_id>/progress/", runs.show_progress, name="progress"),
    path("runs/<int:run_id>/changes/", runs.list_changes, name="changes"),
    path("runs/<int:run_id>/undo/", undo.show_undo, name="undo"),
]
