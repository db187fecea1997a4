from django.urls import path, register_converter
from django.urls.converters import StringConverter

from courses.pages import (
    action_told,
    actions,
    addresses,
    assistant,
    attendance,
    courses,
    digest,
    enrol,
    enrol_search,
    exclusions,
    explain,
    exports,
    group_deletion,
    groups,
    history,
    home,
    import_file,
    imports,
    list_preferences,
    many_courses,
    many_search,
    messages,
    method_change,
    method_form,
    method_search,
    method_told,
    method_units,
    methods,
    own_courses,
    participants,
    person,
    personal_data,
    removable,
    saved_views,
    self_enrol,
    verification,
    writing,
)

app_name = "courses"


class CodeConverter(StringConverter):
    """A course's code: what a bulk file accepts (FORMATS.md §4). Anything else is the address of no course."""

    regex = "[A-Za-z0-9.@_'+-]+"


class UsernameConverter(StringConverter):
    """A username as the directory may have it; a lone dot or two would name a folder and not a person."""

    regex = "(?!\\.{1,2}/)[A-Za-z0-9.@_'+-]+"


register_converter(CodeConverter, "code")
register_converter(UsernameConverter, "username")

urlpatterns = [
    path("", home.show_home, name="home"),
    path("digest/", digest.choose_digest, name="digest"),
    path("courses/", courses.list_courses, name="list"),
    path("courses/<code:code>/", courses.show_course, name="course"),
    path("assistant/", assistant.choose_anywhere, name="assistant_anywhere"),
    path("courses/<code:code>/methods/", methods.list_methods, name="methods"),
    path("courses/<code:code>/methods/assistant/", assistant.choose_in_course, name="assistant"),
    path("many-courses/", many_courses.choose_courses, name="many_courses"),
    path("many-courses/cohorts/", many_search.find_cohorts, name="many_cohorts"),
    path("many-courses/sources/", many_search.find_sources, name="many_sources"),
    path("many-courses/<slug:verb>/<slug:kind>/", many_courses.change_many, name="many_change"),
    path("courses/<code:code>/methods/add/<slug:kind>/", method_form.add_method, name="method_add"),
    path("courses/<code:code>/methods/cohorts/", method_search.find_cohorts, name="method_cohorts"),
    path("courses/<code:code>/methods/sources/", method_search.find_sources, name="method_sources"),
    path("courses/<code:code>/methods/runs/<int:run_id>/", method_told.show_method_run, name="method_run"),
    path("courses/<code:code>/methods/<int:method_id>/", method_form.edit_method, name="method_edit"),
    path("courses/<code:code>/methods/<int:method_id>/units/", method_units.edit_units, name="method_units"),
    path("courses/<code:code>/methods/<int:method_id>/state/", method_change.change_state, name="method_state"),
    path("courses/<code:code>/methods/<int:method_id>/order/", method_change.change_order, name="method_order"),
    path("courses/<code:code>/methods/<int:method_id>/delete/", method_change.delete_method, name="method_delete"),
    path("courses/<code:code>/participants/", participants.show_participants, name="participants"),
    path("courses/<code:code>/participants/export/<slug:kind>/", exports.export_participants, name="export"),
    path("courses/<code:code>/participants/attendance/", attendance.show_attendance, name="attendance"),
    path("courses/<code:code>/participants/message/", writing.write_message, name="message"),
    path("courses/<code:code>/messages/", messages.list_messages, name="messages"),
    path("courses/<code:code>/messages/<int:message_id>/", messages.show_message, name="message_sent"),
    path(
        "courses/<code:code>/messages/<int:message_id>/progress/",
        messages.show_message_progress,
        name="message_progress",
    ),
    path("courses/<code:code>/messages/<int:message_id>/again/", messages.repeat_message, name="message_again"),
    path("courses/<code:code>/participants/columns/", list_preferences.choose_columns, name="columns"),
    path("courses/<code:code>/participants/page-size/", list_preferences.choose_page_size, name="page_size"),
    path("courses/<code:code>/participants/views/", saved_views.manage_views, name="views"),
    path("courses/<code:code>/participants/views/<int:view_id>/", saved_views.rename_view, name="view_rename"),
    path("courses/<code:code>/participants/views/<int:view_id>/delete/", saved_views.delete_view, name="view_delete"),
    path("courses/<code:code>/participants/removable/", removable.count_removable, name="removable"),
    path("courses/<code:code>/participants/actions/addresses/", addresses.list_addresses, name="addresses"),
    path("courses/<code:code>/participants/actions/<slug:verb>/", actions.take_action, name="action"),
    path("courses/<code:code>/participants/runs/<int:run_id>/", action_told.show_action, name="action_run"),
    path("courses/<code:code>/participants/exclusions/", exclusions.list_exclusions, name="exclusions"),
    path("courses/<code:code>/participants/enrol/", enrol.enrol, name="enrol"),
    path("courses/<code:code>/participants/people/", enrol_search.find_people, name="people_search"),
    path("courses/<code:code>/participants/cohorts/", enrol_search.find_cohorts, name="cohorts_search"),
    path("courses/<code:code>/imports/", imports.load_course_file, name="course_import"),
    path("courses/<code:code>/groups/", groups.list_groups, name="groups"),
    path("courses/<code:code>/groups/new/", groups.add_group, name="group_add"),
    path("courses/<code:code>/groups/<int:group_id>/", groups.show_group, name="group"),
    path("courses/<code:code>/groups/<int:group_id>/name/", groups.change_group, name="group_name"),
    path("courses/<code:code>/groups/<int:group_id>/delete/", group_deletion.delete_group, name="group_delete"),
    path("courses/<code:code>/history/", history.show_history, name="history"),
    path("courses/<code:code>/verification/", verification.show_verification, name="verification"),
    path(
        "courses/<code:code>/verification/export/<slug:kind>/",
        verification.export_verification,
        name="verification_export",
    ),
    path("courses/<code:code>/people/", explain.find_whom, name="explain_search"),
    path("courses/<code:code>/people/<username:username>/", explain.show_explanation, name="explain"),
    path("imports/", imports.list_imports, name="imports"),
    path("imports/templates/<slug:kind>/", import_file.download_template, name="import_template"),
    path("imports/files/<int:file_id>/", import_file.show_file, name="import_file"),
    path("imports/files/<int:file_id>/rejects/", import_file.download_rejects, name="import_rejects"),
    path("imports/<slug:kind>/", imports.load_file, name="import"),
    path("my-courses/", own_courses.list_own_courses, name="my_courses"),
    path("my-courses/<int:method_id>/withdraw/", own_courses.withdraw_self, name="self_withdraw"),
    path("my-courses/<int:method_id>/renew/", own_courses.renew_self, name="self_renew"),
    path("open-courses/", self_enrol.list_open_courses, name="open_courses"),
    path("open-courses/<code:code>/", self_enrol.enrol_self, name="self_enrol"),
    path("people/", person.list_people, name="people"),
    path("people/<username:username>/", person.show_person, name="person"),
    path("people/<username:username>/data/", personal_data.show_data, name="person_data"),
    path("people/<username:username>/data/file/", personal_data.download_data, name="person_data_file"),
    path("personal-data/", personal_data.show_notice, name="privacy_notice"),
    path("personal-data/own/", personal_data.show_own_data, name="own_data"),
    path("personal-data/own/file/", personal_data.download_own_data, name="own_data_file"),
]
