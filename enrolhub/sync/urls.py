from django.urls import path

from enrolhub.sync.pages import holds, limits, runs, undo

app_name = "sync"

urlpatterns = [
    path("holds/", holds.list_holds, name="holds"),
    path("limits/", limits.show_limits, name="limits"),
    path("limits/<int:raise_id>/end/", limits.give_back, name="limit_end"),
    path("runs/", runs.list_runs, name="runs"),
    path("runs/<int:run_id>/", runs.show_run, name="run"),
    path("runs/<int:run_id>/progress/", runs.show_progress, name="progress"),
    path("runs/<int:run_id>/changes/", runs.list_changes, name="changes"),
    path("runs/<int:run_id>/decide/", holds.decide, name="decide"),
    path("runs/<int:run_id>/undo/", undo.show_undo, name="undo"),
]
