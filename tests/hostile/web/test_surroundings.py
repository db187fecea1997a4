"""What comes with a request: its path, headers, cookies, size and body (W9, W10, W13, W19, W20, W22, W23)."""

from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from django.apps import apps
from django.conf import settings as site
from django.test import Client, RequestFactory

from courses.models import Course
from enrolhub.access.throttling import address_of
from tests.factories import CourseFactory, EnrolmentFactory, PersonFactory, UserFactory, role
from tests.hostile.web.crawler import FORM, leads_elsewhere
from tests.hostile.web.planted import MARK
from tests.hostile.web.values import SCRIPT

LIST, NEW_GROUP = "/courses/", "/courses/OWN1/groups/new/"
DEEP = '{"a":' * 5_000 + "1" + "}" * 5_000


def content_of(response: Any) -> str:
    return b"".join(response).decode("utf-8", "replace")


# W9, W10: sizes and shapes


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("&".join(f"q{number}=1" for number in range(10_000)), 400),
        ("&".join(["sort=title"] * 10_000), 400),
        (f"q={'x' * 1_000_000}", 200),
        (f"q={'%25' * 100_000}", 200),
        (f"q={'a%20' * 30_000}", 200),
        ("q=" + "%C3%89" * 50_000, 200),
        ("&" * 100_000, 400),
        ("q=%FF%FE&%FF=%ED%A0%80", 200),
        ("page=NaN&per_page=Infinity&page=1e309", 200),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_address_of_any_length_is_answered(browser: Client, query: str, status: int) -> None:
    assert browser.generic("GET", LIST, QUERY_STRING=query).status_code == status


@pytest.mark.parametrize(
    ("kind", "body", "statuses"),
    [
        (FORM, "name=" + "x" * (site.DATA_UPLOAD_MAX_MEMORY_SIZE + 1), {400, 413}),
        (FORM, "&".join(f"name{number}=1" for number in range(10_000)), {400}),
        (f"{FORM}; charset=klingon", "name=%FF", {200, 400}),
        (f"{FORM}; charset=utf-16", "name=a", {400}),
        ("multipart/form-data", "name=a", {400}),
        ("multipart/form-data; boundary=" + "x" * 5_000, "--x", {200, 400}),
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n', {200, 400}),
        ("multipart/form-data; boundary=x", "\r\n".join(["--x", "garbage", "", "--x--"]), {200, 400}),
        ("application/json", DEEP, {200}),
        ("application/json", '{"name": NaN, "name": "b"}', {200}),
        ("text/plain", "name=TD 1", {200}),
        ("\r\nx", "name=TD 1", {200}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_body_of_any_shape_is_answered_and_makes_nothing(
    browser: Client, course: Course, kind: str, body: str, statuses: set[int]
) -> None:
    assert browser.generic("POST", NEW_GROUP, body, content_type=kind).status_code in statuses
    assert course.groups.count() == 0


# W13: headers and cookies


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Port": "8443"},
        {"X-Original-URL": "/people/", "X-Rewrite-URL": "/people/"},
        {"Forwarded": "host=evil.example;proto=https"},
    ],
    ids=str,
)
def test_no_header_says_where_the_site_is(browser: Client, headers: dict[str, str]) -> None:
    response = browser.post(NEW_GROUP, {"name": "TD 1"}, headers=headers)
    assert response.headers["Location"].startswith("/courses/OWN1/groups/")
    door = Client().get(LIST, headers=headers)
    assert (door.status_code, door.headers["Location"]) == (302, f"/sign-in/?next={LIST}")
    request = RequestFactory().get("/", headers=headers)
    assert request.build_absolute_uri("/x/") == "http://testserver/x/"


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver:evil", "testserver@evil.example", "a\r\nX: b", "", "[::1", "tést"]
)
def test_another_host_is_no_site(client: Client, host: str) -> None:
    response = client.get("/sign-in/", headers={"host": host})
    assert response.status_code in ({400} if host else {200, 400})
    assert "evil" not in content_of(response)


def test_who_knocks_is_not_who_they_say_they_are() -> None:
    """Attempts are counted by the address of the connection, whatever a header says."""
    names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP", "True-Client-IP", "CF-Connecting-IP")
    told = {address_of(RequestFactory().get("/", headers={name: "203.0.113.7"})) for name in names}
    assert told == {"127.0.0.1"}


@pytest.mark.parametrize(
    "cookies",
    [
        "x=" + "y" * 100_000,
        "; ".join(f"c{number}=1" for number in range(5_000)),
        "sessionid=" + "A" * 5_000,
        "sessionid=\x00; csrftoken=\x00",
        f'theme="{SCRIPT}"; django_language="{SCRIPT}"',
        "theme=dark; theme=light; theme",
        "=; ;;; =x; \\",
        'sessionid="../../etc/passwd"; messages=[[1]]',
        "é=é; \xff=\xfe",
    ],
    ids=lambda value: value[:20],
)
def test_cookies_of_any_kind_are_answered(course: Course, cookies: str) -> None:
    response = Client(raise_request_exception=False).generic("GET", "/sign-in/", HTTP_COOKIE=cookies)
    assert response.status_code == 200
    assert SCRIPT not in content_of(response)


# W22: languages and times of elsewhere


@pytest.mark.parametrize(
    "told", ["", "*", "en", "x" * 10_000, "fr;q=NaN,en;q=2", "../../en", "en\x00", ",;=" * 1_000, SCRIPT]
)
def test_the_language_is_the_sites_whatever_a_browser_wants(client: Client, told: str) -> None:
    headers = {"Accept-Language": told, "Time-Zone": told, "X-Timezone": told, "User-Agent": told, "Accept": told}
    response = client.get("/accessibility/", headers=headers, HTTP_COOKIE=f"timezone={told}")
    assert (response.status_code, response.headers["Content-Language"]) == (200, "fr")


# W19: paths


PATHS = [
    "//evil.example/", "//evil.example", "/\\evil.example", "/%2F%2Fevil.example", "/.%2Fcourses/", "/courses//OTHER1/",
    "/courses/./OTHER1/participants/", "/courses/OWN1/../OTHER1/participants/", "/courses/OWN1/%2e%2e/OTHER1/participants/",
    "/courses/OWN1%2f..%2fOTHER1/participants/", "/courses/OTHER1./participants/", "/courses/OTHER1/participants/.",
    "/courses/OTHER1%00/participants/", "/courses/OTHER1%20/participants/", "/courses/other1/participants/", "/courses/OTHER1",
    "/courses/OTHER1/participants", "/courses/OTHER1;x/participants/", "/courses/%FF/participants/", "/courses/%C0%AF/",
    "/static/", "/static/enrolhub/", "/static/enrolhub", "/static/../manage.py", "/static/%2e%2e/manage.py",
    "/static/..%2f..%2fmanage.py", "/static//etc/passwd", "/static/enrolhub/..\\..\\..\\manage.py", "/media/", "/var/secret_key",
    "/.env", "/.git/config", "/manage.py", "/db.sqlite3", "/admin/", "/admin/login/", "/__debug__/", "/server-status",
    f"/courses/{'x' * 10_000}/", f"/{'a/' * 5_000}", f"/{SCRIPT}/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_no_path_leads_to_what_is_anothers_or_out_of_the_site(course: Course, client: Client, path: str) -> None:
    """A teacher of one course knocks at another one, at the folder of the site, and at other sites."""
    CourseFactory(code="OTHER1", title=MARK)
    teacher = EnrolmentFactory(course=course, person=PersonFactory(username="teach"), role=role("editingteacher"))
    client.force_login(UserFactory(username=teacher.person.username))
    # As a server hands it over: the client of the tests would take what follows two slashes for a host.
    response = client.generic("GET", "/", PATH_INFO=unquote_to_bytes(path).decode("latin-1"))
    content = content_of(response)
    assert response.status_code in (301, 302, 404)
    assert not leads_elsewhere(path, response.headers.get("Location", ""))
    assert [word for word in (MARK, SCRIPT, "DJANGO_SETTINGS_MODULE", "root:") if word in content] == []


# W20: what a browser or a proxy keeps


def test_a_page_of_before_signing_out_is_not_kept(browser: Client) -> None:
    page = browser.get(LIST)
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "private, no-store")
    browser.post("/sign-out/")
    assert browser.get(LIST).headers["Location"] == f"/sign-in/?next={LIST}"


# W23: no administration site


def test_there_is_no_administration_site() -> None:
    assert [app.name for app in apps.get_app_configs() if app.name.startswith("django.contrib.admin")] == []
