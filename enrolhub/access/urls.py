from django.urls import path

from enrolhub.access.pages import account, again, door, university

app_name = "access"

urlpatterns = [
    path("sign-in/", door.sign_in, name="sign_in"),
    path("sign-in/again/", again.sign_in_again, name="again"),
    path("sign-in/university/", university.university, name="university"),
    path("account/", account.account, name="account"),
    path("sign-out/", door.sign_out, name="sign_out"),
    path("language/", door.choose_language, name="language"),
    path("theme/", door.choose_theme, name="theme"),
    path("accessibility/", door.accessibility, name="accessibility"),
]
