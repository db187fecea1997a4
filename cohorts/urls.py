from django.urls import path, register_converter
from django.urls.converters import StringConverter

from cohorts.pages import changes, cohorts, keeping, members, sources

app_name = "cohorts"


class CohortConverter(StringConverter):
    """A cohort's code: any word. With a null character no database can be asked for it, and it is the address of none."""

    regex = "[^/\\x00]+"


register_converter(CohortConverter, "cohort")

urlpatterns = [
    path("sources/", sources.list_sources, name="sources"),
    path("sources/try/", sources.try_sources, name="sources_try"),
    path("cohorts/", cohorts.list_cohorts, name="list"),
    # A code may be any word: no page of a cohort ends like this.
    path("cohorts/new/cohort/", keeping.create_cohort, name="new"),
    path("cohorts/<cohort:code>/", cohorts.show_cohort, name="cohort"),
    path("cohorts/<cohort:code>/changes/", changes.list_changes, name="changes"),
    path("cohorts/<cohort:code>/name/", keeping.rename_cohort, name="rename"),
    path("cohorts/<cohort:code>/delete/", keeping.delete_cohort, name="delete"),
    path("cohorts/<cohort:code>/members/add/", members.fill_cohort, name="fill"),
    path("cohorts/<cohort:code>/members/people/", members.find_people, name="people_search"),
    path("cohorts/<cohort:code>/members/remove/", members.empty_cohort, name="empty"),
]
