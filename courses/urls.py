from django.urls import path, register_converter
from django.urls.converters import StringConverter

from courses.pages import courses, home, methods, participants

app_name = "courses"


class CodeConverter(StringConverter):
    """A course's code: what a bulk file accepts (FORMATS.md §4). Anything else is the address of no course."""

    regex = "[A-Za-z0-9.@_'+-]+"


register_converter(CodeConverter, "code")

urlpatterns = [
    path("", home.show_home, name="home"),
    path("courses/", courses.list_courses, name="list"),
    path("courses/<code:code>/", courses.show_course, name="course"),
    path("courses/<code:code>/methods/", methods.list_methods, name="methods"),
    path("courses/<code:code>/participants/", participants.show_participants, name="participants"),
    path("courses/<code:code>/participants/columns/", participants.choose_columns, name="columns"),
]
