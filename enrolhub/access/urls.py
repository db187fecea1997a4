from django.urls import path

from enrolhub.access import pages

app_name = "access"

urlpatterns = [
    path("sign-in/", pages.sign_in, name="sign_in"),
    path("sign-out/", pages.sign_out, name="sign_out"),
    path("language/", pages.choose_language, name="language"),
    path("theme/", pages.choose_theme, name="theme"),
    path("accessibility/", pages.accessibility, name="accessibility"),
]
