"""Loading files on the web as a person in a browser does: sent, looked at, confirmed."""

import re
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from courses.models import Enrolment, ImportFile, Method
from enrolhub.access.models import SiteRole, User
from tests.factories import (
    SiteRoleFactory,
    UserFactory,
)


def upload(client: Client, address: str, text: str | bytes, name: str = "liste.csv", **fields: str) -> ImportFile:
    """The file kept once its form is sent."""
    content = text if isinstance(text, bytes) else text.encode()
    answer = client.post(address, {"file": SimpleUploadedFile(name, content), **fields})
    assert answer.status_code == 302, answer.content.decode()
    file = ImportFile.objects.earliest("-pk")
    assert answer.headers["Location"] == page_of(file)
    return file


def page_of(file: ImportFile) -> str:
    return reverse("courses:import_file", args=[file.pk])


def in_course() -> str:
    return reverse("courses:course_import", args=["C1"])


def of_kind(kind: str) -> str:
    return reverse("courses:import", args=[kind])


def send(client: Client, file: ImportFile, step: str, **fields: Any) -> Any:
    return client.post(page_of(file), {"step": step, **fields})


def confirm(client: Client, file: ImportFile) -> Any:
    return send(client, file, "confirm", digest=file.digest)


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def people(code: str = "C1") -> dict[str, str]:
    rows = Enrolment.objects.filter(method__course__code=code, method__kind=Method.Kind.MANUAL)
    return dict(rows.order_by().values_list("person__username", "role__short_name"))


def signed_in(username: str = "prof", *, kind: SiteRole.Kind | None = None) -> Client:
    """A browser, in English, in which a new account of this name and site role has signed in."""
    user: User = UserFactory.create(username=username)
    if kind:
        SiteRoleFactory(user=user, kind=kind)
    client = Client()
    client.force_login(user)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client
