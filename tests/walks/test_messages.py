"""Writing to participants in a real Chromium, a real worker handing the mails over: with and without script; nothing for axe."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from cohorts.models import Person
from courses.models import Course, Delivery, Message, Outbox
from enrolhub.processes import Child, wait_until
from tests.factories import (
    NIGHT,
    CourseFactory,
    DeliveryFactory,
    EnrolmentFactory,
    MessageFactory,
    PersonFactory,
    UserFactory,
    role,
)
from tests.walks.accessibility import in_each_look, violations_on

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/courses/WALK5/participants/"


@pytest.fixture
def course() -> Course:
    """A teacher, and students of whom one has no address and another something that is none."""
    made: Course = CourseFactory(code="WALK5", title="Méthodologie du travail universitaire", with_database=True)
    teacher = PersonFactory(username="prof", last_name="Zola", first_name="Anne", email="anne.zola@exemple.fr")
    EnrolmentFactory(course=made, person=teacher, role=role("editingteacher"))
    for name, address in (
        ("Abgrall", "n@etu.exemple.fr"),
        ("Bœuf", "no address"),
        ("Cauvin", ""),
        ("Dujardin", "d@x.fr"),
    ):
        person = PersonFactory(last_name=name, first_name="Éléonore", email=address)
        EnrolmentFactory(course=made, person=person)
    UserFactory(username="prof")
    return made


def sign_in(visit: BrowserContext, server: LiveServer, language: str = "fr") -> None:
    client = Client()
    client.force_login(UserFactory._meta.model.objects.get(username="prof"))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.LANGUAGE_COOKIE_NAME: language}
    visit.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])


def select_first(page: Page, server: LiveServer, count: int) -> None:
    """Tick the first people of the list and write to them."""
    page.goto(f"{server.url}{LIST}?role=student")
    for number in range(count):
        page.locator("tbody .tick").nth(number).check()
    page.get_by_role("button", name="Envoyer un message").first.click()


def total(page: Page, word: str) -> Locator:
    """The number above a word of the strip of totals."""
    return page.locator(".totals li", has_text=word).locator(".total-number a")


def states() -> dict[str, str]:
    return dict(Delivery.objects.values_list("person__last_name", "state"))


@pytest.mark.slow
def test_a_teacher_writes_corrects_looks_sends_and_sends_again(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course, celery_worker_process: Child
) -> None:
    sign_in(visit, live_server)
    select_first(page, live_server, 3)
    expect(page.locator("#write-title")).to_have_text("Message à 2\u00a0personnes")
    page.locator("#id_subject").fill("Examen de {surnom}")
    page.locator("#id_body").fill("Bonjour ")
    page.get_by_role("button", name="{nom_complet}").click()
    expect(page.locator("#id_body")).to_have_value("Bonjour {nom_complet}")
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator("#id_subject_error")).to_contain_text("{surnom}")
    page.locator("#id_subject").fill("Examen de {cours}")
    page.get_by_label("M’envoyer une copie").check()
    page.get_by_role("button", name="Voir l’aperçu").click()
    expect(page.locator(".mail-text")).to_contain_text("Bonjour Éléonore Abgrall")
    assert Message.objects.count() == 0
    page.get_by_role("button", name="Envoyer à 2").click()
    expect(page.locator("#sending")).to_be_visible()
    page.evaluate("() => { window.loadedOnce = true; }")
    expect(total(page, "Envoyé")).to_contain_text("2")
    expect(page.locator("tbody tr", has_text="Bœuf")).to_contain_text("Échec")
    expect(page.locator("tbody tr", has_text="Zola")).to_contain_text("copie")
    assert page.evaluate("() => window.loadedOnce"), "the page follows the sending without being loaded again"
    assert states() == {"Zola": "sent", "Abgrall": "sent", "Bœuf": "failed", "Cauvin": "skipped"}
    total(page, "Échec").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    Person.objects.filter(last_name="Bœuf").update(email="eleonore@etu.exemple.fr")
    page.reload()
    page.locator("tbody button", has_text="Renvoyer").click()
    expect(total(page, "Envoyé")).to_contain_text("3")
    assert states()["Bœuf"] == "sent"


@pytest.mark.slow
def test_a_double_click_makes_one_message(
    page: Page, visit: BrowserContext, live_server: LiveServer, course: Course, celery_worker_process: Child
) -> None:
    sign_in(visit, live_server)
    select_first(page, live_server, 2)
    page.locator("#id_subject").fill("Examen")
    page.locator("#id_body").fill("Bonjour {prenom}")
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.get_by_role("button", name="Modifier le texte").click()
    expect(page.locator("#id_body")).to_have_value("Bonjour {prenom}")
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.get_by_role("button", name="Envoyer à 2").dblclick()
    expect(page.locator("#message-title")).to_have_text("Examen")
    page.go_back()
    page.get_by_role("button", name="Envoyer à 2").click()
    expect(page.locator("#message-title")).to_have_text("Examen")
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 2)


@pytest.mark.slow
def test_without_script_the_forms_do_the_same(
    browser: Browser, live_server: LiveServer, course: Course, celery_worker_process: Child
) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server)
    tab = context.new_page()
    select_first(tab, live_server, 1)
    expect(tab.locator("code", has_text="{nom_complet}")).to_be_visible()
    tab.locator("#id_subject").fill("Examen")
    tab.locator("#id_body").fill("Bonjour {prenom}")
    tab.locator("button[value=preview]").click()
    tab.locator("button[value=send]").click()
    expect(tab.locator("#message-title")).to_have_text("Examen")
    wait_until(lambda: set(states().values()) == {"sent"}, child=celery_worker_process, name="The mail")
    tab.reload()
    expect(tab.locator("tbody tr")).to_contain_text("Envoyé")
    context.close()


@pytest.fixture
def message(course: Course) -> Message:
    """A message with a mail in each state, while the mail server is away."""
    made: Message = MessageFactory(course=course, subject="Examen : consignes pour {prenom}")
    for state, reason, answer in (
        ("sent", "", ""),
        ("queued", "postponed", "451 4.7.1 Greylisted, try again later"),
        ("sending", "", ""),
        ("failed", "refused", "550 5.1.1 <camille@etu.exemple.fr>: Recipient address rejected: User unknown"),
        ("unknown", "abandoned", ""),
        ("skipped", "", ""),
    ):
        DeliveryFactory(message=made, state=state, reason=reason, answer=answer, attempts=1, ended_at=NIGHT)
    Outbox.objects.create(pk=1, failing_since=NIGHT, resumes_at=NIGHT, answer="Connection refused")
    return made


def write(page: Page, leads_to: str, **text: str) -> None:
    for name, words in text.items():
        page.locator(f"[name={name}]").fill(words)
    page.locator("button[value=preview]").click()
    expect(page.locator(leads_to)).to_be_visible()


# Each language with each scheme, each scheme with each width.
@in_each_look
def test_nothing_for_axe_and_no_sideways_scroll(
    browser: Browser, live_server: LiveServer, course: Course, message: Message, language: str, scheme: str, width: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
    )
    sign_in(context, live_server, language)
    tab = context.new_page()
    tab.goto(f"{live_server.url}{LIST}?role=student")
    tab.locator("tbody .tick").nth(0).check()
    tab.locator("tbody .tick").nth(2).check()
    tab.locator("[form=selection][formaction$='/message/']:visible").first.click()
    steps: dict[str, Callable[[], object]] = {
        "write": lambda: expect(tab.locator("#id_subject")).to_be_visible(),
        "refused": lambda: write(tab, "#id_subject_error", subject="{x}"),
        "preview": lambda: write(tab, ".confirm-bar", subject="Examen", body="Bonjour {prenom}"),
        "messages": lambda: tab.goto(f"{live_server.url}/courses/WALK5/messages/"),
        "message": lambda: tab.goto(f"{live_server.url}/courses/WALK5/messages/{message.pk}/"),
        "nobody": lambda: tab.goto(f"{live_server.url}/courses/WALK5/messages/{message.pk}/?person=zzz"),
    }
    found = {}
    for name, step in steps.items():
        step()
        sideways = tab.evaluate("() => document.documentElement.scrollWidth > innerWidth")
        found[name] = [*violations_on(tab), *(["sideways scroll"] if sideways else [])]
    context.close()
    assert found == {name: [] for name in steps}
