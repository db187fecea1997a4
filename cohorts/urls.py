from django.urls import path

from cohorts.pages import cohorts

app_name = "cohorts"

urlpatterns = [
    path("cohorts/", cohorts.list_cohorts, name="list"),
    path("cohorts/<str:code>/", cohorts.show_cohort, name="cohort"),
]
