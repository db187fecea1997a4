"""The LDAP directory on a real slapd: whatever goes wrong, what was read adds and nobody is believed to be gone."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from cohorts.models import Person, Snapshot, StagedPerson, StagedRegistration
from cohorts.sources.directory_entries import attributes_asked
from cohorts.sources.directory_ldap import opened_directory, sample_of_directory
from cohorts.sources.protocol import COLUMNS, ExtractRefused
from tests.contracts.places import DirectoryPlace, land, problems, tell
from tests.directories import Directory
from tests.factories import PersonFactory
from tests.registers import student_number
from tests.servers.relay import relaying
from tests.servers.slapd import FEW, LIMITED, UNPAGED

pytestmark = pytest.mark.django_db
KIND = "directory_ldap"
LIST = "annuaire.csv"


@pytest.fixture
def filled(directory_place: DirectoryPlace) -> Directory:
    """Nine people, and the site told where they are."""
    directory_place.write()
    return directory_place.directory


def refusal(kind: str = KIND) -> tuple[str, dict[str, object]]:
    """Why the directory is refused; what was in force stays so."""
    accepted = list(Snapshot.objects.filter(accepted=True))
    with pytest.raises(ExtractRefused) as caught:
        land(kind)
    assert list(Snapshot.objects.filter(accepted=True)) == accepted
    return caught.value.problem.code, dict(caught.value.problem.params)


def usernames() -> list[str]:
    return sorted(StagedPerson.objects.values_list("username", flat=True))


@pytest.mark.parametrize("pages", [1, 4, 500])
def test_everybody_is_read_whatever_the_page(filled: Directory, settings: Settings, pages: int) -> None:
    settings.LDAP_PAGE_SIZE = pages
    assert land(KIND).verdict == "complete"
    assert usernames() == ["e1", "e2", "e20", "e21", "e3", "e4", "e5", "e6", "hebert"]


def test_starttls_reads_the_same(filled: Directory, settings: Settings) -> None:
    settings.LDAP_URL = filled.server.plain_url
    assert land(KIND).verdict == "complete"


def change_authority(settings: Settings, directory: Directory) -> None:
    settings.LDAP_CA_FILE = str(directory.server.other_authority)


def trust_the_system(settings: Settings, directory: Directory) -> None:
    settings.LDAP_CA_FILE = ""


def call_it_otherwise(settings: Settings, directory: Directory) -> None:
    settings.LDAP_URL = f"ldaps://127.0.0.1:{directory.server.port}"


def starttls_otherwise(settings: Settings, directory: Directory) -> None:
    tell(settings, {"LDAP_URL": directory.server.plain_url, "LDAP_CA_FILE": str(directory.server.other_authority)})


def lose_the_authority(settings: Settings, directory: Directory) -> None:
    settings.LDAP_CA_FILE = "/nowhere/authority.pem"


def close_the_port(settings: Settings, directory: Directory) -> None:
    settings.LDAP_URL = "ldaps://localhost:1"


def write_no_address(settings: Settings, directory: Directory) -> None:
    settings.LDAP_URL = "ldap.exemple.fr"


def forget_the_password(settings: Settings, directory: Directory) -> None:
    settings.LDAP_PASSWORD = ""


def mistake_the_password(settings: Settings, directory: Directory) -> None:
    settings.LDAP_PASSWORD = "wrong"


def mistake_the_base(settings: Settings, directory: Directory) -> None:
    settings.LDAP_BASE = f"ou=nowhere,{directory.branch}"


def mistake_the_filter(settings: Settings, directory: Directory) -> None:
    settings.LDAP_FILTER = "(uid=*"


Break = Callable[[Settings, Directory], None]
REFUSED: list[tuple[Break, str]] = [
    (change_authority, "directory_certificate"),
    (trust_the_system, "directory_certificate"),
    (call_it_otherwise, "directory_certificate"),
    (starttls_otherwise, "directory_certificate"),
    (lose_the_authority, "directory_certificates"),
    (close_the_port, "directory_unreachable"),
    (write_no_address, "directory_address"),
    (forget_the_password, "directory_no_password"),
    (mistake_the_password, "directory_bind_refused"),
    (mistake_the_base, "directory_result"),
    (mistake_the_filter, "directory_cut"),
]


@pytest.mark.parametrize(("break_it", "code"), REFUSED, ids=[each.__name__ for each, _ in REFUSED])
def test_where_nothing_can_be_read_the_last_good_extract_stays(
    filled: Directory, settings: Settings, break_it: Break, code: str
) -> None:
    land(KIND)
    break_it(settings, filled)
    assert refusal()[0] == code
    assert (
        settings.LDAP_PASSWORD not in str(Snapshot.objects.get(accepted=False).problems) or not settings.LDAP_PASSWORD
    )


def test_a_size_limit_makes_the_extract_partial(filled: Directory, settings: Settings) -> None:
    """The server delivers some entries and says that there are more: whoever did not listen would believe the others gone."""
    settings.LDAP_BIND_DN = LIMITED
    snapshot = land(KIND)
    assert (snapshot.verdict, problems(snapshot)) == ("partial", [("directory_result", LIST)])
    assert len(usernames()) == FEW
    assert snapshot.problems[0]["params"]["result"] == 4


def test_a_server_that_does_not_page_is_not_believed_to_have_said_all(filled: Directory, settings: Settings) -> None:
    settings.LDAP_BIND_DN = UNPAGED
    code, params = refusal()
    assert (code, params["result"]) == ("directory_result", 11)


def test_a_referral_is_not_followed_and_told(filled: Directory, settings: Settings) -> None:
    with filled.server.manager() as manager:
        elsewhere = {"ou": "elsewhere", "ref": "ldap://localhost:1/ou=people,dc=autre,dc=fr"}
        dn = f"ou=elsewhere,{filled.people}"
        manager.add(dn, ["referral", "extensibleObject"], elsewhere)
    snapshot = land(KIND)
    assert problems(snapshot) == [("directory_referral", LIST)]
    assert len(usernames()) == 9


def test_a_connection_cut_after_page_three_leaves_what_was_read(filled: Directory, settings: Settings) -> None:
    settings.LDAP_PAGE_SIZE = 2
    with relaying(filled.server.port) as relay:
        settings.LDAP_URL = f"ldaps://localhost:{relay.port}"

        def beat(_: str, rows: int) -> None:
            if rows == 6:
                relay.cut()

        with opened_directory(beat) as source:
            assert [(problem.code, problem.file) for problem in source.problems()] == [("directory_cut", LIST)]
            [info] = source.lists()
            assert sum(len(lines) for lines, _ in source.read(info).blocks()) == 6


def test_a_server_that_hangs_is_given_up(filled: Directory, settings: Settings) -> None:
    settings.LDAP_ANSWER_SECONDS = 1
    with relaying(filled.server.port) as relay:
        settings.LDAP_URL = f"ldaps://localhost:{relay.port}"
        relay.hangs.set()
        assert refusal()[0] == "directory_unreachable"


def test_a_reading_that_takes_too_long_is_partial(filled: Directory, settings: Settings) -> None:
    tell(settings, {"LDAP_READ_SECONDS": -1, "LDAP_CLOSED_BASES": [filled.deactivated]})
    assert refusal()[0] == "directory_too_slow"


@pytest.mark.parametrize("column", ["supannEtuId", "supannAliasLogin", "mail", "supannRessourceEtat"])
def test_an_attribute_that_nobody_has_any_more_refuses_the_extract(
    filled: Directory, settings: Settings, column: str
) -> None:
    """Renamed, or no longer shown to us: everybody would lose it tonight."""
    tell(settings, {"LDAP_ATTRIBUTES": {column: f"{column}Old"}, "LDAP_FILTER": "(uid=*)"})
    assert refusal() == ("directory_attribute", {"attribute": f"{column}Old", "column": column})


def test_an_attribute_that_a_site_does_not_have_is_not_missed(filled: Directory, settings: Settings) -> None:
    settings.LDAP_ATTRIBUTES = {"supannEmpId": "", "mail": ""}
    land(KIND)
    assert set(StagedPerson.objects.values_list("email", "staff_number")) == {("", "")}


def test_a_closed_account_keeps_what_is_known_of_its_person(filled: Directory, settings: Settings) -> None:
    """Of an entry that was moved away only its uid and login are left."""
    PersonFactory(username="e1", student_number=student_number(1), last_name="Nom e1", first_name="Camille")
    filled.deactivate("e1", "e1")
    settings.LDAP_CLOSED_BASES = [filled.deactivated]
    snapshot = land(KIND)
    person = StagedPerson.objects.get(username="e1")
    assert (person.account_state, person.student_number, person.last_name) == ("inactive", student_number(1), "Nom e1")
    assert (snapshot.verdict, len(usernames())) == ("complete", 9)


def test_a_closed_account_nobody_knew_is_somebody_all_the_same(filled: Directory, settings: Settings) -> None:
    filled.deactivate("e1", "e1")
    settings.LDAP_CLOSED_BASES = [filled.deactivated]
    land(KIND)
    assert StagedPerson.objects.get(username="e1").account_state == "inactive"
    assert not Person.objects.exists()


def test_several_names_are_the_one_that_is_shown(filled: Directory) -> None:
    """A directory gives the values of an attribute in no order."""
    filled.change(
        "e1", sn=["Aubert", "Le Goupil"], displayName="Camille Le Goupil", mail=["z@exemple.fr", "a@exemple.fr"]
    )
    filled.change("e2", sn=["Zola", "Arnaud"])
    land(KIND)
    people = dict(StagedPerson.objects.values_list("username", "last_name"))
    assert (people["e1"], people["e2"]) == ("Le Goupil", "Arnaud")
    assert StagedPerson.objects.get(username="e1").email == "a@exemple.fr"


@pytest.mark.parametrize("login", ["e 1", "e1;x", "é1", "e1\nf", "e*1)(uid=*"])
def test_a_login_that_cannot_be_one_rejects_its_entry_and_protects_its_number(filled: Directory, login: str) -> None:
    filled.change("e1", supannAliasLogin=login)
    snapshot = land(KIND)
    [file] = snapshot.files.all()
    assert list(file.rejections.values_list("column", "protects")) == [("supannAliasLogin", student_number(1))]
    assert len(usernames()) == 8


@pytest.mark.parametrize("name", ['Gu"il;lemet', "deux\nlignes", "O’Brien-Lévêque", "名前", "a|b", "<script>"])
def test_names_are_read_as_people_write_them(filled: Directory, name: str) -> None:
    filled.change("e1", sn=name)
    snapshot = land(KIND)
    assert StagedPerson.objects.get(username="e1").last_name == " ".join(name.split())
    assert snapshot.verdict == "complete"


def test_registrations_come_from_the_directory_where_a_university_keeps_them_there(
    filled: Directory, settings: Settings
) -> None:
    inscription = "[etab={UAI}0149999X][anneeinsc=2026][etape={UAI:0149999X}DRT2AA-241][autre=x]"
    older = "[etape={UAI:0149999X}DRT1AA-241][anneeinsc=2025]"
    filled.change("e1", supannEtuInscription=[inscription, older])
    filled.change("e2", supannEtuEtape="{UAI:0149999X}MGE1-1", supannEtuAnneeInscription="2026")
    filled.change("e3", supannEtuEtape="{UAI:0149999X}MGE1-1", supannEtuAnneeInscription=["2025", "2026"])
    filled.change("e4", supannEtuInscription="[anneeinsc=2026][etape={UAI:0149999X}ILLISIBLE]")
    tell(settings, {"LDAP_REGISTRATIONS": True, "LDAP_YEARS": ["2026"]})
    snapshot = land(KIND)
    rows = StagedRegistration.objects.order_by("student_number")
    fields = ("academic_year", "student_number", "programme_code", "version_code", "state", "payment_state")
    assert list(rows.values_list(*fields)) == [
        ("2026", student_number(1), "DRT2AA", "241", "E", "P"),
        ("2026", student_number(2), "MGE1", "1", "E", "P"),
    ]
    file = snapshot.files.get(list_name="inscriptions_administratives")
    assert list(file.rejections.values_list("column", "protects")) == [("cod_etp", student_number(4))]
    assert snapshot.academic_years == ["2026"]


def test_registrations_of_the_directory_want_their_years(filled: Directory, settings: Settings) -> None:
    settings.LDAP_REGISTRATIONS = True
    assert refusal()[0] == "directory_years_missing"


def test_only_what_is_needed_is_asked_for(settings: Settings) -> None:
    assert set(attributes_asked()) == {*COLUMNS["annuaire"], "cn", "supannRessourceEtatDate"}
    tell(
        settings, {"LDAP_ATTRIBUTES": {"supannEmpId": "", "supannEtuId": "employeeNumber"}, "LDAP_REGISTRATIONS": True}
    )
    asked = set(attributes_asked())
    assert {"employeeNumber", "supannEtuInscription", "supannEtuEtape"} <= asked
    assert asked.isdisjoint({"supannEmpId", "supannEtuId"})


def test_a_sample_shows_the_first_entries(filled: Directory) -> None:
    logins = [row[1] for row in sample_of_directory(3).rows]
    assert (len(logins), set(logins) <= {"hebert", *(f"e{number}" for number in (1, 2, 3, 4, 5, 6, 20, 21))}) == (
        3,
        True,
    )
