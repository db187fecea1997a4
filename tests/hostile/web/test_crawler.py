"""The crawler itself: it reads forms as browsers do, and each of its laws can be broken."""

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path

from courses.models import Course, Group
from tests.hostile.web.crawler import Crawler, leads_elsewhere
from tests.hostile.web.planted import MARK
from tests.hostile.web.served import Sent, forms_of
from tests.hostile.web.values import SCRIPT

PAGE = """
<form method="post" id="f"><input name="csrfmiddlewaretoken" value="t"><input name="q"><input name="n" type="number">
<input type="hidden" name="h" value=""><input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
<select name="s"><option value="a">A</option><option value="b">B</option></select><textarea name="t"></textarea>
<button name="step" value="preview">See</button><button formaction="/other/">Other</button><button type="button">No</button></form>
<input type="checkbox" name="person" value="7" form="f"><input name="stray">
<form action="?x=1"><input type="file" name="file"></form>
"""
WRITTEN = (("q", "word"), ("n", "1"), ("h", ""), ("r", "2"), ("s", "b"), ("t", "word"), ("person", "7"))


def test_forms_are_read_as_browsers_send_them() -> None:
    assert list(forms_of(PAGE, "/here/")) == [
        Sent("POST", "/here/", (*WRITTEN, ("step", "preview"))),
        Sent("POST", "/other/", WRITTEN),
        Sent("GET", "/here/", (), ("file",)),
    ]


@pytest.mark.parametrize(
    ("location", "leads"),
    [
        ("", False),
        ("/courses/", False),
        ("?q=//evil.example", False),
        ("https://testserver/x/", False),
        ("//evil.example", True),
        ("/\\evil.example", True),
        ("https://evil.example/", True),
        ("javascript:alert(1)", True),
        ("http://testserver/", True),
    ],
)
def test_where_an_answer_leads(location: str, leads: bool) -> None:
    assert leads_elsewhere("/courses/", location) is leads


def fail(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("at once")


def leak(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(Course.objects.get(code="OTHER1").title)


def print_markup(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.GET["q"])


def write(request: HttpRequest) -> HttpResponse:
    Group.objects.filter(course__code=request.GET["code"]).update(name="another")
    return HttpResponse(request.user.get_username())


def lead_out(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.GET["next"])


BROKEN = (fail, leak, print_markup, write, lead_out)
urlpatterns = [*(path(f"{page.__name__}/", page) for page in BROKEN), path("", include("enrolhub.urls"))]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_each_law_can_be_broken() -> None:
    crawler = Crawler("editing")
    sent = {
        "fails": Sent("GET", "/fail/"),
        "shows what is another's": Sent("GET", "/leak/"),
        "prints markup that was sent": Sent("GET", "/print_markup/", (("q", SCRIPT),)),
        "writes when it is read": Sent("GET", "/write/", (("code", "OWN1"),)),
        "changes what is another's": Sent("POST", "/write/?code=OTHER1"),
        "leads elsewhere": Sent("GET", "/lead_out/", (("next", "//evil.example"),)),
    }
    answers = {law: crawler.ask(each) for law, each in sent.items()}
    assert {law: [fault.split(":")[0] for fault in crawler.faults(sent[law], answers[law])] for law in sent} == {
        law: [law] for law in sent
    }
    assert answers["prints markup that was sent"].asked == {"q"}
    assert MARK in answers["shows what is another's"].text
    assert crawler.world.others_rows() == crawler.theirs
