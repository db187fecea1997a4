from django.urls import path

from cohorts.pages import changes, cohorts, keeping, members, sources

app_name = "cohorts"

urlpatterns = [
    path("sources/", sources.list_sources, name="sources"),
    path("sources/try/", sources.try_sources, name="sources_try"),
    path("cohorts/", cohorts.list_cohorts, name="list"),
    # A code may be any word: no page of a cohort ends like this.
    path("cohorts/new/cohort/", keeping.create_cohort, name="new"),
    path("cohorts/<str:code>/", cohorts.show_cohort, name="cohort"),
    path("cohorts/<str:code>/changes/", changes.list_changes, name="changes"),
    path("cohorts/<str:code>/name/", keeping.rename_cohort, name="rename"),
    path("cohorts/<str:code>/delete/", keeping.delete_cohort, name="delete"),
    path("cohorts/<str:code>/members/add/", members.fill_cohort, name="fill"),
    path("cohorts/<str:code>/members/people/", members.find_people, name="people_search"),
    path("cohorts/<str:code>/members/remove/", members.empty_cohort, name="empty"),
]
